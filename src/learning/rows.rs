//! What training reads: statements about texts, merged into examples, and examples with their vectors as rows.
//!
//! Called by `flows::train`, `cli::train` and the rest of this room. It must never turn an unknown or a disputed label
//! into a yes or a no: what nobody settled is left out.

use crate::domain::{
    PolicyCode,
    label::{Label, LabelSource, LabelValue},
};
use std::collections::{BTreeMap, HashMap};

/// The code that data sets use for "breaks no policy at all".
pub const BENIGN: &str = "benign";

/// Share by which one side must outweigh the other before contradicting statements train anything.
const LEAST_AGREEMENT: f64 = 1.0 / 3.0;

/// Upper bound of the inverse sampling probability: beyond it one rare draw would drown the rest.
const MOST_INVERSE_PROBABILITY: f64 = 10.0;

/// What one person or data set says about one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The text.
    pub text: String,
    /// The policy; `None` says that the text breaks no policy at all.
    pub policy: Option<PolicyCode>,
    /// Whether the text breaks it.
    pub breaks: bool,
    /// How much the statement counts, above 0.
    pub weight: f64,
    /// The data set, or the kind of label.
    pub source: String,
    /// The advertiser, where known: a split must not cut it.
    pub group: Option<String>,
    /// Whether somebody made the text up to teach with. Such texts train and never test.
    pub written: bool,
}

impl Statement {
    /// A stored label as a statement; `None` when it says nothing. Adjudications, appeals and golden tasks count three
    /// times a single judgement, carried-over labels half, and sampled ones by their bounded inverse probability.
    pub fn from_label(label: &Label) -> Option<Self> {
        let breaks = match label.value {
            LabelValue::Yes => true,
            LabelValue::No => false,
            LabelValue::Unknown => return None,
        };
        let from_source = match label.source {
            LabelSource::Adjudication | LabelSource::Appeal | LabelSource::Golden => 3.0,
            LabelSource::Judgement | LabelSource::Imported | LabelSource::Written => 1.0,
        };
        let carried = if label.propagated { 0.5 } else { 1.0 };
        let drawn = (1.0 / label.sampling_probability).clamp(1.0, MOST_INVERSE_PROBABILITY);
        let is_benign = label.policy.as_str() == BENIGN;
        if is_benign && breaks {
            return None;
        }
        let data_set = matches!(label.source, LabelSource::Imported | LabelSource::Written);
        Some(Self {
            text: label.text.clone(),
            policy: (!is_benign).then(|| label.policy.clone()),
            breaks,
            weight: from_source * carried * drawn,
            source: if data_set && !label.group.is_empty() { &label.group } else { label.source.as_str() }.to_owned(),
            group: (!data_set && !label.group.is_empty()).then(|| label.group.clone()),
            written: label.source == LabelSource::Written,
        })
    }
}

/// A settled answer about one policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// Whether the text breaks the policy.
    pub breaks: bool,
    /// How much the answer counts, above 0.
    pub weight: f64,
}

/// One distinct text and all that is settled about it. A policy without a mark is unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The text.
    pub text: String,
    /// Settled answers.
    pub marks: BTreeMap<PolicyCode, Mark>,
    /// Whether it is a negative for every policy that it has no mark for.
    pub benign: bool,
    /// The source of the first statement.
    pub source: String,
    /// The advertiser, where known.
    pub group: Option<String>,
    /// Made up to teach with: trains, never tests.
    pub written: bool,
}

impl Example {
    /// What the example teaches about a policy, if anything.
    pub fn mark(&self, policy: &PolicyCode) -> Option<Mark> {
        self.marks.get(policy).copied().or(self.benign.then_some(Mark { breaks: false, weight: 1.0 }))
    }
}

/// Which part of a snapshot a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Split {
    /// Weights are fitted on it.
    Train,
    /// Regularisation, calibration and thresholds come from it.
    Validation,
    /// Figures come from it, once.
    HeldOut,
}

impl Split {
    /// The word in files and digests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::HeldOut => "held_out",
        }
    }
}

/// An example with its place and its vector.
#[derive(Debug, Clone)]
pub struct Row {
    /// The text and what is known of it.
    pub example: Example,
    /// The text's unit vector (mean over windows).
    pub embedding: Vec<f32>,
    /// The near-duplicate cluster and advertiser it belongs to: rows that stand or fall together.
    pub unit: u32,
    /// Its part.
    pub split: Split,
}

/// Sums of both sides for one policy.
#[derive(Default)]
struct Votes {
    yes: f64,
    no: f64,
    strongest_yes: f64,
    strongest_no: f64,
}

impl Votes {
    fn add(&mut self, breaks: bool, weight: f64) {
        let (sum, strongest) =
            if breaks { (&mut self.yes, &mut self.strongest_yes) } else { (&mut self.no, &mut self.strongest_no) };
        *sum += weight;
        *strongest = strongest.max(weight);
    }

    /// The winning side, weighted by how clearly it wins; nothing when it does not win clearly.
    fn settle(&self) -> Option<Mark> {
        let total = self.yes + self.no;
        let agreement = (self.yes - self.no).abs() / total;
        // A NaN (no votes, or weights that are not numbers) settles nothing either.
        if agreement.is_nan() || agreement <= LEAST_AGREEMENT {
            return None;
        }
        let breaks = self.yes > self.no;
        let strongest = if breaks { self.strongest_yes } else { self.strongest_no };
        Some(Mark { breaks, weight: strongest * agreement })
    }
}

/// Merges statements about the same text (after trimming) into one example each, in order of first appearance. Texts
/// about which nothing is settled are dropped.
pub fn merge(statements: &[Statement]) -> Vec<Example> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut merged: Vec<(Example, BTreeMap<PolicyCode, Votes>)> = Vec::new();
    for statement in statements {
        let text = statement.text.trim();
        let place = *places.entry(text).or_insert_with(|| {
            let example = Example {
                text: text.to_owned(),
                marks: BTreeMap::new(),
                benign: false,
                source: statement.source.clone(),
                group: None,
                written: false,
            };
            merged.push((example, BTreeMap::new()));
            merged.len() - 1
        });
        let (example, votes) = &mut merged[place];
        example.written |= statement.written;
        if example.group.is_none() {
            example.group.clone_from(&statement.group);
        }
        match &statement.policy {
            Some(policy) => votes.entry(policy.clone()).or_default().add(statement.breaks, statement.weight),
            None => example.benign = true,
        }
    }
    merged
        .into_iter()
        .filter_map(|(mut example, votes)| {
            let disputed = votes.values().any(|v| v.settle().is_none());
            example.marks = votes.into_iter().filter_map(|(policy, v)| Some((policy, v.settle()?))).collect();
            // A text that somebody calls harmless and others dispute is not harmless for sure.
            example.benign &= !disputed;
            (example.benign || !example.marks.is_empty()).then_some(example)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn said(text: &str, policy: Option<&str>, breaks: bool, weight: f64) -> Statement {
        Statement {
            text: text.into(),
            policy: policy.map(|p| p.parse().unwrap()),
            breaks,
            weight,
            source: "judgement".into(),
            group: None,
            written: false,
        }
    }

    #[test]
    fn contradicting_statements_settle_only_when_one_side_clearly_wins() {
        let scam: PolicyCode = "scam".parse().unwrap();
        for (yes, no, expected) in [
            (1.0, 0.0, Some((true, 1.0))),
            (0.0, 3.0, Some((false, 3.0))),
            (1.0, 1.0, None),
            (2.0, 1.0, None),
            (3.0, 1.0, Some((true, 1.5))),
        ] {
            let mut statements = Vec::new();
            if yes > 0.0 {
                statements.push(said(" Win now ", Some("scam"), true, yes));
            }
            if no > 0.0 {
                statements.push(said("Win now", Some("scam"), false, no));
            }
            let merged = merge(&statements);
            let mark = merged.first().and_then(|e| e.mark(&scam)).map(|m| (m.breaks, m.weight));
            assert_eq!(mark, expected, "yes {yes}, no {no}");
        }
    }

    #[test]
    fn a_harmless_text_is_a_negative_for_every_policy_it_has_no_mark_for() {
        let merged = merge(&[said("a", None, false, 1.0), said("a", Some("hate"), true, 1.0)]);
        assert_eq!(merged.len(), 1);
        assert!(merged[0].mark(&"hate".parse().unwrap()).unwrap().breaks);
        assert!(!merged[0].mark(&"scam".parse().unwrap()).unwrap().breaks);
        let partial = merge(&[said("a", Some("hate"), false, 1.0)]);
        assert_eq!(partial[0].mark(&"scam".parse().unwrap()), None, "unexamined is unknown");
    }
}
