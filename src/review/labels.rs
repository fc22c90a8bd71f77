//! Labels from answers: what one judgement says about each policy, and no more.
//!
//! Called by `flows::judge`. It must never say `no` about a policy that nobody examined: rejecting an ad for one
//! policy says nothing about another.

use super::outcome::answer_to;
use crate::domain::{
    finding::{Effect, Finding},
    label::{LabelSource, LabelValue},
    policy::PolicyCode,
    review::{Answer, Judgement, JudgementOutcome, TaskKind},
};
use std::collections::BTreeMap;

/// What a judgement says, by policy, each policy once, sorted.
///
/// - confirmed or added: yes;
/// - dismissed: no, unless another finding of the same policy was confirmed, added or left unexamined;
/// - called clean (blind tasks list what was looked at): no, under the same reservation;
/// - not examined: nothing;
/// - escalated: nothing, since the person asks somebody else to say.
///
/// A descriptive finding is no breach, so neither answer to it is a label.
pub fn labels(shown: &[Finding], judgement: &Judgement) -> Vec<(PolicyCode, LabelValue)> {
    if judgement.outcome == JudgementOutcome::Escalate {
        return vec![];
    }
    // Of several statements about one policy the strongest stays: yes > unknown > no.
    let mut by_policy: BTreeMap<PolicyCode, LabelValue> = BTreeMap::new();
    let mut say = |policy: &PolicyCode, value: LabelValue| {
        let said = by_policy.entry(policy.clone()).or_insert(value);
        if strength(value) > strength(*said) {
            *said = value;
        }
    };
    for finding in shown.iter().filter(|f| f.effect > Effect::Descriptive) {
        let value = match answer_to(judgement, finding.id) {
            Some(Answer::Confirmed) => LabelValue::Yes,
            Some(Answer::Dismissed) => LabelValue::No,
            Some(Answer::NotExamined) | None => LabelValue::Unknown,
        };
        say(&finding.policy, value);
    }
    for finding in judgement.added.iter().filter(|f| f.effect > Effect::Descriptive) {
        say(&finding.policy, LabelValue::Yes);
    }
    for policy in &judgement.examined_clean {
        say(policy, LabelValue::No);
    }
    by_policy.into_iter().filter(|(_, value)| *value != LabelValue::Unknown).collect()
}

/// Where labels of a task of this kind come from. A golden task's truth is known before anybody answers: its answers
/// measure the person and teach nothing.
pub const fn source(kind: TaskKind) -> Option<LabelSource> {
    match kind {
        TaskKind::Primary | TaskKind::Overlap | TaskKind::Blind | TaskKind::Rereview => Some(LabelSource::Judgement),
        TaskKind::Adjudication => Some(LabelSource::Adjudication),
        TaskKind::Appeal => Some(LabelSource::Appeal),
        TaskKind::Golden => None,
    }
}

const fn strength(value: LabelValue) -> u8 {
    match value {
        LabelValue::No => 0,
        LabelValue::Unknown => 1,
        LabelValue::Yes => 2,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::review::fixture::{adding, finding, judgement};
    use Answer::{Confirmed, Dismissed, NotExamined};
    use JudgementOutcome::{Approve, Escalate, Reject};

    fn said(judgement: &Judgement) -> String {
        let shown = [
            finding(1, "adult", Effect::Review),
            finding(2, "adult", Effect::Prohibited),
            finding(3, "scam", Effect::Limited),
            finding(4, "editorial", Effect::Descriptive),
        ];
        let words: Vec<String> = labels(&shown, judgement).iter().map(|(p, v)| format!("{p}={v}")).collect();
        words.join(" ")
    }

    #[test]
    fn answers_become_labels_and_silence_stays_unknown() {
        for (answers, expected) in [
            (vec![], ""),
            (vec![(1, Confirmed)], "adult=yes"),
            (vec![(1, Confirmed), (2, Dismissed)], "adult=yes"),
            (vec![(1, Dismissed), (2, Dismissed)], "adult=no"),
            (vec![(1, Dismissed), (2, NotExamined)], ""),
            (vec![(1, Dismissed)], ""),
            (vec![(1, Dismissed), (2, Dismissed), (3, Confirmed)], "adult=no scam=yes"),
            (vec![(4, Confirmed)], ""),
            (vec![(4, Dismissed)], ""),
        ] {
            assert_eq!(said(&judgement(Reject, &answers)), expected, "{answers:?}");
        }
    }

    #[test]
    fn added_findings_overrule_dismissals_and_escalations_say_nothing() {
        let all_dismissed = [(1, Dismissed), (2, Dismissed), (3, Dismissed)];
        assert_eq!(
            said(&adding(judgement(Reject, &all_dismissed), &["adult", "health"])),
            "adult=yes health=yes scam=no"
        );
        assert_eq!(said(&judgement(Escalate, &all_dismissed)), "");
    }

    #[test]
    fn a_blind_judge_labels_what_was_picked_and_what_was_looked_at() {
        let blind = |outcome, picked: &[&str], clean: &[&str]| Judgement {
            examined_clean: clean.iter().map(|c| c.parse().unwrap()).collect(),
            ..adding(judgement(outcome, &[]), picked)
        };
        let labels_of =
            |j: &Judgement| labels(&[], j).iter().map(|(p, v)| format!("{p}={v}")).collect::<Vec<_>>().join(" ");
        assert_eq!(labels_of(&blind(Approve, &[], &[])), "");
        assert_eq!(labels_of(&blind(Approve, &[], &["adult", "scam"])), "adult=no scam=no");
        assert_eq!(labels_of(&blind(Reject, &["scam"], &["adult"])), "adult=no scam=yes");
    }

    #[test]
    fn golden_answers_are_no_labels() {
        assert_eq!(source(TaskKind::Golden), None);
        assert_eq!(source(TaskKind::Adjudication), Some(LabelSource::Adjudication));
        assert_eq!(source(TaskKind::Overlap), Some(LabelSource::Judgement));
    }
}
