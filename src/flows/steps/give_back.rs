//! What a block took down returns to what was decided before it, by a decision that supersedes the block's.
//!
//! Called by the `lapse` job inside its commit. It must never touch what somebody decided since, nor let anything serve
//! that did not serve before.

use super::{
    appeal, audit,
    in_effect::{ended, in_effect},
    outcome, pack,
};
use crate::{
    domain::{
        AdId, DecisionId, Millis,
        decision::DecisionState,
        role::Scope,
        verdict::{Conclusion, Serving},
    },
    flows::{App, Error},
    store::{Tx, ads, ads::StoredAd, judgements, judgements::StoredDecision, rounds},
};
use serde_json::json;

/// Gives back an ad whose newest revision a block rejected; says whether it did.
pub async fn newest(
    app: &App,
    tx: &Tx,
    system: &Scope,
    ad: AdId,
    decision: DecisionId,
    now: Millis,
) -> Result<bool, Error> {
    let ad = ads::ad(tx, ad).await?.ok_or(Error::NotFound)?;
    if ad.outcome.decision != Some(decision) {
        return Ok(false);
    }
    let blocked = judgements::decision(tx, decision).await?.ok_or(Error::NotFound)?;
    let Some(before) = blocked.supersedes else { return reopened(app, tx, system, &ad, &blocked, now).await };
    let before = judgements::decision(tx, before).await?.ok_or(Error::NotFound)?;
    let again = repeated(app, tx, &blocked, before, now).await?;
    let release = pack::release_or_live(tx, Some(again.release)).await?;
    let next = appeal::decided(app, tx, &ad, &again, &release.bundle, now).await?;
    in_effect(app, tx, system, &ad, &again, &release.bundle, next, now).await?;
    Ok(true)
}

/// Gives back a revision that a block took down while a newer one waits: it serves again, and the newer one waits on.
/// Says whether it did.
pub async fn behind(
    app: &App,
    tx: &Tx,
    system: &Scope,
    ad: AdId,
    decision: DecisionId,
    now: Millis,
) -> Result<bool, Error> {
    let ad = ads::ad(tx, ad).await?.ok_or(Error::NotFound)?;
    let blocked = judgements::decision(tx, decision).await?.ok_or(Error::NotFound)?;
    let decided = ad.outcome.decision.is_some() || ad.outcome.serving_revision.is_some();
    if ad.withdrawn_at.is_some() || decided || ad.outcome.revision == blocked.revision {
        return Ok(false);
    }
    let serves = |d: &StoredDecision| {
        d.revision == blocked.revision
            && d.id != blocked.id
            && d.state == DecisionState::Effective
            && d.effective_at <= blocked.effective_at
            && matches!(d.verdict.conclusion, Conclusion::Approve | Conclusion::Limited)
    };
    if let Some(before) = judgements::decisions_of_ad(tx, ad.id).await?.into_iter().find(serves) {
        let again = repeated(app, tx, &blocked, before, now).await?;
        let release = pack::release_or_live(tx, Some(again.release)).await?;
        let serving = outcome::disclosed_serving(&again.verdict.serving, &release.bundle);
        let next = outcome::given_back(&ad, blocked.revision, serving);
        in_effect(app, tx, system, &ad, &again, &release.bundle, next, now).await?;
        return Ok(true);
    }
    // It served provisionally, before anybody decided.
    let details = json!({"ad": ad.id, "block": blocked.id});
    audit::record(app, tx, system, "revision.given_back", blocked.revision, details, now).await?;
    let serving = Serving { eligible: true, ..Serving::default() };
    ended(app, tx, &ad, blocked.id, outcome::given_back(&ad, blocked.revision, serving), now).await?;
    Ok(true)
}

/// It served provisionally when it was blocked: the question that the block closed is open again.
async fn reopened(
    app: &App,
    tx: &Tx,
    system: &Scope,
    ad: &StoredAd,
    blocked: &StoredDecision,
    now: Millis,
) -> Result<bool, Error> {
    let closed = rounds::cancelled_at(tx, blocked.revision, blocked.created_at).await?;
    for round in &closed {
        rounds::reopen_round(tx, round).await?;
        rounds::reopen_cancelled(tx, round.id, blocked.created_at).await?;
    }
    let Some(first) = closed.first() else { return Ok(false) };
    let details = json!({"ad": ad.id, "block": blocked.id});
    audit::record(app, tx, system, "revision.given_back", blocked.revision, details, now).await?;
    let next = outcome::in_review(ad, blocked.revision, true, first.deadline);
    ended(app, tx, ad, blocked.id, next, now).await?;
    Ok(true)
}

/// The decision from before the block, once more.
async fn repeated(
    app: &App,
    tx: &Tx,
    blocked: &StoredDecision,
    before: StoredDecision,
    now: Millis,
) -> Result<StoredDecision, Error> {
    let again = StoredDecision {
        id: app.clock.new_id(),
        // It came of no screening, round or answer of its own: those keep the one decision that they led to.
        screening: None,
        round: None,
        judgement: None,
        supersedes: Some(blocked.id),
        state: DecisionState::Effective,
        effective_at: now,
        created_at: now,
        ..before
    };
    judgements::add_decision(tx, &again).await?;
    Ok(again)
}
