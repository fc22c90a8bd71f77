//! Sealed events become deliveries, in the order of their positions, one for each webhook that wants them.
//!
//! Called by the `fan_out` job. A webhook's cursor moves in the commit that adds its deliveries, so that no event is
//! missed and none is added twice, however many processes do it. It must never read an unsealed event.

use crate::{
    domain::{
        Millis,
        webhook::{Delivery, DeliveryState, Lane, Webhook, ends_serving},
    },
    flows::{App, Error},
    store::{Tx, deliveries, sealer, webhooks, webhooks::Sealed},
};

/// Events looked at in one commit.
const PAGE: u32 = 200;

/// How far a cursor may lag over events that its webhook does not want, before it is moved for nothing.
const IDLE: i64 = 2_000;

/// Looks at new events for every webhook; says how many it took a step for.
pub async fn step(app: &App) -> Result<usize, Error> {
    let mut moved = 0;
    for webhook in webhooks::behind(&app.db).await? {
        moved += usize::from(advance(app, &webhook).await?);
    }
    Ok(moved)
}

/// Takes one step of a webhook's cursor; says whether it moved.
async fn advance(app: &App, webhook: &Webhook) -> Result<bool, Error> {
    // Read before the events: all up to here are committed.
    let sealed = sealer::events_sealed(&app.db).await?;
    let events = webhooks::events(&app.db, webhook.submitter, (webhook.position, sealed), PAGE).await?;
    let to = match events.last() {
        Some(last) if events.len() == PAGE as usize => last.position,
        _ => sealed,
    };
    let wanted: Vec<&Sealed> = events.iter().filter(|e| webhook.wants(e.kind.type_name())).collect();
    if wanted.is_empty() && to - webhook.position < IDLE {
        return Ok(false);
    }
    let now = app.clock.now();
    let moved = app
        .db
        .write("fan_out", async |tx| {
            if !webhooks::advance(tx, webhook.id, webhook.position, to).await? {
                return Ok(false);
            }
            let mut new = Vec::with_capacity(wanted.len());
            for event in &wanted {
                new.push(Delivery {
                    id: app.clock.new_id(),
                    webhook: webhook.id,
                    event: Some(event.id),
                    type_name: event.kind.type_name().to_owned(),
                    lane: lane(tx, event).await?,
                    state: DeliveryState::Waiting,
                    attempts: 0,
                    tries: 0,
                    run_at: now,
                    event_at: event.at,
                    delivered_at: None,
                });
            }
            deliveries::add(tx, &new).await?;
            Ok::<_, Error>(true)
        })
        .await?;
    if moved && !wanted.is_empty() {
        app.wake.notify_waiters();
    }
    Ok(moved)
}

/// What takes down an ad that served goes before everything else.
async fn lane(tx: &Tx, event: &Sealed) -> Result<Lane, Error> {
    let Some(outcome) = ends_serving(&event.kind) else { return Ok(Lane::Normal) };
    let takedown = webhooks::served_before(tx, event.ad.unwrap_or(outcome.id), event.position).await?;
    Ok(if takedown { Lane::Urgent } else { Lane::Normal })
}

/// Takedowns that happened before this and were not received are an alarm, ms.
pub const ALARM_MS: i64 = 5 * Millis::MINUTE;
