//! Sending deliveries: claimed under a lease, posted outside any transaction, recorded with what it means.
//!
//! Called by the `deliver` job. A process that dies while it sends loses nothing: the lease lapses and the delivery is
//! sent again with the same id. It must never send what it did not claim, nor log a key or a body.

use crate::{
    domain::{
        Millis,
        audit::Actor,
        event::Event,
        id::WebhookId,
        role::Scope,
        webhook::{Delivery, DeliveryState, Lane},
    },
    flows::{App, Error, steps::audit},
    notify::{
        schedule::{self, Meaning, Next, Reply},
        webhook::{Message, body},
    },
    platform::{
        clock::Stopwatch,
        outbound::{Answer, SendError},
        signature::HookKey,
    },
    store::{
        Tx, deliveries,
        deliveries::{Attempt, Stands},
        webhooks,
        webhooks::{Sealed, Sender},
    },
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// How long a claimed delivery is kept from other processes, ms: longer than the slowest request.
const LEASE_MS: i64 = 45 * Millis::SECOND;

/// How much of an answer is kept.
const KEPT: usize = 1_000;

/// Deliveries that one process sends to one address at once, in a lane. One that fails gets them one by one.
fn at_once(webhook_failures: u32, lane: Lane) -> usize {
    match (webhook_failures, lane) {
        (0, Lane::Urgent) => 8,
        (0, Lane::Normal) => 4,
        _ => 1,
    }
}

/// A claimed delivery with all that is needed to send it.
pub struct Work {
    /// The delivery.
    pub delivery: Delivery,
    token: Uuid,
    event: Option<Sealed>,
    sender: Arc<Sender>,
}

/// Claims deliveries of a lane that are due, up to `room`, and no more for an address than it is sent at once. `busy`
/// says how many this process sends to each now; `turn` has another address first each time.
///
/// # Errors
/// When the database fails.
pub async fn claim(
    app: &App,
    lane: Lane,
    busy: &BTreeMap<WebhookId, usize>,
    room: usize,
    turn: usize,
) -> Result<Vec<Work>, Error> {
    let now = app.clock.now();
    let mut ready = webhooks::ready(&app.db, lane, now).await?;
    if !ready.is_empty() {
        let first = turn % ready.len();
        ready.rotate_left(first);
    }
    let mut left = room;
    let mut wanted = vec![];
    for sender in ready {
        let busy = busy.get(&sender.webhook.id).copied().unwrap_or_default();
        let n = at_once(sender.webhook.failures, lane).saturating_sub(busy).min(left);
        left -= n;
        if n > 0 {
            wanted.push((Arc::new(sender), n));
        }
    }
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    let token = app.clock.new_uuid();
    let claimed = app
        .db
        .write("claim_deliveries", async |tx| {
            let mut claimed = vec![];
            for (sender, n) in &wanted {
                let times = (now, now.plus(LEASE_MS));
                for delivery in deliveries::claim(tx, sender.webhook.id, lane, token, times, *n).await? {
                    claimed.push((delivery, Arc::clone(sender)));
                }
            }
            Ok::<_, Error>(claimed)
        })
        .await?;
    let events: Vec<_> = claimed.iter().filter_map(|(delivery, _)| delivery.event).collect();
    let mut events = webhooks::events_of(&app.db, &events).await?;
    Ok(claimed
        .into_iter()
        .map(|(delivery, sender)| {
            // Two addresses may get the same event.
            let event = delivery.event.and_then(|id| events.get_mut(&id).cloned());
            Work { delivery, token, event, sender }
        })
        .collect())
}

/// An attempt that was made.
pub struct Attempted {
    work: Work,
    at: Millis,
    took_ms: i64,
    result: Result<Answer, SendError>,
    /// The event is not kept any more: there is nothing to send.
    forgotten: bool,
}

/// The body of a delivery as it is sent; `None` where its event is not kept any more.
pub fn body_of(
    delivery: &Delivery,
    profile: crate::domain::webhook::Profile,
    event: Option<&Sealed>,
) -> Option<String> {
    if delivery.event.is_none() {
        return Some(body(profile, &Message::Test { webhook: delivery.webhook, at: delivery.event_at }));
    }
    let event = event?;
    let event = Event { id: event.id, position: event.position, timestamp: event.at, kind: event.kind.clone() };
    Some(body(profile, &Message::Event(&event)))
}

/// Sends a claimed delivery once.
pub async fn attempt(app: &App, work: Work) -> Attempted {
    let (at, watch) = (app.clock.now(), Stopwatch::start());
    let webhook = &work.sender.webhook;
    let Some(body) = body_of(&work.delivery, webhook.profile, work.event.as_ref()) else {
        return Attempted { work, at, took_ms: 0, result: Err(SendError::Broken), forgotten: true };
    };
    let id = work.delivery.message_id();
    let old = work.sender.old_key.as_deref().filter(|_| webhook.old_key_until.is_some_and(|until| at < until));
    let keys = [Some(work.sender.key.as_str()), old].into_iter().flatten().filter_map(HookKey::read);
    let signatures: Vec<String> = keys.map(|key| key.sign(&id, at, &body)).collect();
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", id),
        ("webhook-timestamp", at.0.div_euclid(Millis::SECOND).to_string()),
        ("webhook-signature", signatures.join(" ")),
    ];
    let result = app.outbound.post(&webhook.url, &headers, body, KEPT).await;
    Attempted { work, at, took_ms: (watch.seconds() * 1_000.0) as i64, result, forgotten: false }
}

/// Records attempts, all in one commit.
///
/// # Errors
/// When the database fails; then all can be recorded again.
pub async fn record(app: &App, all: &[Attempted]) -> Result<(), Error> {
    let now = app.clock.now();
    let meanings: Vec<Meaning> = all.iter().map(|one| meaning(one, now)).collect();
    app.db
        .write("record_attempts", async |tx| {
            for (one, meaning) in all.iter().zip(&meanings) {
                record_one(app, tx, one, meaning, now).await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    for (one, meaning) in all.iter().zip(&meanings) {
        let result = match meaning.next {
            Next::Delivered => "delivered",
            Next::Again(_) => "failed",
            Next::Dead => "dead",
            Next::Gone => "gone",
        };
        app.metrics.webhook_attempts.with_label_values(&[one.work.delivery.lane.as_str(), result]).inc();
        if meaning.next == Next::Delivered && one.work.delivery.event.is_some() {
            let seconds = now.since(one.work.delivery.event_at) as f64 / 1_000.0;
            app.metrics.webhook_seconds.with_label_values(&[one.work.delivery.lane.as_str()]).observe(seconds);
        }
        if meaning.next == Next::Dead {
            let (delivery, webhook) = (one.work.delivery.id, one.work.delivery.webhook);
            tracing::warn!(%delivery, %webhook, "a webhook's delivery failed at every attempt");
        }
    }
    Ok(())
}

fn meaning(one: &Attempted, now: Millis) -> Meaning {
    if one.forgotten {
        return Meaning { next: Next::Dead, throttle: None };
    }
    let reply = match &one.result {
        Ok(answer) => Reply { status: Some(answer.status), retry_after: answer.retry_after.as_deref() },
        Err(_) => Reply::default(),
    };
    let webhook = &one.work.sender.webhook;
    schedule::read(webhook.profile, one.work.delivery.id, one.work.delivery.tries + 1, webhook.failures, reply, now)
}

async fn record_one(app: &App, tx: &Tx, one: &Attempted, meaning: &Meaning, now: Millis) -> Result<(), Error> {
    let delivery = &one.work.delivery;
    let (state, run_at) = match meaning.next {
        Next::Delivered => (DeliveryState::Delivered, now),
        Next::Again(at) => (DeliveryState::Waiting, at),
        Next::Gone => (DeliveryState::Waiting, now),
        Next::Dead => (DeliveryState::Dead, now),
    };
    let stands = Stands { state, run_at, delivered_at: (state == DeliveryState::Delivered).then_some(now) };
    let attempt = Attempt {
        number: delivery.attempts + 1,
        at: one.at,
        took_ms: one.took_ms,
        status: one.result.as_ref().ok().map(|a| a.status),
        error: match &one.result {
            Ok(_) => String::new(),
            Err(_) if one.forgotten => "The event is not kept any more.".to_owned(),
            Err(error) => error.to_string(),
        },
        answer: one.result.as_ref().map(|a| printable(&a.body)).unwrap_or_default(),
    };
    if !deliveries::record(tx, delivery.id, one.work.token, stands, &attempt).await? {
        // The lease lapsed: whoever has it now sends and records.
        return Ok(());
    }
    match meaning.next {
        Next::Delivered => webhooks::note_success(tx, delivery.webhook, now).await?,
        _ => webhooks::note_failure(tx, delivery.webhook, now, meaning.throttle).await?,
    }
    if meaning.next == Next::Gone && webhooks::disable_gone(tx, delivery.webhook).await? {
        let scope = Scope::system(Actor::System("deliver".into()));
        audit::record(app, tx, &scope, "webhook.disabled", delivery.webhook, json!({"gone": true}), now).await?;
    }
    Ok(())
}

/// An answer's beginning as text that every database takes.
fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}
