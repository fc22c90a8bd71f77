//! `GET /v1/ads/{id}/screenings`: scores and traces, for staff.
//!
//! It must never be open to submitters: a score told is a score gamed.

use super::page::Page;
use crate::{
    domain::{AdId, screening::Screening},
    flows::App,
    store::views::screenings,
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpResponse, web};

/// Read an ad's screenings
///
/// Signals, facts, findings and every rule that did not end false; the newest 200, newest first. For staff keys.
#[utoipa::path(
    get, path = "/v1/ads/{id}/screenings", tag = "Staff", security(("key" = [])),
    params(("id" = AdId, Path, description = "The ad.")),
    responses(
        (status = 200, description = "The screenings.", body = Page<Screening>),
        (status = 403, description = "The key's role may not read screenings.", body = ProblemDocument),
        (status = 404, description = "No such ad.", body = ProblemDocument),
    )
)]
pub(crate) async fn list(
    caller: Allowed<perm::ReadScreenings>,
    app: web::Data<App>,
    id: web::Path<AdId>,
) -> Result<HttpResponse, ApiError> {
    let items = screenings::of_ad(&app.db, &caller.scope, *id).await?.ok_or_else(ApiError::not_found)?;
    Ok(HttpResponse::Ok().json(Page { items, next: None }))
}
