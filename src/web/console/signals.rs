//! Signals: which ones work, and what waits for those that do not.
//!
//! Routed by `console`. It must never open or close a breaker: screenings and probes do.

use super::{
    page::{Here, page},
    queues::shell,
    signals_page::SignalsPage,
};
use crate::{
    flows::App,
    store::breakers,
    web::{auth::perm, error::ApiError, session::May},
};
use actix_web::{HttpResponse, http::StatusCode, web::Data};

/// `GET /signals`.
pub(super) async fn index(app: Data<App>, who: May<perm::ReadModels>) -> Result<HttpResponse, ApiError> {
    let limits = &app.settings.breaker;
    let lines = breakers::lines(&app.db, app.clock.now().plus(-limits.window_ms)).await?;
    Ok(page(StatusCode::OK, &SignalsPage::of(shell(&app, &who, Here::Models), &lines, limits)))
}
