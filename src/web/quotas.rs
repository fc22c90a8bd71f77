//! `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers): what a caller may still ask.
//!
//! Filled by the guards and by handlers with quotas of their own, written by the frame on every answer to a key. It must
//! never say more of a caller than the caller's own quotas.

use crate::platform::limits::Left;
use actix_web::{
    HttpMessage as _, HttpRequest,
    http::header::{HeaderMap, HeaderName, HeaderValue},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The name of the quota that every request counts against.
pub(crate) const REQUESTS: &str = "requests";

/// One quota that a request counted against.
#[derive(Debug)]
struct Counted {
    name: &'static str,
    left: Left,
    /// What it is counted by besides the key, in base64.
    part: Option<String>,
}

/// The quotas that a request counted against.
#[derive(Debug, Default)]
pub(crate) struct Quotas(Vec<Counted>);

impl Quotas {
    /// Adds one to a request's; `part` is what the quota is counted by, besides the key.
    pub(crate) fn note(request: &HttpRequest, name: &'static str, left: Left, part: Option<&str>) {
        let mut extensions = request.extensions_mut();
        let counted = Counted { name, left, part: part.map(|part| STANDARD.encode(part)) };
        match extensions.get_mut::<Self>() {
            Some(known) => known.0.push(counted),
            None => drop(extensions.insert(Self(vec![counted]))),
        }
    }

    /// Writes the two headers.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        let policy = self.line(|left| format!("q={};w={}", left.quota, left.window_s));
        let limit = self.line(|left| format!("r={};t={}", left.remaining, left.reset_s));
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", limit)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }

    fn line(&self, said: impl Fn(&Left) -> String) -> String {
        let one = |counted: &Counted| {
            let part = counted.part.as_ref().map_or(String::new(), |part| format!(";pk=:{part}:"));
            format!("\"{}\";{}{part}", counted.name, said(&counted.left))
        };
        self.0.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}
