//! What a task is about: its round, revision, screening and the findings it shows.
//!
//! Called by claim, preview, judge and skip. It must never hand out a task outside the caller's scope: those are not
//! found.

use crate::{
    domain::{
        Finding, TaskId,
        review::{RoundTrigger, TaskKind},
        role::{Permission, Scope},
        screening::Screening,
    },
    flows::Error,
    review::lease::hides_findings,
    store::{
        Run, ads,
        ads::StoredRevision,
        appeals, judgements, rounds,
        rounds::{StoredRound, StoredTask},
        screenings,
    },
};

/// A task with what it is about.
#[derive(Debug, Clone)]
pub struct Work {
    /// The task.
    pub task: StoredTask,
    /// Its round.
    pub round: StoredRound,
    /// The revision asked about.
    pub revision: StoredRevision,
    /// The screening shown.
    pub screening: Screening,
    /// The findings to answer; none when the task is blind, and with those that others added when it settles a round.
    pub shown: Vec<Finding>,
}

impl Work {
    /// Certificates that the advertiser holds, as the screening knew them.
    pub fn certificates(&self) -> &[String] {
        self.screening.facts.advertiser.facts.certificates.as_deref().unwrap_or_default()
    }

    /// Whether scores and findings are hidden.
    pub fn blind(&self) -> bool {
        hides_findings(self.task.kind)
    }
}

/// A task within the scope, whatever it is about.
pub async fn task(on: &impl Run, scope: &Scope, id: TaskId) -> Result<StoredTask, Error> {
    if !rounds::in_scope(on, scope, id).await? {
        return Err(Error::NotFound);
    }
    let task = rounds::task(on, id).await?.ok_or(Error::NotFound)?;
    if task.kind == TaskKind::Adjudication && !scope.permits(Permission::Adjudicate) {
        return Err(Error::NotFound);
    }
    Ok(task)
}

/// Loads a task about an ad within the scope.
pub async fn load(on: &impl Run, scope: &Scope, id: TaskId) -> Result<Work, Error> {
    let task = task(on, scope, id).await?;
    let round = rounds::round(on, task.round).await?.ok_or(Error::NotFound)?;
    let revision = ads::revision(on, round.revision).await?.ok_or(Error::NotFound)?;
    let screening = screenings::get(on, round.screening).await?.ok_or(Error::NotFound)?;
    let mut shown = if hides_findings(task.kind) { vec![] } else { screening.evaluation.findings.clone() };
    if round.trigger == RoundTrigger::Appeal
        && let Some(appeal) = appeals::of_round(on, round.id).await?
        && let Some(contested) = judgements::decision(on, appeal.decision).await?
    {
        // What people added then is in no screening; it is answered with the rest.
        let new = |f: &Finding| !shown.iter().any(|s: &Finding| s.id == f.id);
        let added: Vec<Finding> = contested.findings.into_iter().filter(new).collect();
        shown.extend(added);
    }
    if task.kind == TaskKind::Adjudication {
        for earlier in judgements::of_round(on, round.id).await? {
            let new = |f: &Finding| !shown.iter().any(|s: &Finding| s.policy == f.policy && s.rule.is_none());
            let added: Vec<Finding> = earlier.judgement.added.into_iter().filter(new).collect();
            shown.extend(added);
        }
    }
    Ok(Work { task, round, revision, screening, shown })
}
