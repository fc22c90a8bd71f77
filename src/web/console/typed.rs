//! What a reviewer typed into the task form: from the form, to a draft and back, and into a judgement.
//!
//! Called by the task page and its endpoints. It must never invent an answer: what was not said stays unexamined.

use crate::domain::{
    Effect, FindingId, PolicyCode,
    finding::{Constraint, Finding},
    policy::{Policy, Rule},
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

/// A limit that a reviewer can add: one of the release's limiting rules.
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

    /// The judgement these answers make, with `otherwise` as the outcome where none was asked for. `new_id` makes ids of added findings.
    pub(crate) fn judgement(
        &self,
        policies: &[Policy],
        rules: &[Rule],
        otherwise: JudgementOutcome,
        mut new_id: impl FnMut() -> FindingId,
    ) -> Judgement {
        let broken = self.broken.iter().filter(|(_, broken)| **broken).map(|(code, _)| code.as_str());
        let added = self.added.iter().map(String::as_str).chain(broken);
        let added = added.filter_map(|what| {
            let rule = rules.iter().find(|r| r.name == what);
            let policy = policies.iter().find(|p| rule.map_or(what, |r| r.policy.as_str()) == p.code.as_str())?;
            let (effect, constraints): (Effect, Vec<Constraint>) = match rule {
                Some(rule) => (rule.effect, rule.constraints.clone()),
                None => (Effect::Prohibited, vec![]),
            };
            Some(Finding {
                id: new_id(),
                policy: policy.code.clone(),
                clause_version: policy.clause_version,
                rule: None,
                effect,
                evidence: vec![],
                constraints,
                undecided: false,
            })
        });
        Judgement {
            answers: self.answers.iter().map(|(f, a)| FindingAnswer { finding: *f, answer: *a }).collect(),
            added: added.collect(),
            examined_clean: self.broken.iter().filter(|(_, broken)| !**broken).map(|(code, _)| code.clone()).collect(),
            outcome: self.outcome.unwrap_or(otherwise),
            note: self.note.trim().to_owned(),
            overrides: self.outcome.is_some_and(|o| o != JudgementOutcome::Escalate && o != otherwise),
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
        let judgement =
            Typed::default().judgement(&[], &[], JudgementOutcome::Approve, || FindingId(uuid::Uuid::nil()));
        assert!(judgement.answers.is_empty() && judgement.added.is_empty() && judgement.examined_clean.is_empty());
        assert!(!judgement.overrides);
    }
}
