//! What the release makes of a person's answers, and what is wrong with a judgement before it is stored.
//!
//! Called by the task page (preview) and by `flows::judge`; resolving a round uses the same mapping, so that preview
//! and decision cannot differ. It must never check a permission: flows do, with what `Preview::differs` says.

use crate::domain::{
    ad::Targeting,
    finding::{Effect, Finding},
    id::FindingId,
    policy::PolicyCode,
    review::{Answer, Judgement, JudgementOutcome},
    verdict::{Conclusion, Serving, Verdict, conclude},
};

/// What would come of a judgement.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Findings that stand: confirmed ones, then added ones, with the effect they have once a person confirmed them.
    pub findings: Vec<Finding>,
    /// What the release concludes from them.
    pub verdict: Verdict,
    /// Shown findings that still need an answer.
    pub unanswered: Vec<FindingId>,
}

impl Preview {
    /// The outcome that follows from the answers.
    pub fn outcome(&self) -> JudgementOutcome {
        outcome_of(self.verdict.conclusion)
    }

    /// Whether an outcome is another one than follows from the answers, so that it needs a reason and a permission.
    pub fn differs(&self, outcome: JudgementOutcome) -> bool {
        outcome != JudgementOutcome::Escalate && outcome != self.outcome()
    }
}

/// Why a judgement is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A finding was neither confirmed nor dismissed, and the outcome hangs on it.
    #[error("Confirm or dismiss every finding first.")]
    Unanswered(Vec<FindingId>),
    /// An answer names a finding that the task does not show.
    #[error("An answer names a finding that this task does not show. Reload the task.")]
    NotShown(FindingId),
    /// Two answers to one finding.
    #[error("A finding has two answers. Keep one of them.")]
    AnsweredTwice(FindingId),
    /// A policy is both added and called clean.
    #[error("The policy {0} is both added and called clean. Choose one.")]
    Contradiction(PolicyCode),
    /// Another outcome than the answers give, without a word why.
    #[error("Write why the outcome differs from what the findings give.")]
    OverrideWithoutReason,
    /// Escalated without a word why.
    #[error("Write what the lead should look at.")]
    EscalationWithoutReason,
    /// An adjudication that escalates again.
    #[error("An adjudication must decide: approve, limit or reject.")]
    NobodyAbove,
}

/// The outcome that a conclusion over a person's findings asks for. `Review` cannot come of confirmed findings; should
/// it ever, it asks for somebody senior rather than for an approval.
pub fn outcome_of(conclusion: Conclusion) -> JudgementOutcome {
    Option::<JudgementOutcome>::from(conclusion).unwrap_or(JudgementOutcome::Escalate)
}

/// A finding as it counts once a person confirmed or added it.
///
/// `review` asked for a person, and the person said yes: the policy is broken, so the ad may not serve. A rule that
/// would have limited the ad but could not be decided keeps its constraints, and limits when confirmed.
pub fn as_confirmed(finding: &Finding) -> Finding {
    let effect = match finding.effect {
        Effect::Review if finding.undecided && !finding.constraints.is_empty() => Effect::Limited,
        Effect::Review => Effect::Prohibited,
        effect => effect,
    };
    Finding { effect, ..finding.clone() }
}

/// The findings that stand after a judgement: confirmed ones in the order shown, then added ones.
pub fn standing(shown: &[Finding], judgement: &Judgement) -> Vec<Finding> {
    let confirmed = shown.iter().filter(|f| answer_to(judgement, f.id) == Some(Answer::Confirmed));
    confirmed.chain(&judgement.added).map(as_confirmed).collect()
}

/// What would come of a judgement about an ad with this targeting, by an advertiser with these certificates.
pub fn preview(shown: &[Finding], judgement: &Judgement, targeting: &Targeting, certificates: &[String]) -> Preview {
    let findings = standing(shown, judgement);
    let verdict = conclude(&findings, targeting, certificates);
    // Once something stands that forbids the ad, the rest may stay unexamined: it says nothing, in labels too.
    let settled = verdict.conclusion == Conclusion::Prohibited;
    let open = |f: &&Finding| {
        f.effect > Effect::Descriptive
            && !matches!(answer_to(judgement, f.id), Some(Answer::Confirmed | Answer::Dismissed))
    };
    let unanswered = if settled { vec![] } else { shown.iter().filter(open).map(|f| f.id).collect() };
    Preview { findings, verdict, unanswered }
}

/// Everything that is wrong with a judgement, all at once. `adjudicates` says that the task settles others' answers.
pub fn problems(shown: &[Finding], judgement: &Judgement, preview: &Preview, adjudicates: bool) -> Vec<Problem> {
    let mut problems = vec![];
    for (n, given) in judgement.answers.iter().enumerate() {
        if !shown.iter().any(|f| f.id == given.finding) {
            problems.push(Problem::NotShown(given.finding));
        } else if judgement.answers[..n].iter().any(|a| a.finding == given.finding) {
            problems.push(Problem::AnsweredTwice(given.finding));
        }
    }
    for code in &judgement.examined_clean {
        if judgement.added.iter().any(|f| &f.policy == code) {
            problems.push(Problem::Contradiction(code.clone()));
        }
    }
    let silent = judgement.note.trim().is_empty();
    if judgement.outcome == JudgementOutcome::Escalate {
        if adjudicates {
            problems.push(Problem::NobodyAbove);
        } else if silent {
            problems.push(Problem::EscalationWithoutReason);
        }
        return problems;
    }
    if !preview.unanswered.is_empty() {
        problems.push(Problem::Unanswered(preview.unanswered.clone()));
    } else if preview.differs(judgement.outcome) && silent {
        problems.push(Problem::OverrideWithoutReason);
    }
    problems
}

/// The verdict of a decided outcome. It is the release's own where they agree; an override keeps the findings as
/// reasons and changes what may serve.
pub fn verdict_of(
    outcome: JudgementOutcome,
    findings: &[Finding],
    targeting: &Targeting,
    certificates: &[String],
) -> Verdict {
    let mapped = conclude(findings, targeting, certificates);
    if outcome == outcome_of(mapped.conclusion) {
        return mapped;
    }
    let because = mapped.serving.because.clone();
    match outcome {
        JudgementOutcome::Approve => Verdict {
            conclusion: Conclusion::Approve,
            serving: Serving { eligible: true, because, ..Serving::default() },
        },
        JudgementOutcome::Limited => {
            let eligible = mapped.serving.needs_certificate.is_empty();
            Verdict { conclusion: Conclusion::Limited, serving: Serving { eligible, ..mapped.serving } }
        }
        JudgementOutcome::Reject => {
            Verdict { conclusion: Conclusion::Prohibited, serving: Serving { eligible: false, ..mapped.serving } }
        }
        JudgementOutcome::Escalate => {
            Verdict { conclusion: Conclusion::Review, serving: Serving { eligible: false, ..mapped.serving } }
        }
    }
}

/// The answer given to one finding.
pub(crate) fn answer_to(judgement: &Judgement, finding: FindingId) -> Option<Answer> {
    judgement.answers.iter().find(|a| a.finding == finding).map(|a| a.answer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        domain::finding::Constraint,
        review::fixture::{adding, finding, judgement, limited},
    };
    use Answer::{Confirmed, Dismissed, NotExamined};
    use JudgementOutcome::{Approve, Escalate, Limited, Reject};

    fn shown() -> Vec<Finding> {
        vec![
            finding(1, "adult", Effect::Review),
            limited(2, "alcohol", Constraint::MinAge { years: 18 }),
            finding(3, "editorial", Effect::Descriptive),
        ]
    }

    fn see(judgement: &Judgement) -> Preview {
        preview(&shown(), judgement, &Targeting::default(), &[])
    }

    #[test]
    fn the_release_maps_answers_to_outcomes() {
        for (answers, outcome, unanswered) in [
            (vec![], Approve, 2),
            (vec![(1, NotExamined), (2, Dismissed)], Approve, 1),
            (vec![(1, Dismissed), (2, Dismissed)], Approve, 0),
            (vec![(1, Dismissed), (2, Confirmed)], Limited, 0),
            (vec![(1, Confirmed)], Reject, 0),
            (vec![(1, Confirmed), (2, NotExamined)], Reject, 0),
            (vec![(1, Dismissed), (2, Dismissed), (3, Confirmed)], Approve, 0),
        ] {
            let p = see(&judgement(Approve, &answers));
            assert_eq!((p.outcome(), p.unanswered.len()), (outcome, unanswered), "{answers:?}");
        }
    }

    #[test]
    fn an_added_finding_counts_like_a_confirmed_one() {
        let p = see(&adding(judgement(Reject, &[(1, Dismissed), (2, Dismissed)]), &["scam"]));
        assert_eq!(p.outcome(), Reject);
        assert_eq!(p.verdict.serving.because, vec!["scam".parse().unwrap()]);
    }

    #[test]
    fn an_undecided_limit_limits_when_confirmed_and_an_undecided_prohibition_prohibits() {
        let undecided = |f: Finding| Finding { effect: Effect::Review, undecided: true, ..f };
        let limit = undecided(limited(1, "alcohol", Constraint::MinAge { years: 21 }));
        let ban = undecided(finding(2, "adult", Effect::Prohibited));
        assert_eq!(as_confirmed(&limit).effect, Effect::Limited);
        assert_eq!(as_confirmed(&ban).effect, Effect::Prohibited);
    }

    #[test]
    fn a_limit_that_leaves_nothing_of_the_targeting_rejects() {
        let only_minors = Targeting { max_age: Some(16), ..Targeting::default() };
        let p = preview(&shown(), &judgement(Limited, &[(1, Dismissed), (2, Confirmed)]), &only_minors, &[]);
        assert_eq!(p.outcome(), Reject);
    }

    #[test]
    fn problems_are_named_all_at_once() {
        let with = |j: Judgement, note: &str| Judgement { note: note.into(), ..j };
        let id = |n: u128| FindingId(uuid::Uuid::from_u128(n));
        let contradicting = Judgement {
            examined_clean: vec!["scam".parse().unwrap()],
            ..adding(judgement(Reject, &[(9, Confirmed), (1, Confirmed), (1, Dismissed)]), &["scam"])
        };
        for (name, j, adjudicates, expected) in [
            ("complete", judgement(Reject, &[(1, Confirmed)]), false, vec![]),
            ("open", judgement(Approve, &[(1, Dismissed)]), false, vec![Problem::Unanswered(vec![id(2)])]),
            (
                "silent override",
                judgement(Reject, &[(1, Dismissed), (2, Dismissed)]),
                false,
                vec![Problem::OverrideWithoutReason],
            ),
            ("override", with(judgement(Reject, &[(1, Dismissed), (2, Dismissed)]), "why"), false, vec![]),
            ("silent escalation", judgement(Escalate, &[]), false, vec![Problem::EscalationWithoutReason]),
            ("escalation", with(judgement(Escalate, &[]), "unsure"), false, vec![]),
            ("adjudication", with(judgement(Escalate, &[]), "unsure"), true, vec![Problem::NobodyAbove]),
            (
                "three at once",
                contradicting,
                false,
                vec![
                    Problem::NotShown(id(9)),
                    Problem::AnsweredTwice(id(1)),
                    Problem::Contradiction("scam".parse().unwrap()),
                ],
            ),
        ] {
            assert_eq!(problems(&shown(), &j, &see(&j), adjudicates), expected, "{name}");
        }
    }

    #[test]
    fn an_override_changes_what_serves_and_keeps_the_reasons() {
        let standing = vec![finding(1, "adult", Effect::Prohibited)];
        let verdict = |outcome| verdict_of(outcome, &standing, &Targeting::default(), &[]);
        for (outcome, conclusion, eligible) in [
            (Approve, Conclusion::Approve, true),
            (Limited, Conclusion::Limited, true),
            (Reject, Conclusion::Prohibited, false),
            (Escalate, Conclusion::Review, false),
        ] {
            let v = verdict(outcome);
            assert_eq!((v.conclusion, v.serving.eligible), (conclusion, eligible), "{outcome}");
            assert_eq!(v.serving.because.len(), 1);
        }
    }
}
