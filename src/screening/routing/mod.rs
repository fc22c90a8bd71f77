//! Routing: from what a release concluded to who answers next: nobody (an automatic decision), a person, or both.
//!
//! Called by `flows::screen`. A pure function of its arguments, seeds included, so a replay routes alike. It must never
//! decide what an ad may do: the verdict did.

mod draw;
mod queues;

pub use queues::{QueueSet, QueueSpec};

use super::policy::CompiledRelease;
use crate::domain::{
    finding::{Effect, Evidence, Finding},
    id::RevisionId,
    policy::{OnUnavailable, PolicyCode},
    review::{RoundTrigger, TaskKind},
    screening::Evaluation,
    status::ApprovalStatus,
    time::Millis,
    verdict::Conclusion,
};
use draw::drawn;

/// How many people answer a round that was drawn for overlap.
const OVERLAP: usize = 3;

/// How far one unit of urgency moves a task ahead of its deadline. The worst breach (weight 30, score 1) moves an hour.
const AHEAD_MS: f64 = 2.0 * Millis::MINUTE as f64;

/// Urgency of a finding whose signal was missing, as if its score were this.
const UNDECIDED_STRENGTH: f64 = 0.5;

/// What happens after a screening.
#[derive(Debug, Clone, PartialEq)]
pub struct Routing {
    /// The conclusion that takes effect without a person; `None` when one must look first.
    pub automatic: Option<Conclusion>,
    /// The round that the verdict asks for.
    pub round: Option<RoundPlan>,
    /// A blind check of an automatic decision, when the revision was drawn. It changes nothing by itself.
    pub blind: Option<RoundPlan>,
    /// What may serve while people decide: nothing, or provisionally everything.
    pub meanwhile: ApprovalStatus,
    /// Whether to screen again once the missing signal is back, because a policy says `hold`.
    pub retry: bool,
}

/// A round to open.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundPlan {
    /// Why.
    pub trigger: RoundTrigger,
    /// Policies in question, worst severity first; empty for a blind check.
    pub policies: Vec<PolicyCode>,
    /// Name of the queue.
    pub queue: String,
    /// Time-invariant order within the queue, smaller first: milliseconds of the deadline, moved ahead by urgency.
    pub rank: i64,
    /// When an answer is due.
    pub deadline: Millis,
    /// One task for each entry.
    pub tasks: Vec<TaskKind>,
    /// Probability with which the subject was drawn; 1 when the verdict asked for it. Labels carry it.
    pub sampling_probability: f64,
}

/// Routes one evaluation. `submitted_at` starts the clock of the queue's deadline.
pub fn route(
    release: &CompiledRelease,
    queues: &QueueSet,
    evaluation: &Evaluation,
    revision: RevisionId,
    submitted_at: Millis,
) -> Routing {
    let sampling = release.bundle.sampling;
    if evaluation.verdict.conclusion == Conclusion::Review {
        let overlap = drawn("overlap", sampling.seed, revision, sampling.overlap_share);
        let tasks = if overlap { vec![TaskKind::Overlap; OVERLAP] } else { vec![TaskKind::Primary] };
        let (provisional, retry) = until_decided(release, &evaluation.findings);
        return Routing {
            automatic: None,
            round: Some(screening_round(release, queues, &evaluation.findings, submitted_at, tasks)),
            blind: None,
            meanwhile: if provisional { ApprovalStatus::Provisional } else { ApprovalStatus::None },
            retry,
        };
    }
    let blind = drawn("blind", sampling.seed, revision, sampling.blind_share)
        .then(|| blind_round(queues, submitted_at, sampling.blind_share));
    Routing {
        automatic: Some(evaluation.verdict.conclusion),
        round: None,
        blind,
        meanwhile: ApprovalStatus::None,
        retry: false,
    }
}

fn screening_round(
    release: &CompiledRelease,
    queues: &QueueSet,
    findings: &[Finding],
    submitted_at: Millis,
    tasks: Vec<TaskKind>,
) -> RoundPlan {
    let policies: Vec<PolicyCode> = release.policies_of(findings).into_iter().map(|p| p.code.clone()).collect();
    let queue = queues.for_policies(&policies);
    let deadline = submitted_at.plus(i64::from(queue.sla_minutes) * Millis::MINUTE);
    let urgency = findings.iter().map(|f| weight(release, f) * strength(f)).fold(0.0, f64::max);
    RoundPlan {
        trigger: RoundTrigger::Screening,
        policies,
        queue: queue.name.clone(),
        rank: deadline.plus(-((urgency * AHEAD_MS) as i64)).0,
        deadline,
        tasks,
        sampling_probability: 1.0,
    }
}

/// The round about an ad that a person decided, and that the release would decide otherwise now.
pub fn rereview(release: &CompiledRelease, queues: &QueueSet, evaluation: &Evaluation, now: Millis) -> RoundPlan {
    screening_round(release, queues, &evaluation.findings, now, vec![TaskKind::Rereview])
}

fn blind_round(queues: &QueueSet, submitted_at: Millis, share: f64) -> RoundPlan {
    let queue = queues.quality();
    let deadline = submitted_at.plus(i64::from(queue.sla_minutes) * Millis::MINUTE);
    RoundPlan {
        trigger: RoundTrigger::Quality,
        policies: Vec::new(),
        queue: queue.name.clone(),
        rank: deadline.0,
        deadline,
        tasks: vec![TaskKind::Blind],
        sampling_probability: share,
    }
}

/// Whether the ad may serve provisionally, and whether to screen it again: what the policies say about missing signals.
/// One finding that asks for a person for any other reason is enough to hold the ad.
fn until_decided(release: &CompiledRelease, findings: &[Finding]) -> (bool, bool) {
    let asks = |f: &Finding| {
        let policy = release.bundle.policy(&f.policy);
        policy.filter(|_| f.undecided).map_or(OnUnavailable::Review, |p| p.on_unavailable)
    };
    let mut asking = findings.iter().filter(|f| f.effect == Effect::Review).map(asks).peekable();
    let any = asking.peek().is_some();
    let asking: Vec<OnUnavailable> = asking.collect();
    (any && asking.iter().all(|a| *a == OnUnavailable::Provisional), asking.contains(&OnUnavailable::Hold))
}

fn weight(release: &CompiledRelease, finding: &Finding) -> f64 {
    release.bundle.policy(&finding.policy).map_or(1.0, |p| p.severity.weight())
}

/// How sure a finding is, 0 to 1: its highest score; certain when it rests on lists and facts alone.
fn strength(finding: &Finding) -> f64 {
    let scores = finding.evidence.iter().filter_map(|e| match e {
        Evidence::Score { value, .. } => Some(*value),
        _ => None,
    });
    match (scores.reduce(f64::max), finding.undecided) {
        (Some(score), _) => score,
        (None, true) => UNDECIDED_STRENGTH,
        (None, false) => 1.0,
    }
}

#[cfg(test)]
mod tests;
