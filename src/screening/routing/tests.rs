//! Who answers next, for every kind of verdict.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::{
    domain::{
        ad::{Targeting, TextField},
        id::FindingId,
        policy::{Disclosure, Mappings, Policy, Severity},
        release::{Bundle, Sampling},
        signal::Cause,
        verdict,
    },
    screening::policy::CompiledRelease,
};
use std::collections::BTreeMap;
use uuid::Uuid;

fn policy(code: &str, severity: Severity, on_unavailable: OnUnavailable) -> Policy {
    Policy {
        code: code.parse().unwrap(),
        title: code.into(),
        clause: "No.".into(),
        clause_version: 1,
        severity,
        disclosure: Disclosure::Full,
        fix_hint: String::new(),
        on_unavailable,
        sensitive: false,
        no_score_alone: false,
        mappings: Mappings::default(),
        translations: Default::default(),
    }
}

fn release(sampling: Sampling) -> CompiledRelease {
    CompiledRelease::compile(&Bundle {
        policies: vec![
            policy("adult", Severity::High, OnUnavailable::Hold),
            policy("weapons", Severity::Critical, OnUnavailable::Review),
            policy("editorial", Severity::Low, OnUnavailable::Provisional),
        ],
        rules: Vec::new(),
        lists: Vec::new(),
        model: None,
        second: None,
        thresholds: BTreeMap::new(),
        sampling,
    })
    .unwrap()
}

fn never() -> Sampling {
    Sampling { blind_share: 0.0, seed: 1, overlap_share: 0.0 }
}

fn queues() -> QueueSet {
    let queue = |name: &str, policies: &[&str], sla_minutes| QueueSpec {
        name: name.into(),
        title: name.into(),
        policies: policies.iter().map(|p| p.parse().unwrap()).collect(),
        sla_minutes,
        lease_minutes: 10,
        rank: 1,
    };
    QueueSet::new(vec![queue("critical", &["weapons"], 60), queue("general", &[], 600), queue("quality", &[], 6_000)])
}

fn finding(policy: &str, effect: Effect, undecided: bool, evidence: Evidence) -> Finding {
    Finding {
        id: FindingId(Uuid::nil()),
        policy: policy.parse().unwrap(),
        clause_version: 1,
        rule: Some(format!("{policy}/x").into()),
        effect,
        evidence: vec![evidence],
        constraints: Vec::new(),
        undecided,
    }
}

fn score(policy: &str, value: f64) -> Finding {
    let evidence = Evidence::Score { head: policy.parse().unwrap(), value, threshold: 0.5, field: TextField::Joined };
    finding(policy, Effect::Review, false, evidence)
}

fn missing(policy: &str) -> Finding {
    let evidence = Evidence::Unavailable { signal: format!("score({policy})"), cause: Cause::NoModel };
    finding(policy, Effect::Review, true, evidence)
}

fn listed(policy: &str, effect: Effect) -> Finding {
    finding(policy, effect, false, Evidence::Fact { name: "a".into(), value: "b".into() })
}

fn routed(sampling: Sampling, findings: Vec<Finding>, revision: u128) -> Routing {
    let verdict = verdict::conclude(&findings, &Targeting::default(), &[]);
    let evaluation = Evaluation { findings, trace: Vec::new(), rules: 0, verdict };
    route(&release(sampling), &queues(), &evaluation, RevisionId(Uuid::from_u128(revision)), Millis(0))
}

#[test]
fn nothing_found_is_approved_and_prohibited_is_rejected_without_a_person() {
    let clean = routed(never(), Vec::new(), 1);
    assert_eq!((clean.automatic, clean.round, clean.blind), (Some(Conclusion::Approve), None, None));
    let bad = routed(never(), vec![listed("weapons", Effect::Prohibited), missing("adult")], 1);
    assert_eq!((bad.automatic, bad.round), (Some(Conclusion::Prohibited), None));
}

#[test]
fn review_opens_one_task_in_the_queue_of_the_worst_policy() {
    let round = routed(never(), vec![score("adult", 0.9), score("weapons", 0.6)], 1).round.unwrap();
    assert_eq!(round.queue, "critical");
    assert_eq!(round.policies, ["weapons".parse().unwrap(), "adult".parse().unwrap()]);
    assert_eq!(round.tasks, [TaskKind::Primary]);
    assert_eq!(round.deadline, Millis(60 * Millis::MINUTE));
    assert_eq!(round.sampling_probability, 1.0);
    assert_eq!(routed(never(), vec![score("adult", 0.9)], 1).round.unwrap().queue, "general");
}

#[test]
fn worse_and_surer_findings_come_first_within_a_queue() {
    let rank = |finding| routed(never(), vec![finding], 1).round.unwrap().rank;
    assert!(rank(score("adult", 0.9)) < rank(score("adult", 0.6)));
    assert!(rank(listed("adult", Effect::Review)) < rank(score("adult", 0.9)));
    assert!(rank(score("adult", 0.6)) < rank(missing("adult")));
    assert!(rank(score("adult", 0.6)) < rank(score("editorial", 0.9)));
}

#[test]
fn a_missing_signal_follows_the_policys_on_unavailable() {
    let provisional = routed(never(), vec![missing("editorial")], 1);
    assert_eq!((provisional.meanwhile, provisional.retry), (ApprovalStatus::Provisional, false));
    let held = routed(never(), vec![missing("editorial"), missing("adult")], 1);
    assert_eq!((held.meanwhile, held.retry), (ApprovalStatus::None, true));
    let decided = routed(never(), vec![missing("editorial"), score("editorial", 0.9)], 1);
    assert_eq!(decided.meanwhile, ApprovalStatus::None);
}

#[test]
fn draws_add_blind_tasks_to_automatic_decisions_and_overlap_to_rounds() {
    let all = Sampling { blind_share: 1.0, seed: 1, overlap_share: 1.0 };
    let blind = routed(all, Vec::new(), 1);
    assert_eq!(blind.automatic, Some(Conclusion::Approve));
    let plan = blind.blind.unwrap();
    assert_eq!((plan.queue.as_str(), plan.trigger), ("quality", RoundTrigger::Quality));
    assert_eq!((plan.tasks, plan.sampling_probability), (vec![TaskKind::Blind], 1.0));
    let overlap = routed(all, vec![score("adult", 0.9)], 1);
    assert_eq!(overlap.round.unwrap().tasks, [TaskKind::Overlap; 3]);
    assert_eq!(overlap.blind, None);

    let tenth = Sampling { blind_share: 0.1, seed: 1, overlap_share: 0.0 };
    let draw = || (0..300).map(|i| routed(tenth, Vec::new(), i).blind.is_some()).collect::<Vec<_>>();
    assert_eq!(draw(), draw());
    assert!(draw().contains(&true) && draw().contains(&false));
}
