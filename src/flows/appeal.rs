//! Somebody contests a decision, or takes that back. A round with one task asks a person who had no part in it.
//!
//! Called by the API, by the public page behind a signed link, and by a lead from the ad's page. The decision stands until
//! that person's takes effect. It must never let two appeals of one decision be open, nor an appeal's own decision be
//! appealed from outside again.

use super::{
    App, Error,
    steps::{appeal as steps, audit, outcome},
};
use crate::{
    domain::{
        AdId, AppealId, DecisionId, Millis, PolicyCode, ReviewStatus, TaskId,
        appeal::{Appeal, AppealState, Appellant},
        decision::DecisionState,
        event::EventKind,
        id::TypedId,
        review::{RoundState, RoundTrigger, TaskKind},
        role::{Permission, Scope},
        verdict::Conclusion,
    },
    intake::NewAppeal,
    platform::link,
    store::{
        Run, StoreError, Tx, ads, ads::StoredAd, appeals, judgements, judgements::StoredDecision, rounds,
        rounds::StoredRound, screenings,
    },
};
use serde_json::json;

/// Appeals sent in a minute by one address, and with one link.
const SENT_PER_MINUTE: u32 = 10;

/// The decision that a link is about; an end that is over is told apart, since its holder had a right to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// It holds.
    Holds(DecisionId),
    /// It did, until this moment.
    Ended(Millis),
}

/// Reads a link's token.
///
/// # Errors
/// [`Error::NotFound`] where this installation did not sign it.
pub async fn read_link(app: &App, token: &str) -> Result<Link, Error> {
    let secret = appeals::link_secret(&app.db).await?;
    let linked = link::read(&secret, steps::PURPOSE, token).ok_or(Error::NotFound)?;
    let until = Millis(linked.until);
    Ok(if app.clock.now() < until { Link::Holds(DecisionId::from_uuid(linked.subject)) } else { Link::Ended(until) })
}

/// Counts something sent with a link.
///
/// # Errors
/// [`Error::Busy`] where too much was sent in this minute.
pub fn admit(app: &App, client: &str, decision: DecisionId) -> Result<(), Error> {
    let now = app.clock.now();
    let from = app.attempts.allow(&format!("appeal from {client}"), now, SENT_PER_MINUTE);
    let with = app.attempts.allow(&format!("appeal of {decision}"), now, SENT_PER_MINUTE);
    if from && with { Ok(()) } else { Err(Error::Busy { retry_after_s: 60 }) }
}

/// Opens an appeal about the decision in effect on an ad.
///
/// # Errors
/// [`Error::Conflict`] where there is nothing to appeal, or not any more; [`Error::NotFound`] outside the scope.
pub async fn open(app: &App, scope: &Scope, appellant: Appellant, ad: AdId, new: &NewAppeal) -> Result<Appeal, Error> {
    if appellant == Appellant::Staff && (!scope.permits(Permission::Override) || scope.user.is_none()) {
        return Err(Error::Forbidden("Only a lead can have a decision corrected."));
    }
    let now = app.clock.now();
    // Bytes go to the blob store before the rows that name them, and nowhere for an appeal that will not be taken.
    let about = ads::ad(&app.db, ad).await?.filter(|ad| scope.submitter.is_none_or(|own| own == ad.submitter));
    contested(app, &app.db, appellant, &about.ok_or(Error::NotFound)?, new.decision, now).await?;
    for attached in &new.attachments {
        app.blobs.put(attached.about.digest, attached.bytes.clone()).await?;
    }
    app.db
        .write("open_appeal", async |tx| {
            let ad = ads::ad(tx, ad).await?.filter(|ad| scope.submitter.is_none_or(|own| own == ad.submitter));
            let ad = ad.ok_or(Error::NotFound)?;
            let decision = contested(app, tx, appellant, &ad, new.decision, now).await?;
            for round in rounds::open_of_revision(tx, decision.revision).await? {
                // One question is enough: the appeal asks it, with what the appellant says.
                if round.trigger != RoundTrigger::Quality {
                    rounds::cancel_tasks(tx, round.id, now).await?;
                    rounds::close(tx, round.id, RoundState::Cancelled, None, now).await?;
                    audit::record(app, tx, scope, "round.cancelled", round.id, json!({"ad": ad.id}), now).await?;
                }
            }
            let round = round_about(app, tx, &ad, &decision, now).await?;
            let appeal = Appeal {
                id: app.clock.new_id(),
                decision: decision.id,
                ad: ad.id,
                advertiser: ad.advertiser,
                submitter: ad.submitter,
                appellant,
                user: scope.user,
                statement: new.statement.clone(),
                attachments: new.attachments.iter().map(|a| a.about.clone()).collect(),
                state: AppealState::Open,
                round: None,
                result: None,
                due: round.0.deadline.unwrap_or(now),
                created_at: now,
                decided_at: None,
            };
            match appeals::add(tx, &appeal).await {
                Err(StoreError::Taken(_)) => return Err(one_is_open()),
                other => other?,
            }
            let task: TaskId = app.clock.new_id();
            rounds::open(tx, &round.0, &round.1, &[(task, TaskKind::Appeal)]).await?;
            appeals::set_round(tx, appeal.id, round.0.id).await?;
            let next = outcome::under_appeal(&ad, appeal.due);
            ads::project(tx, &ad, &next, now).await?;
            let opened = EventKind::AppealOpened {
                appeal: appeal.id,
                ad: ad.id,
                external_id: next.external_id.clone(),
                decision: decision.id,
                appellant,
                due: appeal.due,
            };
            audit::tell(app, tx, ad.submitter, Some(ad.id), &opened, now).await?;
            let told = EventKind::AdOutcome { outcome: Box::new(next), notice: None };
            audit::tell(app, tx, ad.submitter, Some(ad.id), &told, now).await?;
            let details = json!({"ad": ad.id, "decision": decision.id, "appellant": appellant, "round": round.0.id});
            audit::record(app, tx, scope, "appeal.opened", appeal.id, details, now).await?;
            Ok(Appeal { round: Some(round.0.id), ..appeal })
        })
        .await
}

fn one_is_open() -> Error {
    Error::conflict("appeal_open", "This decision is under appeal already. Wait for its result, or withdraw it first.")
}

/// The decision that may be appealed now by this appellant.
async fn contested(
    app: &App,
    on: &impl Run,
    appellant: Appellant,
    ad: &StoredAd,
    named: Option<DecisionId>,
    now: Millis,
) -> Result<StoredDecision, Error> {
    if appeals::open_of_ad(on, ad.id).await?.is_some() {
        return Err(one_is_open());
    }
    let nothing = || Error::conflict("nothing_to_appeal", "No decision about this ad is in effect.");
    let current =
        ad.outcome.decision.filter(|_| ad.outcome.review_status == ReviewStatus::Reviewed).ok_or_else(nothing)?;
    if named.is_some_and(|named| named != current) {
        let detail = "Another decision took the place of this one. Read the ad again and appeal that one.";
        return Err(Error::conflict("decision_superseded", detail));
    }
    let decision = judgements::decision(on, current).await?.filter(|d| d.state == DecisionState::Effective);
    let decision = decision.ok_or_else(nothing)?;
    if decision.revision != ad.outcome.revision {
        return Err(nothing());
    }
    if appeals::decision_pending(on, ad.id).await? {
        return Err(Error::conflict("decision_pending", "A newer decision takes effect in seconds. Try again then."));
    }
    if appellant == Appellant::Staff {
        return Ok(decision);
    }
    if decision.verdict.conclusion == Conclusion::Approve {
        return Err(Error::conflict("nothing_to_appeal", "This ad is approved: there is no restriction to appeal."));
    }
    if steps::is_final(on, &decision).await? {
        let detail = "This decision came of an appeal and was looked at twice. Change the ad and submit it again.";
        return Err(Error::conflict("appeal_final", detail));
    }
    if now > decision.effective_at.plus(app.settings.appeal_window_ms) {
        let days = app.settings.appeal_window_ms / Millis::DAY;
        let detail = format!("A decision can be appealed for {days} days. Submit the ad again to have it reviewed.");
        return Err(Error::conflict("appeal_window_over", detail));
    }
    let opened = appeals::opened_since(on, ad.advertiser, now.plus(-Millis::DAY)).await?;
    if opened >= i64::from(app.settings.appeals_per_day) {
        let detail = format!("At most {opened} appeals a day are taken for one advertiser. Come back tomorrow.");
        return Err(Error::conflict("appeal_quota", detail));
    }
    Ok(decision)
}

/// The round that asks about a decision again, with the policy classes that its judge must see.
async fn round_about(
    app: &App,
    tx: &Tx,
    ad: &StoredAd,
    decision: &StoredDecision,
    now: Millis,
) -> Result<(StoredRound, Vec<PolicyCode>), Error> {
    let live = app.live.get();
    let revision = ads::revision(tx, decision.revision).await?.ok_or(Error::NotFound)?;
    let screening = decision.screening.or(revision.screening).ok_or(Error::NotFound)?;
    let screened = screenings::get(tx, screening).await?.ok_or(Error::NotFound)?;
    let found: Vec<_> = decision.findings.iter().chain(&screened.evaluation.findings).cloned().collect();
    let policies: Vec<PolicyCode> = live.compiled.policies_of(&found).into_iter().map(|p| p.code.clone()).collect();
    let queue = live.queues.appeals(&policies);
    let due = now.plus(i64::from(queue.sla_minutes) * Millis::MINUTE);
    let queue = live.queue_ids.get(&queue.name).copied();
    let round = StoredRound {
        id: app.clock.new_id(),
        ad: ad.id,
        revision: decision.revision,
        submitter: ad.submitter,
        advertiser: ad.advertiser,
        trigger: RoundTrigger::Appeal,
        state: RoundState::Open,
        screening,
        queue: queue.ok_or_else(|| Error::Internal("a queue of the release is missing".into()))?,
        answers_wanted: 1,
        sampling_probability: 1.0,
        rank: due.0,
        deadline: Some(due),
        decision: None,
        opened_at: now,
    };
    Ok((round, policies))
}

/// Takes an open appeal back: what was decided stands. Withdrawing twice answers the same. `linked` is the decision whose
/// link was used, where there is no submitter to go by.
///
/// # Errors
/// [`Error::NotFound`] outside the scope; [`Error::Conflict`] once it was decided.
pub async fn withdraw(
    app: &App,
    scope: &Scope,
    ad: AdId,
    id: AppealId,
    linked: Option<DecisionId>,
) -> Result<Appeal, Error> {
    let now = app.clock.now();
    app.db
        .write("withdraw_appeal", async |tx| {
            let appeal = appeals::of_ad(tx, scope, ad).await?.into_iter().find(|a| a.id == id);
            let appeal = appeal.filter(|a| linked.is_none_or(|d| d == a.decision)).ok_or(Error::NotFound)?;
            if appeal.appellant == Appellant::Staff && !scope.permits(Permission::Override) {
                return Err(Error::Forbidden("A lead asked for this correction; only a lead can take it back."));
            }
            if appeal.state == AppealState::Withdrawn {
                return Ok(appeal);
            }
            let round = appeal.round.ok_or(Error::NotFound)?;
            rounds::lock(tx, round).await?;
            let ad = ads::ad(tx, ad).await?.ok_or(Error::NotFound)?;
            let waits = rounds::close(tx, round, RoundState::Cancelled, None, now).await?;
            if appeal.state != AppealState::Open || !waits {
                return Err(Error::conflict(
                    "appeal_decided",
                    "This appeal is decided and can no longer be withdrawn.",
                ));
            }
            rounds::cancel_tasks(tx, round, now).await?;
            let next = outcome::appeal_over(&ad);
            ads::project(tx, &ad, &next, now).await?;
            steps::end(app, tx, scope, &ad, &appeal, AppealState::Withdrawn, None, now).await?;
            let told = EventKind::AdOutcome { outcome: Box::new(next), notice: None };
            audit::tell(app, tx, ad.submitter, Some(ad.id), &told, now).await?;
            Ok(Appeal { state: AppealState::Withdrawn, decided_at: Some(now), ..appeal })
        })
        .await
}
