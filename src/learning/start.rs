//! A starting head for a policy that nobody has judged yet: from a few examples and its clause, against harmless ads.
//!
//! Called by `flows::start_head`. The fit is the one for few labels: class-balanced, pulled strongly towards zero, which
//! is near the difference of the means. It must never claim a figure: nothing here is held out, and examples that
//! somebody chose are no sample of anything.

use super::{
    calibrate, evaluate,
    fit::{self, Effort, Features, Points},
    import,
    threshold::{Target, choose},
};
use crate::{
    domain::metrics::HeadCard,
    inference::heads::{GramWeights, Head, Platt},
};
use std::collections::BTreeMap;

/// Fewest examples that a head can start from.
pub const FEWEST: usize = 5;
/// The fit: pulled near the difference of the class means, which few rows estimate best.
const EFFORT: Effort = Effort { pull: 1.0, most_steps: 150, converged: 1e-4 };
/// Parts of the cross-fit of harmless ads.
const FOLDS: usize = 5;

/// Harmless ads, as lines of a data set.
const BENIGN_POOL: &str = include_str!("../../models/benign-pool.jsonl");

/// The texts of the harmless ads that a starting head is fitted against.
///
/// # Errors
/// When the file in the binary does not parse; a test holds that it does.
pub fn benign_pool() -> Result<Vec<String>, import::ImportError> {
    Ok(import::read(BENIGN_POOL.as_bytes())?.into_iter().map(|statement| statement.text).collect())
}

/// Vectors that a head starts from.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// Ads that break the policy.
    pub breaks: &'a [Vec<f32>],
    /// Ads that look like it and do not.
    pub harmless: &'a [Vec<f32>],
    /// The policy's clause, which counts as one more example.
    pub clause: Option<&'a Vec<f32>>,
    /// Harmless ads of all kinds.
    pub pool: &'a [Vec<f32>],
}

/// A head with its threshold and what its card says.
#[derive(Debug, Clone)]
pub struct Started {
    /// The head.
    pub head: Head,
    /// Threshold of `flagged(policy)`.
    pub threshold: f64,
    /// Its part of the card, without a single figure of quality.
    pub card: HeadCard,
}

/// Fits a starting head; `None` with fewer than [`FEWEST`] examples or no harmless ad.
pub fn start(given: Start<'_>) -> Option<Started> {
    if given.breaks.len() < FEWEST || given.pool.is_empty() {
        return None;
    }
    let plane = fit::fit(&points(given, |_, _| true), EFFORT, None);
    let unseen = cross_fit(given);
    let calibration = calibrate::scale(&unseen, Platt::default());
    let head = Head { weights: plane.weights, grams: GramWeights::default(), bias: plane.bias, calibration };
    let scored: Vec<(f64, bool)> =
        unseen.iter().map(|(raw, breaks)| (fit::sigmoid(calibration.a * raw + calibration.b), *breaks)).collect();
    let (cut, rule) = choose(&scored, Target::default());
    let all = points(given, |_, _| true);
    let card = HeadCard {
        train_n: all.len() as u32,
        train_positives: all.positives() as u32,
        validation_n: unseen.len() as u32,
        threshold_rule: format!("{rule}; examples scored by heads fitted without them, harmless ads in {FOLDS} parts"),
        held_out: evaluate::evaluate(&[], cut, 0, 0),
        live: None,
        by_source: BTreeMap::new(),
        vector_share: 1.0,
        left_out: BTreeMap::new(),
        ece_before: None,
        ranks_only: Some("it started from a few examples that somebody chose, and was measured on nothing".into()),
    };
    Some(Started { head, threshold: cut, card })
}

/// A row of which the vector alone is read: few examples say little of n-grams.
fn reads(vector: &[f32]) -> Features<'_> {
    Features { dense: vector, grams: &[] }
}

/// The points for which `keep` holds, by class and place within it; the clause is always among them.
fn points<'a>(given: Start<'a>, keep: impl Fn(bool, usize) -> bool) -> Points<'a> {
    let mut points = Points::default();
    let breaks = given.breaks.iter().enumerate().filter(|(i, _)| keep(true, *i));
    breaks.for_each(|(_, vector)| points.push(reads(vector), true, 1.0));
    if let Some(clause) = given.clause {
        points.push(reads(clause), true, 1.0);
    }
    let harmless = given.harmless.iter().chain(given.pool).enumerate().filter(|(i, _)| keep(false, *i));
    harmless.for_each(|(_, vector)| points.push(reads(vector), false, 1.0));
    points
}

/// Raw scores by planes that did not see the row: each example left out alone, harmless ads left out in parts.
fn cross_fit(given: Start<'_>) -> Vec<(f64, bool)> {
    let mut unseen = Vec::new();
    for (left_out, vector) in given.breaks.iter().enumerate() {
        let plane = fit::fit(&points(given, |breaks, i| !breaks || i != left_out), EFFORT, None);
        unseen.push((plane.score(reads(vector)), true));
    }
    for fold in 0..FOLDS {
        let plane = fit::fit(&points(given, |breaks, i| breaks || i % FOLDS != fold), EFFORT, None);
        let left_out = given.harmless.iter().chain(given.pool).skip(fold).step_by(FOLDS);
        unseen.extend(left_out.map(|vector| (plane.score(reads(vector)), false)));
    }
    unseen
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{inference::Grams, learning::fit::tests::two_classes};

    #[test]
    fn a_few_examples_rank_what_nobody_showed() {
        let (vectors, breaks) = two_classes(600, 16, 0.8, 11);
        let of = |class: bool| vectors.iter().zip(&breaks).filter(move |(_, b)| **b == class).map(|(v, _)| v.clone());
        let (positives, negatives): (Vec<_>, Vec<_>) = (of(true).collect(), of(false).collect());
        let given = Start {
            breaks: &positives[..8],
            harmless: &negatives[..2],
            clause: Some(&positives[8]),
            pool: &negatives[2..200],
        };
        let started = start(given).unwrap();
        assert_eq!((started.card.train_n, started.card.train_positives), (8 + 1 + 200, 9));
        assert_eq!((started.card.validation_n, started.card.held_out.n), (8 + 200, 0));
        assert!(started.card.held_out.auc.is_none(), "it claims nothing");
        let (mut right, mut pairs) = (0, 0);
        for positive in &positives[9..] {
            for negative in &negatives[200..] {
                pairs += 1;
                right += usize::from(
                    started.head.raw(positive, &Grams::default()) > started.head.raw(negative, &Grams::default()),
                );
            }
        }
        assert!(right as f64 / pairs as f64 > 0.9, "{right} of {pairs}");
        let alarms = negatives[200..]
            .iter()
            .filter(|v| started.head.probability(v, &Grams::default()) >= started.threshold)
            .count();
        assert!(alarms * 10 < negatives.len() - 200, "{alarms} false alarms");
        assert!(start(Start { breaks: &positives[..4], ..given }).is_none());
    }

    #[test]
    fn the_pool_in_the_binary_is_read() {
        let pool = benign_pool().unwrap();
        assert!(pool.len() > 200 && pool.iter().all(|text| !text.is_empty()));
    }
}
