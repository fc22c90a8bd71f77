//! Gauges are set and expired sessions and idempotency keys forgotten.

use crate::{
    domain::{Millis, audit::Actor, role::Scope, signal::Producer},
    flows::{App, Error, hooks::fan_out::ALARM_MS},
    store::{accounts, breakers, deliveries, jobs, outbox, releases, request_notes, sealer, webhooks},
};

/// How long a screening that was stored without a signal is remembered, ms: longer than any trouble should last.
const FAILURES_MS: i64 = 30 * Millis::DAY;

/// Events, and deliveries, forgotten in one round.
const FORGOTTEN: u32 = 1_000;
/// How long what was asked with a key is remembered, ms.
const REQUESTS_MS: i64 = 7 * Millis::DAY;

/// One round; there is never more at once.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    let now = app.clock.now();
    let counted = now.plus(-2 * app.settings.breaker.window_ms);
    app.db
        .write("forget_expired", async |tx| {
            accounts::forget_expired(tx, now).await?;
            breakers::prune(tx, counted, now.plus(-FAILURES_MS)).await?;
            outbox::forget(tx, now.plus(-app.settings.event_ms), FORGOTTEN).await?;
            deliveries::prune(tx, now.plus(-app.settings.event_ms), FORGOTTEN).await?;
            request_notes::prune(tx, now.plus(-REQUESTS_MS)).await?;
            webhooks::forget_removed(tx).await.map_err(Error::from)
        })
        .await?;
    let open = breakers::not_closed(&app.db).await?;
    for signal in Producer::ALL {
        let is_open = open.iter().any(|b| b.signal == *signal);
        app.metrics.breaker_open.with_label_values(&[signal.as_str()]).set(i64::from(is_open));
    }
    let (waiting, dead) = jobs::backlog(&app.db).await?;
    app.metrics.job_backlog.with_label_values(&["waiting"]).set(waiting);
    app.metrics.job_backlog.with_label_values(&["dead"]).set(dead);
    for (queue, depth) in releases::open_tasks(&app.db).await? {
        app.metrics.open_tasks.with_label_values(&[&queue]).set(depth);
    }
    let (waiting, dead) = deliveries::backlog(&app.db).await?;
    app.metrics.webhook_deliveries.with_label_values(&["waiting"]).set(waiting);
    app.metrics.webhook_deliveries.with_label_values(&["dead"]).set(dead);
    let everybody = Scope::system(Actor::System("housekeeping".into()));
    let late = deliveries::unreceived_takedowns(&app.db, &everybody, now.plus(-ALARM_MS)).await?;
    app.metrics.takedowns_unreceived.set(late.n);
    app.metrics.webhooks_disabled.set(webhooks::disabled(&app.db).await?);
    app.metrics.unsealed.set(sealer::backlog(&app.db).await?);
    Ok(0)
}
