//! `Idempotency-Key` around a handler: the first answer is kept and given again.
//!
//! Called by handlers that create. Only answers that did something are kept: a refused request changed nothing, so
//! its key stays free for the corrected one.

use super::error::{ApiError, PROBLEM_JSON};
use crate::{
    domain::{KeyId, digest::Digest},
    flows::{
        App,
        idempotency::{self, Begin},
    },
};
use actix_web::{HttpResponse, body::to_bytes, http::StatusCode};

/// Runs `action`, or answers what it answered under the same key before.
pub(super) async fn once(
    app: &App,
    caller: KeyId,
    key: Option<String>,
    fingerprint: Digest,
    action: impl AsyncFnOnce() -> Result<HttpResponse, ApiError>,
) -> Result<HttpResponse, ApiError> {
    let Some(key) = key else { return action().await };
    if let Begin::Replay { status, body } = idempotency::begin(app, caller, &key, fingerprint).await? {
        return Ok(replay(status, body));
    }
    match action().await {
        Ok(response) => {
            let (head, body) = response.into_parts();
            let body = to_bytes(body).await.map_err(|_| ApiError::internal("the response has no body in memory"))?;
            idempotency::finish(app, caller, &key, head.status().as_u16(), &body).await?;
            Ok(head.set_body(body).map_into_boxed_body())
        }
        Err(error) => {
            idempotency::abandon(app, caller, &key).await?;
            Err(error)
        }
    }
}

fn replay(status: u16, body: Vec<u8>) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let media = if status.is_success() { "application/json" } else { PROBLEM_JSON };
    HttpResponse::build(status).content_type(media).insert_header(("idempotency-replayed", "true")).body(body)
}
