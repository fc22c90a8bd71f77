//! One training run: for every policy with labels, fit, calibrate, choose a threshold and measure beside the live head.
//!
//! Called by `flows::train` and `cli::train` with rows already split and embedded. It must never drop a live head, nor
//! let a held-out row touch weights, calibration or thresholds.

use super::{
    calibrate,
    evaluate::{self, Scored},
    fit::{self, Plane, Points},
    hash,
    rows::{Row, Split},
    snapshot, threshold,
};
use crate::{
    domain::{
        Millis, PolicyCode,
        digest::Digest,
        metrics::{Card, HeadCard, HeadMetrics},
    },
    inference::heads::{Head, Heads, Platt},
};
use std::collections::{BTreeMap, BTreeSet};

/// Pulls that are tried when validation rows are enough to choose by.
const PULLS: [f64; 5] = [10.0, 3.0, 1.0, 0.3, 0.1];
/// The pull when they are not: near the difference of the class means, which few rows estimate best.
const CAUTIOUS_PULL: f64 = 1.0;
/// Positives and negatives from which validation rows are enough to choose regularisation, calibration and threshold by.
const ENOUGH: usize = 30;
/// Parts of the cross-fit that stands in for too few validation rows.
const FOLDS: u64 = 5;
/// Rows of each class from which a source's own figures are worth showing.
const ENOUGH_OF_A_SOURCE: usize = 10;

/// The live model, to measure beside and to start from.
#[derive(Debug, Clone, Copy)]
pub struct Live<'a> {
    /// Its heads; of the same encoder.
    pub heads: &'a Heads,
    /// Their thresholds.
    pub thresholds: &'a BTreeMap<PolicyCode, f64>,
    /// Its card.
    pub card: &'a Card,
}

/// What a run is given besides rows.
#[derive(Debug, Clone)]
pub struct TrainSpec {
    /// Name of the encoder.
    pub encoder: String,
    /// Digest of the encoder file.
    pub encoder_digest: Digest,
    /// Languages it covers (ISO 639-1).
    pub languages: Vec<String>,
    /// The moment of training, for the card.
    pub trained_at: Millis,
    /// How the rows were split, for the card.
    pub split: String,
    /// Seed of cross-fit and bootstrap; the split's as well, by custom.
    pub seed: u64,
    /// Data sets and their licences.
    pub sources: BTreeMap<String, String>,
    /// What a reader must know of the data.
    pub caveats: Vec<String>,
    /// Fewest training positives and negatives from which a head is fitted.
    pub fewest: usize,
    /// What thresholds must reach.
    pub target: threshold::Target,
    /// Bootstrap resamples.
    pub resamples: usize,
}

/// What a run makes.
#[derive(Debug, Clone)]
pub struct Trained {
    /// All heads: fitted and carried over.
    pub heads: Heads,
    /// A threshold for each.
    pub thresholds: BTreeMap<PolicyCode, f64>,
    /// The card.
    pub card: Card,
}

/// Why a run makes nothing.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TrainError {
    /// No policy has labels enough.
    #[error("no policy has at least {0} texts that break it and {0} that do not; collect more labels")]
    NothingToFit(usize),
    /// Live heads read another encoder's vectors.
    #[error("the live heads belong to another encoder; train without them, from labels alone")]
    OtherEncoder,
    /// Rows were embedded by different encoders.
    #[error("row {row} has {found} dimensions, the first has {expected}; embed all with one encoder")]
    Dimensions {
        /// The row.
        row: usize,
        /// Its width.
        found: usize,
        /// The width expected.
        expected: usize,
    },
}

/// One policy's share of a run.
struct Fitted {
    head: Head,
    threshold: f64,
    card: HeadCard,
    note: Option<String>,
}

/// Trains on the rows. Heads of policies without a label of their own are carried over from the live model; those with
/// new labels start from the live head and stay near it in proportion to how few the labels are.
pub fn train(rows: &[Row], spec: &TrainSpec, live: Option<Live<'_>>) -> Result<Trained, TrainError> {
    let dimensions = rows.first().map_or(0, |r| r.embedding.len());
    if let Some((row, odd)) = rows.iter().enumerate().find(|(_, r)| r.embedding.len() != dimensions) {
        return Err(TrainError::Dimensions { row, found: odd.embedding.len(), expected: dimensions });
    }
    if live.is_some_and(|l| l.heads.encoder != spec.encoder_digest) {
        return Err(TrainError::OtherEncoder);
    }
    let mut card = Card {
        encoder: spec.encoder.clone(),
        encoder_digest: spec.encoder_digest,
        languages: spec.languages.clone(),
        snapshot_digest: snapshot::digest(rows.iter().map(|r| (&r.example, r.split))),
        trained_at: spec.trained_at,
        split: spec.split.clone(),
        seed: spec.seed,
        sources: spec.sources.clone(),
        heads: BTreeMap::new(),
        caveats: spec.caveats.clone(),
    };
    let mut heads = Heads { encoder: spec.encoder_digest, dimensions, heads: BTreeMap::new() };
    let mut thresholds = BTreeMap::new();
    let labelled: BTreeSet<&PolicyCode> = rows.iter().flat_map(|r| r.example.marks.keys()).collect();
    let mut fitted_any = false;
    let mut keep = |policy: &PolicyCode, fitted: Fitted, card: &mut Card| {
        heads.heads.insert(policy.clone(), fitted.head);
        thresholds.insert(policy.clone(), fitted.threshold);
        card.heads.insert(policy.clone(), fitted.card);
        card.caveats.extend(fitted.note);
    };
    for policy in &labelled {
        let one = OnePolicy { rows, spec, policy, live };
        match one.fit() {
            Ok(fitted) => {
                fitted_any = true;
                keep(policy, fitted, &mut card);
            }
            Err(why) => card.caveats.push(why),
        }
    }
    if !fitted_any {
        return Err(TrainError::NothingToFit(spec.fewest));
    }
    for (policy, head) in live.iter().flat_map(|l| &l.heads.heads) {
        if !card.heads.contains_key(policy) {
            let Some(carried) = live.and_then(|l| carry_over(policy, head, l)) else { continue };
            keep(policy, carried, &mut card);
        }
    }
    Ok(Trained { heads, thresholds, card })
}

/// The live head as it is, with the figures of its own card.
fn carry_over(policy: &PolicyCode, head: &Head, live: Live<'_>) -> Option<Fitted> {
    Some(Fitted {
        head: head.clone(),
        threshold: *live.thresholds.get(policy)?,
        card: live.card.heads.get(policy)?.clone(),
        note: Some(format!(
            "{policy}: carried over unchanged from the live model; its figures are from its own training."
        )),
    })
}

/// A policy under training.
struct OnePolicy<'a> {
    rows: &'a [Row],
    spec: &'a TrainSpec,
    policy: &'a PolicyCode,
    live: Option<Live<'a>>,
}

/// Raw scores of rows the scoring plane was not fitted on.
type Unseen = Vec<(f64, bool)>;

impl<'a> OnePolicy<'a> {
    /// Fits and measures; the error is a caveat that says why there is no new head.
    fn fit(&self) -> Result<Fitted, String> {
        let train = self.points(&[Split::Train]);
        let validation = self.points(&[Split::Validation]);
        let both = self.points(&[Split::Train, Split::Validation]);
        let (positives, negatives) = (both.positives(), both.len() - both.positives());
        if positives < self.spec.fewest || negatives < self.spec.fewest {
            let policy = self.policy;
            return Err(format!("{policy}: no new head, {positives} positives and {negatives} negatives are too few."));
        }
        let centre = self.live_head().map(|h| Plane { weights: h.weights.clone(), bias: h.bias });
        let centre = centre.as_ref();
        let enough = |p: &Points<'_>| p.positives() >= ENOUGH && p.len() - p.positives() >= ENOUGH;
        let few = !enough(&validation) || !enough(&train);
        let (plane, unseen, train_points) = if few {
            (fit::fit(&both, CAUTIOUS_PULL, centre, None), self.cross_fit(centre), &both)
        } else {
            let plane = best_of_pulls(&train, &validation, centre);
            let unseen = validation.vectors.iter().zip(&validation.breaks).map(|(v, b)| (plane.score(v), *b)).collect();
            (plane, unseen, &train)
        };
        let prior = self.live_head().map_or_else(Platt::default, |h| h.calibration);
        let calibration = calibrate::scale(&unseen, prior);
        let head = Head { weights: plane.weights, bias: plane.bias, calibration };
        let probabilities: Vec<(f64, bool)> =
            unseen.iter().map(|(raw, breaks)| (fit::sigmoid(calibration.a * raw + calibration.b), *breaks)).collect();
        let (threshold, mut rule) = self.threshold(&probabilities);
        if few {
            rule.push_str("; scores cross-fitted over training and validation rows, since these are few");
        }
        Ok(Fitted {
            threshold,
            card: HeadCard {
                train_n: train_points.len() as u32,
                train_positives: train_points.positives() as u32,
                validation_n: unseen.len() as u32,
                threshold_rule: rule,
                held_out: self.measure(&head, threshold, None),
                live: self.live_head().map(|h| self.measure(h, self.live_threshold().unwrap_or(0.5), None)),
                by_source: self.by_source(&head, threshold),
            },
            head,
            note: few.then(|| {
                format!("{}: fitted on few labels ({positives} positives); expect it to change.", self.policy)
            }),
        })
    }

    fn live_head(&self) -> Option<&'a Head> {
        self.live.and_then(|l| l.heads.heads.get(self.policy))
    }

    fn live_threshold(&self) -> Option<f64> {
        self.live.and_then(|l| l.thresholds.get(self.policy)).copied()
    }

    /// Rows of some parts that say something of the policy.
    fn points(&self, parts: &[Split]) -> Points<'a> {
        let mut points = Points::default();
        for row in self.rows.iter().filter(|r| parts.contains(&r.split)) {
            if let Some(mark) = row.example.mark(self.policy) {
                points.push(&row.embedding, mark.breaks, mark.weight);
            }
        }
        points
    }

    /// Scores every training and validation row by a plane fitted without the row's unit. Written texts help to fit and
    /// are not scored: nothing made up may choose a threshold.
    fn cross_fit(&self, centre: Option<&Plane>) -> Unseen {
        let fold_of = |row: &Row| hash::mix(u64::from(row.unit) ^ hash::mix(self.spec.seed)) % FOLDS;
        let known: Vec<(&Row, bool, f64)> = self
            .rows
            .iter()
            .filter(|r| r.split != Split::HeldOut)
            .filter_map(|r| r.example.mark(self.policy).map(|m| (r, m.breaks, m.weight)))
            .collect();
        let mut unseen = Vec::new();
        for fold in 0..FOLDS {
            let mut points = Points::default();
            for (row, breaks, weight) in known.iter().filter(|(r, _, _)| fold_of(r) != fold) {
                points.push(&row.embedding, *breaks, *weight);
            }
            if points.positives() == 0 || points.positives() == points.len() {
                continue;
            }
            let plane = fit::fit(&points, CAUTIOUS_PULL, centre, None);
            let left_out = known.iter().filter(|(r, _, _)| fold_of(r) == fold && !r.example.written);
            unseen.extend(left_out.map(|(row, breaks, _)| (plane.score(&row.embedding), *breaks)));
        }
        unseen
    }

    /// The threshold and its rule. Few scores do not overrule a live threshold that came from more.
    fn threshold(&self, probabilities: &[(f64, bool)]) -> (f64, String) {
        let positives = probabilities.iter().filter(|(_, b)| *b).count();
        let few = positives.min(probabilities.len() - positives) < ENOUGH;
        match self.live_threshold().filter(|_| few && self.live_head().is_some()) {
            Some(live) => (
                live,
                format!("the live head's, since {positives} positives among {} rows are few", probabilities.len()),
            ),
            None => threshold::choose(probabilities, self.spec.target),
        }
    }

    /// Figures on held-out rows, of one source or of all.
    fn measure(&self, head: &Head, threshold: f64, source: Option<&str>) -> HeadMetrics {
        let scored: Vec<Scored> = self
            .rows
            .iter()
            .filter(|r| r.split == Split::HeldOut && source.is_none_or(|s| r.example.source == s))
            .filter_map(|r| {
                let breaks = r.example.mark(self.policy)?.breaks;
                Some(Scored { score: head.probability(&r.embedding), breaks, unit: r.unit })
            })
            .collect();
        evaluate::evaluate(&scored, threshold, self.spec.resamples, self.spec.seed)
    }

    /// Figures by source where it has enough of both classes, without curves.
    fn by_source(&self, head: &Head, threshold: f64) -> BTreeMap<String, HeadMetrics> {
        let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
        for row in self.rows.iter().filter(|r| r.split == Split::HeldOut) {
            if let Some(mark) = row.example.mark(self.policy) {
                counts.entry(&row.example.source).or_default()[usize::from(mark.breaks)] += 1;
            }
        }
        counts
            .into_iter()
            .filter(|(_, [no, yes])| *no.min(yes) >= ENOUGH_OF_A_SOURCE)
            .map(|(source, _)| {
                let mut metrics = self.measure(head, threshold, Some(source));
                metrics.roc.clear();
                metrics.precision_recall.clear();
                (source.to_owned(), metrics)
            })
            .collect()
    }
}

/// The plane of the pull that predicts validation rows best; each starts from the stronger pull's.
fn best_of_pulls(train: &Points<'_>, validation: &Points<'_>, centre: Option<&Plane>) -> Plane {
    let mut best: Option<(f64, Plane)> = None;
    let mut last: Option<Plane> = None;
    for pull in PULLS {
        let plane = fit::fit(train, pull, centre, last.as_ref());
        let loss = fit::balanced_loss(validation, &plane);
        last = Some(plane.clone());
        if best.as_ref().is_none_or(|(least, _)| loss < *least) {
            best = Some((loss, plane));
        }
    }
    best.map_or_else(|| fit::fit(train, CAUTIOUS_PULL, centre, None), |(_, plane)| plane)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::learning::{
        fit::tests::two_classes,
        rows::{Example, Mark},
    };

    const DIMENSIONS: usize = 16;

    fn spec() -> TrainSpec {
        TrainSpec {
            encoder: "test".into(),
            encoder_digest: Digest::of(b"encoder"),
            languages: vec!["en".into()],
            trained_at: Millis(0),
            split: "by hand".into(),
            seed: 5,
            sources: BTreeMap::new(),
            caveats: Vec::new(),
            fewest: 5,
            target: threshold::Target::default(),
            resamples: 100,
        }
    }

    /// Rows of one policy: a quarter breaks it; every fifth is for validation, every other fifth held out.
    fn rows(policy: &str, n: usize, seed: u64) -> Vec<Row> {
        let (vectors, breaks) = two_classes(n, DIMENSIONS, 1.2, seed);
        vectors
            .into_iter()
            .zip(breaks)
            .enumerate()
            .map(|(i, (embedding, breaks))| Row {
                example: Example {
                    text: format!("{policy} {i}"),
                    marks: BTreeMap::from([(policy.parse().unwrap(), Mark { breaks, weight: 1.0 })]),
                    benign: false,
                    source: "set".into(),
                    group: None,
                    written: false,
                },
                embedding,
                unit: i as u32,
                split: [Split::Train, Split::Train, Split::Train, Split::Validation, Split::HeldOut][i % 5],
            })
            .collect()
    }

    fn code(policy: &str) -> PolicyCode {
        policy.parse().unwrap()
    }

    #[test]
    fn a_run_is_reproducible_and_its_card_honest() {
        let rows = rows("scam", 1_000, 1);
        let trained = train(&rows, &spec(), None).unwrap();
        let again = train(&rows, &spec(), None).unwrap();
        assert_eq!(trained.heads.to_bytes().unwrap(), again.heads.to_bytes().unwrap());
        assert_eq!(trained.card, again.card);
        let card = &trained.card.heads[&code("scam")];
        assert_eq!((card.train_n, card.validation_n, card.held_out.n), (600, 200, 200));
        let auc = card.held_out.auc.unwrap();
        assert!(auc.low > 0.85 && auc.low < auc.value && auc.value < auc.high, "{auc:?}");
        assert!(card.held_out.ece.unwrap().value < 0.15, "{:?}", card.held_out.ece);
        assert!(card.live.is_none());
    }

    #[test]
    fn a_new_policy_learns_from_five_examples_and_a_few_judgements() {
        let mut rows = rows("new_one", 700, 2);
        for (i, row) in rows.iter_mut().enumerate() {
            row.split = if i < 65 { Split::Train } else { Split::HeldOut };
            row.example.written = i < 20 && row.example.marks[&code("new_one")].breaks;
        }
        let trained = train(&rows, &spec(), None).unwrap();
        let card = &trained.card.heads[&code("new_one")];
        assert!(card.held_out.n >= 500 && card.held_out.auc.unwrap().low > 0.8, "{:?}", card.held_out.auc);
        assert!(card.threshold_rule.contains("cross-fitted"), "{}", card.threshold_rule);
        assert!(trained.card.caveats.iter().any(|c| c.starts_with("new_one: fitted on few labels")));
    }

    #[test]
    fn no_live_head_is_dropped_and_new_labels_move_it_gently() {
        let first = train(&[rows("scam", 600, 3), rows("hate", 600, 4)].concat(), &spec(), None).unwrap();
        let live = Live { heads: &first.heads, thresholds: &first.thresholds, card: &first.card };
        let second = train(&rows("scam", 60, 5), &spec(), Some(live)).unwrap();
        assert_eq!(second.heads.heads[&code("hate")], first.heads.heads[&code("hate")]);
        assert_eq!(second.thresholds.keys().collect::<Vec<_>>(), first.thresholds.keys().collect::<Vec<_>>());
        assert!(second.card.caveats.iter().any(|c| c.starts_with("hate: carried over")));
        let (old, new) = (&first.heads.heads[&code("scam")], &second.heads.heads[&code("scam")]);
        let away: f64 = old.weights.iter().zip(&new.weights).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        let length: f64 = old.weights.iter().map(|w| w * w).sum::<f64>().sqrt();
        assert!(away > 0.0 && away < 0.8 * length, "moved {away} of {length}");
        let card = &second.card.heads[&code("scam")];
        assert!(card.live.is_some() && card.threshold_rule.starts_with("the live head's"), "{}", card.threshold_rule);
    }

    #[test]
    fn what_cannot_be_trained_is_said() {
        let few = train(&rows("scam", 12, 6), &spec(), None).unwrap_err();
        assert_eq!(few, TrainError::NothingToFit(5));
        let mut odd = rows("scam", 100, 7);
        odd[3].embedding.pop();
        assert!(matches!(train(&odd, &spec(), None), Err(TrainError::Dimensions { row: 3, .. })));
    }
}
