//! How a head does on rows it has not seen: ranking, decisions at the threshold and calibration, with intervals.
//!
//! Called by `train` for cards. It must never be handed rows that the head, its calibration or its threshold come from.

use crate::domain::metrics::{Estimate, HeadMetrics, ReliabilityBin};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};
use std::collections::BTreeMap;

/// Points of a curve at most.
const CURVE: usize = 101;
/// Bins of the reliability diagram, of equal count.
const BINS: usize = 10;
/// Precision at which `recall_at_95_precision` is read.
const PRECISE: f64 = 0.95;
/// False-positive rate at which `recall_at_1_fpr` is read.
const QUIET: f64 = 0.01;
/// Base rate at which `precision_at_1_prevalence` is computed.
const RARE: f64 = 0.01;
/// Resamples from which an interval is read at least; fewer usable ones give no interval worth the name.
const FEWEST_RESAMPLES: usize = 20;

/// One row under one head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Calibrated probability.
    pub score: f64,
    /// Whether the row breaks the policy.
    pub breaks: bool,
    /// Rows of one unit are drawn together.
    pub unit: u32,
}

/// Rows sorted by falling score, and where runs of equal scores end.
struct Ranking {
    rows: Vec<Scored>,
    /// One past the last row of each run.
    run_ends: Vec<usize>,
    /// Rows at or above the threshold.
    flagged: usize,
    /// Where the bins of the calibration error end.
    bin_ends: Vec<usize>,
}

impl Ranking {
    fn new(scored: &[Scored], threshold: f64) -> Self {
        let mut rows = scored.to_vec();
        rows.sort_by(|a, b| b.score.total_cmp(&a.score));
        let run_ends = (1..=rows.len()).filter(|i| *i == rows.len() || rows[*i].score < rows[i - 1].score).collect();
        let flagged = rows.partition_point(|r| r.score >= threshold);
        let bin_ends = (1..=BINS).map(|bin| bin * rows.len() / BINS).collect();
        Self { rows, run_ends, flagged, bin_ends }
    }

    /// The figures when row `i` counts `times(i)` times: one pass over the ranking.
    fn figures(&self, times: impl Fn(usize) -> f64) -> Figures {
        let (mut hits, mut alarms) = (0.0, 0.0);
        let (mut area, mut precise) = (0.0, 0.0);
        let (mut hits_flagged, mut alarms_flagged) = (0.0, 0.0);
        let all_alarms: f64 = (0..self.rows.len()).filter(|i| !self.rows[*i].breaks).map(&times).sum();
        let (mut hits_precise, mut hits_quiet) = (0.0, 0.0);
        let mut start = 0;
        for end in &self.run_ends {
            let (mut run_hits, mut run_alarms) = (0.0, 0.0);
            for i in start..*end {
                if self.rows[i].breaks { run_hits += times(i) } else { run_alarms += times(i) }
            }
            // A negative is outranked by all positives above it and by half of those it ties with.
            area += run_alarms * (hits + run_hits / 2.0);
            hits += run_hits;
            alarms += run_alarms;
            if run_hits > 0.0 {
                precise += run_hits * hits / (hits + alarms);
            }
            if *end <= self.flagged {
                (hits_flagged, alarms_flagged) = (hits, alarms);
            }
            if hits >= PRECISE * (hits + alarms) {
                hits_precise = hits;
            }
            if alarms <= QUIET * all_alarms {
                hits_quiet = hits;
            }
            start = *end;
        }
        let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        Figures {
            auc: share(area, hits * alarms),
            average_precision: if alarms > 0.0 { share(precise, hits) } else { None },
            precision: share(hits_flagged, hits_flagged + alarms_flagged),
            recall: share(hits_flagged, hits),
            false_positive_rate: share(alarms_flagged, alarms),
            recall_at_precision: if alarms > 0.0 { share(hits_precise, hits) } else { None },
            recall_at_rate: if alarms > 0.0 { share(hits_quiet, hits) } else { None },
            rare_precision: rare_precision(share(hits_flagged, hits), share(alarms_flagged, alarms)),
            calibration_error: self.calibration_error(times),
        }
    }

    /// Expected calibration error when row `i` counts `times(i)` times. The bins stay those of the rows as they are.
    fn calibration_error(&self, times: impl Fn(usize) -> f64) -> Option<f64> {
        let (mut off, mut all, mut start) = (0.0, 0.0, 0);
        for end in &self.bin_ends {
            let (mut count, mut gap) = (0.0, 0.0);
            for i in start..*end {
                let n = times(i);
                count += n;
                gap += n * (self.rows[i].score - f64::from(u8::from(self.rows[i].breaks)));
            }
            all += count;
            off += gap.abs();
            start = *end;
        }
        (all > 0.0).then(|| off / all)
    }

    /// (positives, negatives) at or above each run's score.
    fn steps(&self) -> Vec<(f64, f64)> {
        let (mut hits, mut alarms, mut start) = (0.0, 0.0, 0);
        self.run_ends
            .iter()
            .map(|end| {
                let run = self.rows[start..*end].iter().filter(|r| r.breaks).count();
                hits += run as f64;
                alarms += (end - start - run) as f64;
                start = *end;
                (hits, alarms)
            })
            .collect()
    }
}

/// One pass's figures; `None` where the rows cannot say.
#[derive(Debug, Clone, Copy)]
struct Figures {
    auc: Option<f64>,
    average_precision: Option<f64>,
    precision: Option<f64>,
    recall: Option<f64>,
    false_positive_rate: Option<f64>,
    recall_at_precision: Option<f64>,
    recall_at_rate: Option<f64>,
    rare_precision: Option<f64>,
    calibration_error: Option<f64>,
}

/// Precision if one text in a hundred broke the policy, by Bayes' rule. `None` where nothing is flagged.
fn rare_precision(recall: Option<f64>, false_positive_rate: Option<f64>) -> Option<f64> {
    let (hits, alarms) = (RARE * recall?, (1.0 - RARE) * false_positive_rate?);
    (hits + alarms > 0.0).then(|| hits / (hits + alarms))
}

/// Measures one head. Intervals come from `resamples` seeded bootstrap draws of units, within units that hold a
/// positive and units that hold none, so that the classes keep their sizes.
pub fn evaluate(scored: &[Scored], threshold: f64, resamples: usize, seed: u64) -> HeadMetrics {
    let ranking = Ranking::new(scored, threshold);
    let point = ranking.figures(|_| 1.0);
    let draws = bootstrap(&ranking, resamples, seed);
    let estimate = |of: fn(&Figures) -> Option<f64>| interval(of(&point)?, draws.iter().filter_map(of).collect());
    let positives = scored.iter().filter(|r| r.breaks).count();
    let (roc, precision_recall) = curves(&ranking, positives as f64, (scored.len() - positives) as f64);
    HeadMetrics {
        n: scored.len() as u32,
        positives: positives as u32,
        auc: estimate(|f| f.auc),
        average_precision: estimate(|f| f.average_precision),
        threshold,
        precision: estimate(|f| f.precision),
        recall: estimate(|f| f.recall),
        false_positive_rate: estimate(|f| f.false_positive_rate),
        recall_at_95_precision: estimate(|f| f.recall_at_precision),
        recall_at_1_fpr: estimate(|f| f.recall_at_rate),
        precision_at_1_prevalence: estimate(|f| f.rare_precision),
        ece: estimate(|f| f.calibration_error),
        reliability: reliability(&ranking),
        roc,
        precision_recall,
    }
}

/// Area under the ROC curve alone, ties counted half; `None` with one class only.
pub fn auc(scored: &[Scored]) -> Option<f64> {
    Ranking::new(scored, 0.0).figures(|_| 1.0).auc
}

/// The figures of every resample.
fn bootstrap(ranking: &Ranking, resamples: usize, seed: u64) -> Vec<Figures> {
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (i, row) in ranking.rows.iter().enumerate() {
        members.entry(row.unit).or_default().push(i);
    }
    let (with, without): (Vec<Vec<usize>>, Vec<Vec<usize>>) =
        members.into_values().partition(|rows| rows.iter().any(|i| ranking.rows[*i].breaks));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut times = vec![0.0_f64; ranking.rows.len()];
    (0..resamples)
        .map(|_| {
            times.fill(0.0);
            for stratum in [&with, &without] {
                for _ in 0..stratum.len() {
                    // Multiply-shift: a uniform index without a division; its bias is below one in a hundred million.
                    let drawn = (u64::from(rng.next_u32()) * stratum.len() as u64) >> 32;
                    stratum[drawn as usize].iter().for_each(|i| times[*i] += 1.0);
                }
            }
            ranking.figures(|i| times[i])
        })
        .collect()
}

/// The point with the 2.5th and 97.5th percentile of its resamples.
fn interval(value: f64, mut draws: Vec<f64>) -> Option<Estimate> {
    if draws.len() < FEWEST_RESAMPLES {
        return Some(Estimate { value, low: 0.0, high: 1.0 });
    }
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| draws[((draws.len() - 1) as f64 * share).round() as usize];
    Some(Estimate { value, low: at(0.025).min(value), high: at(0.975).max(value) })
}

/// Ten bins of equal count by rising score.
fn reliability(ranking: &Ranking) -> Vec<ReliabilityBin> {
    let starts = std::iter::once(0).chain(ranking.bin_ends.iter().copied());
    let mut bins: Vec<ReliabilityBin> = starts
        .zip(&ranking.bin_ends)
        .filter(|(start, end)| start < *end)
        .map(|(start, end)| {
            let rows = &ranking.rows[start..*end];
            ReliabilityBin {
                predicted: rows.iter().map(|r| r.score).sum::<f64>() / rows.len() as f64,
                observed: rows.iter().filter(|r| r.breaks).count() as f64 / rows.len() as f64,
                n: rows.len() as u32,
            }
        })
        .collect();
    bins.reverse();
    bins
}

/// A curve of (x, y) points.
type Curve = Vec<(f64, f64)>;

/// ROC (false-positive rate, true-positive rate) and precision-recall (recall, precision); empty with one class only.
fn curves(ranking: &Ranking, positives: f64, negatives: f64) -> (Curve, Curve) {
    if positives == 0.0 || negatives == 0.0 {
        return (Vec::new(), Vec::new());
    }
    let steps = ranking.steps();
    let mut roc = vec![(0.0, 0.0)];
    roc.extend(steps.iter().map(|(hits, alarms)| (alarms / negatives, hits / positives)));
    let precision_recall = steps.iter().map(|(hits, alarms)| (hits / positives, hits / (hits + alarms))).collect();
    (thinned(roc), thinned(precision_recall))
}

/// At most [`CURVE`] points, evenly spread along the curve's extent, first and last included.
fn thinned(points: Curve) -> Curve {
    if points.len() <= CURVE {
        return points;
    }
    let mut along = Vec::with_capacity(points.len());
    let mut length = 0.0;
    for (i, point) in points.iter().enumerate() {
        if i > 0 {
            length += (point.0 - points[i - 1].0).abs() + (point.1 - points[i - 1].1).abs();
        }
        along.push(length);
    }
    let mut out: Curve = Vec::with_capacity(CURVE);
    for k in 0..CURVE {
        let goal = length * k as f64 / (CURVE - 1) as f64;
        let point = points[along.partition_point(|a| *a < goal).min(points.len() - 1)];
        if out.last() != Some(&point) {
            out.push(point);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::learning::hash;

    fn scored(pairs: &[(f64, bool)]) -> Vec<Scored> {
        pairs
            .iter()
            .enumerate()
            .map(|(i, (score, breaks))| Scored { score: *score, breaks: *breaks, unit: i as u32 })
            .collect()
    }

    /// AUC and average precision computed the slow way, ties included.
    fn slow(pairs: &[(f64, bool)]) -> (f64, f64) {
        let (mut won, mut all) = (0.0, 0.0);
        for (p, _) in pairs.iter().filter(|r| r.1) {
            for (n, _) in pairs.iter().filter(|r| !r.1) {
                all += 1.0;
                won += if p > n {
                    1.0
                } else if p == n {
                    0.5
                } else {
                    0.0
                };
            }
        }
        let positives = pairs.iter().filter(|r| r.1).count() as f64;
        let precision_at = |cut: f64| {
            let above: Vec<_> = pairs.iter().filter(|r| r.0 >= cut).collect();
            above.iter().filter(|r| r.1).count() as f64 / above.len() as f64
        };
        (won / all, pairs.iter().filter(|r| r.1).map(|r| precision_at(r.0)).sum::<f64>() / positives)
    }

    #[test]
    fn figures_agree_with_their_definitions_ties_included() {
        for seed in 0..20 {
            let draw = |i: u32, k: u64| hash::uniform(seed * 2 + k, &i.to_le_bytes());
            let pairs: Vec<(f64, bool)> =
                (0..60).map(|i| ((draw(i, 0) * 12.0).floor() / 12.0, draw(i, 1) < 0.3)).collect();
            let metrics = evaluate(&scored(&pairs), 0.5, 50, 1);
            let (auc, average_precision) = slow(&pairs);
            assert!((metrics.auc.unwrap().value - auc).abs() < 1e-12, "seed {seed}");
            assert!((metrics.average_precision.unwrap().value - average_precision).abs() < 1e-12, "seed {seed}");
            let flagged: Vec<_> = pairs.iter().filter(|r| r.0 >= 0.5).collect();
            let hits = flagged.iter().filter(|r| r.1).count() as f64;
            assert!((metrics.precision.unwrap().value - hits / flagged.len() as f64).abs() < 1e-12);
            let at = |cut: f64| {
                let above = pairs.iter().filter(|r| r.0 >= cut);
                let hits = above.clone().filter(|r| r.1).count() as f64;
                (hits, above.count() as f64 - hits)
            };
            let (all_hits, all_alarms) = at(0.0);
            let best = |allowed: &dyn Fn(f64, f64) -> bool| {
                let cuts = pairs.iter().map(|r| at(r.0)).filter(|(h, a)| allowed(*h, *a));
                cuts.map(|(h, _)| h / all_hits).fold(0.0, f64::max)
            };
            let precise = best(&|h, a| h >= 0.95 * (h + a));
            assert!((metrics.recall_at_95_precision.unwrap().value - precise).abs() < 1e-12, "seed {seed}");
            let quiet = best(&|_, a| a <= 0.01 * all_alarms);
            assert!((metrics.recall_at_1_fpr.unwrap().value - quiet).abs() < 1e-12, "seed {seed}");
            let ece =
                metrics.reliability.iter().map(|b| f64::from(b.n) * (b.predicted - b.observed).abs()).sum::<f64>()
                    / 60.0;
            assert!((metrics.ece.unwrap().value - ece).abs() < 1e-12, "seed {seed}");
            assert!(metrics.roc.len() <= CURVE && metrics.roc.last() == Some(&(1.0, 1.0)));
            assert_eq!(metrics.reliability.iter().map(|b| b.n).sum::<u32>(), 60);
        }
    }

    #[test]
    fn one_class_says_nothing_of_ranking() {
        let metrics = evaluate(&scored(&[(0.2, false), (0.9, false)]), 0.5, 50, 1);
        assert_eq!((metrics.auc, metrics.recall, metrics.roc.len()), (None, None, 0));
        assert_eq!(metrics.false_positive_rate.unwrap().value, 0.5);
        let empty = evaluate(&[], 0.5, 50, 1);
        assert_eq!((empty.n, empty.ece), (0, None));
        assert_eq!(metrics.recall_at_1_fpr, None);
    }

    #[test]
    fn intervals_are_seeded_and_widen_when_rows_hang_together() {
        let pairs: Vec<(f64, bool)> =
            (0..400_u32).map(|i| (hash::uniform(9, &i.to_le_bytes()) + f64::from(i % 2) * 0.3, i % 2 == 1)).collect();
        let alone = scored(&pairs);
        let mut together = alone.clone();
        // Five copies of one row say no more than the row.
        together.iter_mut().enumerate().for_each(|(i, r)| {
            r.unit = (i / 10 * 2 + i % 2) as u32;
            r.score = alone[i / 10 * 10 + i % 2].score;
        });
        let width = |rows: &[Scored]| evaluate(rows, 0.5, 400, 3).auc.map(|e| e.high - e.low).unwrap();
        assert!(width(&together) > 1.5 * width(&alone));
        assert_eq!(evaluate(&alone, 0.5, 400, 3), evaluate(&alone, 0.5, 400, 3));
    }

    #[test]
    fn long_curves_are_thinned_and_keep_their_ends() {
        let pairs: Vec<(f64, bool)> = (0..5_000).map(|i| (f64::from(i) / 5_000.0, i % 7 > 2)).collect();
        let metrics = evaluate(&scored(&pairs), 0.5, 20, 1);
        for curve in [&metrics.roc, &metrics.precision_recall] {
            assert!(curve.len() <= CURVE && curve.len() > 60, "{}", curve.len());
        }
        assert_eq!(metrics.roc[0], (0.0, 0.0));
        assert_eq!(metrics.roc.last(), Some(&(1.0, 1.0)));
    }
}
