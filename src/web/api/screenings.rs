//! `GET /v1/ads/{id}/screenings`: scores and traces, for staff.
//!
//! It must never be open to submitters: a score told is a score gamed.

use super::page::Page;
use crate::{
    domain::{AdId, screening::Screening},
    flows::{App, why, why::ExplainedRule},
    store::views::screenings,
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How much is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    #[serde(default)]
    explain: bool,
}

/// A screening, and why it found what it found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScreeningItem {
    #[serde(flatten)]
    screening: Screening,
    /// With `explain=true`, for the newest 20: each finding's rule, part by part, with the value of every part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    explained: Vec<ExplainedRule>,
}

/// Screenings that are explained in one answer.
const EXPLAINED: usize = 20;

/// Read an ad's screenings
///
/// Signals, facts, findings and every rule that did not end false; the newest 200, newest first. For staff keys.
#[utoipa::path(
    get, path = "/v1/ads/{id}/screenings", tag = "Staff", security(("key" = [])),
    params(
        ("id" = AdId, Path, description = "The ad."),
        ("explain" = Option<bool>, Query, description = "Also why each finding was made."),
    ),
    responses(
        (status = 200, description = "The screenings.", body = Page<ScreeningItem>),
        (status = 403, description = "The key's role may not read screenings.", body = ProblemDocument),
        (status = 404, description = "No such ad.", body = ProblemDocument),
    )
)]
pub(crate) async fn list(
    caller: Allowed<perm::ReadScreenings>,
    app: web::Data<App>,
    id: web::Path<AdId>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let found = screenings::of_ad(&app.db, &caller.scope, *id).await?.ok_or_else(ApiError::not_found)?;
    let mut items = Vec::with_capacity(found.len());
    for screening in found {
        let wanted = asked.explain && items.len() < EXPLAINED;
        let explained = if wanted { why::screening(&app, &screening).await? } else { Vec::new() };
        items.push(ScreeningItem { screening, explained });
    }
    Ok(HttpResponse::Ok().json(Page { items, next: None }))
}
