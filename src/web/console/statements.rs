//! Statements of reasons: a year's figures, the newest statements, and the whole year as CSV.
//!
//! Routed by `console`. It must never mix ads for trying out with the rest.

use super::{
    page::{Here, page},
    queues::shell,
    statements_page::{Shown, StatementsPage},
};
use crate::{
    domain::{Millis, time::Day},
    flows::App,
    notify::statement::csv,
    store::statements::{self, Wanted},
    web::{auth::perm, error::ApiError, session::May},
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Query},
};
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;

/// Statements on the page.
const NEWEST: u32 = 50;
/// Statements read at once for a download.
const PAGE: u32 = 500;

/// The page's query. Empty fields are what an untouched form sends.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    year: String,
}

/// `GET /statements`.
pub(super) async fn index(
    app: Data<App>,
    who: May<perm::ReadAds>,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let now = app.clock.now();
    let this: u16 = Day::of(now).to_string().get(..4).and_then(|y| y.parse().ok()).unwrap_or(2026);
    let year = asked.year.parse().ok().filter(|y| (2020..=this).contains(y)).unwrap_or(this);
    let (from, until) = bounds(year).ok_or_else(ApiError::not_found)?;
    let figures = statements::figures(&app.db, &who.scope, from, until).await?;
    let newest = statements::newest(&app.db, &who.scope, Wanted { lifted: true }, NEWEST).await?;
    let shown = Shown { year, this };
    Ok(page(StatusCode::OK, &StatementsPage::of(shell(&app, &who, Here::Ads), shown, &figures, &newest)))
}

fn bounds(year: u16) -> Option<(Millis, Millis)> {
    let first = |year: u16| Millis::of_day(&format!("{year:04}-01-01"));
    Some((first(year)?, first(year + 1)?))
}

/// `GET /statements.csv`: all statements, as the transparency database's dumps have them.
pub(super) async fn download(app: Data<App>, who: May<perm::ReadAds>) -> Result<HttpResponse, ApiError> {
    let wanted = Wanted { lifted: true };
    let scope = who.scope.clone();
    let lines = stream::try_unfold(None, move |from: Option<i64>| {
        let (app, scope) = (app.clone(), scope.clone());
        async move {
            let found = statements::after(&app.db, &scope, from.unwrap_or(0), wanted, PAGE).await?;
            let mut bytes = if from.is_none() { csv::head().map_err(ApiError::internal)? } else { vec![] };
            let Some(last) = found.last() else {
                return Ok((from.is_none()).then(|| (Bytes::from(bytes), Some(i64::MAX))));
            };
            let next = last.position;
            let rows = found.iter().map(|l| csv::Row {
                body: &l.statement.body,
                platform: &l.submitter,
                created_at: l.statement.created_at,
            });
            bytes.extend(csv::rows(rows).map_err(ApiError::internal)?);
            Ok::<_, ApiError>(Some((Bytes::from(bytes), Some(next))))
        }
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(("content-disposition", "attachment; filename=\"statements.csv\""))
        .streaming(lines))
}
