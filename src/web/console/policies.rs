//! Policies, to read: the live release.
//!
//! Routed by `console`. It must never show a draft.

use super::{
    page::{Here, page},
    policies_page::PoliciesPage,
    queues::shell,
};
use crate::{
    flows::App,
    web::{auth::perm, error::ApiError, session::May},
};
use actix_web::{HttpResponse, http::StatusCode, web::Data};

/// `GET /policies`.
pub(super) async fn index(app: Data<App>, who: May<perm::ReadPolicies>) -> Result<HttpResponse, ApiError> {
    let live = app.live.get();
    Ok(page(StatusCode::OK, &PoliciesPage::of(shell(&app, &who, Here::Policies), &live.release)))
}
