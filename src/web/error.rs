//! The error table of the native API: every refusal and failure as one RFC 9457 problem document.
//!
//! Handlers return [`ApiError`]; the frame renders it, because only the frame knows the request's id. What actix itself
//! refuses (an unknown path, a method, a payload) goes through the same table. It must never tell a client the cause
//! of a failure: the cause is logged once, here.

use crate::{
    flows,
    intake::{Problem, Refusal},
    store::StoreError,
};
use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;

/// The media type of problem documents.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The registry of problem types.
const REGISTRY: &str = "https://iana.org/assignments/http-problem-types";

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The stable name that programs test.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// A short title, the same for every occurrence.
    pub title: &'static str,
    /// What to do about it.
    pub advice: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $code:literal, $status:literal, $title:literal, $advice:literal;)+) => {
        impl Kind {
            $(
                #[doc = $title]
                pub const $name: &'static Self = &Self { code: $code, status: $status, title: $title, advice: $advice };
            )+
            /// The whole table, in the order of the documentation.
            pub const ALL: &'static [&'static Self] = &[$(Self::$name),+];
        }
    };
}

kinds! {
    BAD_REQUEST = "bad_request", 400, "The request cannot be read", "Check the query string, the headers and the path against /docs.";
    UNREADABLE = "unreadable", 400, "The body is not a JSON document", "Send one JSON object in UTF-8.";
    UNAUTHORIZED = "unauthorized", 401, "No valid key", "Send `Authorization: Bearer KEY` with a key that was not revoked.";
    FORBIDDEN = "forbidden", 403, "The key may not do this", "Use a key whose role permits it.";
    NOT_FOUND = "not_found", 404, "Not found", "Check the id; objects of other submitters are not visible.";
    METHOD_NOT_ALLOWED = "method_not_allowed", 405, "The method does not fit the path", "Use a method named in the Allow header.";
    CONFLICT = "conflict", 409, "The state does not allow this", "Read the object again and decide anew.";
    STILL_RUNNING = "idempotency_key_running", 409, "A request with this Idempotency-Key is still running", "Repeat the request a little later.";
    CURSOR_EXPIRED = "cursor_expired", 410, "The cursor is too old", "Go on without a cursor, from the oldest event that is kept.";
    TOO_LARGE = "too_large", 413, "The body is too large", "Send less; limits are in /docs.";
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415, "The media type does not fit", "Send the media type that /docs names for this path.";
    INVALID = "invalid", 422, "The input is not valid", "Correct every place named in errors.";
    KEY_REUSED = "idempotency_key_reused", 422, "The Idempotency-Key was used for another request", "Use a new key for a new request.";
    TOO_MANY_REQUESTS = "quota_exceeded", 429, "A quota is spent", "Wait as long as Retry-After says; `violated-policies` names the quota.";
    INTERNAL = "internal", 500, "Something is broken on our side", "Repeat the request; if it stays, tell the operator the request id.";
    INSUFFICIENT_STORAGE = "insufficient_storage", 507, "There is no room left", "Nothing was changed. Tell the operator; repeat the request once there is room.";
    UNAVAILABLE = "unavailable", 503, "Too busy right now", "Wait as long as Retry-After says.";
}

impl Kind {
    /// Where this kind of problem is described: one that is known everywhere by its registered type, else on our page.
    fn described_at(&self) -> String {
        match self.status {
            429 => format!("{REGISTRY}#quota-exceeded"),
            503 => format!("{REGISTRY}#temporary-reduced-capacity"),
            _ => format!("/docs#problem-{}", self.code),
        }
    }

    /// The row for a status that actix answered by itself.
    fn of_status(status: StatusCode) -> &'static Self {
        let exact = Self::ALL.iter().find(|k| k.status == status.as_u16());
        exact.copied().unwrap_or(if status.is_server_error() { Self::INTERNAL } else { Self::BAD_REQUEST })
    }
}

/// An error on its way to a client of the API.
#[derive(Debug)]
pub struct ApiError {
    kind: &'static Kind,
    /// Overrides the kind's code where a flow knows a better one.
    code: Option<&'static str>,
    detail: String,
    problems: Vec<Problem>,
    retry_after_s: Option<u32>,
    /// For 405 the methods that the path answers, for 429 the quota that is spent.
    named: Option<&'static str>,
    /// For the log only.
    cause: Option<String>,
}

impl ApiError {
    /// An error of one kind, with one sentence for this occurrence.
    pub fn new(kind: &'static Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            code: None,
            detail: detail.into(),
            problems: vec![],
            retry_after_s: None,
            named: None,
            cause: None,
        }
    }

    /// An object that is not there, or not in scope: the two must look alike.
    pub fn not_found() -> Self {
        Self::new(Kind::NOT_FOUND, Kind::NOT_FOUND.advice)
    }

    /// A failure of ours. The cause is logged and never told.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self { cause: Some(cause.to_string()), ..Self::new(Kind::INTERNAL, Kind::INTERNAL.advice) }
    }

    /// A method that the path does not know; `allow` lists those it does.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        let detail = format!("This path answers {allow}.");
        Self { named: Some(allow), ..Self::new(Kind::METHOD_NOT_ALLOWED, detail) }
    }

    /// A conflict that a flow has a name for.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code: Some(code), ..Self::new(Kind::CONFLICT, detail) }
    }

    /// Back-pressure: come again after some seconds.
    pub fn busy(kind: &'static Kind, retry_after_s: u32) -> Self {
        Self { retry_after_s: Some(retry_after_s), ..Self::new(kind, kind.advice) }
    }

    /// A quota is spent: come again when there is some of it.
    pub fn quota(policy: &'static str, retry_after_s: u32) -> Self {
        let detail = format!("The quota {policy} is spent. Wait {retry_after_s} seconds.");
        let kind = Kind::TOO_MANY_REQUESTS;
        Self { retry_after_s: Some(retry_after_s), named: Some(policy), ..Self::new(kind, detail) }
    }

    /// The code and the pointers of the bad places, for the log of the caller's key.
    pub(super) fn noted(&self) -> (&'static str, Vec<String>) {
        let pointers = self.problems.iter().map(|problem| format!("#{}", problem.pointer)).collect();
        (self.code.unwrap_or(self.kind.code), pointers)
    }

    /// An input with problems at known places.
    pub fn invalid(problems: Vec<Problem>) -> Self {
        let detail = match problems.len() {
            1 => "One place in the input is not valid.".to_owned(),
            n => format!("{n} places in the input are not valid."),
        };
        Self { problems, ..Self::new(Kind::INVALID, detail) }
    }

    /// The problem document; a line of a batch carries no request id of its own.
    pub(super) fn document(&self, request_id: Option<String>) -> ProblemDocument {
        ProblemDocument {
            kind: self.kind.described_at(),
            title: self.kind.title.to_owned(),
            status: self.kind.status,
            detail: self.detail.clone(),
            code: self.code.unwrap_or(self.kind.code).to_owned(),
            request_id,
            errors: self.problems.iter().map(FieldError::from).collect(),
            violated_policies: self.named.filter(|_| self.kind == Kind::TOO_MANY_REQUESTS).into_iter().collect(),
        }
    }

    /// Writes the cause to the log, where there is one.
    pub(super) fn log(&self, request_id: &str) {
        if let Some(cause) = &self.cause {
            tracing::error!(code = self.kind.code, request_id, cause, "request failed");
        }
    }

    /// The problem document as an answer.
    pub(super) fn answer(&self, request_id: &str) -> HttpResponse {
        let mut builder = HttpResponse::build(self.status_code());
        builder.content_type(PROBLEM_JSON);
        if self.kind == Kind::UNAUTHORIZED {
            builder.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"adjudge\""));
        }
        if let Some(seconds) = self.retry_after_s {
            builder.insert_header((header::RETRY_AFTER, seconds));
        }
        if let Some(allow) = self.named.filter(|_| self.kind == Kind::METHOD_NOT_ALLOWED) {
            builder.insert_header((header::ALLOW, allow));
        }
        match serde_json::to_vec(&self.document(Some(request_id.to_owned()))) {
            Ok(body) => builder.body(body),
            Err(_) => builder.finish(),
        }
    }

    /// The same error with the codes that the IAB Ad Management API knows: 200, 400, 401, 404, 429, 500. What a key may
    /// not do looks as if it were not there.
    pub(super) fn answer_iab(&self, request_id: &str) -> HttpResponse {
        if self.kind.status == 403 {
            return Self::not_found().answer(request_id);
        }
        let status = match self.kind.status {
            known @ (401 | 404 | 429) => known,
            503 => 429,
            failed if failed >= 500 => 500,
            _ => 400,
        };
        let mut told = self.answer(request_id);
        let document = ProblemDocument { status, ..self.document(Some(request_id.to_owned())) };
        *told.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        match serde_json::to_vec(&document) {
            Ok(body) => told.set_body(actix_web::body::BoxBody::new(body)),
            Err(_) => told,
        }
    }

    /// The methods that the path answers, for a method that it does not.
    #[cfg(test)]
    pub(super) fn allowed(&self) -> Option<&'static str> {
        self.named
    }

    /// What actix answered by itself, in the words of the table.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let kind = Kind::of_status(status);
        Self::new(kind, kind.advice)
    }

    /// The status and the advice, for pages.
    pub(super) fn for_page(&self) -> (u16, &'static str, &str) {
        (self.kind.status, self.kind.title, &self.detail)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.title)
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Rendered by the frame, which knows the request's id; this is what is left when there is no frame.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal.problems.as_slice() {
            [one] if one.code == "body_too_large" => Self::new(Kind::TOO_LARGE, sentence(&one.detail)),
            [one] if is_no_document(one) => {
                Self { problems: vec![one.clone()], ..Self::new(Kind::UNREADABLE, sentence(&one.detail)) }
            }
            _ => Self::invalid(refusal.problems),
        }
    }
}

impl From<flows::Error> for ApiError {
    fn from(error: flows::Error) -> Self {
        match error {
            flows::Error::Invalid(problems) => Self::invalid(problems),
            flows::Error::NotFound => Self::not_found(),
            flows::Error::Forbidden(detail) => Self::new(Kind::FORBIDDEN, detail),
            flows::Error::Conflict { code, detail } => match Kind::ALL.iter().find(|k| k.code == code) {
                Some(kind) => Self::new(kind, detail),
                None => Self::conflict(code, detail),
            },
            flows::Error::Busy { retry_after_s } => Self::busy(Kind::UNAVAILABLE, retry_after_s),
            flows::Error::Quota { policy, spent } => Self::quota(policy, spent.wait_s),
            flows::Error::Internal(cause) => Self::internal(cause),
            flows::Error::Store(cause) => Self::from(cause),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::busy(Kind::UNAVAILABLE, 1),
            StoreError::Full(cause) => {
                Self { cause: Some(cause), ..Self::new(Kind::INSUFFICIENT_STORAGE, Kind::INSUFFICIENT_STORAGE.advice) }
            }
            other => Self::internal(other),
        }
    }
}

/// Whether the problem left nothing that could be checked further.
fn is_no_document(problem: &Problem) -> bool {
    matches!(problem.code, "empty" | "not_json" | "too_deep")
        || (problem.code == "not_utf8" && problem.pointer.is_empty())
}

fn sentence(detail: &str) -> String {
    format!("The body {detail}.")
}

/// A problem document (RFC 9457).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Where this kind of problem is described.
    #[serde(rename = "type")]
    #[schema(example = "/docs#problem-invalid")]
    pub kind: String,
    /// A short title, the same for every occurrence.
    pub title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What to do, in one sentence.
    pub detail: String,
    /// A stable name for programs.
    #[schema(example = "invalid")]
    pub code: String,
    /// The request, for the operator's logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub request_id: Option<String>,
    /// Every bad place of the input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// The quotas that are spent, as `RateLimit-Policy` names them.
    #[serde(rename = "violated-policies", skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, example = json!(["requests"]))]
    pub violated_policies: Vec<&'static str>,
}

/// One bad place of an input.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FieldError {
    /// What must be different.
    #[schema(example = "must be at most 300 characters; it has 412")]
    pub detail: String,
    /// Where: a JSON pointer as a URI fragment (RFC 6901, section 6).
    #[schema(example = "#/creative/headline")]
    pub pointer: String,
    /// A stable name for programs.
    #[schema(example = "too_long")]
    pub code: String,
}

impl From<&Problem> for FieldError {
    fn from(problem: &Problem) -> Self {
        Self { detail: problem.detail.clone(), pointer: format!("#{}", problem.pointer), code: problem.code.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_statuses_are_errors() {
        let mut codes: Vec<_> = Kind::ALL.iter().map(|k| k.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Kind::ALL.len());
        assert!(Kind::ALL.iter().all(|k| (400..600).contains(&k.status)));
    }

    #[test]
    fn a_full_disk_and_a_spent_quota_have_answers_of_their_own() {
        let full = ApiError::from(StoreError::Full("database or disk is full".into()));
        assert_eq!((full.status_code().as_u16(), full.noted().0), (507, "insufficient_storage"));
        let spent = ApiError::quota("requests", 7).document(None);
        assert_eq!((spent.status, spent.violated_policies), (429, vec!["requests"]));
        assert!(ApiError::method_not_allowed("GET").document(None).violated_policies.is_empty());
    }

    #[test]
    fn a_cause_never_reaches_the_document() {
        let error = ApiError::internal("password=hunter2");
        let document = serde_json::to_string(&error.document(Some("r".into()))).unwrap_or_default();
        assert!(!document.contains("hunter2"), "{document}");
    }
}
