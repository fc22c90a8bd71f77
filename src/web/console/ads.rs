//! Ads: the list and one ad.
//!
//! Routed by `console`. Scores and traces are for those who may read screenings.

use super::{
    ad_page::AdPage,
    ads_page::AdsPage,
    page::{Here, Notice, page},
    queues::{own_answers, shell},
};
use crate::{
    domain::AdId,
    flows::{App, sign_in::SignedIn},
    store::views::console::{
        ad,
        ads::{AdFilter, list},
    },
    web::{auth::perm, error::ApiError, session::May},
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path, Query},
};
use serde::Deserialize;

/// Ads on one page.
const ADS: usize = 50;

/// The list's query. Empty fields are what an untouched form sends.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    review: String,
    #[serde(default)]
    approval: String,
    #[serde(default)]
    before: String,
}

/// `GET /ads`.
pub(super) async fn index(
    app: Data<App>,
    who: May<perm::ReadAds>,
    wanted: Query<Wanted>,
) -> Result<HttpResponse, ApiError> {
    let filter = AdFilter {
        review_status: wanted.review.parse().ok(),
        approval_status: wanted.approval.parse().ok(),
        text: wanted.q.chars().take(200).collect(),
        before: wanted.before.parse().ok(),
        limit: ADS as u32 + 1,
    };
    let mut ads = list(&app.db, &who.scope, &filter).await?;
    let more = ads.len() > ADS;
    ads.truncate(ADS);
    let older = ads.last().map(|ad| ad.id).filter(|_| more);
    let shell = shell(&app, &who, Here::Ads).with_undo(&own_answers(&app, &who).await?);
    Ok(page(StatusCode::OK, &AdsPage::of(shell, &filter, &ads, older)))
}

/// `GET /ads/{id}`.
pub(super) async fn show(
    app: Data<App>,
    who: May<perm::ReadScreenings>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id: AdId = id.parse().map_err(|_| ApiError::not_found())?;
    render(&app, &who, id, None, StatusCode::OK).await
}

async fn render(
    app: &App,
    who: &SignedIn,
    id: AdId,
    error: Option<&str>,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let view = ad::view(&app.db, &who.scope, id, app.clock.now()).await?.ok_or_else(ApiError::not_found)?;
    let mut shell = shell(app, who, Here::Ads).with_undo(&own_answers(app, who).await?);
    shell.notice = error.map(|text| Notice { tone: "bad", text: text.to_owned() });
    Ok(page(status, &AdPage::of(shell, &view)))
}

/// The ad's page with why something was refused.
pub(super) async fn refused(
    app: &App,
    who: &SignedIn,
    id: AdId,
    error: &str,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    render(app, who, id, Some(error), status).await
}
