//! Answers to bodies of lines that each tell one thing: a line is kept or refused alone.
//!
//! Called by the handlers of such bodies. It must never lose the order of the lines, nor the places of what is wrong.

use crate::{
    domain::{AdId, delivery::Told},
    flows,
    intake::{DocumentLines, Refusal},
    web::error::{ApiError, ProblemDocument},
};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of one line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ToldResult {
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

/// Keeps the lines that can be read, and answers every line: NDJSON by NDJSON, an array by an array.
pub(super) async fn answer<T>(
    read: DocumentLines<T>,
    keep: impl AsyncFnOnce(Vec<T>) -> Result<Vec<flows::delivery::Line>, flows::Error>,
) -> Result<HttpResponse, ApiError> {
    let (mut good, mut places) = (vec![], vec![]);
    for line in read.lines {
        places.push((line.number, line.name, line.read.map(|told| good.push(told))));
    }
    let mut kept = keep(good).await?.into_iter();
    let result = |(line, name, read): (u64, Option<String>, Result<(), Refusal>)| {
        let done = read.map_err(ApiError::from).and_then(|()| match kept.next() {
            Some(done) => done.map_err(ApiError::from),
            None => Err(ApiError::internal("a line has no result")),
        });
        match done {
            Ok((ad, told)) => ToldResult { line, status: 200, name, ad: Some(ad), told: Some(told), problem: None },
            Err(error) => {
                error.log("");
                let status = error.status_code().as_u16();
                ToldResult { line, status, name, ad: None, told: None, problem: Some(error.document(None)) }
            }
        }
    };
    let results: Vec<ToldResult> = places.into_iter().map(result).collect();
    if read.array {
        return Ok(HttpResponse::Ok().json(results));
    }
    let lines = results.iter().map(|r| serde_json::to_string(r).map(|line| line + "\n"));
    let lines = lines.collect::<Result<String, _>>().map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok().content_type("application/x-ndjson").body(lines))
}
