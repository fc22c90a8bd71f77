//! `POST /v1/ads/validate`: what would be concluded about an ad, without submitting it.
//!
//! It must never store the ad's content; the flow keeps a digest, so that probing for gaps can be seen.

use super::body;
use crate::{
    flows::{
        self, App,
        validate::{DryRun, QUOTA, Tried},
    },
    intake,
    platform::limits::Left,
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
        quotas::Quotas,
    },
};
use actix_web::{HttpRequest, HttpResponse, web};

/// Try an ad without submitting it
///
/// Runs the whole screening and answers what it would conclude, as far as the policies disclose it, with what to change.
/// Nothing is stored but a digest. Dry runs are metered for each advertiser, over an hour: the quota `dry-runs`.
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
    let (tried, advertiser) =
        (flows::validate::validate(&app, &caller.scope, &submission).await, submission.advertiser);
    let left = match &tried {
        Ok(tried) => tried.left,
        Err(flows::Error::Quota { spent, .. }) => Some(Left::from(*spent)),
        Err(_) => None,
    };
    if let Some(left) = left {
        Quotas::note(&request, QUOTA, left, Some(&advertiser.external_id));
    }
    let Tried { run, .. } = tried?;
    Ok(HttpResponse::Ok().json(run))
}
