//! One training run: for every policy with labels, fit, calibrate, choose a threshold and measure beside the live head.
//!
//! Called by `flows::train` and `cli::train` with rows already split and embedded. It must never drop a live head, nor
//! let a held-out row touch weights, calibration or thresholds.

use super::{
    one_policy::{Fitted, OnePolicy},
    parallel,
    rows::Row,
    snapshot, threshold,
};
use crate::{
    domain::{Millis, PolicyCode, digest::Digest, metrics::Card},
    inference::{
        grams::{self, Grams},
        heads::{Head, Heads},
    },
};
use std::collections::{BTreeMap, BTreeSet};

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
    /// Policies whose labels only rank, and why: their heads must never decide alone.
    pub ranks_only: BTreeMap<PolicyCode, String>,
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
    let labelled: Vec<&PolicyCode> = labelled.into_iter().collect();
    let grams: Vec<Grams> = parallel::map(rows, |row| grams::of(&row.example.text));
    let mut fitted_any = false;
    let mut keep = |policy: &PolicyCode, fitted: Fitted, card: &mut Card| {
        heads.heads.insert(policy.clone(), fitted.head);
        thresholds.insert(policy.clone(), fitted.threshold);
        card.heads.insert(policy.clone(), fitted.card);
        card.caveats.extend(fitted.notes);
    };
    let results = parallel::map(&labelled, |policy| OnePolicy { rows, grams: &grams, spec, policy, live }.fit());
    for (policy, result) in labelled.iter().zip(results) {
        match result {
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
        notes: vec![format!(
            "{policy}: carried over unchanged from the live model; its figures are from its own training."
        )],
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::learning::{
        fit::tests::two_classes,
        rows::{Example, Mark, Split},
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
            ranks_only: BTreeMap::from([(code("clickbait"), "from publishers".to_owned())]),
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

    /// Rows of two sources in which one word tells the class, beside vectors that hardly do.
    fn worded(n: usize) -> Vec<Row> {
        let mut rows = rows("clickbait", n, 11);
        let vectors = two_classes(n, DIMENSIONS, 0.05, 12).0;
        for ((i, row), vector) in rows.iter_mut().enumerate().zip(vectors) {
            let breaks = row.example.marks[&code("clickbait")].breaks;
            row.embedding = vector;
            row.example.text = format!("{} number{i} of many", if breaks { "shocking" } else { "quarterly" });
            row.example.source = ["posts", "mails"][i / 5 % 2].to_owned();
        }
        rows
    }

    #[test]
    fn words_are_read_where_they_hold_on_a_source_left_out_and_a_head_that_ranks_is_marked() {
        let trained = train(&worded(400), &spec(), None).unwrap();
        let card = &trained.card.heads[&code("clickbait")];
        assert!(!trained.heads.heads[&code("clickbait")].grams.is_empty());
        assert!(card.vector_share < 1.0 && card.held_out.auc.unwrap().value > 0.95, "{card:?}");
        assert_eq!(card.left_out.keys().collect::<Vec<_>>(), ["mails", "posts"]);
        assert!(card.left_out.values().all(|auc| *auc > 0.9), "{:?}", card.left_out);
        assert_eq!(card.ranks_only.as_deref(), Some("from publishers"));
        assert!(trained.card.caveats.iter().any(|c| c.contains("ranks only")), "{:?}", trained.card.caveats);
        let live = Live { heads: &trained.heads, thresholds: &trained.thresholds, card: &trained.card };
        let next = train(&worded(60), &spec(), Some(live)).unwrap();
        assert!(!next.heads.heads[&code("clickbait")].grams.is_empty(), "a live head's words are kept");
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
