//! `POST /v1/ads/validate`: what would be concluded about an ad, without submitting it.
//!
//! It must never store the ad's content; the flow keeps a digest, so that probing for gaps can be seen.

use super::body;
use crate::{
    flows::{self, App, validate::DryRun},
    intake,
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpRequest, HttpResponse, web};

/// Try an ad without submitting it
///
/// Runs the whole screening and answers what it would conclude, as far as the policies disclose it. Nothing is stored
/// but a digest; use is metered.
#[utoipa::path(
    post, path = "/v1/ads/validate", tag = "Ads", request_body = intake::wire::AdInput, security(("key" = [])),
    responses(
        (status = 200, description = "What would be concluded.", body = DryRun),
        (status = 422, description = "Fields are wrong; all of them are named.", body = ProblemDocument),
        (status = 429, description = "Too many dry runs.", body = ProblemDocument),
    )
)]
pub(crate) async fn validate(
    caller: Allowed<perm::SubmitAds>,
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, intake::AD_BYTES).await?;
    let submission = body::take(bytes, intake::read_ad).await?;
    Ok(HttpResponse::Ok().json(flows::validate::validate(&app, &caller.scope, &submission).await?))
}
