//! Cases: ads with a known answer, run through the same signals and rules as any ad.
//!
//! Read from a pack, run by `adjudge policy test`, by the test suite and before publishing. A case must never pass
//! because something was missing: an undecided finding is its own answer.

use super::{compile::CompiledRelease, pack::Pack, problem::Problem};
use crate::domain::{
    ad::{AdContent, TextField},
    finding::{Effect, Evidence, Finding},
    id::FindingId,
    policy::PolicyCode,
    release::Bundle,
    screening::{Evaluation, Facts},
    signal::{PolicyScore, Reading, Signals, Similarity},
    verdict::{self, Conclusion},
};
use std::collections::BTreeMap;
use uuid::Uuid;

crate::named_enum!(
    /// What a case is there to show.
    CaseKind {
        /// Breaks the policy.
        Violating = "violating",
        /// Looks like a breach and is none.
        NearMiss = "near_miss",
        /// Breaks the policy and hides it.
        Disguised = "disguised",
    }
);

crate::named_enum!(
    /// What is expected of one policy's findings, or of the whole ad.
    Expectation {
        /// Nothing that matters is found.
        Approve = "approve",
        /// The ad may serve under constraints.
        Limited = "limited",
        /// Something could not be decided for want of a signal, so a person looks.
        Undecided = "undecided",
        /// A rule asks for a person.
        Review = "review",
        /// The ad may not serve.
        Prohibited = "prohibited",
    }
);

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// The policy it belongs to.
    pub policy: PolicyCode,
    /// Its name, unique enough for people.
    pub name: String,
    /// What it is there to show.
    pub kind: CaseKind,
    /// The ad.
    pub content: AdContent,
    /// What is known beside it.
    pub facts: Facts,
    /// Scores that stand in for the model's.
    pub scores: BTreeMap<PolicyCode, f64>,
    /// Likeness to lists of examples that stands in for the measured one.
    pub similarities: BTreeMap<String, f64>,
    /// What this policy alone must make of it.
    pub expect: Expectation,
    /// What all policies together must make of it, when the case says so.
    pub expect_ad: Option<Expectation>,
    pub(super) place: Problem,
    pub(super) place_ad: Option<Problem>,
}

/// What running cases gave.
#[derive(Debug, Default)]
pub struct CaseReport {
    /// How many ran.
    pub run: usize,
    /// One problem for each expectation that was not met.
    pub failures: Vec<Problem>,
}

/// The threshold of a given score whose head the release has none for: cases must run before there is a model.
const THRESHOLD_WITHOUT_MODEL: f64 = 0.5;

/// Runs all cases of a pack. `measure` makes the signals of a case's ad as screening does; `thresholds` are the model's.
/// A pack that compiled once compiles again, so the error case only tells of a threshold out of range.
pub fn run_all(
    pack: &Pack,
    thresholds: &BTreeMap<PolicyCode, f64>,
    measure: &mut dyn FnMut(&Case, &CompiledRelease) -> Signals,
) -> Result<CaseReport, Vec<Problem>> {
    let release = CompiledRelease::compile(&with_thresholds(pack, thresholds))?;
    let mut report = CaseReport::default();
    for case in &pack.cases {
        let mut signals = measure(case, &release);
        for (head, value) in &case.scores {
            signals.scores.insert(head.clone(), Reading::Known(given(*value)));
        }
        for (list, value) in &case.similarities {
            let given = Similarity { value: *value, example: String::new(), field: TextField::Joined };
            signals.similarities.insert(list.clone(), Reading::Known(given));
        }
        let mut next = 0;
        let evaluation = release.evaluate(&case.content, &signals, &case.facts, &mut || {
            next += 1;
            FindingId(Uuid::from_u128(next))
        });
        report.run += 1;
        report.failures.extend(unmet(case, &evaluation));
    }
    Ok(report)
}

fn with_thresholds(pack: &Pack, thresholds: &BTreeMap<PolicyCode, f64>) -> Bundle {
    let mut bundle = pack.bundle.clone();
    for (head, threshold) in thresholds {
        bundle.thresholds.entry(head.clone()).or_insert(*threshold);
    }
    for head in pack.cases.iter().flat_map(|c| c.scores.keys()) {
        bundle.thresholds.entry(head.clone()).or_insert(THRESHOLD_WITHOUT_MODEL);
    }
    bundle
}

fn given(value: f64) -> PolicyScore {
    PolicyScore { value, field: TextField::Joined, gap: 0.0, fields: Vec::new() }
}

/// Expectations of the case that the evaluation does not meet.
fn unmet(case: &Case, evaluation: &Evaluation) -> Vec<Problem> {
    let own: Vec<&Finding> = evaluation.findings.iter().filter(|f| f.policy == case.policy).collect();
    let all: Vec<&Finding> = evaluation.findings.iter().collect();
    let checks = [
        (Some(case.expect), Some(&case.place), own, "this policy"),
        (case.expect_ad, case.place_ad.as_ref(), all, "all policies together"),
    ];
    let failed = |(expected, place, findings, who): (Option<Expectation>, Option<&Problem>, Vec<&Finding>, &str)| {
        let (expected, place) = (expected?, place?);
        let concluded = conclusion(case, &findings);
        (concluded != expected).then(|| Problem {
            message: format!(
                "case \"{}\": expected {who} to say {expected}, got {concluded}{}",
                case.name,
                because(&findings)
            ),
            ..place.clone()
        })
    };
    checks.into_iter().filter_map(failed).collect()
}

fn conclusion(case: &Case, findings: &[&Finding]) -> Expectation {
    let owned: Vec<Finding> = findings.iter().map(|f| (*f).clone()).collect();
    let held = case.facts.advertiser.facts.certificates.as_deref().unwrap_or_default();
    match verdict::conclude(&owned, &case.content.targeting, held).conclusion {
        Conclusion::Approve => Expectation::Approve,
        Conclusion::Limited => Expectation::Limited,
        Conclusion::Prohibited => Expectation::Prohibited,
        Conclusion::Review if findings.iter().any(|f| f.effect == Effect::Review && !f.undecided) => {
            Expectation::Review
        }
        Conclusion::Review => Expectation::Undecided,
    }
}

/// The findings in a few words, for a failing case's message.
fn because(findings: &[&Finding]) -> String {
    let rules: Vec<String> = findings
        .iter()
        .map(|f| {
            let evidence = f.evidence.iter().map(|e| match e {
                Evidence::Span { list, term, disguised, .. } => {
                    format!("{list} \"{term}\"{}", if *disguised { " disguised" } else { "" })
                }
                Evidence::Score { head, value, threshold, .. } => format!("score({head}) {value:.3} at {threshold:.3}"),
                Evidence::Fact { name, value } => format!("{name} = {value}"),
                Evidence::Unavailable { signal, cause } => format!("{signal} unavailable: {cause}"),
                Evidence::Note { text } => text.clone(),
            });
            format!("{} [{}]", f.rule.as_deref().unwrap_or_default(), evidence.collect::<Vec<_>>().join("; "))
        })
        .collect();
    if rules.is_empty() { ": no rule holds".into() } else { format!(": {}", rules.join(", ")) }
}
