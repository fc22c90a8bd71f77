//! The frame around every request: its id, the last word on errors, security headers, one log line, metrics.
//!
//! Wrapped around the whole application once. It must never log a header, a query string or a body: they may hold
//! secrets and personal data.

use super::{
    auth::CameWith,
    error::ApiError,
    pages,
    quotas::Quotas,
    request_id::{RequestId, X_REQUEST_ID},
    security,
};
use crate::{
    domain::{AdId, key::RequestNote},
    flows::note_requests::Notes,
    platform::{Clock, clock::Stopwatch, metrics::Metrics},
};
use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{ALLOW, CONTENT_TYPE},
    middleware::Next,
    web,
};
use std::sync::Arc;

/// What the frame needs. Part of the application's data.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Makes request ids.
    pub clock: Clock,
    /// Counts requests.
    pub metrics: Arc<Metrics>,
    /// Remembers what was asked with each key.
    pub notes: Arc<Notes>,
}

/// The middleware, for `actix_web::middleware::from_fn`.
pub async fn frame(
    frame: web::Data<Frame>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let watch = Stopwatch::start();
    let id = RequestId::of(request.headers(), &frame.clock);
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    let answer = next.call(request).await?.map_into_boxed_body();
    let refusal = answer.response().error().and_then(|e| e.as_error::<ApiError>()).map(ApiError::noted);
    let mut answer = with_errors_told(answer, &id);
    let route = answer.request().match_pattern().unwrap_or_else(|| "none".to_owned());
    let headers = answer.headers_mut();
    if let Some(value) = id.value() {
        headers.insert(X_REQUEST_ID, value);
    }
    security::add(headers);
    let quotas = answer.request().extensions_mut().remove::<Quotas>();
    if let Some(quotas) = quotas {
        quotas.write(answer.headers_mut());
    }
    let status = answer.status();
    let seconds = watch.seconds();
    if let Some(CameWith(key)) = answer.request().extensions().get::<CameWith>().copied() {
        let (code, pointers) = refusal.unzip();
        frame.notes.add(RequestNote {
            id: frame.clock.new_uuid(),
            key,
            at: frame.clock.now(),
            method: known_method(&method).to_owned(),
            path: noted_path(answer.request(), &route),
            status: status.as_u16(),
            code: code.map(str::to_owned),
            pointers: pointers.unwrap_or_default(),
            request_id: id.0.clone(),
            duration_us: (seconds * 1_000_000.0).round() as i64,
        });
    }
    frame.metrics.requests.with_label_values(&[known_method(&method), &route, status.as_str()]).inc();
    frame.metrics.request_seconds.with_label_values(&[&route]).observe(seconds);
    let ms = (seconds * 10_000.0).round() / 10.0;
    tracing::info!(%method, route, status = status.as_u16(), ms, request_id = id.0, "request");
    Ok(answer)
}

/// A route with the ids of ours that it was asked for: what others call their things may be personal.
fn noted_path(request: &HttpRequest, route: &str) -> String {
    match request.match_info().get("id").filter(|id| id.parse::<AdId>().is_ok()) {
        Some(id) => route.replace("{id}", id),
        None => route.to_owned(),
    }
}

/// Methods are free text; metrics take the known ones.
fn known_method(method: &actix_web::http::Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS") => known,
        _ => "other",
    }
}

/// Renders errors with the request's id: a problem document for programs, a page for people.
fn with_errors_told(answer: ServiceResponse<BoxBody>, id: &RequestId) -> ServiceResponse<BoxBody> {
    let status = answer.status();
    if !status.is_client_error() && !status.is_server_error() {
        return answer;
    }
    let ours = answer.response().error().and_then(|e| e.as_error::<ApiError>());
    // An answer that was rendered on purpose (a page of the console, a health report) stays as it is.
    if ours.is_none() && answer.response().error().is_none() && answer.headers().contains_key(CONTENT_TYPE) {
        return answer;
    }
    let table = ApiError::of_status(status);
    let error = ours.unwrap_or(&table);
    error.log(&id.0);
    let path = answer.request().path();
    let mut told = match path {
        iab if iab.starts_with("/iab/") => error.answer_iab(&id.0),
        programs if for_programs(programs) => error.answer(&id.0),
        _ => pages::error_page(error, &id.0),
    };
    if let Some(allow) = answer.headers().get(ALLOW) {
        told.headers_mut().insert(ALLOW, allow.clone());
    }
    answer.into_response(told)
}

/// Whether a path belongs to programs rather than to people.
fn for_programs(path: &str) -> bool {
    ["/v1", "/healthz", "/readyz", "/metrics", "/openapi.json"].iter().any(|p| path.starts_with(p))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{domain::Millis, web::error::Kind};
    use actix_web::{App, HttpResponse, http::Method, middleware::from_fn, test as http};

    /// What a client sees: status, content type, body.
    async fn ask(method: Method, path: &str, id: &str) -> (u16, String, String, String) {
        let (clock, metrics) = (Clock::standing_at(Millis(0)), Arc::new(Metrics::new().unwrap()));
        let data = Frame { clock, metrics, notes: Arc::default() };
        let app = http::init_service(
            App::new()
                .app_data(web::Data::new(data))
                .route("/v1/fails", web::get().to(async || Err::<HttpResponse, _>(ApiError::internal("secret cause"))))
                .route("/v1/number/{n}", web::get().to(async |_: web::Path<u32>| HttpResponse::Ok()))
                .route("/page", web::get().to(async || Err::<HttpResponse, _>(ApiError::new(Kind::FORBIDDEN, "No."))))
                .wrap(from_fn(frame)),
        )
        .await;
        let request = http::TestRequest::with_uri(path).method(method).insert_header((X_REQUEST_ID, id));
        let answer = http::call_service(&app, request.to_request()).await;
        let header = |name: &str| answer.headers().get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
        let (status, media, told) = (answer.status().as_u16(), header("content-type"), header("x-request-id"));
        assert!(header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        let body = String::from_utf8(http::read_body(answer).await.to_vec()).unwrap();
        (status, media, told, body)
    }

    #[actix_web::test]
    async fn programs_get_problem_documents_and_people_get_pages() {
        for (path, status) in [("/v1/nothing", 404), ("/v1/fails", 500), ("/v1/number/x", 404), ("/openapi.jsonx", 404)]
        {
            let (got, media, id, body) = ask(Method::GET, path, "req-00000001").await;
            assert_eq!(
                (got, media.as_str(), id.as_str()),
                (status, "application/problem+json", "req-00000001"),
                "{path}"
            );
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body["request_id"], "req-00000001");
            assert_eq!(body["status"], status);
            assert!(!body.to_string().contains("secret cause"));
        }
        for (path, status) in [("/nothing", 404), ("/page", 403)] {
            let (got, media, _, body) = ask(Method::GET, path, "req-00000001").await;
            assert_eq!((got, media.as_str()), (status, "text/html; charset=utf-8"), "{path}");
            assert!(body.contains("req-00000001"));
        }
    }

    #[actix_web::test]
    async fn an_insane_request_id_is_replaced() {
        for id in ["short", "spaces in it", "<script>alert(1)</script>", ""] {
            let (.., told, _) = ask(Method::GET, "/v1/nothing", id).await;
            assert_eq!(told.len(), 32, "{id} became {told}");
        }
    }
}
