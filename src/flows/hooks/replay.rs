//! Sending again: one delivery, all that failed since a moment, or a message that only tries the way.
//!
//! Called by the API and the console. The receiver gets the same `webhook-id` as before, and so drops what it has.

use crate::{
    domain::{
        DeliveryId, Millis, WebhookId,
        role::Scope,
        webhook::{Delivery, DeliveryState, Lane, WebhookState},
    },
    flows::{App, Error, steps::audit},
    notify::webhook::TEST,
    store::{deliveries, webhooks},
};
use serde_json::{Value, json};

/// What is sent again.
#[derive(Debug, Clone, Copy)]
pub enum Replay {
    /// A message that tells nothing.
    Test,
    /// One delivery, whatever became of it.
    One(DeliveryId),
    /// Everything that happened since and was not received.
    FailedSince(Millis),
}

/// Has something sent at once; says how many deliveries that are.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] while the webhook is disabled.
pub async fn replay(app: &App, scope: &Scope, webhook: WebhookId, what: Replay) -> Result<u64, Error> {
    let now = app.clock.now();
    let queued = app
        .db
        .write("queue_deliveries", async |tx| {
            let to = webhooks::get(tx, scope, webhook).await?.ok_or(Error::NotFound)?;
            if to.state == WebhookState::Disabled {
                return Err(Error::conflict("webhook_disabled", "Enable the webhook first."));
            }
            let (queued, details) = match what {
                Replay::Test => {
                    let test = Delivery {
                        id: app.clock.new_id(),
                        webhook,
                        event: None,
                        type_name: TEST.to_owned(),
                        lane: Lane::Normal,
                        state: DeliveryState::Waiting,
                        attempts: 0,
                        tries: 0,
                        run_at: now,
                        event_at: now,
                        delivered_at: None,
                    };
                    deliveries::add(tx, &[test]).await?;
                    (1, json!({"test": true}))
                }
                Replay::One(id) => {
                    if !deliveries::again(tx, webhook, id, now).await? {
                        return Err(Error::NotFound);
                    }
                    (1, json!({"delivery": id}))
                }
                Replay::FailedSince(since) => {
                    (deliveries::all_again(tx, webhook, since, now).await?, json!({"since": since}))
                }
            };
            let details = with_count(details, queued);
            audit::record(app, tx, scope, "webhook.replayed", webhook, details, now).await?;
            Ok(queued)
        })
        .await?;
    app.wake.notify_waiters();
    Ok(queued)
}

fn with_count(mut details: Value, queued: u64) -> Value {
    details["queued"] = queued.into();
    details
}
