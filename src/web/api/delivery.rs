//! `POST /v1/delivery`: what ads delivered, hour by hour, one line each.
//!
//! It must never refuse the whole for one bad line, and never count a line twice.

use super::body;
use crate::{
    domain::{AdId, delivery::Told, role::Scope},
    flows::{self, App},
    intake,
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of one line about delivery.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryResult {
    /// The line's number, from 1; blank lines count and have no result. In an array, the item's.
    line: u64,
    /// 200 for a line that is kept, else the status of the problem.
    #[schema(example = 200)]
    status: u16,
    /// The ad as the line names it, where that could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// The ad, when the line was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ad: Option<AdId>,
    /// What keeping it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    told: Option<Told>,
    /// What is wrong with the line, when it was not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    problem: Option<ProblemDocument>,
}

/// Tell what ads delivered
///
/// Each line is what one ad delivered in one hour, at most 400 days back: impressions, and spend where you know it. A
/// line tells the whole hour, so an hour told again takes the place of what was told before and nothing is counted
/// twice. Each line is answered by one line, in order; a bad line is refused alone. An array is taken too, and answered
/// by an array. At most 20,000 lines and 8 MiB at once. Sweeps of the ads that live go through those with the most
/// impressions first.
#[utoipa::path(
    post, path = "/v1/delivery", tag = "Ads", security(("key" = [])),
    request_body(content = intake::wire::DeliveryInput, content_type = "application/x-ndjson", description = "One ad and hour a line."),
    responses(
        (status = 200, description = "One result a line.", body = DeliveryResult, content_type = "application/x-ndjson"),
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
    let bytes = body::read_lines(&request, payload, intake::DELIVERY_BYTES).await?;
    let read = body::take(bytes, intake::read_deliveries).await?;
    let array = read.array;
    let results = results(&app, &caller.scope, read.lines).await?;
    if array {
        return Ok(HttpResponse::Ok().json(results));
    }
    let lines = results.iter().map(|r| serde_json::to_string(r).map(|line| line + "\n"));
    let lines = lines.collect::<Result<String, _>>().map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok().content_type("application/x-ndjson").body(lines))
}

async fn results(app: &App, scope: &Scope, lines: Vec<intake::DeliveryLine>) -> Result<Vec<DeliveryResult>, ApiError> {
    let (mut good, mut places) = (vec![], vec![]);
    for line in lines {
        places.push((line.number, line.name, line.read.map(|told| good.push(told))));
    }
    let mut kept = flows::delivery::tell(app, scope, &good).await?.into_iter();
    let result = |(line, name, read): (u64, Option<String>, Result<(), intake::Refusal>)| {
        let done = read.map_err(ApiError::from).and_then(|()| match kept.next() {
            Some(done) => done.map_err(ApiError::from),
            None => Err(ApiError::internal("a line has no result")),
        });
        match done {
            Ok((ad, told)) => DeliveryResult { line, status: 200, name, ad: Some(ad), told: Some(told), problem: None },
            Err(error) => {
                error.log("");
                let status = error.status_code().as_u16();
                DeliveryResult { line, status, name, ad: None, told: None, problem: Some(error.document(None)) }
            }
        }
    };
    Ok(places.into_iter().map(result).collect())
}
