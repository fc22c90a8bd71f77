//! The page that answers a browser when a handler could not: an unknown path, a refusal, a failure.
//!
//! Called by the frame. It must never need a session or a database, nor tell a person of keys and headers.

use super::{console::error_page::ErrorPage, error::ApiError};
use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use askama::Template;

/// The page for an error.
pub(super) fn error_page(error: &ApiError, request_id: &str) -> HttpResponse {
    let status = error.status_code();
    let (_, _, detail) = error.for_page();
    let (title, advice) = match status {
        StatusCode::FORBIDDEN => ("You may not do this", detail),
        StatusCode::NOT_FOUND => ("Not found", "There is nothing here that you may see. Check the address."),
        StatusCode::METHOD_NOT_ALLOWED => ("Not found", "This address is for forms only. Go back and try again."),
        StatusCode::CONFLICT => ("Too late for that", detail),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            ("Too busy right now", "Wait a minute and try again.")
        }
        s if s.is_server_error() => {
            ("Something is broken on our side", "Try again. If it stays, tell your administrator the request below.")
        }
        _ => ("That did not work", detail),
    };
    let page = ErrorPage::of(title, advice, request_id);
    let body = page.render().unwrap_or_else(|_| title.to_owned());
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body)
}
