//! `POST /v1/delivery`: what ads delivered, hour by hour, one line each.
//!
//! It must never refuse the whole for one bad line, and never count a line twice.

use super::{body, told, told::ToldResult};
use crate::{
    flows::{self, App},
    intake,
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpRequest, HttpResponse, web};

/// Tell what ads delivered
///
/// Each line is what one ad delivered in one hour, at most 400 days back: impressions, and spend where you know it. A
/// line tells the whole hour, so an hour told again takes the place of what was told before and nothing is counted
/// twice. Each line is answered by one line, in order; a bad line is refused alone. An array is taken too, and answered
/// by an array. At most 20,000 lines and 8 MiB at once. Sweeps of the ads that live go through those with the most
/// impressions first.
#[utoipa::path(
    post, path = "/v1/delivery", tag = "Ads", security(("key" = [])),
    request_body(
        content((intake::wire::DeliveryInput = "application/x-ndjson"), (Vec<intake::wire::DeliveryInput> = "application/json")),
        description = "One ad and hour a line, or a JSON array.",
    ),
    responses(
        (status = 200, description = "One result a line, in the form that the lines came in.",
            content((ToldResult = "application/x-ndjson"), (Vec<ToldResult> = "application/json"))),
        (status = 400, description = "There are no lines.", body = ProblemDocument),
        (status = 413, description = "The body is too large.", body = ProblemDocument),
        (status = 415, description = "The body is neither NDJSON nor JSON.", body = ProblemDocument),
        (status = 422, description = "There are too many lines.", body = ProblemDocument),
    )
)]
pub(crate) async fn tell(
    caller: Allowed<perm::SubmitAds>,
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read_lines(&request, payload, intake::LINES_BYTES).await?;
    let read = body::take(bytes, intake::read_deliveries).await?;
    told::answer(read, async |good| flows::delivery::tell(&app, &caller.scope, &good).await).await
}
