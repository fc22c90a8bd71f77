//! Backtests: asked for on a draft's release page, shown with their progress and their report, stopped.
//!
//! Routed by `console`. It must never run one while the reader waits: a job does.

use super::{
    backtest_page::BacktestPage,
    page::{Here, page},
    queues::shell,
    release_path::{after, parse},
    see_other,
};
use crate::{
    domain::BacktestId,
    flows::{App, Error, backtest as flow, drafts},
    store::{accounts, backtests},
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

/// `POST /drafts/{id}/backtests`.
pub(super) async fn start(
    app: Data<App>,
    posted: Posted<perm::EditPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let days = posted.fields.first("days").parse().unwrap_or_default();
    match flow::start_backtest(&app, &posted.who.scope, id, days).await {
        Ok(backtest) => Ok(see_other(&format!("/backtests/{backtest}"))),
        Err(other) => after(&app, &posted.who, id, Err(other)).await,
    }
}

/// `GET /backtests/{id}`.
pub(super) async fn show(
    app: Data<App>,
    who: May<perm::ReadPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id: BacktestId = id.parse().map_err(|_| ApiError::not_found())?;
    let backtest = backtests::backtest(&app.db, id).await?.ok_or_else(ApiError::not_found)?;
    let report = backtests::report(&app.db, id).await?;
    let draft = drafts::draft(&app.db, backtest.draft).await?;
    let names = accounts::names(&app.db).await?;
    let shell = shell(&app, &who, Here::Releases);
    Ok(page(StatusCode::OK, &BacktestPage::of(shell, &backtest, &draft, report.as_ref(), &names)))
}

/// `POST /backtests/{id}/cancel`.
pub(super) async fn cancel(
    app: Data<App>,
    posted: Posted<perm::EditPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id: BacktestId = id.parse().map_err(|_| ApiError::not_found())?;
    match flow::cancel_backtest(&app, &posted.who.scope, id).await {
        // One that is over shows its report, which says more than a refusal.
        Ok(()) | Err(Error::Conflict { .. }) => Ok(see_other(&format!("/backtests/{id}"))),
        Err(other) => Err(other.into()),
    }
}
