//! Models: the list, one card, and promotion.
//!
//! Routed by `console`. Promotion asks first; it must never happen on a GET.

use super::{
    models_page::{ModelPage, ModelsPage, PromotePage},
    page::{Here, page},
    queues::shell,
    see_other,
};
use crate::{
    domain::ModelId,
    flows::{App, promote},
    store::views::console::models::{ModelLine, model, models},
    web::{
        auth::perm,
        error::ApiError,
        session::{May, Posted},
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};

/// `GET /models`.
pub(super) async fn index(app: Data<App>, who: May<perm::ReadModels>) -> Result<HttpResponse, ApiError> {
    let models = models(&app.db).await?;
    Ok(page(StatusCode::OK, &ModelsPage::of(shell(&app, &who, Here::Models), &models)))
}

/// `GET /models/{id}`.
pub(super) async fn show(
    app: Data<App>,
    who: May<perm::ReadModels>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let model = find(&app, &id).await?;
    Ok(page(StatusCode::OK, &ModelPage::of(shell(&app, &who, Here::Models), &model)))
}

/// `GET /models/{id}/promote`: asks.
pub(super) async fn ask(app: Data<App>, who: May<perm::Promote>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let model = find(&app, &id).await?;
    Ok(page(StatusCode::OK, &PromotePage::of(shell(&app, &who, Here::Models), &model)))
}

/// `POST /models/{id}/promote`.
pub(super) async fn promote(
    app: Data<App>,
    posted: Posted<perm::Promote>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id: ModelId = id.parse().map_err(|_| ApiError::not_found())?;
    promote::promote(&app, &posted.who.scope, id).await?;
    Ok(see_other(&format!("/models/{id}")))
}

async fn find(app: &App, id: &str) -> Result<ModelLine, ApiError> {
    let id: ModelId = id.parse().map_err(|_| ApiError::not_found())?;
    model(&app.db, id).await?.ok_or_else(ApiError::not_found)
}
