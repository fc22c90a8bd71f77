//! `/v1/webhooks`: addresses that events are sent to. What became of each event is in `deliveries`.
//!
//! It must never answer a key again after the call that made it.

use super::{
    body,
    page::{self, Page},
};
use crate::{
    domain::{
        Millis, WebhookId,
        webhook::{DisabledBecause, Profile, Signing, Webhook, WebhookState},
    },
    flows::{
        App,
        hooks::endpoints::{self, Change, WithKey},
    },
    intake,
    store::{deliveries, webhooks},
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A webhook as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct WebhookStatus {
    /// Its id.
    id: WebhookId,
    /// Where events are posted.
    url: String,
    /// Types of events that are sent; empty is all.
    types: Vec<String>,
    /// Your words about it.
    description: String,
    /// What is sent.
    profile: Profile,
    /// How it is signed.
    signing: Signing,
    /// What you check ed25519 signatures with (`whpk_`); null where they are symmetric.
    public_key: Option<String>,
    /// Until when the key before signs too.
    old_key_until: Option<Millis>,
    /// Whether events are sent.
    state: WebhookState,
    /// Why they are not.
    because: Option<DisabledBecause>,
    /// Nothing is sent before this moment, since your receiver asked for a pause.
    throttled_until: Option<Millis>,
    /// Attempts that failed since the last one that was received.
    failures: u32,
    /// The last attempt that was received.
    last_success_at: Option<Millis>,
    /// The last attempt that failed.
    last_failure_at: Option<Millis>,
    /// Deliveries on their way.
    waiting: i64,
    /// Deliveries that failed at every attempt.
    dead: i64,
    /// When it was made.
    created_at: Millis,
}

impl WebhookStatus {
    fn of(w: Webhook, (waiting, dead): (i64, i64), now: Millis) -> Self {
        Self {
            id: w.id,
            url: w.url,
            types: w.types,
            description: w.description,
            profile: w.profile,
            signing: w.signing,
            public_key: w.public_key,
            old_key_until: w.old_key_until.filter(|until| *until > now),
            state: w.state,
            because: w.because,
            throttled_until: Some(w.throttled_until).filter(|until| *until > now),
            failures: w.failures,
            last_success_at: w.last_success_at,
            last_failure_at: w.last_failure_at,
            waiting,
            dead,
            created_at: w.created_at,
        }
    }
}

/// A webhook with the key that was made for it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookWithKey {
    /// The webhook.
    #[serde(flatten)]
    webhook: WebhookStatus,
    /// The secret that you check symmetric signatures with (`whsec_`). It is told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
}

async fn status(app: &App, webhook: Webhook) -> Result<WebhookStatus, ApiError> {
    let counts = deliveries::counts(&app.db, &[webhook.id]).await?;
    let counts = counts.get(&webhook.id).copied().unwrap_or_default();
    Ok(WebhookStatus::of(webhook, counts, app.clock.now()))
}

async fn with_key(app: &App, made: WithKey) -> Result<WebhookWithKey, ApiError> {
    let secret = (made.webhook.signing == Signing::Symmetric).then(|| made.key.text());
    Ok(WebhookWithKey { webhook: status(app, made.webhook).await?, secret })
}

/// Add a webhook
///
/// What happens from now on is posted to the URL as Standard Webhooks (standardwebhooks.com) say: a body `{type,
/// timestamp, data}` under 20 kB, the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. Any 2xx answer
/// within 15 seconds is receipt. Anything else is tried again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and
/// 24 h, with up to a tenth more; `Retry-After` is respected, redirects are not followed, 410 disables the webhook. An
/// event may come twice, under the same `webhook-id`, and events may overtake each other: of two outcomes of an ad the
/// greater `outcome_version` is the later. Where findings would make a body too long, `data.shortened` is true and
/// `GET /v1/ads/{id}` has all of them.
#[utoipa::path(
    post, path = "/v1/webhooks", tag = "Webhooks", security(("key" = [])), request_body = intake::WebhookInput,
    responses(
        (status = 201, description = "The webhook, with its secret where signatures are symmetric.", body = WebhookWithKey),
        (status = 409, description = "There are 20 webhooks already.", body = ProblemDocument),
        (status = 422, description = "Fields are wrong, or nothing may be sent to that URL.", body = ProblemDocument),
    )
)]
pub(crate) async fn create(
    caller: Allowed<perm::ManageHooks>,
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, intake::WEBHOOK_BYTES).await?;
    let new = body::take(bytes, intake::read_webhook).await?;
    let made = endpoints::create(&app, &caller.scope, &new).await?;
    let place = format!("/v1/webhooks/{}", made.webhook.id);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, place)).json(with_key(&app, made).await?))
}

/// Where to read on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WebhookQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List webhooks
#[utoipa::path(
    get, path = "/v1/webhooks", tag = "Webhooks", security(("key" = [])), params(WebhookQuery),
    responses(
        (status = 200, description = "A page, newest first.", body = Page<WebhookStatus>),
        (status = 400, description = "A parameter is wrong.", body = ProblemDocument),
    )
)]
pub(crate) async fn list(
    caller: Allowed<perm::ManageHooks>,
    app: web::Data<App>,
    query: web::Query<WebhookQuery>,
) -> Result<HttpResponse, ApiError> {
    let limit = page::limit(query.limit)?;
    let before = page::parameter("cursor", query.cursor.as_deref())?;
    let mut all = webhooks::list(&app.db, &caller.scope, before, limit + 1).await?;
    let more = all.len() > limit as usize;
    all.truncate(limit as usize);
    let next = all.last().filter(|_| more).map(|w| w.id.to_string());
    let ids: Vec<WebhookId> = all.iter().map(|w| w.id).collect();
    let counts = deliveries::counts(&app.db, &ids).await?;
    let now = app.clock.now();
    let line = |w: Webhook| {
        let counts = counts.get(&w.id).copied().unwrap_or_default();
        WebhookStatus::of(w, counts, now)
    };
    Ok(HttpResponse::Ok().json(Page { items: all.into_iter().map(line).collect(), next }))
}

/// Read a webhook
#[utoipa::path(
    get, path = "/v1/webhooks/{id}", tag = "Webhooks", security(("key" = [])),
    params(("id" = WebhookId, Path, description = "The webhook.")),
    responses(
        (status = 200, description = "The webhook.", body = WebhookStatus),
        (status = 404, description = "No such webhook.", body = ProblemDocument),
    )
)]
pub(crate) async fn get(
    caller: Allowed<perm::ManageHooks>,
    app: web::Data<App>,
    id: web::Path<WebhookId>,
) -> Result<HttpResponse, ApiError> {
    let webhook = webhooks::get(&app.db, &caller.scope, *id).await?.ok_or_else(ApiError::not_found)?;
    Ok(HttpResponse::Ok().json(status(&app, webhook).await?))
}

/// Change a webhook
///
/// The body replaces URL, filter, description and profile. What is on its way goes to the new URL.
#[utoipa::path(
    put, path = "/v1/webhooks/{id}", tag = "Webhooks", security(("key" = [])),
    request_body = intake::WebhookChangeInput,
    params(("id" = WebhookId, Path, description = "The webhook.")),
    responses(
        (status = 200, description = "The webhook.", body = WebhookStatus),
        (status = 404, description = "No such webhook.", body = ProblemDocument),
        (status = 422, description = "Fields are wrong, or nothing may be sent to that URL.", body = ProblemDocument),
    )
)]
pub(crate) async fn put(
    caller: Allowed<perm::ManageHooks>,
    app: web::Data<App>,
    id: web::Path<WebhookId>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, intake::WEBHOOK_BYTES).await?;
    let change = body::take(bytes, intake::read_webhook_change).await?;
    let changed = endpoints::change(&app, &caller.scope, *id, Change::Replace(&change)).await?;
    Ok(HttpResponse::Ok().json(status(&app, changed).await?))
}

/// Remove a webhook
#[utoipa::path(
    delete, path = "/v1/webhooks/{id}", tag = "Webhooks", security(("key" = [])),
    params(("id" = WebhookId, Path, description = "The webhook.")),
    responses(
        (status = 204, description = "It is removed; nothing is sent any more."),
        (status = 404, description = "No such webhook.", body = ProblemDocument),
    )
)]
pub(crate) async fn delete(
    caller: Allowed<perm::ManageHooks>,
    app: web::Data<App>,
    id: web::Path<WebhookId>,
) -> Result<HttpResponse, ApiError> {
    endpoints::change(&app, &caller.scope, *id, Change::Remove).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Enable a webhook
///
/// Sends at once what waited, and goes on with the events from where it stopped: none that is still kept is left out.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/enable", tag = "Webhooks", security(("key" = [])),
    params(("id" = WebhookId, Path, description = "The webhook.")),
    responses(
        (status = 200, description = "The webhook, enabled.", body = WebhookStatus),
        (status = 404, description = "No such webhook.", body = ProblemDocument),
    )
)]
pub(crate) async fn enable(
    caller: Allowed<perm::ManageHooks>,
    app: web::Data<App>,
    id: web::Path<WebhookId>,
) -> Result<HttpResponse, ApiError> {
    let changed = endpoints::change(&app, &caller.scope, *id, Change::Enable).await?;
    Ok(HttpResponse::Ok().json(status(&app, changed).await?))
}

/// Disable a webhook
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/disable", tag = "Webhooks", security(("key" = [])),
    params(("id" = WebhookId, Path, description = "The webhook.")),
    responses(
        (status = 200, description = "The webhook; events wait until it is enabled again.", body = WebhookStatus),
        (status = 404, description = "No such webhook.", body = ProblemDocument),
    )
)]
pub(crate) async fn disable(
    caller: Allowed<perm::ManageHooks>,
    app: web::Data<App>,
    id: web::Path<WebhookId>,
) -> Result<HttpResponse, ApiError> {
    let changed = endpoints::change(&app, &caller.scope, *id, Change::Disable).await?;
    Ok(HttpResponse::Ok().json(status(&app, changed).await?))
}

/// Replace a webhook's key
///
/// While the keys overlap every message carries a signature of each, so that you can change over without missing one.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/rotate", tag = "Webhooks", security(("key" = [])),
    request_body = intake::RotateInput,
    params(("id" = WebhookId, Path, description = "The webhook.")),
    responses(
        (status = 200, description = "The webhook, with its new secret or public key.", body = WebhookWithKey),
        (status = 404, description = "No such webhook.", body = ProblemDocument),
        (status = 422, description = "Fields are wrong; all of them are named.", body = ProblemDocument),
    )
)]
pub(crate) async fn rotate(
    caller: Allowed<perm::ManageHooks>,
    app: web::Data<App>,
    id: web::Path<WebhookId>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, intake::WEBHOOK_BYTES).await?;
    let input = body::take(bytes, intake::read_rotation).await?;
    let overlap = input.overlap_seconds.map_or(Millis::DAY, |s| i64::from(s) * Millis::SECOND);
    let made = endpoints::rotate(&app, &caller.scope, *id, overlap).await?;
    Ok(HttpResponse::Ok().json(with_key(&app, made).await?))
}
