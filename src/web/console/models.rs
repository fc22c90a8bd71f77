//! Models: the list with training, one card, and promotion.
//!
//! Routed by `console`. Promotion asks first; neither it nor training may happen on a GET.

use super::{
    models_page::{ModelPage, ModelsPage, PromotePage, Trainings},
    page::{Here, page},
    queues::shell,
    see_other,
};
use crate::{
    domain::ModelId,
    flows::{App, Error, promote, training},
    store::{
        accounts, breakers, encoders, trainings,
        views::console::models::{ModelLine, model, models},
    },
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

/// Training runs on the page.
const RUNS: u32 = 5;

/// `GET /models`.
pub(super) async fn index(app: Data<App>, who: May<perm::ReadModels>) -> Result<HttpResponse, ApiError> {
    let models = models(&app.db).await?;
    let trainings = Trainings {
        runs: trainings::newest(&app.db, RUNS).await?,
        encoders: encoders::encoders(&app.db).await?,
        first: app.first.name().to_owned(),
        names: accounts::names(&app.db).await?,
    };
    let failing = !breakers::not_closed(&app.db).await?.is_empty();
    Ok(page(StatusCode::OK, &ModelsPage::of(shell(&app, &who, Here::Models), &models, &trainings, failing)))
}

/// `POST /models/train`: asks for a candidate; a job makes it.
pub(super) async fn train(app: Data<App>, posted: Posted<perm::Train>) -> Result<HttpResponse, ApiError> {
    let encoder = match posted.fields.first("encoder") {
        "" => None,
        digest => Some(digest.parse().map_err(|_| ApiError::not_found())?),
    };
    match training::ask(&app, &posted.who.scope, encoder).await {
        // Pressed twice, or by two people: the page shows the one that runs.
        Ok(_) | Err(Error::Conflict { .. }) => Ok(see_other("/models")),
        Err(other) => Err(other.into()),
    }
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
