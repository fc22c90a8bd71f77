//! When rules act: shares, dates, snoozes, states, topics; and that leaving rules out by their lists changes nothing.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::{CompiledRelease, problem::Problem, testing};
use crate::domain::{
    finding::{Constraint, Effect},
    id::FindingId,
    policy::{Disclosure, List, ListEntry, ListKind, OnUnavailable, Policy, Rule, RuleState, Severity, Snooze},
    release::{Bundle, Sampling},
    screening::{Evaluation, Facts, Truth},
    time::Millis,
};
use std::collections::BTreeMap;

fn policy() -> Policy {
    Policy {
        code: "scam".parse().unwrap(),
        title: "Scam".into(),
        clause: "No scams.".into(),
        clause_version: 1,
        severity: Severity::High,
        disclosure: Disclosure::Full,
        fix_hint: "Do not.".into(),
        on_unavailable: OnUnavailable::Review,
        sensitive: false,
        no_score_alone: false,
        mappings: Default::default(),
        translations: Default::default(),
    }
}

fn rule(name: &str, when: &str) -> Rule {
    Rule {
        name: format!("scam/{name}"),
        policy: "scam".parse().unwrap(),
        when: when.into(),
        effect: Effect::Review,
        constraints: Vec::new(),
        state: RuleState::Live,
        note: String::new(),
        percent: None,
        until: None,
        snoozes: Vec::new(),
    }
}

fn bundle(rules: Vec<Rule>) -> Bundle {
    let entry = |value: &str| ListEntry { value: value.into(), negative: false, note: String::new(), until: None };
    let list = |name: &str, kind, value| List { name: name.into(), kind, entries: vec![entry(value)] };
    Bundle {
        policies: vec![policy()],
        rules,
        lists: vec![
            list("weapon_words", ListKind::Phrases, "gun"),
            list("shorteners", ListKind::Domains, "example.co.uk"),
            list("unused_words", ListKind::Phrases, "never"),
        ],
        model: None,
        second: None,
        thresholds: BTreeMap::new(),
        sampling: Sampling::default(),
    }
}

fn compile(rules: Vec<Rule>) -> Result<CompiledRelease, Vec<Problem>> {
    CompiledRelease::compile(&bundle(rules))
}

fn evaluate(release: &CompiledRelease, facts: &Facts) -> Evaluation {
    let mut next = 0;
    release.evaluate(&testing::ad(), &testing::signals(), facts, &mut || {
        next += 1;
        FindingId(uuid::Uuid::from_u128(next))
    })
}

/// Names of rules that found something, and of those in the trace.
fn seen(evaluation: &Evaluation) -> (Vec<&str>, Vec<&str>) {
    let found = evaluation.findings.iter().filter_map(|f| f.rule.as_deref()).collect();
    (found, evaluation.trace.iter().map(|t| t.rule.as_str()).collect())
}

#[test]
fn a_rule_acts_until_its_date_and_leaves_snoozed_advertisers_alone() {
    let now = testing::facts().evaluated_at;
    let snooze = |advertiser: &str, until| Snooze { advertiser: advertiser.into(), until, note: String::new() };
    let release = compile(vec![
        Rule { until: Some(now.plus(1)), ..rule("ends_next", "matches('weapon_words')") },
        Rule { until: Some(now), ..rule("ended", "matches('weapon_words')") },
        Rule { snoozes: vec![snooze("acme", now.plus(1))], ..rule("snoozed", "matches('weapon_words')") },
        Rule {
            snoozes: vec![snooze("acme", now), snooze("other", now.plus(1))],
            ..rule("awake", "ad.image_count == 0")
        },
        Rule { state: RuleState::Shadow, ..rule("shadow", "true") },
        Rule { state: RuleState::Draft, ..rule("draft", "true") },
        rule("false", "matches('unused_words')"),
    ])
    .unwrap();
    let evaluation = evaluate(&release, &testing::facts());
    let (found, trace) = seen(&evaluation);
    assert_eq!(found, ["scam/ends_next", "scam/awake"]);
    assert_eq!(trace, ["scam/ends_next", "scam/snoozed", "scam/awake", "scam/shadow"]);
    assert!(evaluation.trace[1].snoozed && evaluation.trace[3].shadow);
    assert_eq!(evaluation.rules, 6);
}

#[test]
fn a_share_is_drawn_by_content_and_rule_alike_every_time() {
    let shares: Vec<Rule> =
        (0..400).map(|i| Rule { percent: Some(25.0), ..rule(&format!("r{i}"), "ad.image_count == 0") }).collect();
    let release = compile(shares).unwrap();
    let first = evaluate(&release, &testing::facts());
    // Another time, other facts, the same revision: the same draw.
    let later = Facts { evaluated_at: Millis(9_000_000_000_000), ..testing::facts() };
    assert_eq!(seen(&first), seen(&evaluate(&release, &later)));
    assert!((60..=140).contains(&first.findings.len()), "{} of 400 drawn at 25 %", first.findings.len());
}

#[test]
fn a_topic_that_no_score_decides_alone_refuses_limits_by_score() {
    let limits = |when: &str| {
        let constraints = vec![Constraint::MinAge { years: 18 }];
        vec![Rule { effect: Effect::Limited, constraints, ..rule("limits", when) }]
    };
    let topic = |when: &str| {
        let mut bundle = bundle(limits(when));
        bundle.policies[0].no_score_alone = true;
        CompiledRelease::compile(&bundle)
    };
    assert!(compile(limits("flagged('scam')")).is_ok());
    assert!(topic("flagged('scam') && matches('weapon_words')").is_ok());
    let refused = topic("flagged('scam')").unwrap_err();
    assert_eq!(
        refused[0].message,
        "on this topic a score alone may not limit: add a list, text or fact with &&, or use effect = \"review\""
    );
    for wrong in [0.0, 100.0, f64::NAN] {
        assert!(compile(vec![Rule { percent: Some(wrong), ..rule("share", "true") }]).is_err(), "{wrong}");
    }
}

/// What the index leaves out must end false: every rule of a large made-up release ends the same alone, where the index
/// is asked, as inside `x || false`, where it is not.
#[test]
fn leaving_out_rules_by_their_lists_changes_nothing() {
    let parts = [
        "matches('weapon_words')",
        "matches('unused_words')",
        "disguised('weapon_words')",
        "domain_in('shorteners')",
        "flagged('scam')",
        "score('adult') > 0.5",
        "advertiser.verified",
        "ad.has_video",
        "!matches('unused_words', 'body')",
        "ad.image_count == 0",
    ];
    let mut rules = Vec::new();
    for (i, a) in parts.iter().enumerate() {
        for (j, b) in parts.iter().enumerate() {
            for (k, c) in parts.iter().enumerate().step_by(3) {
                let name = format!("r{i}_{j}_{k}");
                let condition =
                    if (i + j) % 2 == 0 { format!("({a} || {b}) && {c}") } else { format!("{a} && ({b} || !({c}))") };
                // The same, in a form that the index cannot see into.
                rules.push(rule(&format!("{name}a"), &condition));
                rules.push(rule(&format!("{name}b"), &format!("({condition}) ? true : false")));
            }
        }
    }
    let release = compile(rules).unwrap();
    let evaluation = evaluate(&release, &testing::facts());
    let truths: BTreeMap<&str, Truth> = evaluation.trace.iter().map(|t| (t.rule.as_str(), t.truth)).collect();
    let mut undecided = 0;
    for rule in &release.bundle.rules {
        let truth = |suffix: &str| truths.get(format!("{}{suffix}", &rule.name[..rule.name.len() - 1]).as_str());
        assert_eq!(truth("a"), truth("b"), "{}", rule.when);
        undecided += usize::from(truth("a") == Some(&Truth::Unknown));
    }
    assert!(undecided > 20 && truths.len() < release.bundle.rules.len());
}

#[test]
fn an_explanation_shows_the_value_of_every_part_and_is_bounded() {
    let long = vec!["advertiser.strikes == 1"; 120].join(" || ");
    let release = compile(vec![
        rule("why", "matches('weapon_words') &&\n  (advertiser.verified || score('scam') + 0.1 > 0.5)"),
        rule("long", &long),
    ])
    .unwrap();
    let explain = |name: &str| release.explain(name, &testing::ad(), &testing::signals(), &testing::facts());
    let tree = explain("scam/why").unwrap();
    assert_eq!(tree.source, "matches('weapon_words') && (advertiser.verified || score('scam') + 0.1 > 0.5)");
    assert_eq!((tree.value.as_str(), tree.truth, tree.parts.len()), ("true", Some(Truth::True), 2));
    let either = &tree.parts[1];
    assert_eq!((either.parts[0].value.as_str(), either.parts[0].truth), ("unknown", Some(Truth::Unknown)));
    assert_eq!(either.parts[0].cause.unwrap().as_str(), "not_provided");
    let sum = &either.parts[1].parts[0];
    assert_eq!((sum.source.as_str(), sum.value.as_str(), sum.parts.len()), ("score('scam') + 0.1", "0.9", 1));
    let long = explain("scam/long").unwrap();
    assert!(long.left_out > 0 && long.parts.len() + long.left_out == 120);
    assert!(explain("scam/nothing").is_none());
}
