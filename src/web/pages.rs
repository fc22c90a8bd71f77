//! The plain page that answers a browser when nothing else could: an unknown path, a method, a payload.
//!
//! Called by the frame. It must never need a session, a database or a stylesheet.

use super::error::ApiError;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

#[derive(Template)]
#[template(path = "plain_error.html")]
struct PlainError<'a> {
    status: u16,
    title: &'a str,
    advice: &'a str,
    request_id: &'a str,
}

/// The page for an error.
pub(super) fn error_page(error: &ApiError, request_id: &str) -> HttpResponse {
    let status = error.status_code();
    let (code, title, advice) = error.for_page();
    let page = PlainError { status: code, title, advice, request_id };
    let body = page.render().unwrap_or_else(|_| title.to_owned());
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body)
}
