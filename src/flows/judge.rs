//! A person answers a task: the judgement, what it resolves, the labels it teaches and the decision that waits for its
//! grace time, in one commit.
//!
//! Called by the console. The outcome follows from the release's mapping; choosing another one needs a permission and a
//! reason. It must never tell the outside: the decision's effect is a job that runs when the grace time is over.

use super::{
    App, Error,
    claim::lost,
    effect::EffectJob,
    live::Live,
    steps::{audit, work, work::Work},
};
use crate::{
    domain::{
        DecisionId, Effect, Evidence, Finding, JudgementId, LabelId, Millis, PolicyCode, TaskId,
        decision::{Automation, DecidedBy, DecisionState, Ground},
        label::LabelSource,
        review::{Judgement, JudgementOutcome, RoundState, RoundTrigger, Shown, TaskKind},
        role::{Permission, Scope},
        verdict::Conclusion,
    },
    intake::Problem,
    review::{
        labels, outcome,
        outcome::Preview,
        resolve::{JudgementView, Resolution, RoundView, resolve},
        undo::effective_at,
    },
    store::{
        Tx, ads, jobs,
        jobs::{JobName, NewJob},
        judgements,
        judgements::{NewLabel, StoredDecision, StoredJudgement},
        rounds, screenings,
    },
};
use serde_json::json;
use uuid::Uuid;

/// What came of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The judgement.
    pub judgement: JudgementId,
    /// The decision, where this answer completed the round.
    pub decision: Option<DecisionId>,
    /// Until when it can be undone.
    pub undo_until: Millis,
}

/// What the release would make of these answers. Changes nothing.
pub async fn preview(app: &App, scope: &Scope, task: TaskId, judgement: &Judgement) -> Result<Preview, Error> {
    let about = work::load(&app.db, scope, task).await?;
    Ok(preview_of(&about, judgement))
}

fn preview_of(about: &Work, judgement: &Judgement) -> Preview {
    outcome::preview(&about.shown, judgement, &about.revision.content.targeting, about.certificates())
}

/// The finding that a person adds by naming a policy. Its effect is the strongest that the release's live rules give
/// that policy, its constraints those of its limiting rules.
pub fn added_finding(app: &App, live: &Live, code: &PolicyCode, note: &str) -> Result<Finding, Error> {
    let policy = live.release.bundle.policy(code);
    let policy = policy.ok_or_else(|| Error::invalid("/added", "unknown_policy", format!("{code} is not a policy")))?;
    let rules = || live.release.bundle.rules.iter().filter(|r| &r.policy == code);
    let only_limits = rules().any(|r| r.effect == Effect::Limited) && rules().all(|r| r.effect <= Effect::Limited);
    let constraints = if only_limits { rules().flat_map(|r| r.constraints.clone()).collect() } else { vec![] };
    let note = note.trim();
    Ok(Finding {
        id: app.clock.new_id(),
        policy: code.clone(),
        clause_version: policy.clause_version,
        rule: None,
        effect: if only_limits { Effect::Limited } else { Effect::Prohibited },
        evidence: if note.is_empty() { vec![] } else { vec![Evidence::Note { text: note.into() }] },
        constraints,
        undecided: false,
    })
}

/// Stores an answer and what follows from it.
pub async fn judge(
    app: &App,
    scope: &Scope,
    task: TaskId,
    token: Uuid,
    mut judgement: Judgement,
) -> Result<Judged, Error> {
    let user = scope.user.ok_or(Error::Forbidden("Only a signed-in person can answer."))?;
    let now = app.clock.now();
    let live = app.live.get();
    let about = work::load(&app.db, scope, task).await?;
    check(scope, &about, &mut judgement)?;
    let judged = app
        .db
        .write("judge", async |tx| {
            let about = work::load(tx, scope, task).await?;
            rounds::lock(tx, about.round.id).await?;
            if !rounds::complete(tx, task, user, token, now).await? {
                return Err(lost());
            }
            let stored = StoredJudgement {
                id: app.clock.new_id(),
                task,
                kind: about.task.kind,
                round: about.round.id,
                user,
                judgement: judgement.clone(),
                shown: Shown { screening: Some(about.screening.id), blind: about.blind() },
                started_at: about.task.lease.as_ref().map_or(now, |l| l.since),
                created_at: now,
                undone_at: None,
            };
            judgements::add(tx, &stored).await?;
            screenings::add_findings(tx, about.revision.id, None, Some(stored.id), &judgement.added, now).await?;
            teach(app, tx, &live, &about, &stored, now).await?;
            let details = json!({"judgement": stored.id, "outcome": judgement.outcome, "round": about.round.id});
            audit::record(app, tx, scope, "task.answered", task, details, now).await?;
            let (decision, effective) = resolve_round(app, tx, scope, &live, &about, &stored, now).await?;
            Ok(Judged { judgement: stored.id, decision, undo_until: effective })
        })
        .await?;
    app.metrics.judgements.with_label_values(&[judgement.outcome.as_str()]).inc();
    Ok(judged)
}

fn check(scope: &Scope, about: &Work, judgement: &mut Judgement) -> Result<(), Error> {
    let preview = preview_of(about, judgement);
    judgement.overrides = preview.differs(judgement.outcome) && !about.blind();
    let problems = outcome::problems(&about.shown, judgement, &preview, about.task.kind == TaskKind::Adjudication);
    if !problems.is_empty() {
        let pointed =
            |p: &outcome::Problem| Problem { pointer: "/answers".into(), code: "bad_judgement", detail: p.to_string() };
        return Err(Error::Invalid(problems.iter().map(pointed).collect()));
    }
    if judgement.overrides && !scope.permits(Permission::Override) {
        return Err(Error::Forbidden(
            "The outcome must follow from the findings. Change your answers, or escalate the task to a lead.",
        ));
    }
    Ok(())
}

async fn teach(
    app: &App,
    tx: &Tx,
    live: &Live,
    about: &Work,
    stored: &StoredJudgement,
    now: Millis,
) -> Result<(), Error> {
    let Some(source) = labels::source(about.task.kind) else { return Ok(()) };
    // Whoever settles an appeal, a lead included, had what the appellant says before them.
    let source = if about.round.trigger == RoundTrigger::Appeal { LabelSource::Appeal } else { source };
    let label = |(policy, value): (PolicyCode, _)| NewLabel {
        id: app.clock.new_id::<LabelId>(),
        revision: Some(about.revision.id),
        text: None,
        clause_version: live.release.bundle.policy(&policy).map_or(0, |p| p.clause_version),
        policy,
        value,
        source,
        group: about.screening.facts.advertiser.external_id.clone(),
        judgement: Some(stored.id),
        user: Some(stored.user),
        blind: stored.shown.blind,
        sampling_probability: about.round.sampling_probability,
    };
    let new: Vec<NewLabel> = labels::labels(&about.shown, &stored.judgement).into_iter().map(label).collect();
    Ok(judgements::add_labels(tx, &new, now).await?)
}

/// Resolves the round from all standing judgements. Gives the decision, if any, and until when the answer can be undone.
async fn resolve_round(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    live: &Live,
    about: &Work,
    last: &StoredJudgement,
    now: Millis,
) -> Result<(Option<DecisionId>, Millis), Error> {
    let round = &about.round;
    let standing = judgements::of_round(tx, round.id).await?;
    let tasks = rounds::tasks_of(tx, round.id).await?;
    let adjudication_open =
        tasks.iter().any(|t| t.kind == TaskKind::Adjudication && t.state == crate::domain::review::TaskState::Open);
    // A round is resolved over everything its tasks show; a lead was also shown what others had added, and whoever
    // answers an appeal what the decision rested on.
    let shown = if about.task.kind == TaskKind::Adjudication || round.trigger == RoundTrigger::Appeal {
        about.shown.clone()
    } else {
        about.screening.evaluation.findings.clone()
    };
    let view = RoundView {
        trigger: round.trigger,
        answers_needed: round.answers_wanted as usize,
        adjudication_open,
        shown: &shown,
    };
    let views: Vec<JudgementView<'_>> = standing
        .iter()
        .map(|j| JudgementView { id: j.id, user: j.user, kind: j.kind, judgement: &j.judgement })
        .collect();
    let grace_end = now.plus(app.settings.grace_ms);
    match resolve(&view, &views) {
        Resolution::Waiting => Ok((None, grace_end)),
        Resolution::NeedsAdjudication(reason) => {
            rounds::cancel_tasks(tx, round.id, now).await?;
            rounds::add_task(tx, app.clock.new_id(), round, TaskKind::Adjudication, now).await?;
            let details = json!({"reason": format!("{reason:?}").to_lowercase()});
            audit::record(app, tx, scope, "round.needs_adjudication", round.id, details, now).await?;
            Ok((None, grace_end))
        }
        Resolution::CloseWithoutDecision => {
            rounds::cancel_tasks(tx, round.id, now).await?;
            rounds::close(tx, round.id, RoundState::Resolved, None, now).await?;
            Ok((None, grace_end))
        }
        Resolution::Decide { outcome, findings, .. } => {
            let decision = decide(app, tx, live, about, last, outcome, findings, now).await?;
            rounds::cancel_tasks(tx, round.id, now).await?;
            rounds::close(tx, round.id, RoundState::Resolved, Some(decision.id), now).await?;
            let details = json!({"decision": decision.id, "conclusion": decision.verdict.conclusion});
            audit::record(app, tx, scope, "round.decided", round.id, details, now).await?;
            Ok((Some(decision.id), decision.effective_at))
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one call; a struct would only rename the arguments")]
async fn decide(
    app: &App,
    tx: &Tx,
    live: &Live,
    about: &Work,
    last: &StoredJudgement,
    outcome: JudgementOutcome,
    findings: Vec<Finding>,
    now: Millis,
) -> Result<StoredDecision, Error> {
    let verdict = outcome::verdict_of(outcome, &findings, &about.revision.content.targeting, about.certificates());
    let ad = ads::ad(tx, about.round.ad).await?.ok_or(Error::NotFound)?;
    let serves_now = ad.outcome.serving_revision.is_some();
    let restricts = verdict.conclusion != Conclusion::Approve;
    let decision = StoredDecision {
        id: app.clock.new_id(),
        ad: about.round.ad,
        revision: about.revision.id,
        round: Some(about.round.id),
        screening: Some(about.screening.id),
        judgement: Some(last.id),
        release: live.release.id,
        effective_at: effective_at(now, serves_now, verdict.serving.eligible, app.settings.grace_ms),
        verdict,
        findings,
        decided_by: DecidedBy::Person,
        user: Some(last.user),
        automation: Automation::Partially,
        ground: restricts.then_some(Ground::Incompatible),
        supersedes: ad.outcome.decision,
        state: DecisionState::Pending,
        created_at: now,
    };
    judgements::add_decision(tx, &decision).await?;
    let job = EffectJob { decision: decision.id };
    let mut job = NewJob::now(app.clock.new_id(), JobName::Effect, job.dedup_key(), &job, now)?;
    job.run_at = decision.effective_at;
    jobs::enqueue(tx, &job, now).await?;
    Ok(decision)
}
