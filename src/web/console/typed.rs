//! What a reviewer typed into the task form: from the form, to a draft and back, and into a judgement.
//!
//! Called by the task page and its endpoints. It must never invent an answer: what was not said stays unexamined.

use crate::domain::{
    Effect, FindingId, PolicyCode,
    finding::{Constraint, Finding},
    policy::Rule,
    review::{Answer, FindingAnswer, Judgement, JudgementOutcome},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The form's fields, decoded. A draft is this as JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    /// Answers to shown findings.
    pub(crate) answers: BTreeMap<FindingId, Answer>,
    /// A blind judge's policies: broken or looked at and not broken.
    pub(crate) broken: BTreeMap<PolicyCode, bool>,
    /// Findings added: a policy's code, or the name of a rule that limits.
    pub(crate) added: BTreeSet<String>,
    /// The note.
    pub(crate) note: String,
    /// What is asked for, unless it is what the release makes of it.
    pub(crate) outcome: Option<JudgementOutcome>,
}

/// What adding a policy does, where all its rules only limit: their constraints together.
pub(crate) fn only_limits(rules: &[Rule], policy: &PolicyCode) -> Option<Vec<Constraint>> {
    let of_policy = || rules.iter().filter(|r| &r.policy == policy);
    let limits = of_policy().any(|r| r.effect == Effect::Limited) && of_policy().all(|r| r.effect <= Effect::Limited);
    limits.then(|| of_policy().flat_map(|r| r.constraints.clone()).collect())
}

/// The limits that a reviewer can add for a policy that also prohibits: its limiting rules.
pub(crate) fn limiting<'a>(rules: &'a [Rule], policy: &'a PolicyCode) -> impl Iterator<Item = &'a Rule> {
    rules.iter().filter(move |r| &r.policy == policy && r.effect == Effect::Limited && !r.constraints.is_empty())
}

impl Typed {
    /// Reads the fields of the form. Fields that say nothing known are dropped: the page never sends them.
    pub(crate) fn of(fields: &[(String, String)]) -> Self {
        let mut typed = Self::default();
        for (name, value) in fields {
            if let Some(finding) = name.strip_prefix("answer.") {
                if let (Ok(finding), Ok(answer)) = (finding.parse(), value.parse()) {
                    typed.answers.insert(finding, answer);
                }
            } else if let Some(policy) = name.strip_prefix("policy.") {
                if let (Ok(policy), "broken" | "clean") = (policy.parse(), value.as_str()) {
                    typed.broken.insert(policy, value == "broken");
                }
            } else {
                match name.as_str() {
                    "added" => drop(typed.added.insert(value.clone())),
                    "note" => typed.note = value.replace("\r\n", "\n"),
                    "outcome" => typed.outcome = value.parse().ok(),
                    _ => {}
                }
            }
        }
        typed
    }

    /// The judgement these answers make, asking for approval where no outcome was chosen: the caller puts the
    /// release's there. `added` makes the finding that a policy's code or a rule's name stands for.
    pub(crate) fn judgement(&self, mut added: impl FnMut(&str) -> Option<Finding>) -> Judgement {
        let broken = self.broken.iter().filter(|(_, broken)| **broken).map(|(code, _)| code.as_str());
        let named = self.added.iter().map(String::as_str).chain(broken);
        Judgement {
            answers: self.answers.iter().map(|(f, a)| FindingAnswer { finding: *f, answer: *a }).collect(),
            added: named.filter_map(&mut added).collect(),
            examined_clean: self.broken.iter().filter(|(_, broken)| !**broken).map(|(code, _)| code.clone()).collect(),
            outcome: self.outcome.unwrap_or(JudgementOutcome::Approve),
            note: self.note.trim().to_owned(),
            overrides: false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_draft_reads_back_as_it_was_typed() {
        let typed = Typed::of(&fields(&[
            ("answer.find_0190a0000000700080000000000000aa", "confirmed"),
            ("answer.nonsense", "confirmed"),
            ("policy.scam", "clean"),
            ("policy.adult", "maybe"),
            ("added", "gambling"),
            ("added", "gambling/age"),
            ("note", "a\r\nb"),
            ("outcome", ""),
            ("csrf", "x"),
        ]));
        assert_eq!((typed.answers.len(), typed.broken.len(), typed.added.len()), (1, 1, 2));
        assert_eq!((typed.note.as_str(), typed.outcome), ("a\nb", None));
        let back: Typed = serde_json::from_str(&serde_json::to_string(&typed).unwrap()).unwrap();
        assert_eq!(back, typed);
    }

    #[test]
    fn what_was_not_said_is_not_in_the_judgement() {
        let judgement = Typed::default().judgement(|_| None);
        assert!(judgement.answers.is_empty() && judgement.added.is_empty() && judgement.examined_clean.is_empty());
    }
}
