//! `/v1/ads`: submit, read, list, revise, withdraw.
//!
//! Called by submitters' programs. It must never show an ad of another submitter, nor say that there is one.

use super::{
    body, headers,
    page::{self, Page},
};
use crate::{
    domain::{AdId, ReviewStatus, decision::Outcome, digest::Digest},
    flows::{
        self, App,
        submit::{Accepted, Change},
    },
    intake,
    store::views::ads::{self, AdFilter, AdView},
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
        idempotent,
    },
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::Deserialize;
use std::time::Duration;
use utoipa::IntoParams;

/// Submit an ad
///
/// A new ad is stored and screened in the background: the answer is 202 with its state. Sending a known `external_id`
/// with the same content changes nothing and answers 200; with other content it makes a new revision of the same ad.
/// With `Prefer: wait=N` the answer waits up to N seconds (at most 60) for the screening and is 200 when it came in time.
#[utoipa::path(
    post, path = "/v1/ads", tag = "Ads", request_body = intake::wire::AdInput, security(("key" = [])),
    params(
        ("Prefer" = Option<String>, Header, description = "`wait=N`: wait up to N seconds for the outcome."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating safe: for 24 hours the same key with the same body answers what was answered first; with another body it is refused (422); while the first is running, 409."),
    ),
    responses(
        (status = 202, description = "Accepted; screening goes on.", body = Outcome),
        (status = 200, description = "Nothing changed, or the outcome came within the wait.", body = Outcome),
        (status = 400, description = "The body is not a JSON document.", body = ProblemDocument),
        (status = 409, description = "A request with this Idempotency-Key is still running.", body = ProblemDocument),
        (status = 413, description = "The body is larger than 10 MiB.", body = ProblemDocument),
        (status = 422, description = "Fields are wrong; all of them are named.", body = ProblemDocument),
    )
)]
pub(crate) async fn submit(
    caller: Allowed<perm::SubmitAds>,
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, intake::AD_BYTES).await?;
    let wait = headers::wait(request.headers());
    let key = headers::idempotency_key(request.headers())?;
    let fingerprint = Digest::of_parts(&[b"POST /v1/ads", &bytes]);
    idempotent::once(&app, caller.key, key, fingerprint, async || {
        let submission = body::take(bytes.clone(), intake::read_ad).await?;
        let accepted = flows::submit::submit(&app, &caller.scope, &submission).await?;
        answer(&app, &caller, accepted, wait).await
    })
    .await
}

/// Submit new content for an ad
///
/// The body is the whole ad; its `external_id` must be the ad's. Unchanged content is the same revision.
#[utoipa::path(
    put, path = "/v1/ads/{id}", tag = "Ads", request_body = intake::wire::AdInput, security(("key" = [])),
    params(
        ("id" = AdId, Path, description = "The ad."),
        ("Prefer" = Option<String>, Header, description = "`wait=N`: wait up to N seconds for the outcome."),
    ),
    responses(
        (status = 202, description = "A new revision was accepted; screening goes on.", body = Outcome),
        (status = 200, description = "Nothing changed, or the outcome came within the wait.", body = Outcome),
        (status = 404, description = "No such ad.", body = ProblemDocument),
        (status = 422, description = "Fields are wrong; all of them are named.", body = ProblemDocument),
    )
)]
pub(crate) async fn revise(
    caller: Allowed<perm::SubmitAds>,
    app: web::Data<App>,
    id: web::Path<AdId>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, intake::AD_BYTES).await?;
    let submission = body::take(bytes, intake::read_ad).await?;
    let accepted = flows::submit::revise(&app, &caller.scope, *id, &submission).await?;
    answer(&app, &caller, accepted, headers::wait(request.headers())).await
}

/// Waits when asked to, and answers with the outcome: 200 when there is nothing left to wait for, else 202.
async fn answer(
    app: &App,
    caller: &Allowed<perm::SubmitAds>,
    accepted: Accepted,
    wait: Option<Duration>,
) -> Result<HttpResponse, ApiError> {
    let Accepted { outcome, change } = accepted;
    let (outcome, waited) = match wait {
        Some(time) => (flows::await_outcome::await_outcome(app, &caller.scope, outcome.id, time).await?, true),
        None => (outcome, false),
    };
    let ready = change == Change::Unchanged || (waited && outcome.review_status != ReviewStatus::Pending);
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::Accepted() };
    response.insert_header((header::LOCATION, format!("/v1/ads/{}", outcome.id)));
    if let Some(time) = wait {
        response.insert_header(("preference-applied", format!("wait={}", time.as_secs())));
    }
    Ok(response.json(outcome))
}

/// Read an ad
///
/// Its outcome, its advertiser, and the content of its newest revision.
#[utoipa::path(
    get, path = "/v1/ads/{id}", tag = "Ads", security(("key" = [])),
    params(("id" = AdId, Path, description = "The ad.")),
    responses(
        (status = 200, description = "The ad.", body = AdView),
        (status = 404, description = "No such ad.", body = ProblemDocument),
    )
)]
pub(crate) async fn get(
    caller: Allowed<perm::ReadAds>,
    app: web::Data<App>,
    id: web::Path<AdId>,
) -> Result<HttpResponse, ApiError> {
    let ad = ads::get(&app.db, &caller.scope, *id).await?;
    Ok(HttpResponse::Ok().json(ad.ok_or_else(ApiError::not_found)?))
}

/// Withdraw an ad
///
/// Nothing of it serves any more and open reviews are closed. Submitting it again revives it. Withdrawing twice answers
/// the same.
#[utoipa::path(
    delete, path = "/v1/ads/{id}", tag = "Ads", security(("key" = [])),
    params(("id" = AdId, Path, description = "The ad.")),
    responses(
        (status = 200, description = "The ad, withdrawn.", body = Outcome),
        (status = 404, description = "No such ad.", body = ProblemDocument),
    )
)]
pub(crate) async fn withdraw(
    caller: Allowed<perm::SubmitAds>,
    app: web::Data<App>,
    id: web::Path<AdId>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(flows::withdraw::withdraw(&app, &caller.scope, *id).await?))
}

/// What a list of ads can be narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// Only the ad with this external id.
    external_id: Option<String>,
    /// Only ads in this state of review.
    #[param(value_type = Option<ReviewStatus>)]
    review_status: Option<String>,
    /// Only ads with this approval.
    #[param(value_type = Option<crate::domain::ApprovalStatus>)]
    approval_status: Option<String>,
}

/// List ads
///
/// Outcomes, the ads first submitted last coming first.
#[utoipa::path(
    get, path = "/v1/ads", tag = "Ads", security(("key" = [])), params(ListQuery),
    responses(
        (status = 200, description = "A page.", body = Page<Outcome>),
        (status = 400, description = "A parameter is wrong.", body = ProblemDocument),
    )
)]
pub(crate) async fn list(
    caller: Allowed<perm::ReadAds>,
    app: web::Data<App>,
    query: web::Query<ListQuery>,
) -> Result<HttpResponse, ApiError> {
    let limit = page::limit(query.limit)?;
    let filter = AdFilter {
        external_id: query.external_id.clone(),
        review_status: page::parameter("review_status", query.review_status.as_deref())?,
        approval_status: page::parameter("approval_status", query.approval_status.as_deref())?,
        before: page::parameter("cursor", query.cursor.as_deref())?,
    };
    let mut items = ads::list(&app.db, &caller.scope, &filter, limit + 1).await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|ad| ad.id.to_string());
    Ok(HttpResponse::Ok().json(Page { items, next }))
}
