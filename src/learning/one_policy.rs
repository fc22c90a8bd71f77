//! One policy's head: fitted, mixed, calibrated, given a threshold, and measured beside the live one.
//!
//! Called by `train` for every policy with labels. It must never let a held-out row touch weights, calibration or
//! threshold.

use super::{
    blend::{self, Mix, Pair, Parts, Unseen},
    calibrate,
    evaluate::{self, Scored},
    fit::{Features, Plane, Points, sigmoid},
    hash,
    rows::{Mark, Row, Split},
    threshold,
    train::{Live, TrainSpec},
};
use crate::{
    domain::{
        PolicyCode,
        metrics::{HeadCard, HeadMetrics},
    },
    inference::{
        grams::{BUCKETS, Grams},
        heads::{GramWeights, Head, Platt},
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// Positives and negatives from which validation rows are enough to calibrate and choose a threshold by, and a source's
/// rows enough to leave it out.
const ENOUGH: usize = 30;
/// Parts of the cross-fit that stands in for too few validation rows.
const FOLDS: u64 = 5;
/// Rows of each class from which a source's own figures are worth showing.
const ENOUGH_OF_A_SOURCE: usize = 10;
/// Most rows of each source and class when sources are left out in turn: enough to choose by, and quick.
const MOST_OF_A_SOURCE: usize = 600;

/// One policy's share of a run.
pub(super) struct Fitted {
    pub(super) head: Head,
    pub(super) threshold: f64,
    pub(super) card: HeadCard,
    pub(super) notes: Vec<String>,
}

/// A policy under training.
pub(super) struct OnePolicy<'a> {
    pub(super) rows: &'a [Row],
    /// The rows' n-grams.
    pub(super) grams: &'a [Grams],
    pub(super) spec: &'a TrainSpec,
    pub(super) policy: &'a PolicyCode,
    pub(super) live: Option<Live<'a>>,
}

/// A row that says something of the policy.
#[derive(Clone, Copy)]
struct Known<'a> {
    row: &'a Row,
    grams: &'a Grams,
    mark: Mark,
}

impl<'a> Known<'a> {
    fn features(&self) -> Features<'a> {
        Features { dense: &self.row.embedding, grams: &self.grams.0 }
    }

    fn source(&self) -> &'a str {
        &self.row.example.source
    }
}

/// What a fit gives before calibration.
struct Raw {
    head: Head,
    /// Raw scores of rows the head was not fitted on.
    unseen: Vec<(f64, bool)>,
    share: f64,
    left_out: Vec<(String, f64)>,
}

/// Rows to fit on. Sources that say much of a class count less a row, so that no data set drowns the others.
fn points<'a>(known: &[Known<'a>]) -> Points<'a> {
    let mut counts: BTreeMap<(&str, bool), f64> = BTreeMap::new();
    known.iter().for_each(|k| *counts.entry((k.source(), k.mark.breaks)).or_default() += 1.0);
    let mut points = Points::default();
    for k in known {
        points.push(k.features(), k.mark.breaks, k.mark.weight / counts[&(k.source(), k.mark.breaks)].sqrt());
    }
    points
}

/// Whether there are enough positives and negatives.
fn enough<'a>(known: impl Iterator<Item = &'a Known<'a>>, least: usize) -> bool {
    let (mut yes, mut no) = (0, 0);
    known.for_each(|k| if k.mark.breaks { yes += 1 } else { no += 1 });
    yes >= least && no >= least
}

/// The head without calibration, and the vectors' share of it.
fn mixed(parts: Parts, mix: Mix, share: f64) -> (Head, f64) {
    let plane = parts.mixed(mix);
    let grams = GramWeights::nearest(&plane.grams);
    let share = if grams.is_empty() { 1.0 } else { share };
    (Head { weights: plane.weights, grams, bias: plane.bias, calibration: Platt::default() }, share)
}

impl<'a> OnePolicy<'a> {
    /// Fits and measures; the error is a caveat that says why there is no new head.
    pub(super) fn fit(&self) -> Result<Fitted, String> {
        let both = self.known(&[Split::Train, Split::Validation]);
        let positives = both.iter().filter(|k| k.mark.breaks).count();
        let negatives = both.len() - positives;
        if positives < self.spec.fewest || negatives < self.spec.fewest {
            let policy = self.policy;
            return Err(format!("{policy}: no new head, {positives} positives and {negatives} negatives are too few."));
        }
        let train = self.known(&[Split::Train]);
        let validation = self.known(&[Split::Validation]);
        let few = !enough(validation.iter(), ENOUGH) || !enough(train.iter(), ENOUGH);
        // Where nobody but us has written what breaks the policy, its threshold can only come from such texts.
        let real = both.iter().filter(|k| k.mark.breaks && !k.row.example.written).count();
        let only_written = real < threshold::FEWEST && few;
        let fitted_on = if few { &both } else { &train };
        let raw = if few { self.crosswise(&both, only_written) } else { self.plainly(&train, &validation) };
        let prior = self.live_head().map_or_else(Platt::default, |h| h.calibration);
        let calibration = calibrate::scale(&raw.unseen, prior);
        let head = Head { calibration, ..raw.head };
        let probabilities: Vec<(f64, bool)> =
            raw.unseen.iter().map(|(raw, breaks)| (sigmoid(calibration.a * raw + calibration.b), *breaks)).collect();
        let (threshold, mut rule) = self.threshold(&probabilities);
        if few {
            rule.push_str("; scores cross-fitted over training and validation rows, since these are few");
        }
        if only_written {
            rule.push_str(
                "; what breaks the policy was mostly written to teach with, so it claims nothing of real ads",
            );
        }
        let plain = Head { calibration: Platt::default(), ..head.clone() };
        let ranks_only = self.spec.ranks_only.get(self.policy).cloned();
        let mut notes = Vec::new();
        if let Some(why) = &ranks_only {
            notes.push(format!("{}: ranks only and never decides alone: {why}.", self.policy));
        }
        if only_written && real == 0 {
            notes.push(format!("{}: learnt from written texts alone; no figure here speaks of real ads.", self.policy));
        } else if few {
            notes.push(format!("{}: fitted on few labels ({positives} positives); expect it to change.", self.policy));
        }
        Ok(Fitted {
            threshold,
            card: HeadCard {
                train_n: fitted_on.len() as u32,
                train_positives: fitted_on.iter().filter(|k| k.mark.breaks).count() as u32,
                validation_n: raw.unseen.len() as u32,
                threshold_rule: rule,
                held_out: self.measure(&head, threshold, None),
                live: self.live_head().map(|h| self.measure(h, self.live_threshold().unwrap_or(0.5), None)),
                by_source: self.by_source(&head, threshold),
                vector_share: raw.share,
                left_out: raw.left_out.into_iter().collect(),
                ece_before: self.measure(&plain, threshold, None).ece.map(|e| e.value),
                ranks_only,
            },
            head,
            notes,
        })
    }

    fn live_head(&self) -> Option<&'a Head> {
        self.live.and_then(|l| l.heads.heads.get(self.policy))
    }

    fn live_threshold(&self) -> Option<f64> {
        self.live.and_then(|l| l.thresholds.get(self.policy)).copied()
    }

    /// The live head as a plane to start from.
    fn centre(&self) -> Option<Plane> {
        let head = self.live_head()?;
        let reads = !head.grams.is_empty();
        let grams = if reads { (0..BUCKETS as u32).map(|b| head.grams.weight(b)).collect() } else { Vec::new() };
        Some(Plane { weights: head.weights.clone(), grams, bias: head.bias })
    }

    /// Rows of some parts that say something of the policy.
    fn known(&self, parts: &[Split]) -> Vec<Known<'a>> {
        let known =
            |(row, grams): (&'a Row, &'a Grams)| Some(Known { row, grams, mark: row.example.mark(self.policy)? });
        self.rows.iter().zip(self.grams).filter(|(r, _)| parts.contains(&r.split)).filter_map(known).collect()
    }

    /// Fitted on training rows, judged on validation rows.
    fn plainly(&self, train: &[Known<'a>], validation: &[Known<'a>]) -> Raw {
        let centre = self.centre();
        let parts = Parts::fit(&points(train), centre.as_ref());
        let alike: Unseen = validation.iter().map(|k| (parts.scores(k.features()), k.mark.breaks)).collect();
        let (share, mix, left_out) = self.share(&alike, train, centre.is_some());
        let (head, share) = mixed(parts, mix, share);
        let unseen = validation.iter().map(|k| (head.raw(&k.row.embedding, k.grams), k.mark.breaks)).collect();
        Raw { head, unseen, share, left_out }
    }

    /// Fitted on all rows, judged by fits that did without a fifth of the units each. Written texts help to fit and are
    /// not judged by, unless there are no others.
    fn crosswise(&self, both: &[Known<'a>], only_written: bool) -> Raw {
        let centre = self.centre();
        let fold_of = |k: &Known<'_>| hash::mix(u64::from(k.row.unit) ^ hash::mix(self.spec.seed)) % FOLDS;
        let mut judged: Vec<(Pair, bool, bool)> = Vec::new();
        for fold in 0..FOLDS {
            let inside: Vec<Known<'a>> = both.iter().filter(|k| fold_of(k) != fold).copied().collect();
            if !enough(inside.iter(), 1) {
                continue;
            }
            let parts = Parts::fit(&points(&inside), centre.as_ref());
            let left_out = both.iter().filter(|k| fold_of(k) == fold);
            judged.extend(left_out.map(|k| (parts.scores(k.features()), k.mark.breaks, k.row.example.written)));
        }
        let alike: Unseen = judged.iter().map(|(pair, breaks, _)| (*pair, *breaks)).collect();
        let parts = Parts::fit(&points(both), centre.as_ref());
        let near = centre.is_some();
        let (share, mix, left_out) = self.share(&alike, both, near);
        let (head, share) = mixed(parts, mix, share);
        let counted = judged.iter().filter(|(_, _, written)| only_written || !written);
        let unseen =
            counted.map(|(pair, breaks, _)| (if near { pair[0] } else { mix.score(*pair) }, *breaks)).collect();
        Raw { head, unseen, share, left_out }
    }

    /// The share that does best. Near a live head there is nothing to choose.
    fn share(&self, alike: &Unseen, rows: &[Known<'a>], near: bool) -> (f64, Mix, Vec<(String, f64)>) {
        let left_out = if near { Vec::new() } else { self.leave_out(rows) };
        let (share, figures) = blend::best_share(alike, &left_out);
        let pairs: Vec<Pair> = alike.iter().map(|(pair, _)| *pair).collect();
        (share, Mix::new(share, &pairs), figures)
    }

    /// Every source that has enough of both classes, scored by parts fitted on the other sources alone.
    fn leave_out(&self, rows: &[Known<'a>]) -> Vec<(String, Unseen)> {
        let mut order: Vec<&Known<'a>> = rows.iter().collect();
        order.sort_by_cached_key(|k| hash::mix(hash::of_bytes(k.row.example.text.as_bytes()) ^ self.spec.seed));
        let mut counts: BTreeMap<(&str, bool), usize> = BTreeMap::new();
        order.retain(|k| {
            let count = counts.entry((k.source(), k.mark.breaks)).or_default();
            *count += 1;
            *count <= MOST_OF_A_SOURCE
        });
        let sources: BTreeSet<&str> = order.iter().map(|k| k.source()).collect();
        let mut scored = Vec::new();
        for source in sources {
            let (own, others): (Vec<Known<'a>>, Vec<Known<'a>>) =
                order.iter().copied().copied().partition(|k| k.source() == source);
            if enough(own.iter(), ENOUGH) && enough(others.iter(), ENOUGH) {
                let parts = Parts::fit(&points(&others), None);
                let rows = own.iter().map(|k| (parts.scores(k.features()), k.mark.breaks)).collect();
                scored.push((source.to_owned(), rows));
            }
        }
        scored
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
            .known(&[Split::HeldOut])
            .iter()
            .filter(|k| source.is_none_or(|s| k.source() == s))
            .map(|k| Scored {
                score: head.probability(&k.row.embedding, k.grams),
                breaks: k.mark.breaks,
                unit: k.row.unit,
            })
            .collect();
        evaluate::evaluate(&scored, threshold, self.spec.resamples, self.spec.seed)
    }

    /// Figures by source where it has enough of both classes, without curves.
    fn by_source(&self, head: &Head, threshold: f64) -> BTreeMap<String, HeadMetrics> {
        let held_out = self.known(&[Split::HeldOut]);
        let sources: BTreeSet<&str> = held_out.iter().map(|k| k.source()).collect();
        let shown =
            sources.into_iter().filter(|s| enough(held_out.iter().filter(|k| k.source() == *s), ENOUGH_OF_A_SOURCE));
        shown
            .map(|source| {
                let mut metrics = self.measure(head, threshold, Some(source));
                metrics.roc.clear();
                metrics.precision_recall.clear();
                (source.to_owned(), metrics)
            })
            .collect()
    }
}
