//! Request bodies, read in bounded memory.
//!
//! Called by handlers that take one document. It must never keep more than the limit: what is beyond is read and thrown
//! away for a while, so that a client that is still sending sees the refusal and not a broken connection.

use crate::web::{
    BODY_PATIENCE,
    error::{ApiError, Kind},
};
use actix_web::{HttpRequest, http::header, web};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use tokio::sync::Semaphore;

/// How much of a body that is too large is still read before the connection is given up.
const DISCARDED: usize = 64 * 1024 * 1024;

/// Longer documents may hold images; they are read on threads that may block, few at a time, since decoding one image
/// can take hundreds of megabytes.
const LONG: usize = 32 * 1024;
static DECODERS: Semaphore = Semaphore::const_new(2);

/// Media types of one JSON document.
pub(super) const JSON: &[&str] = &["application/json"];

/// Media types of newline-delimited JSON.
pub(super) const NDJSON: &[&str] =
    &["application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-lines", "application/json"];

/// Media types of ads by the line: newline-delimited JSON, and tables.
pub(super) const LINES: &[&str] = &[
    "application/x-ndjson",
    "text/csv",
    "application/ndjson",
    "application/jsonl",
    "application/json-lines",
    "application/json",
];

/// Refuses a body whose media type is none of those; a missing one is taken on trust.
pub(super) fn expect(request: &HttpRequest, types: &[&str]) -> Result<(), ApiError> {
    let text = |name| request.headers().get(name).map(|v| v.to_str().unwrap_or("?").trim().to_ascii_lowercase());
    if text(header::CONTENT_ENCODING).is_some_and(|e| e != "identity") {
        return Err(ApiError::new(Kind::UNSUPPORTED_MEDIA_TYPE, "Send the body without Content-Encoding."));
    }
    let media = text(header::CONTENT_TYPE).map(|t| t.split(';').next().unwrap_or_default().trim().to_owned());
    match media {
        Some(media) if !types.contains(&media.as_str()) && !media.ends_with("+json") => {
            Err(ApiError::new(Kind::UNSUPPORTED_MEDIA_TYPE, format!("Send the body as {}.", types[0])))
        }
        _ => Ok(()),
    }
}

/// Whether a request says that its body is a table.
pub(super) fn is_csv(request: &HttpRequest) -> bool {
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    media.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/csv")
}

/// Refuses a request that says itself that it has no body.
pub(super) fn expect_some(request: &HttpRequest) -> Result<(), ApiError> {
    let length = request.headers().get(header::CONTENT_LENGTH).map(|length| length.as_bytes());
    match length {
        Some(b"0") => Err(ApiError::new(Kind::UNREADABLE, "The body is empty; send at least one line.")),
        None if !request.headers().contains_key(header::TRANSFER_ENCODING) => {
            Err(ApiError::new(Kind::UNREADABLE, "The body is missing; send at least one line."))
        }
        _ => Ok(()),
    }
}

/// Reads a body of at most `limit` bytes.
pub(in crate::web) async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
) -> Result<Bytes, ApiError> {
    read_as(request, payload, limit, JSON).await
}

/// The same for lines of JSON.
pub(super) async fn read_lines(request: &HttpRequest, payload: web::Payload, limit: usize) -> Result<Bytes, ApiError> {
    read_as(request, payload, limit, NDJSON).await
}

async fn read_as(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
    types: &[&str],
) -> Result<Bytes, ApiError> {
    expect(request, types)?;
    match tokio::time::timeout(BODY_PATIENCE, collect(payload, limit)).await {
        Ok(result) => result,
        Err(_) => Err(ApiError::new(Kind::BAD_REQUEST, "The body did not arrive in 60 seconds.")),
    }
}

async fn collect(mut payload: web::Payload, limit: usize) -> Result<Bytes, ApiError> {
    let mut body = BytesMut::new();
    let mut seen = 0usize;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::new(Kind::BAD_REQUEST, "The body ended too early."))?;
        seen += chunk.len();
        if seen <= limit {
            body.extend_from_slice(&chunk);
        } else if seen > limit + DISCARDED {
            break;
        } else {
            body.clear();
        }
    }
    if seen > limit {
        return Err(ApiError::new(Kind::TOO_LARGE, format!("The body must be at most {limit} bytes.")));
    }
    Ok(body.freeze())
}

/// Runs a reader of intake over a body, away from the async threads when the body is long.
pub(in crate::web) async fn take<T, E>(
    body: Bytes,
    reader: impl FnOnce(&[u8]) -> Result<T, E> + Send + 'static,
) -> Result<T, ApiError>
where
    T: Send + 'static,
    E: Send + 'static,
    ApiError: From<E>,
{
    if body.len() <= LONG {
        return Ok(reader(&body)?);
    }
    let _permit = DECODERS.acquire().await.map_err(ApiError::internal)?;
    Ok(tokio::task::spawn_blocking(move || reader(&body)).await.map_err(ApiError::internal)??)
}
