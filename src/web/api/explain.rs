//! `POST /v1/ads/{id}/explain/{policy}`: which words moved a score, for staff.
//!
//! It must never be open to submitters: it would teach evaders more than the score itself.

use crate::{
    domain::{AdId, PolicyCode},
    flows::{
        App,
        explain::{self, ScoreExplained},
    },
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpResponse, web};

/// Explain a score
///
/// Takes the policy's score in the ad's newest screening apart, word by word: how much each word of the field that scored
/// highest raised or lowered it. Computed on demand with the encoder and heads of that screening. For staff keys.
#[utoipa::path(
    post, path = "/v1/ads/{id}/explain/{policy}", tag = "Staff", security(("key" = [])),
    params(
        ("id" = AdId, Path, description = "The ad."),
        ("policy" = PolicyCode, Path, description = "The policy whose score to explain."),
    ),
    responses(
        (status = 200, description = "The words with what they added.", body = ScoreExplained),
        (status = 403, description = "The key's role may not read screenings.", body = ProblemDocument),
        (status = 404, description = "No such ad, or not screened yet.", body = ProblemDocument),
        (status = 409, description = "The screening has no score of this policy.", body = ProblemDocument),
    )
)]
pub(crate) async fn explain(
    caller: Allowed<perm::ReadScreenings>,
    app: web::Data<App>,
    path: web::Path<(AdId, PolicyCode)>,
) -> Result<HttpResponse, ApiError> {
    let (ad, policy) = path.into_inner();
    Ok(HttpResponse::Ok().json(explain::of_ad(&app, &caller.scope, ad, &policy).await?))
}
