//! One line in the audit chain, and one event in the outbox, for what a flow just did.
//!
//! Called by flows inside their commit. Details must hold ids, digests and names of enums only.

use crate::{
    domain::{AdId, EventId, Millis, SubmitterId, audit::AuditEntry, event::EventKind, role::Scope},
    flows::{App, Error},
    store::{Tx, outbox},
};
use serde_json::Value;

/// Records that the scope's actor did `action` to `subject`.
pub async fn record(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    action: &str,
    subject: impl ToString,
    details: Value,
    now: Millis,
) -> Result<(), Error> {
    let entry = AuditEntry {
        id: app.clock.new_id(),
        at: now,
        actor: scope.actor.clone(),
        action: action.into(),
        subject: subject.to_string(),
        details,
        request_id: scope.request_id.clone(),
    };
    Ok(outbox::record(tx, &entry).await?)
}

/// Tells the submitter.
pub async fn tell(
    app: &App,
    tx: &Tx,
    submitter: SubmitterId,
    ad: Option<AdId>,
    kind: &EventKind,
    now: Millis,
) -> Result<(), Error> {
    tell_as(tx, app.clock.new_id(), submitter, ad, kind, now).await
}

/// Tells the submitter by an event whose id others name.
pub async fn tell_as(
    tx: &Tx,
    id: EventId,
    submitter: SubmitterId,
    ad: Option<AdId>,
    kind: &EventKind,
    now: Millis,
) -> Result<(), Error> {
    Ok(outbox::emit(tx, id, submitter, ad, kind, now).await?)
}
