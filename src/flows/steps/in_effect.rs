//! A decision is in effect: what the ad says now, the event that tells of it, the statement of reasons, the audit row.
//!
//! Called by every flow in which a decision takes effect, inside its commit: there is no other way to the outside. It
//! must never be called for a decision that can still be undone.

use super::{audit, statement};
use crate::{
    domain::{DecisionId, EventId, Millis, decision::Outcome, event::EventKind, release::Bundle, role::Scope},
    flows::{App, Error},
    store::{Tx, ads, ads::StoredAd, judgements::StoredDecision},
};
use serde_json::json;

/// The ad becomes `next`, because of this decision under this release.
#[expect(clippy::too_many_arguments, reason = "one call a flow; a struct would only rename the arguments")]
pub async fn in_effect(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    ad: &StoredAd,
    decision: &StoredDecision,
    bundle: &Bundle,
    next: Outcome,
    now: Millis,
) -> Result<(), Error> {
    ads::project(tx, ad, &next, now).await?;
    let event: EventId = app.clock.new_id();
    audit::tell_as(tx, event, ad.submitter, Some(ad.id), &EventKind::AdOutcome { outcome: Box::new(next) }, now)
        .await?;
    statement::record(app, tx, ad, decision, bundle, event, now).await?;
    let details = json!({"ad": ad.id, "revision": decision.revision, "conclusion": decision.verdict.conclusion});
    audit::record(app, tx, scope, "decision.effective", decision.id, details, now).await
}

/// A decision's restriction ends without another decision: the ad becomes `next`.
pub async fn ended(
    app: &App,
    tx: &Tx,
    ad: &StoredAd,
    decision: DecisionId,
    next: Outcome,
    now: Millis,
) -> Result<(), Error> {
    ads::project(tx, ad, &next, now).await?;
    let event: EventId = app.clock.new_id();
    audit::tell_as(tx, event, ad.submitter, Some(ad.id), &EventKind::AdOutcome { outcome: Box::new(next) }, now)
        .await?;
    statement::end(app, tx, ad, decision, event, now).await
}
