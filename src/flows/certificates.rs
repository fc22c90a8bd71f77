//! Certificates: submitted by a program, decided by a person, in effect after the grace time, and lapsed on their day.
//!
//! Called by the API, the console and the `certificate` job. What changes for ads is said by screening them again: a
//! certificate must never change an ad's outcome itself, nor count before its decision took effect.

use super::{
    App, Error,
    claim::{Claimed, lost},
    steps::{audit, screen_job::ScreenJob, work},
};
use crate::{
    domain::{
        CertificateId, Millis, TaskId,
        audit::Actor,
        certificate::{Certificate, CertificateState},
        decision::DecisionState,
        event::EventKind,
        id::AdId,
        policy::PolicyCode,
        review::{Judgement, JudgementOutcome, RoundState},
        role::Scope,
        screening::Trigger,
        verdict::Conclusion,
    },
    intake::NewCertificate,
    review::{
        lease::LEASE_MS,
        undo::{CannotUndo, UndoView, may_undo},
    },
    store::{
        StoreError, Tx, accounts, certificates,
        certificates::Answered,
        jobs,
        jobs::{Claimed as ClaimedJob, JobName, NewJob},
        judgements, rounds,
        rounds::Lease,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// Ads looked at in one commit of the job.
const PAGE: u32 = 200;

/// Where certificates stand in the order of tasks: after every ad, since an ad waits for each of those.
const RANK: i64 = i64::MAX / 2;

/// Payload of the `certificate` job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CertificateJob {
    /// The certificate.
    pub certificate: CertificateId,
    /// What it comes to: `approved`, `refused` or `expired`.
    pub becomes: CertificateState,
    /// Go on after this ad, where a page of ads was looked at already.
    #[serde(default)]
    pub after: Option<AdId>,
}

impl CertificateJob {
    /// One job a certificate, state and page.
    pub fn dedup_key(&self) -> String {
        let after = self.after.map(|a| a.to_string()).unwrap_or_default();
        format!("certificate:{}:{}:{after}", self.certificate, self.becomes)
    }
}

/// Takes a certificate for review. The same one again changes nothing; another of the kind takes the waiting one's place.
///
/// # Errors
/// [`Error::NotFound`] for an advertiser that was never told of; [`Error::Invalid`] for one that has lapsed already.
pub async fn submit(app: &App, scope: &Scope, advertiser: &str, new: &NewCertificate) -> Result<Certificate, Error> {
    let submitter = scope.submitter.ok_or(Error::Forbidden("Use a key that belongs to a submitter."))?;
    let now = app.clock.now();
    if new.valid_until.is_some_and(|end| end <= now) {
        return Err(Error::invalid("/valid_until", "lapsed", "must be in the future"));
    }
    let live = app.live.get();
    let about: Vec<PolicyCode> = new.kind.parse().into_iter().collect();
    let queue = live.queues.for_policies(&about);
    let deadline = now.plus(i64::from(queue.sla_minutes) * Millis::MINUTE);
    let queue = live.queue_ids.get(&queue.name).copied();
    let queue = queue.ok_or_else(|| Error::Internal("a queue of the release is missing".into()))?;
    app.db
        .write("submit_certificate", async |tx| {
            let advertiser = accounts::advertiser_of(tx, submitter, advertiser).await?.ok_or(Error::NotFound)?;
            let waiting = certificates::of_advertiser(tx, advertiser.id).await?;
            let waiting = waiting.into_iter().find(|c| c.state == CertificateState::Submitted && c.kind == new.kind);
            if let Some(before) = waiting {
                let same = before.countries == new.countries
                    && before.document == new.document
                    && before.valid_until == new.valid_until;
                if same {
                    return Ok(before);
                }
                replace(app, tx, scope, &before, now).await?;
            }
            let certificate = Certificate {
                id: app.clock.new_id(),
                advertiser: advertiser.id,
                submitter,
                kind: new.kind.clone(),
                countries: new.countries.clone(),
                document: new.document.clone(),
                note: new.note.clone(),
                valid_until: new.valid_until,
                state: CertificateState::Submitted,
                reason: String::new(),
                round: None,
                decision: None,
                created_at: now,
                decided_at: None,
            };
            certificates::add(tx, &certificate).await?;
            let (round, task) = (app.clock.new_id(), app.clock.new_id());
            certificates::open_round(tx, &certificate, round, task, queue, RANK, deadline).await?;
            tell(app, tx, &certificate, &advertiser.external_id, now).await?;
            let details = json!({"advertiser": advertiser.id, "round": round});
            audit::record(app, tx, scope, "certificate.submitted", certificate.id, details, now).await?;
            Ok(Certificate { round: Some(round), ..certificate })
        })
        .await
}

async fn replace(app: &App, tx: &Tx, scope: &Scope, before: &Certificate, now: Millis) -> Result<(), Error> {
    let (from, to) = (CertificateState::Submitted, CertificateState::Replaced);
    // A pending answer to the one before comes to nothing: its job finds it replaced.
    if !certificates::change(tx, before.id, from, to, "", Some(now)).await? {
        return Err(StoreError::Conflict.into());
    }
    if let Some(decision) = before.decision {
        judgements::settle(tx, decision, DecisionState::Lapsed).await?;
    }
    if let Some(round) = before.round {
        rounds::cancel_tasks(tx, round, now).await?;
        rounds::close(tx, round, RoundState::Cancelled, None, now).await?;
    }
    audit::record(app, tx, scope, "certificate.replaced", before.id, json!({}), now).await
}

async fn tell(app: &App, tx: &Tx, c: &Certificate, external_id: &str, now: Millis) -> Result<(), Error> {
    let event = EventKind::AdvertiserCertificate {
        advertiser: c.advertiser,
        external_id: external_id.to_owned(),
        certificate: c.id,
        kind: c.kind.clone(),
        state: c.state,
        reason: c.reason.clone(),
    };
    audit::tell(app, tx, c.submitter, None, &event, now).await
}

/// A person says whether a certificate counts. It takes effect after the grace time; returns when.
///
/// # Errors
/// [`Error::Conflict`] for a lost lease; [`Error::Invalid`] for a refusal without a reason, or the approval of one that
/// has lapsed.
pub async fn judge(
    app: &App,
    scope: &Scope,
    task: TaskId,
    token: Uuid,
    approve: bool,
    reason: &str,
) -> Result<Millis, Error> {
    const LONGEST: usize = 2_000;
    let user = scope.user.ok_or(Error::Forbidden("Only a signed-in person can answer."))?;
    let now = app.clock.now();
    let reason = reason.trim();
    if !approve && reason.is_empty() {
        return Err(Error::invalid("/reason", "required", "Say why: the submitter is told."));
    }
    if reason.chars().count() > LONGEST {
        return Err(Error::invalid("/reason", "too_long", format!("Use at most {LONGEST} characters.")));
    }
    let live = app.live.get();
    let effective_at = now.plus(app.settings.grace_ms);
    app.db
        .write("judge_certificate", async |tx| {
            let about = certificates::of_task(tx, scope, task).await?.ok_or(Error::NotFound)?;
            let held = work::task(tx, scope, task).await?;
            if about.state != CertificateState::Submitted || !rounds::complete(tx, task, user, token, now).await? {
                return Err(lost());
            }
            if approve && about.valid_until.is_some_and(|end| end <= now) {
                return Err(Error::invalid("/approve", "lapsed", "It has lapsed meanwhile; refuse it."));
            }
            let answer = Answered {
                judgement: app.clock.new_id(),
                decision: app.clock.new_id(),
                task,
                round: held.round,
                user,
                body: Judgement {
                    answers: vec![],
                    added: vec![],
                    examined_clean: vec![],
                    outcome: if approve { JudgementOutcome::Approve } else { JudgementOutcome::Reject },
                    note: reason.to_owned(),
                    overrides: false,
                },
                conclusion: if approve { Conclusion::Approve } else { Conclusion::Prohibited },
                release: live.release.id,
                started_at: held.lease.as_ref().map_or(now, |l| l.since),
                at: now,
                effective_at,
            };
            certificates::answer(tx, &about, &answer).await?;
            rounds::close(tx, held.round, RoundState::Resolved, Some(answer.decision), now).await?;
            let becomes = if approve { CertificateState::Approved } else { CertificateState::Refused };
            let job = CertificateJob { certificate: about.id, becomes, after: None };
            // An answer that was undone may have left its job; the later answer needs one of its own.
            let key = format!("{}:{}", job.dedup_key(), answer.decision);
            let mut job = NewJob::now(app.clock.new_id(), JobName::Certificate, key, &job, now)?;
            job.run_at = effective_at;
            jobs::enqueue(tx, &job, now).await?;
            let details = json!({"judgement": answer.judgement, "decision": answer.decision, "approved": approve});
            audit::record(app, tx, scope, "certificate.answered", about.id, details, now).await?;
            Ok(effective_at)
        })
        .await
}

/// Takes one's own answer about a certificate back inside its grace time, and gives its task back.
///
/// # Errors
/// [`Error::Conflict`] when it is too late, or was taken back before.
pub async fn undo(app: &App, scope: &Scope, id: CertificateId) -> Result<Claimed, Error> {
    let user = scope.user.ok_or(Error::Forbidden("Only a signed-in person can undo."))?;
    let now = app.clock.now();
    let refused = |why: CannotUndo| Error::conflict("cannot_undo", why.to_string());
    app.db
        .write("undo_certificate", async |tx| {
            let about = certificates::get(tx, scope, id).await?.ok_or(Error::NotFound)?;
            let decided = certificates::decision_of(tx, &about).await?.ok_or(Error::NotFound)?;
            let view = UndoView { state: decided.state, decided_by: decided.user, effective_at: decided.effective_at };
            may_undo(&view, user, now).map_err(refused)?;
            let (Some(decision), Some(judgement)) = (about.decision, decided.judgement) else {
                return Err(Error::NotFound);
            };
            if !judgements::settle(tx, decision, DecisionState::Undone).await?
                || !judgements::undo(tx, judgement, now).await?
                || !certificates::reopen_round(tx, &about).await?
            {
                return Err(refused(CannotUndo::AlreadyGone));
            }
            let given = judgements::get(tx, judgement).await?.ok_or(Error::NotFound)?;
            let lease = Lease { user, token: app.clock.new_uuid(), since: now, until: now.plus(LEASE_MS) };
            if !rounds::reopen_task(tx, given.task, &lease).await? {
                return Err(refused(CannotUndo::AlreadyGone));
            }
            let details = json!({"judgement": judgement, "decision": decision});
            audit::record(app, tx, scope, "certificate.undone", id, details, now).await?;
            Ok(Claimed { task: given.task, token: lease.token, until: lease.until })
        })
        .await
}

/// Lets a decision take effect, or a certificate lapse, and has the ads that it covers screened again, a page at a time.
pub async fn run(app: &App, job: &ClaimedJob) -> Result<(), Error> {
    let payload: CertificateJob = job.payload()?;
    let now = app.clock.now();
    let scope = Scope::system(Actor::System("certificate".into()));
    app.db
        .write("certificate", async |tx| {
            jobs::finish(tx, job.id, job.token).await?;
            let Some(about) = certificates::get(tx, &scope, payload.certificate).await? else {
                return Ok::<_, Error>(());
            };
            let about = match payload.after {
                // The state was changed with the first page; what changed it since has jobs of its own.
                Some(_) if about.state == payload.becomes => about,
                Some(_) => return Ok(()),
                None => match turn(app, tx, &scope, about, payload.becomes, now).await? {
                    Some(about) => about,
                    None => return Ok(()),
                },
            };
            if payload.becomes != CertificateState::Refused {
                screen_page(app, tx, &about, payload.after, now).await?;
            }
            Ok(())
        })
        .await?;
    app.wake.notify_waiters();
    Ok(())
}

/// Changes the state, once; `None` when there is nothing to change any more.
async fn turn(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    about: Certificate,
    to: CertificateState,
    now: Millis,
) -> Result<Option<Certificate>, Error> {
    let lapses = to == CertificateState::Expired;
    let from = if lapses { CertificateState::Approved } else { CertificateState::Submitted };
    if !lapses {
        let Some(decision) = about.decision else { return Ok(None) };
        // Undone meanwhile, or answered anew: that answer's own job comes.
        let due = certificates::decision_of(tx, &about).await?.is_some_and(|d| d.effective_at <= now);
        if !due || !judgements::settle(tx, decision, DecisionState::Effective).await? {
            return Ok(None);
        }
    }
    let decided_at = (!lapses).then_some(now);
    let reason = if to == CertificateState::Approved { "" } else { about.reason.as_str() };
    if !certificates::change(tx, about.id, from, to, reason, decided_at).await? {
        return Ok(None);
    }
    let about = Certificate { state: to, reason: reason.to_owned(), ..about };
    if to == CertificateState::Approved
        && let Some(end) = about.valid_until
    {
        let job = CertificateJob { certificate: about.id, becomes: CertificateState::Expired, after: None };
        let mut job = NewJob::now(app.clock.new_id(), JobName::Certificate, job.dedup_key(), &job, now)?;
        job.run_at = end;
        jobs::enqueue(tx, &job, now).await?;
    }
    let advertiser = accounts::advertiser_view(tx, about.advertiser).await?.ok_or(Error::NotFound)?;
    tell(app, tx, &about, &advertiser.external_id, now).await?;
    let details = json!({"advertiser": about.advertiser, "state": to, "decision": about.decision});
    audit::record(app, tx, scope, "certificate.changed", about.id, details, now).await?;
    Ok(Some(about))
}

async fn screen_page(app: &App, tx: &Tx, about: &Certificate, after: Option<AdId>, now: Millis) -> Result<(), Error> {
    let page = certificates::ads_after(tx, about.advertiser, after, PAGE).await?;
    for (_, revision, content) in &page {
        if !about.covers(&content.targeting) {
            continue;
        }
        let trigger = Trigger::Certificate { certificate: about.id, state: about.state };
        let job = ScreenJob { revision: *revision, trigger };
        let job = NewJob::now(app.clock.new_id(), JobName::Screen, job.dedup_key(), &job, now)?;
        jobs::enqueue(tx, &job, now).await?;
    }
    if page.len() == PAGE as usize
        && let Some((last, ..)) = page.last()
    {
        let job = CertificateJob { certificate: about.id, becomes: about.state, after: Some(*last) };
        let job = NewJob::now(app.clock.new_id(), JobName::Certificate, job.dedup_key(), &job, now)?;
        jobs::enqueue(tx, &job, now).await?;
    }
    Ok(())
}

/// The certificates of one of the submitter's advertisers, newest first.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn of_advertiser(app: &App, scope: &Scope, advertiser: &str) -> Result<Vec<Certificate>, Error> {
    let submitter = scope.submitter.ok_or(Error::Forbidden("Use a key that belongs to a submitter."))?;
    let advertiser = accounts::advertiser_of(&app.db, submitter, advertiser).await?.ok_or(Error::NotFound)?;
    Ok(certificates::of_advertiser(&app.db, advertiser.id).await?)
}
