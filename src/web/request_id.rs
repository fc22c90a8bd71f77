//! The id of a request: taken from the caller when it is sane, else made; on every answer and every log line.
//!
//! Made by the frame, extracted by handlers that hand it to flows. It must never be trusted to be unique.

use crate::platform::Clock;
use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{HeaderMap, HeaderName, HeaderValue},
};
use std::future::{Ready, ready};

/// The header, on requests and answers.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request being answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    /// The caller's id, where it is 8 to 64 letters, digits, `-`, `_` or `.`; else a new one.
    pub(super) fn of(headers: &HeaderMap, clock: &Clock) -> Self {
        let sane = |id: &&str| {
            (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let given = headers.get(X_REQUEST_ID).and_then(|v| v.to_str().ok()).filter(sane);
        Self(given.map_or_else(|| clock.new_uuid().simple().to_string(), str::to_owned))
    }

    /// As a header value.
    pub(super) fn value(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl FromRequest for RequestId {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(req.extensions().get::<Self>().cloned().unwrap_or(Self(String::new()))))
    }
}
