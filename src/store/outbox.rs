//! Event and audit rows, written unsealed in the commit of the change they tell of.
//!
//! Called by flows inside `Db::write`. It must never give a row its position: the sealer does, afterwards.

use super::{
    StoreError, Tx, db,
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
