//! The request headers that change what a call does: `Prefer: wait` (RFC 7240) and `Idempotency-Key`.
//!
//! Called by handlers. It must never fail on a preference: an unknown one is ignored.

use crate::web::error::{ApiError, Kind};
use actix_web::http::header::HeaderMap;
use std::time::Duration;

/// Longest wait that is honoured, in seconds.
const LONGEST_WAIT_S: u64 = 60;

/// Longest idempotency key, in characters.
const LONGEST_KEY: usize = 200;

/// The seconds of `Prefer: wait=N`, at most 60.
pub(super) fn wait(headers: &HeaderMap) -> Option<Duration> {
    let preferences = headers.get_all("prefer").filter_map(|v| v.to_str().ok()).flat_map(|v| v.split([',', ';']));
    let seconds = preferences.filter_map(|p| p.trim().split_once('=')).find(|(name, _)| name.trim() == "wait");
    let seconds: u64 = seconds?.1.trim().trim_matches('"').parse().ok()?;
    Some(Duration::from_secs(seconds.min(LONGEST_WAIT_S)))
}

/// The idempotency key, quoted or bare.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let key = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
    if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(|b| b.is_ascii_graphic()) {
        let detail = format!("The Idempotency-Key must be 1 to {LONGEST_KEY} visible ASCII characters without spaces.");
        return Err(ApiError::new(Kind::BAD_REQUEST, detail));
    }
    Ok(Some(key.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        [(HeaderName::from_static(name), HeaderValue::from_static(value))].into_iter().collect()
    }

    #[test]
    fn preferences_are_read_as_rfc_7240_writes_them() {
        for (value, seconds) in [
            ("wait=5", Some(5)),
            ("respond-async, wait=10", Some(10)),
            ("wait=\"7\"", Some(7)),
            ("wait=9999", Some(60)),
            ("wait=soon", None),
            ("return=minimal", None),
        ] {
            assert_eq!(wait(&with("prefer", value)), seconds.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn an_idempotency_key_is_quoted_or_bare() {
        let key = |value| idempotency_key(&with("idempotency-key", value)).map_err(|_| ());
        assert_eq!(key("\"abc-1\"").unwrap().unwrap(), "abc-1");
        assert_eq!(key("abc-1").unwrap().unwrap(), "abc-1");
        assert!(key("\"\"").is_err());
        assert!(key("two words").is_err());
    }
}
