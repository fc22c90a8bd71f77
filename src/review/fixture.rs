//! Findings, answers and judgements for this room's tests. Never compiled into the binary.
#![allow(clippy::unwrap_used)]

use crate::domain::{
    finding::{Constraint, Effect, Finding},
    id::{FindingId, UserId},
    review::{Answer, FindingAnswer, Judgement, JudgementOutcome},
};
use uuid::Uuid;

pub(crate) fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

pub(crate) fn finding(n: u128, policy: &str, effect: Effect) -> Finding {
    Finding {
        id: FindingId(Uuid::from_u128(n)),
        policy: policy.parse().unwrap(),
        clause_version: 1,
        rule: Some(format!("{policy}/rule{n}").into()),
        effect,
        evidence: vec![],
        constraints: vec![],
        undecided: false,
    }
}

pub(crate) fn limited(n: u128, policy: &str, constraint: Constraint) -> Finding {
    Finding { constraints: vec![constraint], ..finding(n, policy, Effect::Limited) }
}

pub(crate) fn answer(n: u128, answer: Answer) -> FindingAnswer {
    FindingAnswer { finding: FindingId(Uuid::from_u128(n)), answer }
}

pub(crate) fn judgement(outcome: JudgementOutcome, answers: &[(u128, Answer)]) -> Judgement {
    Judgement {
        answers: answers.iter().map(|(n, a)| answer(*n, *a)).collect(),
        added: vec![],
        examined_clean: vec![],
        outcome,
        note: String::new(),
        overrides: false,
    }
}

pub(crate) fn adding(mut judgement: Judgement, policies: &[&str]) -> Judgement {
    for (n, policy) in policies.iter().enumerate() {
        judgement.added.push(Finding { rule: None, ..finding(1_000 + n as u128, policy, Effect::Prohibited) });
    }
    judgement
}
