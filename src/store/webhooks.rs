//! Webhooks: addresses with their keys, and the cursor of each over the sealed events.
//!
//! Called by flows and pages. A removed one stays as a row without keys until its deliveries are forgotten, and is shown
//! to nobody. It must never show one outside the scope, nor hand a key to anything but the sender.

use super::{Db, StoreError, Tx, db, db::Run, entities::webhook};
use crate::domain::{
    AdId, EventId, Millis, SubmitterId, WebhookId,
    event::EventKind,
    role::Scope,
    webhook::{DisabledBecause, Lane, Webhook, WebhookState},
};
use sea_orm::{FromQueryResult, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a removed webhook's state says.
const REMOVED: &str = "removed";

pub(super) fn from_row(row: webhook::Model) -> Result<Webhook, StoreError> {
    Ok(Webhook {
        id: WebhookId(row.id),
        submitter: SubmitterId(row.submitter_id),
        url: row.url,
        description: row.description,
        types: serde_json::from_str(&row.types).map_err(StoreError::damaged("types"))?,
        profile: row.profile.parse()?,
        signing: row.signing.parse()?,
        public_key: row.public_key,
        old_key_until: row.old_key_until.map(Millis),
        state: row.state.parse()?,
        because: row.because.map(|b| b.parse()).transpose()?,
        position: row.position,
        throttled_until: Millis(row.throttled_until),
        failures: u32::try_from(row.failures).unwrap_or_default(),
        last_success_at: row.last_success_at.map(Millis),
        last_failure_at: row.last_failure_at.map(Millis),
        created_at: Millis(row.created_at),
    })
}

/// A webhook with the keys that sign for it. It has no `Debug`: no log may show it.
#[derive(Clone)]
pub struct Sender {
    /// The webhook.
    pub webhook: Webhook,
    /// Its key, as text.
    pub key: String,
    /// The key before, as text.
    pub old_key: Option<String>,
}

/// Adds a webhook with its key.
pub async fn add(tx: &Tx, new: &Webhook, key: &str) -> Result<(), StoreError> {
    let row = webhook::Model {
        id: new.id.0,
        submitter_id: new.submitter.0,
        url: new.url.clone(),
        description: new.description.clone(),
        types: serde_json::to_string(&new.types).map_err(StoreError::damaged("types"))?,
        profile: new.profile.as_str().into(),
        signing: new.signing.as_str().into(),
        secret: key.to_owned(),
        old_secret: None,
        public_key: new.public_key.clone(),
        old_key_until: None,
        state: new.state.as_str().into(),
        because: new.because.map(|b| b.as_str().into()),
        position: new.position,
        throttled_until: new.throttled_until.0,
        failures: 0,
        last_success_at: None,
        last_failure_at: None,
        created_at: new.created_at.0,
    };
    db::insert(tx, row).await
}

/// Adds the scope's condition.
fn scoped(sql: &mut String, values: &mut Vec<Value>, scope: &Scope) {
    if let Some(submitter) = scope.submitter {
        values.push(submitter.0.into());
        sql.push_str(&format!(" AND submitter_id = ${}", values.len()));
    }
}

/// A webhook in scope.
pub async fn get(on: &impl Run, scope: &Scope, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
    let mut sql = format!("SELECT * FROM webhook WHERE id = $1 AND state <> '{REMOVED}'");
    let mut values = vec![id.0.into()];
    scoped(&mut sql, &mut values, scope);
    db::row::<webhook::Model>(on, &sql, values).await?.map(from_row).transpose()
}

/// The webhooks in scope, newest first, before one.
pub async fn list(
    on: &impl Run,
    scope: &Scope,
    before: Option<WebhookId>,
    limit: u32,
) -> Result<Vec<Webhook>, StoreError> {
    let mut sql = format!("SELECT * FROM webhook WHERE state <> '{REMOVED}'");
    let mut values = vec![];
    scoped(&mut sql, &mut values, scope);
    if let Some(before) = before {
        values.push(before.0.into());
        sql.push_str(&format!(" AND id < ${}", values.len()));
    }
    sql.push_str(&format!(" ORDER BY id DESC LIMIT {limit}"));
    db::rows::<webhook::Model>(on, &sql, values).await?.into_iter().map(from_row).collect()
}

/// How many webhooks a submitter has.
pub async fn count(on: &impl Run, submitter: SubmitterId) -> Result<i64, StoreError> {
    let sql = format!("SELECT COUNT(*) AS n FROM webhook WHERE submitter_id = $1 AND state <> '{REMOVED}'");
    db::number(on, &sql, vec![submitter.0.into()]).await
}

/// Keeps the owner's part of a webhook.
pub async fn keep(tx: &Tx, new: &Webhook) -> Result<(), StoreError> {
    let sql = "UPDATE webhook SET url = $1, description = $2, types = $3, profile = $4, state = $5, because = $6,
               throttled_until = $7, failures = $8 WHERE id = $9";
    let values = vec![
        new.url.clone().into(),
        new.description.clone().into(),
        serde_json::to_string(&new.types).map_err(StoreError::damaged("types"))?.into(),
        new.profile.as_str().into(),
        new.state.as_str().into(),
        new.because.map(|b| b.as_str().to_owned()).into(),
        new.throttled_until.0.into(),
        i32::try_from(new.failures).unwrap_or(i32::MAX).into(),
        new.id.0.into(),
    ];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// Gives a webhook a new key; the one before signs too until a moment.
pub async fn rotate(
    tx: &Tx,
    id: WebhookId,
    key: &str,
    public_key: Option<String>,
    until: Millis,
) -> Result<(), StoreError> {
    let sql = "UPDATE webhook SET old_secret = secret, secret = $1, public_key = $2, old_key_until = $3 WHERE id = $4";
    db::execute(tx, sql, vec![key.into(), public_key.into(), until.0.into(), id.0.into()]).await.map(|_| ())
}

/// Removes a webhook: its keys are gone, nothing is sent any more.
pub async fn remove(tx: &Tx, id: WebhookId) -> Result<(), StoreError> {
    let sql = "UPDATE webhook SET state = $1, url = '', description = '', secret = '', old_secret = NULL WHERE id = $2";
    db::execute(tx, sql, vec![REMOVED.into(), id.0.into()]).await.map(|_| ())
}

/// Whether a webhook's events become deliveries: while its receiver is gone they wait, and are seen to.
const GATHERS: &str = "(state = 'enabled' OR because = 'gone')";

/// Webhooks that have not looked at every sealed event.
pub async fn behind(on: &impl Run) -> Result<Vec<Webhook>, StoreError> {
    let sql = format!(
        "SELECT * FROM webhook WHERE {GATHERS} AND state <> '{REMOVED}'
         AND position < (SELECT position FROM sealer WHERE name = 'event')"
    );
    db::rows::<webhook::Model>(on, &sql, vec![]).await?.into_iter().map(from_row).collect()
}

/// Moves a webhook's cursor; says whether nobody else had moved it meanwhile.
pub async fn advance(tx: &Tx, id: WebhookId, from: i64, to: i64) -> Result<bool, StoreError> {
    let sql = format!("UPDATE webhook SET position = $1 WHERE id = $2 AND position = $3 AND {GATHERS}");
    Ok(db::execute(tx, &sql, vec![to.into(), id.0.into(), from.into()]).await? == 1)
}

/// A sealed event that may have to be sent.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Its id.
    pub id: EventId,
    /// Its position.
    pub position: i64,
    /// The ad it is about.
    pub ad: Option<AdId>,
    /// When it happened.
    pub at: Millis,
    /// What happened.
    pub kind: EventKind,
}

#[derive(FromQueryResult)]
struct EventRow {
    id: Uuid,
    position: i64,
    ad_id: Option<Uuid>,
    payload: String,
    created_at: i64,
}

fn sealed_event(row: EventRow) -> Result<Sealed, StoreError> {
    Ok(Sealed {
        id: EventId(row.id),
        position: row.position,
        ad: row.ad_id.map(AdId),
        at: Millis(row.created_at),
        kind: serde_json::from_str(&row.payload).map_err(StoreError::damaged("event"))?,
    })
}

/// A submitter's sealed events after one position up to another, in order.
pub async fn events(
    on: &impl Run,
    submitter: SubmitterId,
    (after, to): (i64, i64),
    limit: u32,
) -> Result<Vec<Sealed>, StoreError> {
    let sql = format!(
        "SELECT id, position, ad_id, payload, created_at FROM event
         WHERE submitter_id = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT {limit}"
    );
    let rows: Vec<EventRow> = db::rows(on, &sql, vec![submitter.0.into(), after.into(), to.into()]).await?;
    rows.into_iter().map(sealed_event).collect()
}

/// The events of these ids that are still kept.
pub async fn events_of(on: &impl Run, ids: &[EventId]) -> Result<BTreeMap<EventId, Sealed>, StoreError> {
    let mut found = BTreeMap::new();
    for part in ids.chunks(200) {
        let sql = format!(
            "SELECT id, position, ad_id, payload, created_at FROM event WHERE position IS NOT NULL AND id IN ({})",
            db::placeholders(1, part.len())
        );
        let rows: Vec<EventRow> = db::rows(on, &sql, part.iter().map(|id| id.0.into()).collect()).await?;
        for row in rows {
            let event = sealed_event(row)?;
            found.insert(event.id, event);
        }
    }
    Ok(found)
}

/// Whether anything of an ad served before a position. Where nothing older is kept, it may have.
pub async fn served_before(on: &impl Run, ad: AdId, position: i64) -> Result<bool, StoreError> {
    let sql = "SELECT id, position, ad_id, payload, created_at FROM event WHERE ad_id = $1 AND position < $2
               AND type_name IN ('ad.submitted', 'ad.outcome', 'ad.withdrawn') ORDER BY position DESC LIMIT 1";
    let row: Option<EventRow> = db::row(on, sql, vec![ad.0.into(), position.into()]).await?;
    let Some(row) = row else { return Ok(true) };
    Ok(match sealed_event(row)?.kind {
        EventKind::AdOutcome { outcome, .. } | EventKind::AdWithdrawn { outcome } => outcome.serving_revision.is_some(),
        _ => false,
    })
}

/// Enabled webhooks that something is due for in a lane, with their keys.
pub async fn ready(on: &impl Run, lane: Lane, now: Millis) -> Result<Vec<Sender>, StoreError> {
    let sql = "SELECT w.* FROM webhook w WHERE w.state = 'enabled' AND w.throttled_until <= $1 AND EXISTS
               (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.lane = $2
                AND d.run_at <= $1 AND d.lease_until < $1) ORDER BY w.id";
    let rows: Vec<webhook::Model> = db::rows(on, sql, vec![now.0.into(), lane.as_str().into()]).await?;
    rows.into_iter()
        .map(|row| {
            let (key, old_key) = (row.secret.clone(), row.old_secret.clone());
            Ok(Sender { webhook: from_row(row)?, key, old_key })
        })
        .collect()
}

/// Notes that an attempt was received.
pub async fn note_success(tx: &Tx, id: WebhookId, at: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE webhook SET failures = 0, last_success_at = $1 WHERE id = $2";
    db::execute(tx, sql, vec![at.0.into(), id.0.into()]).await.map(|_| ())
}

/// Notes that an attempt failed, and until when nothing is sent.
pub async fn note_failure(tx: &Tx, id: WebhookId, at: Millis, throttle: Option<Millis>) -> Result<(), StoreError> {
    let sql = "UPDATE webhook SET failures = failures + 1, last_failure_at = $1,
               throttled_until = CASE WHEN throttled_until < $2 THEN $2 ELSE throttled_until END WHERE id = $3";
    let throttle = throttle.map_or(0, |t| t.0);
    db::execute(tx, sql, vec![at.0.into(), throttle.into(), id.0.into()]).await.map(|_| ())
}

/// Disables a webhook whose receiver is gone; says whether it was enabled.
pub async fn disable_gone(tx: &Tx, id: WebhookId) -> Result<bool, StoreError> {
    let sql = "UPDATE webhook SET state = $1, because = $2 WHERE id = $3 AND state = 'enabled'";
    let values = vec![WebhookState::Disabled.as_str().into(), DisabledBecause::Gone.as_str().into(), id.0.into()];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// Removed webhooks without a delivery are forgotten.
pub async fn forget_removed(tx: &Tx) -> Result<(), StoreError> {
    let sql = format!(
        "DELETE FROM webhook WHERE state = '{REMOVED}'
         AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = webhook.id)"
    );
    db::execute(tx, &sql, vec![]).await.map(|_| ())
}

/// Webhooks by state, for metrics.
pub async fn disabled(on: &Db) -> Result<i64, StoreError> {
    db::number(on, "SELECT COUNT(*) AS n FROM webhook WHERE state = 'disabled'", vec![]).await
}
