//! Event and audit rows, written unsealed in the commit of the change they tell of.
//!
//! Called by flows inside `Db::write`. It must never give a row its position: the sealer does, afterwards; nor forget
//! an event without a trace of how far.

use super::{
    StoreError, Tx, db,
    db::Run,
    entities::{audit, event},
};
use crate::domain::{AdId, EventId, Millis, SubmitterId, audit::AuditEntry, event::EventKind};

/// Adds one event for a submitter.
pub async fn emit(
    tx: &Tx,
    id: EventId,
    submitter: SubmitterId,
    ad: Option<AdId>,
    kind: &EventKind,
    now: Millis,
) -> Result<(), StoreError> {
    let row = event::Model {
        id: id.0,
        submitter_id: submitter.0,
        ad_id: ad.map(|a| a.0),
        type_name: kind.type_name().into(),
        payload: serde_json::to_string(kind).map_err(StoreError::damaged("event"))?,
        created_at: now.0,
        position: None,
        sealed_at: None,
    };
    db::insert(tx, row).await
}

/// The counter of the last position whose event was forgotten.
const FORGOTTEN: &str = "events_forgotten";

/// Events up to this position are not kept any more.
pub async fn forgotten(on: &impl Run) -> Result<i64, StoreError> {
    db::number(on, "SELECT value AS n FROM generation WHERE name = $1", vec![FORGOTTEN.into()]).await
}

/// Forgets events that were sealed before a moment, up to `limit` positions, from the first on; says how many.
pub async fn forget(tx: &Tx, before: Millis, limit: u32) -> Result<u64, StoreError> {
    let from = forgotten(tx).await?;
    let sql = format!(
        "SELECT COALESCE(MAX(position), 0) AS n FROM
         (SELECT position, sealed_at FROM event WHERE position > $1 ORDER BY position LIMIT {limit}) AS oldest
         WHERE sealed_at < $2"
    );
    let to = db::number(tx, &sql, vec![from.into(), before.0.into()]).await?;
    if to <= from {
        return Ok(0);
    }
    let sql = "INSERT INTO generation (name, value) VALUES ($1, $2)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE generation.value < excluded.value";
    db::execute(tx, sql, vec![FORGOTTEN.into(), to.into()]).await?;
    db::execute(tx, "DELETE FROM event WHERE position <= $1", vec![to.into()]).await
}

/// Adds one line to the audit chain.
pub async fn record(tx: &Tx, entry: &AuditEntry) -> Result<(), StoreError> {
    let row = audit::Model {
        id: entry.id.0,
        at: entry.at.0,
        actor: serde_json::to_string(&entry.actor).map_err(StoreError::damaged("actor"))?,
        action: entry.action.clone(),
        subject: entry.subject.clone(),
        details: entry.details.to_string(),
        request_id: entry.request_id.clone(),
        position: None,
        hash: None,
        sealed_at: None,
    };
    db::insert(tx, row).await
}
