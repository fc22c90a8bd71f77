//! A decision is in effect: what the ad says now, the event that tells of it with the notice to the advertiser, the
//! statement of reasons, the audit row.
//!
//! Called by every flow in which a decision takes effect, inside its commit: there is no other way to the outside. It
//! must never be called for a decision that can still be undone.

use super::{audit, statement};
use crate::{
    domain::{
        DecisionId, EventId, Millis,
        decision::{Ground, Notice, Outcome},
        event::EventKind,
        place::Language,
        release::Bundle,
        role::Scope,
        verdict::Conclusion,
    },
    flows::{App, Error},
    notify::notice::{self, Told, Tongue},
    store::{Tx, accounts, ads, ads::StoredAd, judgements::StoredDecision},
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
    let restricts = matches!(decision.verdict.conclusion, Conclusion::Limited | Conclusion::Prohibited);
    let notice = if restricts { Some(Box::new(notice(tx, ad, decision, bundle, now).await?)) } else { None };
    let event: EventId = app.clock.new_id();
    let told = EventKind::AdOutcome { outcome: Box::new(next), notice };
    audit::tell_as(tx, event, ad.submitter, Some(ad.id), &told, now).await?;
    statement::record(app, tx, ad, decision, bundle, event, now).await?;
    let details = json!({"ad": ad.id, "revision": decision.revision, "conclusion": decision.verdict.conclusion});
    audit::record(app, tx, scope, "decision.effective", decision.id, details, now).await
}

/// The restriction in the advertiser's language.
async fn notice(
    tx: &Tx,
    ad: &StoredAd,
    decision: &StoredDecision,
    bundle: &Bundle,
    now: Millis,
) -> Result<Notice, Error> {
    let revision = ads::revision(tx, decision.revision).await?.ok_or(Error::NotFound)?;
    let submitter = accounts::submitter(tx, ad.submitter).await?.ok_or(Error::NotFound)?;
    let language: Option<Language> = accounts::facts_of(tx, ad.advertiser).await?.and_then(|facts| facts.language);
    let told = Told {
        ad: &ad.outcome.external_id,
        platform: &submitter.name,
        submitted_at: revision.created_at,
        decided_at: now,
        verdict: &decision.verdict,
        findings: &decision.findings,
        bundle,
        ground: decision.ground.unwrap_or(Ground::Incompatible),
        automation: decision.automation,
    };
    notice::notice(&told, Tongue::of(language)).map_err(|e| Error::Internal(e.to_string()))
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
    audit::tell_as(
        tx,
        event,
        ad.submitter,
        Some(ad.id),
        &EventKind::AdOutcome { outcome: Box::new(next), notice: None },
        now,
    )
    .await?;
    statement::end(app, tx, decision, event, now).await
}
