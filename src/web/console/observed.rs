//! Submitters in observe mode: their own decisions beside ours.
//!
//! Routed by `console`. It must never change anything.

use super::{
    observed_page::ObservedPage,
    page::{Here, page},
    queues::shell,
};
use crate::{
    domain::{Millis, SubmitterId},
    flows::App,
    store::external,
    web::{auth::perm, error::ApiError, session::May},
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Query},
};
use serde::Deserialize;

/// Days that are compared.
pub(super) const DAYS: i64 = 30;

/// Whose decisions.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    submitter: String,
}

/// `GET /observed`.
pub(super) async fn index(
    app: Data<App>,
    who: May<perm::ReadScreenings>,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let all = external::observed(&app.db, &who.scope).await?;
    let named: Option<SubmitterId> = asked.submitter.parse().ok();
    let chosen = all.iter().find(|(id, _)| named.is_none_or(|n| n == *id)).map(|(id, _)| *id);
    if named.is_some() && chosen.is_none() {
        return Err(ApiError::not_found());
    }
    let since = app.clock.now().plus(-DAYS * Millis::DAY);
    let decisions = match chosen {
        Some(submitter) => external::compared(&app.db, &who.scope, submitter, since).await?,
        None => vec![],
    };
    Ok(page(StatusCode::OK, &ObservedPage::of(shell(&app, &who, Here::Ads), &all, chosen, &decisions)))
}
