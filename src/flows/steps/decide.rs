//! What a screening decides by itself, and what an ad's outcome then says.
//!
//! Called by `flows::screen` inside the screening's commit. It must never let a release's own conclusion stand over a
//! person's about the same revision: only a lead's block does that.

use super::{appeal, audit, in_effect::in_effect, outcome};
use crate::{
    domain::{
        Millis,
        decision::{Automation, DecidedBy, DecisionState, Ground, Outcome},
        event::EventKind,
        role::Scope,
        screening::{Screening, Trigger},
        verdict::Conclusion,
    },
    flows::{App, Error, live::Live},
    store::{Tx, ads, ads::StoredAd, blocks, blocks::StoredBlock, judgements, judgements::StoredDecision},
};

/// Decides an ad's newest revision as the screening concluded, in a lead's name where a block asked for it.
pub async fn decide(
    app: &App,
    tx: &Tx,
    system: &Scope,
    live: &Live,
    ad: &StoredAd,
    screening: &Screening,
    block: Option<&StoredBlock>,
) -> Result<(), Error> {
    let decision = decided(app, tx, live, ad, screening, block).await?;
    let next = appeal::decided(app, tx, ad, &decision, &live.release.bundle, screening.created_at).await?;
    in_effect(app, tx, system, ad, &decision, &live.release.bundle, next, screening.created_at).await
}

/// A sweep looks at what serves behind a newer revision that waits: what is prohibited serves no longer, and the newer
/// one waits on. Approved by a person, only a lead's block takes it down.
pub async fn take_down(
    app: &App,
    tx: &Tx,
    system: &Scope,
    live: &Live,
    ad: &StoredAd,
    screening: &Screening,
) -> Result<(), Error> {
    let (Trigger::Sweep { sweep }, Conclusion::Prohibited) =
        (&screening.trigger, screening.evaluation.verdict.conclusion)
    else {
        return Ok(());
    };
    let block = blocks::of_sweep(tx, *sweep).await?.filter(|b| b.state.blocks());
    if block.is_none() && judgements::decided_by_person(tx, screening.revision).await? {
        return Ok(());
    }
    let decision = decided(app, tx, live, ad, screening, block.as_ref()).await?;
    let next = outcome::taken_down(ad);
    in_effect(app, tx, system, ad, &decision, &live.release.bundle, next, screening.created_at).await
}

async fn decided(
    app: &App,
    tx: &Tx,
    live: &Live,
    ad: &StoredAd,
    screening: &Screening,
    block: Option<&StoredBlock>,
) -> Result<StoredDecision, Error> {
    let (now, conclusion) = (screening.created_at, screening.evaluation.verdict.conclusion);
    let decision = StoredDecision {
        id: app.clock.new_id(),
        ad: ad.id,
        revision: screening.revision,
        round: None,
        screening: Some(screening.id),
        judgement: None,
        release: live.release.id,
        verdict: screening.evaluation.verdict.clone(),
        findings: screening.evaluation.findings.clone(),
        decided_by: if block.is_some() { DecidedBy::Person } else { DecidedBy::Release },
        user: block.and_then(|b| b.user),
        automation: if block.is_some() { Automation::Partially } else { Automation::Fully },
        ground: (conclusion != Conclusion::Approve).then_some(Ground::Incompatible),
        supersedes: ad.outcome.decision,
        state: DecisionState::Effective,
        effective_at: now,
        created_at: now,
    };
    judgements::add_decision(tx, &decision).await?;
    app.metrics.decisions.with_label_values(&[decision.decided_by.as_str(), conclusion.as_str()]).inc();
    Ok(decision)
}

/// An ad's outcome becomes this one, and its submitter is told, unless it says what the current one does.
pub async fn project(app: &App, tx: &Tx, ad: &StoredAd, next: Outcome, now: Millis) -> Result<(), Error> {
    if !outcome::differs(ad, &next) {
        return Ok(());
    }
    ads::project(tx, ad, &next, now).await?;
    let event = EventKind::AdOutcome { outcome: Box::new(next), notice: None };
    audit::tell(app, tx, ad.submitter, Some(ad.id), &event, now).await
}
