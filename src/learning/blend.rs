//! Two fits over the same rows, one on vectors and one on n-grams, mixed into one plane by how each does on sources that
//! it was not trained on.
//!
//! Called by `one_policy`. Vectors know meaning and hold on new sources; n-grams know words and are better where new texts
//! look like old ones. It must never choose by rows that a fit has seen.

use super::{
    evaluate::{self, Scored},
    fit::{Effort, Features, Plane, Points, fit},
};

/// Small pulls fit a source's own ways: 1 did best on sources left out, of 10 to 0.1.
const DENSE: Effort = Effort { pull: 1.0, most_steps: 150, converged: 1e-4 };
/// N-grams are many and rare, so each needs more room; the steps bound the time.
const GRAMS: Effort = Effort { pull: 0.1, most_steps: 50, converged: 1e-3 };
/// Near a live head, in proportion to how few the labels are.
const NEAR: Effort = Effort { pull: 1.0, most_steps: 200, converged: 1e-5 };

/// Shares of the vectors that are tried.
const SHARES: [f64; 5] = [1.0, 0.85, 0.7, 0.5, 0.3];
/// The share that did best over all policies with a second source: the least where no second source can tell.
const USUAL_SHARE: f64 = 0.7;

/// Scores of one row: by vector and by n-grams.
pub(super) type Pair = [f64; 2];

/// Two planes that are not mixed yet, or one that starts from a live head and reads what that head reads.
pub(super) enum Parts {
    /// From a live head.
    Near(Plane),
    /// Vectors, n-grams.
    Apart([Plane; 2]),
}

impl Parts {
    /// Fits both, or one near `centre`.
    pub(super) fn fit(points: &Points<'_>, centre: Option<&Plane>) -> Self {
        match centre {
            Some(centre) => Self::Near(fit(points, NEAR, Some(centre))),
            None => Self::Apart([fit(&points.only(false), DENSE, None), fit(&points.only(true), GRAMS, None)]),
        }
    }

    /// A row's scores.
    pub(super) fn scores(&self, row: Features<'_>) -> Pair {
        match self {
            Self::Near(plane) => [plane.score(row), 0.0],
            Self::Apart([dense, grams]) => [dense.score(row), grams.score(row)],
        }
    }

    /// One plane whose scores are those of [`Mix::score`].
    pub(super) fn mixed(self, mix: Mix) -> Plane {
        match self {
            Self::Near(plane) => plane,
            Self::Apart([dense, grams]) => {
                let [d, g] = mix.factors;
                Plane {
                    weights: dense.weights.iter().map(|w| d * w).collect(),
                    grams: if g > 0.0 { grams.grams.iter().map(|w| g * w).collect() } else { Vec::new() },
                    bias: d * dense.bias + g * grams.bias,
                }
            }
        }
    }
}

/// How two scores become one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mix {
    factors: Pair,
}

impl Mix {
    /// Gives vectors `share` of the say, when scores spread as these do; the mixed score keeps their mean spread, so that
    /// it is still about a logit.
    pub(super) fn new(share: f64, scores: &[Pair]) -> Self {
        let spread = |part: usize| {
            let n = scores.len().max(1) as f64;
            let mean = scores.iter().map(|s| s[part]).sum::<f64>() / n;
            (scores.iter().map(|s| (s[part] - mean).powi(2)).sum::<f64>() / n).sqrt()
        };
        let (dense, grams) = (spread(0), spread(1));
        if dense <= 0.0 || grams <= 0.0 {
            return Self { factors: [1.0, 0.0] };
        }
        let kept = share * dense + (1.0 - share) * grams;
        Self { factors: [kept * share / dense, kept * (1.0 - share) / grams] }
    }

    /// The mixed score.
    pub(super) fn score(&self, pair: Pair) -> f64 {
        self.factors[0] * pair[0] + self.factors[1] * pair[1]
    }
}

/// Rows under parts that were not fitted on them.
pub(super) type Unseen = Vec<(Pair, bool)>;

/// The area under the ROC curve of mixed scores; 0.5 where the rows cannot say.
fn auc(rows: &Unseen, share: f64) -> f64 {
    let pairs: Vec<Pair> = rows.iter().map(|(pair, _)| *pair).collect();
    let mix = Mix::new(share, &pairs);
    let scored = |(i, (pair, breaks)): (usize, &(Pair, bool))| Scored {
        score: mix.score(*pair),
        breaks: *breaks,
        unit: i as u32,
    };
    evaluate::auc(&rows.iter().enumerate().map(scored).collect::<Vec<_>>()).unwrap_or(0.5)
}

/// The share that does best, half on rows like those trained on and half on whole sources left out; and the area under
/// the curve on each of these with that share. Where no source can be left out, n-grams get no more than their usual say,
/// for rows like those trained on flatter them.
pub(super) fn best_share(alike: &Unseen, left_out: &[(String, Unseen)]) -> (f64, Vec<(String, f64)>) {
    let tried = SHARES.iter().copied().filter(|share| !left_out.is_empty() || *share >= USUAL_SHARE);
    let mut best = (USUAL_SHARE, f64::NEG_INFINITY);
    for share in tried {
        let near = auc(alike, share);
        let elsewhere = left_out.iter().map(|(_, rows)| auc(rows, share)).sum::<f64>();
        let worth = if left_out.is_empty() { near } else { f64::midpoint(near, elsewhere / left_out.len() as f64) };
        if worth > best.1 {
            best = (share, worth);
        }
    }
    let figures = left_out.iter().map(|(source, rows)| (source.clone(), auc(rows, best.0))).collect();
    (best.0, figures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::hash;

    /// Rows whose vector tells the class, and whose n-grams tell it in every second row of `told`.
    fn unseen(dense: f64, grams: f64) -> Unseen {
        let noise = |i: u64, k: u64| hash::uniform(k, &i.to_le_bytes()) * 4.0 - 2.0;
        (0..400)
            .map(|i| {
                let class = if i % 2 == 0 { 1.0 } else { -1.0 };
                ([dense * class + noise(i, 1), grams * class + noise(i, 2)], i % 2 == 0)
            })
            .collect()
    }

    #[test]
    fn the_share_follows_what_holds_elsewhere() {
        let alike = unseen(0.8, 0.8);
        assert_eq!(best_share(&alike, &[]).0, USUAL_SHARE);
        let (share, figures) = best_share(&alike, &[("b".to_owned(), unseen(1.0, 0.0))]);
        assert!(share >= 0.7 && figures[0].1 > 0.7, "{share} {figures:?}");
        let (share, _) = best_share(&alike, &[("b".to_owned(), unseen(0.0, 1.0))]);
        assert!(share <= 0.5, "{share}");
    }

    #[test]
    fn a_mixed_plane_scores_as_the_mix_says() {
        let parts = Parts::Apart([
            Plane { weights: vec![1.0, -2.0], grams: Vec::new(), bias: 0.5 },
            Plane { weights: Vec::new(), grams: vec![3.0, 4.0], bias: -0.25 },
        ]);
        let rows = [[0.1_f32, 0.9], [0.8, 0.2], [0.5, 0.5]];
        let grams = [[(0, 1.0_f32)], [(1, 0.5)], [(1, 0.25)]];
        let row = |i: usize| Features { dense: &rows[i], grams: &grams[i] };
        let pairs: Vec<Pair> = (0..3).map(|i| parts.scores(row(i))).collect();
        let mix = Mix::new(0.7, &pairs);
        let plane = parts.mixed(mix);
        for (i, pair) in pairs.iter().enumerate() {
            assert!((plane.score(row(i)) - mix.score(*pair)).abs() < 1e-9);
        }
        assert_eq!(Mix::new(0.7, &[[1.0, 2.0]; 3]).score([3.0, 9.0]), 3.0, "n-grams that say nothing have no say");
    }
}
