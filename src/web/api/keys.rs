//! `GET /v1/key` and `GET /v1/requests`: what the caller's own key is, and what was asked with it lately.
//!
//! It must never tell of another key, nor of the secret.

use super::page::{self, Page};
use crate::{
    domain::{KeyId, Millis, SubmitterId, key::RequestNote, role::Role},
    flows::App,
    store::{keys, request_notes},
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The key that a request came with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnKey {
    /// Its id.
    id: KeyId,
    /// What it is for.
    #[schema(example = "shop, nightly upload")]
    name: String,
    /// What it may do.
    role: Role,
    /// Whose ads it sees; null for keys of staff, who see all.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    submitter: Option<OwnSubmitter>,
    /// When it was made.
    created_at: Millis,
    /// From when on it opens nothing; missing where it does not end by itself.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Millis>,
    /// How much it may ask.
    limits: OwnLimits,
}

/// The submitter of a key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnSubmitter {
    /// Its id.
    id: SubmitterId,
    /// Its name.
    #[schema(example = "shop")]
    name: String,
    /// Whether its ads are for trying out only.
    sandbox: bool,
}

/// How much a key may ask. Answers carry what is left in `RateLimit`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnLimits {
    /// Requests a minute, the quota `requests`; 0 is no limit.
    #[schema(example = 60_000)]
    requests_per_minute: u32,
    /// Dry runs an hour for one advertiser, the quota `dry-runs`; 0 is no limit.
    #[schema(example = 120)]
    dry_runs_per_hour: u32,
}

/// Who am I
///
/// What the key that you send is, whose it is, when it ends, and how much it may ask.
#[utoipa::path(
    get, path = "/v1/key", tag = "Key", security(("key" = [])),
    responses((status = 200, description = "Your key.", body = OwnKey))
)]
pub(crate) async fn own(caller: Allowed<perm::ReadAds>, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let found = keys::get(&app.db, &caller.scope, caller.key).await?.ok_or_else(ApiError::not_found)?;
    let keys::Opened { key, submitter: name, sandbox } = found;
    let quotas = &app.settings.quotas;
    let limits = OwnLimits {
        requests_per_minute: quotas.requests(key.requests_per_minute, &name),
        dry_runs_per_hour: quotas.dry_runs_per_hour,
    };
    Ok(HttpResponse::Ok().json(OwnKey {
        id: key.id,
        name: key.name,
        role: key.role,
        submitter: key.submitter.map(|id| OwnSubmitter { id, name, sandbox }),
        created_at: key.created_at,
        expires_at: key.expires_at,
        limits,
    }))
}

/// One request that was made with the key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnRequest {
    /// When it was answered.
    at: Millis,
    /// Method.
    #[schema(example = "POST")]
    method: String,
    /// The path, with ids of ads; other parameters stand by their names.
    #[schema(example = "/v1/ads")]
    path: String,
    /// Status of the answer.
    #[schema(example = 422)]
    status: u16,
    /// Code of the problem, for a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, required = false, example = "invalid")]
    code: Option<String>,
    /// Where the input was wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, example = json!(["#/creative/headline"]))]
    pointers: Vec<String>,
    /// The request's id, as in `x-request-id`.
    request_id: String,
    /// Milliseconds until the answer began.
    #[schema(example = 12.4)]
    duration_ms: f64,
}

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RequestQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// Only requests that were refused or failed.
    #[serde(default)]
    refused: bool,
}

/// What was asked with your key
///
/// The last 1,000 requests of the last 7 days, the newest first; each is here a second or two after its answer. No bodies,
/// no query strings.
#[utoipa::path(
    get, path = "/v1/requests", tag = "Key", security(("key" = [])), params(RequestQuery),
    responses(
        (status = 200, description = "A page.", body = Page<OwnRequest>),
        (status = 400, description = "A parameter is wrong.", body = ProblemDocument),
    )
)]
pub(crate) async fn requests(
    caller: Allowed<perm::ReadAds>,
    app: web::Data<App>,
    query: web::Query<RequestQuery>,
) -> Result<HttpResponse, ApiError> {
    let limit = page::limit(query.limit)?;
    let before: Option<Uuid> = page::parameter("cursor", query.cursor.as_deref())?;
    let mut notes = request_notes::of_key(&app.db, caller.key, before, query.refused, limit + 1).await?;
    let more = notes.len() > limit as usize;
    notes.truncate(limit as usize);
    let next = notes.last().filter(|_| more).map(|note| note.id.simple().to_string());
    Ok(HttpResponse::Ok().json(Page { items: notes.into_iter().map(own_request).collect::<Vec<_>>(), next }))
}

fn own_request(note: RequestNote) -> OwnRequest {
    OwnRequest {
        at: note.at,
        method: note.method,
        path: note.path,
        status: note.status,
        code: note.code,
        pointers: note.pointers,
        request_id: note.request_id,
        duration_ms: (note.duration_us as f64 / 100.0).round() / 10.0,
    }
}
