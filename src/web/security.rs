//! Security headers: what a browser may do with an answer. Set by the frame on every answer that did not set its own.
//!
//! A handler that needs more (a sandboxed preview, a page with its own style) sets the header itself. It must never be
//! loosened here for the sake of one page.

use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};

/// Pages: everything from this origin, nothing inline, framed by nobody.
const PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                    connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Everything else is data.
const DATA: &str = "default-src 'none'; frame-ancestors 'none'";

/// Adds the headers that are not there yet.
pub(super) fn add(headers: &mut HeaderMap) {
    let is_page = headers.get(CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"text/html"));
    let own = headers.contains_key(CONTENT_SECURITY_POLICY);
    let mut set = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    set(CONTENT_SECURITY_POLICY, if is_page { PAGE } else { DATA });
    // A page with its own policy says there who may frame it; this older header would overrule it in old browsers.
    if !own {
        set(X_FRAME_OPTIONS, "DENY");
    }
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=()");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
}
