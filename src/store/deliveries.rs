//! Deliveries: one event on its way to one address, and every attempt that was made.
//!
//! Called by flows and pages. A delivery is claimed by compare-and-set on its lease and recorded only by who holds it. It
//! must never show one outside the scope.

use super::{
    Db, StoreError, Tx, db,
    db::Run,
    entities::{webhook_attempt, webhook_delivery},
};
use crate::domain::{
    DeliveryId, EventId, Millis, WebhookId,
    role::Scope,
    webhook::{Delivery, DeliveryState, Lane},
};
use sea_orm::{FromQueryResult, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

fn from_row(row: webhook_delivery::Model) -> Result<Delivery, StoreError> {
    let count = |n: i32| u32::try_from(n).unwrap_or_default();
    Ok(Delivery {
        id: DeliveryId(row.id),
        webhook: WebhookId(row.webhook_id),
        event: row.event_id.map(EventId),
        type_name: row.type_name,
        lane: row.lane.parse()?,
        state: row.state.parse()?,
        attempts: count(row.attempts),
        tries: count(row.tries),
        run_at: Millis(row.run_at),
        event_at: Millis(row.event_at),
        delivered_at: row.delivered_at.map(Millis),
    })
}

/// Adds deliveries. One that its address has already is [`StoreError::Taken`].
pub async fn add(tx: &Tx, new: &[Delivery]) -> Result<(), StoreError> {
    let row = |d: &Delivery| webhook_delivery::Model {
        id: d.id.0,
        webhook_id: d.webhook.0,
        event_id: d.event.map(|e| e.0),
        type_name: d.type_name.clone(),
        lane: d.lane.as_str().into(),
        state: d.state.as_str().into(),
        attempts: 0,
        tries: 0,
        run_at: d.run_at.0,
        lease_token: None,
        lease_until: 0,
        event_at: d.event_at.0,
        delivered_at: None,
    };
    db::insert_many(tx, new.iter().map(row).collect()).await
}

/// Claims up to `limit` deliveries of an address and lane that are due.
pub async fn claim(
    tx: &Tx,
    webhook: WebhookId,
    lane: Lane,
    token: Uuid,
    (now, until): (Millis, Millis),
    limit: usize,
) -> Result<Vec<Delivery>, StoreError> {
    #[derive(FromQueryResult)]
    struct Due {
        id: Uuid,
    }
    let sql = format!(
        "SELECT id FROM webhook_delivery WHERE webhook_id = $1 AND state = 'waiting' AND lane = $2 AND run_at <= $3
         AND lease_until < $3 ORDER BY run_at, id LIMIT {limit}"
    );
    let due: Vec<Due> = db::rows(tx, &sql, vec![webhook.0.into(), lane.as_str().into(), now.0.into()]).await?;
    if due.is_empty() {
        return Ok(vec![]);
    }
    let ids = |values: Vec<Value>| values.into_iter().chain(due.iter().map(|d| d.id.into())).collect::<Vec<_>>();
    let sql = format!(
        "UPDATE webhook_delivery SET lease_token = $1, lease_until = $2
         WHERE state = 'waiting' AND lease_until < $3 AND id IN ({})",
        db::placeholders(4, due.len())
    );
    db::execute(tx, &sql, ids(vec![token.into(), until.0.into(), now.0.into()])).await?;
    let sql = format!(
        "SELECT * FROM webhook_delivery WHERE lease_token = $1 AND id IN ({}) ORDER BY run_at, id",
        db::placeholders(2, due.len())
    );
    let rows: Vec<webhook_delivery::Model> = db::rows(tx, &sql, ids(vec![token.into()])).await?;
    rows.into_iter().map(from_row).collect()
}

/// One attempt that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    pub at: Millis,
    /// How long it took, ms.
    pub took_ms: i64,
    /// The status; `None` where there was no answer.
    pub status: Option<u16>,
    /// Why there was none; empty otherwise.
    pub error: String,
    /// The answer's beginning.
    pub answer: String,
}

/// Where a delivery stands after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stands {
    /// How far it has come.
    pub state: DeliveryState,
    /// The next attempt is not before this.
    pub run_at: Millis,
    /// When it was received.
    pub delivered_at: Option<Millis>,
}

/// Records an attempt and where the delivery stands, and gives the lease back; says whether it was still held.
pub async fn record(
    tx: &Tx,
    id: DeliveryId,
    token: Uuid,
    stands: Stands,
    attempt: &Attempt,
) -> Result<bool, StoreError> {
    let sql = "UPDATE webhook_delivery SET state = $1, run_at = $2, delivered_at = $3, attempts = attempts + 1,
               tries = tries + 1, lease_token = NULL, lease_until = 0 WHERE id = $4 AND lease_token = $5";
    let values = vec![
        stands.state.as_str().into(),
        stands.run_at.0.into(),
        stands.delivered_at.map(|t| t.0).into(),
        id.0.into(),
        token.into(),
    ];
    if db::execute(tx, sql, values).await? == 0 {
        return Ok(false);
    }
    let row = webhook_attempt::Model {
        delivery_id: id.0,
        number: i32::try_from(attempt.number).unwrap_or(i32::MAX),
        at: attempt.at.0,
        took_ms: attempt.took_ms,
        status: attempt.status.map(i32::from),
        error: attempt.error.clone(),
        answer: attempt.answer.clone(),
    };
    db::insert(tx, row).await.map(|()| true)
}

/// A delivery with the attempts made, oldest first.
#[derive(Debug, Clone)]
pub struct DeliveryLine {
    /// The delivery.
    pub delivery: Delivery,
    /// Its attempts.
    pub attempts: Vec<Attempt>,
}

/// What a list of deliveries is narrowed to.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeliveryFilter {
    /// Only those in this state.
    pub state: Option<DeliveryState>,
    /// Only those made before this one.
    pub before: Option<DeliveryId>,
}

/// Deliveries of an address in scope, newest first, with their attempts.
pub async fn list(
    on: &impl Run,
    scope: &Scope,
    webhook: WebhookId,
    filter: DeliveryFilter,
    limit: u32,
) -> Result<Vec<DeliveryLine>, StoreError> {
    let mut sql = "SELECT d.* FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id WHERE d.webhook_id = $1
                   AND w.state <> 'removed'"
        .to_owned();
    let mut values: Vec<Value> = vec![webhook.0.into()];
    let mut narrow = |condition: &str, value: Value| {
        values.push(value);
        sql.push_str(&format!(" AND {condition} ${}", values.len()));
    };
    if let Some(submitter) = scope.submitter {
        narrow("w.submitter_id =", submitter.0.into());
    }
    if let Some(state) = filter.state {
        narrow("d.state =", state.as_str().into());
    }
    if let Some(before) = filter.before {
        narrow("d.id <", before.0.into());
    }
    sql.push_str(&format!(" ORDER BY d.id DESC LIMIT {limit}"));
    let rows: Vec<webhook_delivery::Model> = db::rows(on, &sql, values).await?;
    let deliveries: Vec<Delivery> = rows.into_iter().map(from_row).collect::<Result<_, _>>()?;
    let ids: Vec<DeliveryId> = deliveries.iter().map(|d| d.id).collect();
    let mut attempts = attempts_of(on, &ids).await?;
    let line = |delivery: Delivery| {
        let mut attempts = attempts.remove(&delivery.id).unwrap_or_default();
        // One that was made since the deliveries were read is told next time, with what it changed.
        attempts.retain(|attempt| attempt.number <= delivery.attempts);
        DeliveryLine { attempts, delivery }
    };
    Ok(deliveries.into_iter().map(line).collect())
}

async fn attempts_of(on: &impl Run, ids: &[DeliveryId]) -> Result<BTreeMap<DeliveryId, Vec<Attempt>>, StoreError> {
    let mut found: BTreeMap<DeliveryId, Vec<Attempt>> = BTreeMap::new();
    for part in ids.chunks(200) {
        let sql = format!(
            "SELECT * FROM webhook_attempt WHERE delivery_id IN ({}) ORDER BY delivery_id, number",
            db::placeholders(1, part.len())
        );
        let rows: Vec<webhook_attempt::Model> = db::rows(on, &sql, part.iter().map(|d| d.0.into()).collect()).await?;
        for row in rows {
            found.entry(DeliveryId(row.delivery_id)).or_default().push(Attempt {
                number: u32::try_from(row.number).unwrap_or_default(),
                at: Millis(row.at),
                took_ms: row.took_ms,
                status: row.status.and_then(|s| u16::try_from(s).ok()),
                error: row.error,
                answer: row.answer,
            });
        }
    }
    Ok(found)
}

/// Sends one delivery again at once, whatever became of it; says whether the address has it.
pub async fn again(tx: &Tx, webhook: WebhookId, id: DeliveryId, now: Millis) -> Result<bool, StoreError> {
    let sql = "UPDATE webhook_delivery SET state = 'waiting', tries = 0, run_at = $1 WHERE id = $2 AND webhook_id = $3";
    Ok(db::execute(tx, sql, vec![now.0.into(), id.0.into(), webhook.0.into()]).await? == 1)
}

/// Sends everything again at once that happened since a moment and was not received; says how many.
pub async fn all_again(tx: &Tx, webhook: WebhookId, since: Millis, now: Millis) -> Result<u64, StoreError> {
    let sql = "UPDATE webhook_delivery SET state = 'waiting', tries = 0, run_at = $1
               WHERE webhook_id = $2 AND event_at >= $3 AND (state = 'dead' OR (state = 'waiting' AND attempts > 0))";
    db::execute(tx, sql, vec![now.0.into(), webhook.0.into(), since.0.into()]).await
}

/// Makes everything due now that waits for an address.
pub async fn hurry(tx: &Tx, webhook: WebhookId, now: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE webhook_delivery SET tries = 0, run_at = $1 WHERE webhook_id = $2 AND state = 'waiting'";
    db::execute(tx, sql, vec![now.0.into(), webhook.0.into()]).await.map(|_| ())
}

/// Waiting and dead deliveries of addresses.
pub async fn counts(on: &impl Run, of: &[WebhookId]) -> Result<BTreeMap<WebhookId, (i64, i64)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Counted {
        webhook_id: Uuid,
        state: String,
        n: i64,
    }
    let mut found: BTreeMap<WebhookId, (i64, i64)> = BTreeMap::new();
    for part in of.chunks(200) {
        let sql = format!(
            "SELECT webhook_id, state, COUNT(*) AS n FROM webhook_delivery
             WHERE state IN ('waiting', 'dead') AND webhook_id IN ({}) GROUP BY webhook_id, state",
            db::placeholders(1, part.len())
        );
        let rows: Vec<Counted> = db::rows(on, &sql, part.iter().map(|w| w.0.into()).collect()).await?;
        for row in rows {
            let counts = found.entry(WebhookId(row.webhook_id)).or_default();
            if row.state == DeliveryState::Dead.as_str() { counts.1 = row.n } else { counts.0 = row.n }
        }
    }
    Ok(found)
}

/// Deliveries by state, for metrics: how many wait and how many are dead.
pub async fn backlog(on: &Db) -> Result<(i64, i64), StoreError> {
    let count = async |state: DeliveryState| {
        let sql = "SELECT COUNT(*) AS n FROM webhook_delivery WHERE state = $1 AND webhook_id IN
                   (SELECT id FROM webhook WHERE state <> 'removed')";
        db::number(on, sql, vec![state.as_str().into()]).await
    };
    Ok((count(DeliveryState::Waiting).await?, count(DeliveryState::Dead).await?))
}

#[derive(Default, FromQueryResult)]
struct LateRow {
    n: i64,
    oldest: Option<i64>,
}

/// Takedowns that no receiver has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unreceived {
    /// How many.
    pub n: i64,
    /// When the oldest happened.
    pub oldest: Option<Millis>,
}

/// Takedowns in scope from before a moment that were not received. What somebody disabled on purpose is no alarm.
pub async fn unreceived_takedowns(on: &impl Run, scope: &Scope, before: Millis) -> Result<Unreceived, StoreError> {
    let mut sql = "SELECT COUNT(*) AS n, MIN(d.event_at) AS oldest FROM webhook_delivery d
                   JOIN webhook w ON w.id = d.webhook_id
                   WHERE d.state IN ('waiting', 'dead') AND d.lane = 'urgent' AND d.event_at < $1
                   AND (w.state = 'enabled' OR (w.state = 'disabled' AND w.because = 'gone'))"
        .to_owned();
    let mut values: Vec<Value> = vec![before.0.into()];
    if let Some(submitter) = scope.submitter {
        values.push(submitter.0.into());
        sql.push_str(" AND w.submitter_id = $2");
    }
    let row = db::row::<LateRow>(on, &sql, values).await?.unwrap_or_default();
    Ok(Unreceived { n: row.n, oldest: row.oldest.map(Millis) })
}

/// Forgets deliveries of events from before a moment, a page at a time; says how many.
pub async fn prune(tx: &Tx, before: Millis, limit: u32) -> Result<u64, StoreError> {
    let old = format!("SELECT id FROM webhook_delivery WHERE event_at < $1 ORDER BY event_at, id LIMIT {limit}");
    let sql = format!("DELETE FROM webhook_attempt WHERE delivery_id IN ({old})");
    db::execute(tx, &sql, vec![before.0.into()]).await?;
    let sql = format!("DELETE FROM webhook_delivery WHERE id IN ({old})");
    db::execute(tx, &sql, vec![before.0.into()]).await
}
