//! Resolving a round: from the judgements given so far to a decision, to a lead, or to waiting on.
//!
//! Called by `flows::judge` after each judgement, in the same commit. It must never let a quality check (blind or
//! golden) decide, and never count one person twice.

use super::outcome::{as_confirmed, standing};
use crate::domain::{
    finding::Finding,
    id::{JudgementId, UserId},
    policy::PolicyCode,
    review::{Answer, Judgement, JudgementOutcome, RoundTrigger, TaskKind},
};
use std::collections::BTreeSet;

/// What of a round matters to its resolution.
#[derive(Debug, Clone)]
pub struct RoundView<'a> {
    /// Why it was opened.
    pub trigger: RoundTrigger,
    /// How many independent answers it takes: 1 for a primary task, 3 for overlap.
    pub answers_needed: usize,
    /// Whether a lead was already asked and has not answered.
    pub adjudication_open: bool,
    /// The findings that its tasks show.
    pub shown: &'a [Finding],
}

/// One stored judgement.
#[derive(Debug, Clone)]
pub struct JudgementView<'a> {
    /// Its id.
    pub id: JudgementId,
    /// Who gave it.
    pub user: UserId,
    /// Kind of the task it answers.
    pub kind: TaskKind,
    /// The answer.
    pub judgement: &'a Judgement,
}

/// Why a lead must settle a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdjudicationReason {
    /// Somebody asked for it.
    Escalated,
    /// No outcome has a majority.
    Split,
    /// A majority forbids or limits the ad, but for different policies.
    NoCommonGround,
}

/// What a round comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolution {
    /// More judgements must come.
    Waiting,
    /// The round has its answer.
    Decide {
        /// The outcome: approve, limited or reject.
        outcome: JudgementOutcome,
        /// Findings that stand, with the effect they have as confirmed; their constraints limit what serves.
        findings: Vec<Finding>,
        /// Judgements that the decision rests on, in the order given.
        sources: Vec<JudgementId>,
        /// Whether the outcome is one that a person chose against the release's mapping.
        overrides: bool,
        /// Whether a lead settled it.
        adjudicated: bool,
    },
    /// A lead must settle it.
    NeedsAdjudication(AdjudicationReason),
    /// A quality check is complete; nothing follows for the ad.
    CloseWithoutDecision,
}

/// Resolves a round from its judgements, oldest first. Undone judgements are not passed.
pub fn resolve(round: &RoundView<'_>, judgements: &[JudgementView<'_>]) -> Resolution {
    if round.trigger == RoundTrigger::Quality {
        let answered = judgements.len() >= round.answers_needed;
        return if answered { Resolution::CloseWithoutDecision } else { Resolution::Waiting };
    }
    let settled =
        |j: &&JudgementView<'_>| j.kind == TaskKind::Adjudication && j.judgement.outcome != JudgementOutcome::Escalate;
    if let Some(lead) = judgements.iter().rfind(settled) {
        return decide_alone(round, lead, true);
    }
    if round.adjudication_open {
        return Resolution::Waiting;
    }
    let votes = one_vote_each(judgements);
    if votes.iter().any(|v| v.judgement.outcome == JudgementOutcome::Escalate) {
        return Resolution::NeedsAdjudication(AdjudicationReason::Escalated);
    }
    match votes.as_slice() {
        votes if votes.is_empty() || votes.len() < round.answers_needed => Resolution::Waiting,
        [only] => decide_alone(round, only, false),
        votes => by_majority(round, votes),
    }
}

/// The judgements that count towards a decision: none of a quality check, and one for each person, the first.
fn one_vote_each<'a, 'b>(judgements: &'a [JudgementView<'b>]) -> Vec<&'a JudgementView<'b>> {
    let mut seen = BTreeSet::new();
    judgements
        .iter()
        .filter(|j| !matches!(j.kind, TaskKind::Blind | TaskKind::Golden | TaskKind::Adjudication))
        .filter(|j| seen.insert(j.user))
        .collect()
}

fn decide_alone(round: &RoundView<'_>, by: &JudgementView<'_>, adjudicated: bool) -> Resolution {
    Resolution::Decide {
        outcome: by.judgement.outcome,
        findings: standing(round.shown, by.judgement),
        sources: vec![by.id],
        overrides: by.judgement.overrides,
        adjudicated,
    }
}

fn by_majority(round: &RoundView<'_>, votes: &[&JudgementView<'_>]) -> Resolution {
    let share = |n: usize| 2 * n > votes.len();
    let of_outcome = |o: JudgementOutcome| votes.iter().filter(move |v| v.judgement.outcome == o);
    let Some(outcome) = JudgementOutcome::ALL.iter().copied().find(|o| share(of_outcome(*o).count())) else {
        return Resolution::NeedsAdjudication(AdjudicationReason::Split);
    };
    let findings = findings_by_majority(round.shown, votes);
    let overrides = share(of_outcome(outcome).filter(|v| v.judgement.overrides).count());
    if outcome != JudgementOutcome::Approve && findings.is_empty() && !overrides {
        return Resolution::NeedsAdjudication(AdjudicationReason::NoCommonGround);
    }
    let sources = of_outcome(outcome).map(|v| v.id).collect();
    Resolution::Decide { outcome, findings, sources, overrides, adjudicated: false }
}

/// Findings of every policy that a majority found broken, be it by confirming or by adding. For such a policy the shown
/// findings that more people confirmed than dismissed stand; where there is none, those of the first who said so.
fn findings_by_majority(shown: &[Finding], votes: &[&JudgementView<'_>]) -> Vec<Finding> {
    let standing_of: Vec<Vec<Finding>> = votes.iter().map(|v| standing(shown, v.judgement)).collect();
    let policies: BTreeSet<&PolicyCode> = standing_of.iter().flatten().map(|f| &f.policy).collect();
    let mut findings = vec![];
    for policy in policies {
        let has = |fs: &&Vec<Finding>| fs.iter().any(|f| &f.policy == policy);
        if 2 * standing_of.iter().filter(has).count() <= votes.len() {
            continue;
        }
        let agreed: Vec<Finding> =
            shown.iter().filter(|f| &f.policy == policy && net_votes(f, votes) > 0).map(as_confirmed).collect();
        if agreed.is_empty() {
            let first = standing_of.iter().find(has);
            findings.extend(first.into_iter().flatten().filter(|f| &f.policy == policy).cloned());
        } else {
            findings.extend(agreed);
        }
    }
    findings
}

/// How many more people confirmed a finding than dismissed it.
fn net_votes(finding: &Finding, votes: &[&JudgementView<'_>]) -> i32 {
    votes
        .iter()
        .filter_map(|v| super::outcome::answer_to(v.judgement, finding.id))
        .map(|answer| match answer {
            Answer::Confirmed => 1,
            Answer::Dismissed => -1,
            Answer::NotExamined => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::finding::Effect,
        review::fixture::{adding, finding, judgement, user},
    };
    use Answer::{Confirmed, Dismissed};
    use JudgementOutcome::{Approve, Escalate, Limited, Reject};
    use TaskKind::{Adjudication, Blind, Golden, Overlap, Primary};

    fn reject(n: u128) -> Judgement {
        judgement(Reject, &[(n, Confirmed)])
    }
    fn approve() -> Judgement {
        judgement(Approve, &[(1, Dismissed), (2, Dismissed)])
    }

    struct Case<'a> {
        trigger: RoundTrigger,
        needed: usize,
        asked: bool,
        given: &'a [(u128, TaskKind, Judgement)],
    }

    /// A round in one line: `reject adult by 0 1`, `ask split`, `wait`, `close`.
    fn outcome(case: &Case<'_>) -> String {
        let shown = [finding(1, "adult", Effect::Review), finding(2, "scam", Effect::Review)];
        let round = RoundView {
            trigger: case.trigger,
            answers_needed: case.needed,
            adjudication_open: case.asked,
            shown: &shown,
        };
        let views: Vec<JudgementView<'_>> = case
            .given
            .iter()
            .enumerate()
            .map(|(n, (who, kind, judgement))| JudgementView {
                id: JudgementId(uuid::Uuid::from_u128(n as u128)),
                user: user(*who),
                kind: *kind,
                judgement,
            })
            .collect();
        match resolve(&round, &views) {
            Resolution::Waiting => "wait".into(),
            Resolution::CloseWithoutDecision => "close".into(),
            Resolution::NeedsAdjudication(why) => format!("ask {why:?}").to_lowercase(),
            Resolution::Decide { outcome, findings, sources, adjudicated, .. } => {
                assert!(findings.iter().all(|f| f.effect != Effect::Review), "confirmed findings ask for nobody");
                let policies: Vec<&str> = findings.iter().map(|f| f.policy.as_str()).collect();
                let by: Vec<String> = sources.iter().map(|s| s.0.as_u128().to_string()).collect();
                let lead = if adjudicated { " (lead)" } else { "" };
                format!("{outcome} {} by {}{lead}", policies.join("+"), by.join(" "))
            }
        }
    }

    fn screening(needed: usize, given: &[(u128, TaskKind, Judgement)]) -> String {
        outcome(&Case { trigger: RoundTrigger::Screening, needed, asked: false, given })
    }

    #[test]
    fn one_primary_judgement_decides() {
        assert_eq!(screening(1, &[]), "wait");
        assert_eq!(screening(1, &[(1, Primary, reject(1))]), "reject adult by 0");
        assert_eq!(screening(1, &[(1, Primary, approve())]), "approve  by 0");
    }

    #[test]
    fn three_overlap_judgements_decide_by_majority() {
        let o = |n, j| (n, Overlap, j);
        for (given, expected) in [
            (vec![o(1, reject(1)), o(2, reject(1))], "wait"),
            (vec![o(1, reject(1)), o(2, approve()), o(3, reject(1))], "reject adult by 0 2"),
            (vec![o(1, approve()), o(2, approve()), o(3, reject(1))], "approve  by 0 1"),
            (vec![o(1, reject(1)), o(2, approve()), o(3, judgement(Limited, &[]))], "ask split"),
            (vec![o(1, reject(1)), o(2, reject(2)), o(3, approve())], "ask nocommonground"),
            (vec![o(1, reject(1)), o(1, reject(1)), o(2, approve())], "wait"),
            (
                vec![
                    o(1, adding(judgement(Reject, &[]), &["health"])),
                    o(2, adding(judgement(Reject, &[(1, Confirmed)]), &["health"])),
                    o(3, approve()),
                ],
                "reject health by 0 1",
            ),
        ] {
            assert_eq!(screening(3, &given), expected, "{given:?}");
        }
    }

    #[test]
    fn an_escalation_asks_a_lead_at_once_who_decides_alone() {
        let escalated = (1, Overlap, judgement(Escalate, &[]));
        assert_eq!(screening(3, std::slice::from_ref(&escalated)), "ask escalated");
        let waiting = [escalated.clone(), (2, Overlap, reject(1))];
        let case = Case { trigger: RoundTrigger::Screening, needed: 3, asked: true, given: &waiting };
        assert_eq!(outcome(&case), "wait");
        assert_eq!(screening(3, &[escalated, (9, Adjudication, reject(2))]), "reject scam by 1 (lead)");
    }

    #[test]
    fn quality_checks_never_decide() {
        for kind in [Blind, Golden] {
            assert_eq!(screening(1, &[(1, kind, reject(1))]), "wait");
            let given = [(1, kind, reject(1))];
            let quality = Case { trigger: RoundTrigger::Quality, needed: 1, asked: false, given: &given };
            assert_eq!(outcome(&quality), "close");
            assert_eq!(outcome(&Case { given: &[], ..quality }), "wait");
        }
    }
}
