//! Somebody outside reports an ad; people decide; whoever reported learns what came of it.
//!
//! Called by `POST /v1/reports` and by the `report` job. A report hastens the round that is open about the ad, or opens
//! one; it must never change an ad's outcome itself, nor let who reported into an event, an audit row or a log.

use super::{App, Error, live::Live, steps::audit};
use crate::{
    domain::{
        Millis, ReportId,
        audit::Actor,
        decision::DecisionState,
        delivery::NamedAd,
        digest::Digest,
        event::EventKind,
        report::{Report, ReportOutcome, ReportState, Reporter},
        review::{RoundState, RoundTrigger, TaskKind},
        role::Scope,
        status::ApprovalStatus,
        verdict::Conclusion,
    },
    intake::NewReport,
    store::{
        StoreError, Tx, ads,
        ads::StoredAd,
        reports,
        reports::{Said, Waiting},
        rounds,
        rounds::StoredRound,
        screenings,
    },
};
use serde_json::json;

/// Reports decided in one commit.
const AT_ONCE: u64 = 100;

/// A report as it was taken.
#[derive(Debug)]
pub struct Taken {
    /// The report.
    pub report: Report,
    /// Whether it was known before.
    pub known: bool,
}

/// Takes a report. The same reporter's report of the same content for the same policy is one report.
///
/// # Errors
/// [`Error::NotFound`] for an ad outside the scope; [`Error::Forbidden`] for a kind of reporter that the key may not
/// speak for; [`Error::Invalid`] for an unknown policy; [`Error::Conflict`] `not_shown`, `not_screened`.
pub async fn report(app: &App, scope: &Scope, new: &NewReport) -> Result<Taken, Error> {
    let may: Vec<Reporter> = scope.roles.iter().flat_map(|role| Reporter::of_role(*role)).copied().collect();
    let reporter = new.reporter.or(may.first().copied()).filter(|r| may.contains(r)).ok_or(Error::Forbidden(
        "The role of this key does not report for such a reporter. Trusted flaggers and authorities have keys of their own.",
    ))?;
    let live = app.live.get();
    if live.release.bundle.policy(&new.policy).is_none() {
        return Err(Error::invalid("/policy", "unknown_policy", "is not a policy of this installation"));
    }
    let now = app.clock.now();
    let sender = sender(scope)?;
    let taken = app
        .db
        .write("report", async |tx| {
            let ad = found(tx, scope, &new.ad).await?;
            let key = dedup_key(&sender, reporter, &ad, new);
            if let Some(known) = reports::of_key(tx, &key).await? {
                reports::sent_again(tx, known.id).await?;
                return Ok(Taken { report: Report { times: known.times + 1, ..known }, known: true });
            }
            // What was rejected and what was taken back is shown to nobody.
            let decided = ad.outcome.decision.is_some() && ad.outcome.serving_revision.is_none();
            if ad.withdrawn_at.is_some() || decided {
                return Err(Error::conflict("not_shown", "This ad is not shown; there is nothing to report."));
            }
            let round = asked(app, tx, &live, &ad, reporter, new, now).await?;
            let report = Report {
                id: app.clock.new_id::<ReportId>(),
                submitter: ad.submitter,
                ad: ad.id,
                revision: ad.outcome.revision,
                sender: sender.clone(),
                reporter,
                policy: new.policy.clone(),
                state: ReportState::Open,
                outcome: None,
                round: Some(round.id),
                decision: None,
                times: 1,
                created_at: now,
                decided_at: None,
            };
            let said = Said {
                reference: new.reference.clone(),
                contact: new.contact.clone(),
                statement: new.statement.clone(),
            };
            reports::add(tx, &report, &key, &said).await?;
            hasten(tx, &round, reporter, now).await?;
            let details = json!({"ad": ad.id, "reporter": reporter, "policy": report.policy, "round": round.id});
            audit::record(app, tx, scope, "report.received", report.id, details, now).await?;
            Ok(Taken { report, known: false })
        })
        .await;
    match taken {
        // Sent twice at once: the other one has it.
        Err(Error::Store(StoreError::Taken(_))) => Err(Error::Busy { retry_after_s: 1 }),
        other => other,
    }
}

/// A report as its sender may see it.
///
/// # Errors
/// [`Error::NotFound`] for one that this sender did not send.
pub async fn get(app: &App, scope: &Scope, id: ReportId) -> Result<Report, Error> {
    reports::report(&app.db, &sender(scope)?, id).await?.ok_or(Error::NotFound)
}

/// Who sends: all keys of a submitter are one, a flagger's or an authority's key is its own.
fn sender(scope: &Scope) -> Result<String, Error> {
    match (scope.submitter, &scope.actor) {
        (Some(submitter), _) => Ok(submitter.to_string()),
        (None, Actor::Key(key)) => Ok(key.clone()),
        _ => Err(Error::Forbidden("Reports are sent with a key.")),
    }
}

async fn found(tx: &Tx, scope: &Scope, named: &NamedAd) -> Result<StoredAd, Error> {
    let ad = match (named, scope.submitter) {
        (NamedAd::Id(id), own) => ads::ad(tx, *id).await?.filter(|ad| own.is_none_or(|own| own == ad.submitter)),
        (NamedAd::External(name), Some(own)) => ads::ad_by_external_id(tx, own, name).await?,
        (NamedAd::External(_), None) => {
            return Err(Error::invalid("/external_id", "needs_id", "names an ad of one submitter; give its `id`"));
        }
    };
    ad.ok_or(Error::NotFound)
}

/// One report for a sender, reporter, content and policy. A reporter without a name is told from others by the words.
fn dedup_key(sender: &str, reporter: Reporter, ad: &StoredAd, new: &NewReport) -> String {
    let who = if new.reference.is_empty() { format!("?{}", new.statement) } else { format!("={}", new.reference) };
    let all = format!("{sender}\n{reporter}\n{}\n{}\n{who}", ad.outcome.revision, new.policy);
    Digest::of(all.as_bytes()).to_string()
}

/// The round that answers: the one that is open about the ad's newest content, or a new one.
async fn asked(
    app: &App,
    tx: &Tx,
    live: &Live,
    ad: &StoredAd,
    reporter: Reporter,
    new: &NewReport,
    now: Millis,
) -> Result<StoredRound, Error> {
    let open = rounds::open_of_revision(tx, ad.outcome.revision).await?;
    // A quality check decides nothing, so it answers no report.
    if let Some(round) = open.into_iter().find(|r| r.trigger != RoundTrigger::Quality) {
        return Ok(round);
    }
    let screened = screenings::newest_of(tx, ad.outcome.revision).await?;
    let screening = screened.ok_or_else(|| {
        Error::conflict("not_screened", "This ad is being screened and is not shown yet. Report it again in a minute.")
    })?;
    let queue = live.queues.for_policies(std::slice::from_ref(&new.policy));
    let deadline = now.plus(i64::from(queue.sla_minutes) * Millis::MINUTE);
    let id = live.queue_ids.get(&queue.name).copied();
    let round = StoredRound {
        id: app.clock.new_id(),
        ad: ad.id,
        revision: ad.outcome.revision,
        submitter: ad.submitter,
        advertiser: ad.advertiser,
        trigger: RoundTrigger::Report,
        state: RoundState::Open,
        screening,
        queue: id.ok_or_else(|| Error::Internal("a queue of the release is missing".into()))?,
        answers_wanted: 1,
        sampling_probability: 1.0,
        rank: deadline.plus(-reporter.ahead_ms(0)).0,
        deadline: Some(deadline),
        decision: None,
        opened_at: now,
    };
    rounds::open(tx, &round, std::slice::from_ref(&new.policy), &[(app.clock.new_id(), TaskKind::Primary)]).await?;
    Ok(round)
}

/// Moves the round's tasks ahead, as far as its reports weigh; never back.
async fn hasten(tx: &Tx, round: &StoredRound, reporter: Reporter, now: Millis) -> Result<(), Error> {
    let times = reports::count(tx, round.id, reporter).await?;
    let rank = round.deadline.unwrap_or(now).plus(-reporter.ahead_ms(times)).0;
    Ok(rounds::hasten(tx, round.id, rank).await?)
}

/// The `report` job: gives reports whose rounds are over their outcome, and tells the ads' submitters. Says how many.
///
/// # Errors
/// The store's.
pub async fn settle(app: &App) -> Result<usize, Error> {
    if reports::waiting(&app.db, 1).await?.is_empty() {
        return Ok(0);
    }
    let now = app.clock.now();
    let system = Scope::system(Actor::System("report".into()));
    app.db
        .write("settle_reports", async |tx| {
            let mut settled = 0;
            for waiting in reports::waiting(tx, AT_ONCE).await? {
                settled += usize::from(settle_one(app, tx, &system, &waiting, now).await?);
            }
            Ok(settled)
        })
        .await
}

async fn settle_one(app: &App, tx: &Tx, system: &Scope, waiting: &Waiting, now: Millis) -> Result<bool, Error> {
    let report = &waiting.report;
    let ad = ads::ad(tx, report.ad).await?.ok_or(Error::NotFound)?;
    let decided = match (waiting.round, waiting.decision) {
        (RoundState::Resolved, Some((id, DecisionState::Effective, conclusion))) => {
            Some((outcome(conclusion), Some(id)))
        }
        _ if ad.withdrawn_at.is_some() || ad.outcome.revision != report.revision => Some((ReportOutcome::Gone, None)),
        // Somebody or something else decided meanwhile.
        _ => match ad.outcome.approval_status {
            ApprovalStatus::Rejected | ApprovalStatus::Limited => {
                Some((ReportOutcome::Restricted, ad.outcome.decision))
            }
            ApprovalStatus::Approved => Some((ReportOutcome::NoBreach, ad.outcome.decision)),
            ApprovalStatus::None | ApprovalStatus::Provisional => None,
        },
    };
    let Some((outcome, decision)) = decided else {
        // The question goes on in the round that took the place of the one that was closed.
        let open = rounds::open_of_revision(tx, report.revision).await?;
        return match open.into_iter().find(|r| r.trigger != RoundTrigger::Quality) {
            Some(round) => Ok(reports::moved(tx, report.id, round.id).await?),
            None => Ok(false),
        };
    };
    if !reports::decide(tx, report.id, outcome, decision, now).await? {
        return Ok(false);
    }
    let event = EventKind::ReportDecided {
        report: report.id,
        ad: ad.id,
        external_id: ad.outcome.external_id.clone(),
        reporter: report.reporter,
        policy: report.policy.clone(),
        outcome,
        decision,
    };
    audit::tell(app, tx, ad.submitter, Some(ad.id), &event, now).await?;
    let details = json!({"ad": ad.id, "outcome": outcome, "decision": decision});
    audit::record(app, tx, system, "report.decided", report.id, details, now).await?;
    Ok(true)
}

fn outcome(conclusion: Conclusion) -> ReportOutcome {
    match conclusion {
        Conclusion::Prohibited | Conclusion::Limited | Conclusion::Review => ReportOutcome::Restricted,
        Conclusion::Approve => ReportOutcome::NoBreach,
    }
}
