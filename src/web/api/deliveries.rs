//! `/v1/webhooks/{id}/deliveries`: what became of each event, and sending again.
//!
//! It must never show a delivery of another submitter's webhook, nor say that there is one.

use super::{
    body,
    page::{self, Page},
};
use crate::{
    domain::{
        DeliveryId, EventId, Millis, WebhookId,
        webhook::{DeliveryState, Lane},
    },
    flows::{
        App,
        hooks::{
            replay::{self, Replay},
            send,
        },
    },
    intake,
    store::{
        deliveries::{self, DeliveryFilter, DeliveryLine},
        webhooks,
    },
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// What was queued.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Queued {
    /// Deliveries that are sent at once.
    queued: u64,
}

async fn queue(
    app: &App,
    caller: &Allowed<perm::ManageHooks>,
    webhook: WebhookId,
    what: Replay,
) -> Result<HttpResponse, ApiError> {
    let queued = replay::replay(app, &caller.scope, webhook, what).await?;
    Ok(HttpResponse::Accepted().json(Queued { queued }))
}

/// Send a test message
///
/// A message of type `webhook.test`, signed and tried again as any other.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/test", tag = "Webhooks", security(("key" = [])),
    params(("id" = WebhookId, Path, description = "The webhook.")),
    responses(
        (status = 202, description = "It is on its way.", body = Queued),
        (status = 404, description = "No such webhook.", body = ProblemDocument),
        (status = 409, description = "The webhook is disabled.", body = ProblemDocument),
    )
)]
pub(crate) async fn test(
    caller: Allowed<perm::ManageHooks>,
    app: web::Data<App>,
    id: web::Path<WebhookId>,
) -> Result<HttpResponse, ApiError> {
    queue(&app, &caller, *id, Replay::Test).await
}

/// Send again what failed
///
/// Everything that happened since a moment and was not received yet, dead or waiting for its next attempt.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/replay", tag = "Webhooks", security(("key" = [])),
    request_body = intake::ReplayInput,
    params(("id" = WebhookId, Path, description = "The webhook.")),
    responses(
        (status = 202, description = "How many are on their way.", body = Queued),
        (status = 404, description = "No such webhook.", body = ProblemDocument),
        (status = 409, description = "The webhook is disabled.", body = ProblemDocument),
        (status = 422, description = "Fields are wrong; all of them are named.", body = ProblemDocument),
    )
)]
pub(crate) async fn replay_failed(
    caller: Allowed<perm::ManageHooks>,
    app: web::Data<App>,
    id: web::Path<WebhookId>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, intake::WEBHOOK_BYTES).await?;
    let input = body::take(bytes, intake::read_replay).await?;
    queue(&app, &caller, *id, Replay::FailedSince(input.since)).await
}

/// Send one delivery again
///
/// Whatever became of it. It has the same `webhook-id` as before.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/deliveries/{delivery}/replay", tag = "Webhooks", security(("key" = [])),
    params(
        ("id" = WebhookId, Path, description = "The webhook."),
        ("delivery" = DeliveryId, Path, description = "The delivery."),
    ),
    responses(
        (status = 202, description = "It is on its way.", body = Queued),
        (status = 404, description = "No such delivery.", body = ProblemDocument),
        (status = 409, description = "The webhook is disabled.", body = ProblemDocument),
    )
)]
pub(crate) async fn replay_one(
    caller: Allowed<perm::ManageHooks>,
    app: web::Data<App>,
    place: web::Path<(WebhookId, DeliveryId)>,
) -> Result<HttpResponse, ApiError> {
    let (webhook, delivery) = place.into_inner();
    queue(&app, &caller, webhook, Replay::One(delivery)).await
}

/// One event on its way to one address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct DeliveryStatus {
    /// Its id.
    id: DeliveryId,
    /// What `webhook-id` says: the event's id, or this delivery's for a test message.
    message_id: String,
    /// The event; null for a test message.
    event: Option<EventId>,
    /// The event's type.
    #[serde(rename = "type")]
    type_name: String,
    /// Which deliveries go first: `urgent` takes down an ad that served.
    lane: Lane,
    /// How far it has come.
    state: DeliveryState,
    /// When the event happened.
    event_at: Millis,
    /// When the next attempt is due; null when there is none.
    next_attempt_at: Option<Millis>,
    /// When it was received.
    delivered_at: Option<Millis>,
    /// The body that is sent; null once the event is not kept any more.
    body: Option<Value>,
    /// Attempts, oldest first.
    attempts: Vec<AttemptStatus>,
}

/// One attempt to send.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
pub(crate) struct AttemptStatus {
    /// Its number, from 1.
    number: u32,
    /// When it began.
    at: Millis,
    /// How long it took, in milliseconds.
    took_ms: i64,
    /// The status that came back; null where there was no answer.
    status: Option<u16>,
    /// Why there was no answer; empty otherwise.
    error: String,
    /// The first thousand bytes of the answer.
    answer: String,
}

/// What a list of deliveries can be narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// Only deliveries in this state.
    #[param(value_type = Option<DeliveryState>)]
    state: Option<String>,
}

/// List deliveries
///
/// What was sent, with every attempt and what came back, newest first. Deliveries are kept as long as events are.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}/deliveries", tag = "Webhooks", security(("key" = [])),
    params(("id" = WebhookId, Path, description = "The webhook."), DeliveryQuery),
    responses(
        (status = 200, description = "A page.", body = Page<DeliveryStatus>),
        (status = 400, description = "A parameter is wrong.", body = ProblemDocument),
        (status = 404, description = "No such webhook.", body = ProblemDocument),
    )
)]
pub(crate) async fn list(
    caller: Allowed<perm::ManageHooks>,
    app: web::Data<App>,
    id: web::Path<WebhookId>,
    query: web::Query<DeliveryQuery>,
) -> Result<HttpResponse, ApiError> {
    let limit = page::limit(query.limit)?;
    let filter = DeliveryFilter {
        state: page::parameter("state", query.state.as_deref())?,
        before: page::parameter("cursor", query.cursor.as_deref())?,
    };
    let webhook = webhooks::get(&app.db, &caller.scope, *id).await?.ok_or_else(ApiError::not_found)?;
    let mut all = deliveries::list(&app.db, &caller.scope, *id, filter, limit + 1).await?;
    let more = all.len() > limit as usize;
    all.truncate(limit as usize);
    let next = all.last().filter(|_| more).map(|line| line.delivery.id.to_string());
    let events: Vec<EventId> = all.iter().filter_map(|line| line.delivery.event).collect();
    let events = webhooks::events_of(&app.db, &events).await?;
    let item = |line: DeliveryLine| {
        let d = line.delivery;
        let body = send::body_of(&d, webhook.profile, d.event.and_then(|id| events.get(&id)));
        DeliveryStatus {
            id: d.id,
            message_id: d.message_id(),
            event: d.event,
            type_name: d.type_name,
            lane: d.lane,
            state: d.state,
            event_at: d.event_at,
            next_attempt_at: (d.state == DeliveryState::Waiting).then_some(d.run_at),
            delivered_at: d.delivered_at,
            body: body.and_then(|text| serde_json::from_str(&text).ok()),
            attempts: line
                .attempts
                .into_iter()
                .map(|a| AttemptStatus {
                    number: a.number,
                    at: a.at,
                    took_ms: a.took_ms,
                    status: a.status,
                    error: a.error,
                    answer: a.answer,
                })
                .collect(),
        }
    };
    Ok(HttpResponse::Ok().json(Page { items: all.into_iter().map(item).collect(), next }))
}
