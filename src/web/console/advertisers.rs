//! Advertisers: the list, and one with its record.
//!
//! Routed by `console`. It must never show an advertiser of another submitter to a person of one.

use super::{
    advertisers_page::{AdvertiserPage, AdvertisersPage},
    page::{Here, page},
    queues::shell,
};
use crate::{
    domain::AdvertiserId,
    flows::App,
    store::views::console::advertisers::{list, view},
    web::{auth::perm, error::ApiError, session::May},
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path, Query},
};
use serde::Deserialize;

/// Advertisers on one page.
const SHOWN: usize = 50;

/// The list's query.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    before: String,
}

/// `GET /advertisers`.
pub(super) async fn index(
    app: Data<App>,
    who: May<perm::ReadAds>,
    wanted: Query<Wanted>,
) -> Result<HttpResponse, ApiError> {
    let text: String = wanted.q.chars().take(200).collect();
    let mut all = list(&app.db, &who.scope, &text, wanted.before.parse().ok(), SHOWN as u32 + 1).await?;
    let more = all.len() > SHOWN;
    all.truncate(SHOWN);
    let older = all.last().map(|a| a.id).filter(|_| more);
    Ok(page(StatusCode::OK, &AdvertisersPage::of(shell(&app, &who, Here::Advertisers), &text, &all, older)))
}

/// `GET /advertisers/{id}`.
pub(super) async fn show(app: Data<App>, who: May<perm::ReadAds>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let id: AdvertiserId = id.parse().map_err(|_| ApiError::not_found())?;
    let view = view(&app.db, &who.scope, id).await?.ok_or_else(ApiError::not_found)?;
    Ok(page(StatusCode::OK, &AdvertiserPage::of(shell(&app, &who, Here::Advertisers), &view)))
}
