//! Logistic heads over unit vectors, n-grams or both: class-balanced, L2-regularised, fitted by L-BFGS in plain `f64`.
//!
//! Called by `blend`. It must never use threads or randomness: the order of rows fixes every rounding.

use crate::inference::grams::BUCKETS;
use std::collections::VecDeque;

/// How hard to fit.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// The pull towards the centre, or towards zero without one.
    pub pull: f64,
    /// Steps after which the fit stops even if the gradient is not small yet.
    pub most_steps: usize,
    /// Gradient norm, relative to the effective number of rows, at which the fit has converged.
    pub converged: f64,
}

/// Curvature pairs that L-BFGS keeps.
const MEMORY: usize = 8;

/// What a plane reads of a row: a vector, n-grams, or both. Equal rows of a fit read the same kinds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Features<'a> {
    /// A unit vector; empty where it is not read.
    pub dense: &'a [f32],
    /// Values by ascending bucket; empty where n-grams are not read.
    pub grams: &'a [(u32, f32)],
}

/// Rows of one policy.
#[derive(Debug, Clone, Default)]
pub struct Points<'a> {
    /// What is known of each row.
    pub features: Vec<Features<'a>>,
    /// Whether the row breaks the policy.
    pub breaks: Vec<bool>,
    /// Weights, above 0.
    pub weights: Vec<f64>,
}

impl<'a> Points<'a> {
    /// Adds a row.
    pub fn push(&mut self, features: Features<'a>, breaks: bool, weight: f64) {
        self.features.push(features);
        self.breaks.push(breaks);
        self.weights.push(weight);
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.breaks.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.breaks.is_empty()
    }

    /// Rows that break the policy.
    pub fn positives(&self) -> usize {
        self.breaks.iter().filter(|b| **b).count()
    }

    /// The same rows, of which only the vectors are read, or only the n-grams.
    pub fn only(&self, grams: bool) -> Self {
        let narrowed = |f: &Features<'a>| match grams {
            true => Features { dense: &[], grams: f.grams },
            false => Features { dense: f.dense, grams: &[] },
        };
        Self {
            features: self.features.iter().map(narrowed).collect(),
            breaks: self.breaks.clone(),
            weights: self.weights.clone(),
        }
    }

    /// Weights such that both classes count alike and all sum to `4PN / (P + N)`: the number of rows when the classes
    /// are balanced, four times the rarer class when they are not. Few positives are so regularised more strongly.
    fn balanced(&self) -> Vec<f64> {
        let sum =
            |class: bool| self.breaks.iter().zip(&self.weights).filter(|(b, _)| **b == class).map(|(_, w)| w).sum();
        let (p, n): (f64, f64) = (sum(true), sum(false));
        let (total_p, total_n) = (self.positives() as f64, (self.len() - self.positives()) as f64);
        let half = 2.0 * total_p * total_n / (total_p + total_n);
        self.breaks.iter().zip(&self.weights).map(|(b, w)| w * half / if *b { p } else { n }).collect()
    }
}

/// A separating plane: the raw score is the weighted sum of a row's features, plus bias.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// One weight a dimension; empty where vectors are not read.
    pub weights: Vec<f64>,
    /// One weight a bucket; empty where n-grams are not read.
    pub grams: Vec<f64>,
    /// Added to the sum.
    pub bias: f64,
}

impl Plane {
    /// The raw score of a row.
    pub fn score(&self, row: Features<'_>) -> f64 {
        dot(&self.weights, row.dense) + dot_grams(&self.grams, row.grams) + self.bias
    }
}

/// `weights · grams`; nothing where the plane reads none.
fn dot_grams(weights: &[f64], grams: &[(u32, f32)]) -> f64 {
    if weights.is_empty() {
        return 0.0;
    }
    grams.iter().fold(0.0, |sum, (bucket, value)| sum + weights[*bucket as usize] * f64::from(*value))
}

/// `a · b` in eight lanes, a fixed order that the compiler can vectorise.
fn dot(a: &[f64], b: &[f32]) -> f64 {
    let mut lanes = [0.0_f64; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f64 = a8.remainder().iter().zip(b8.remainder()).map(|(x, y)| x * f64::from(*y)).sum();
    for (x, y) in a8.zip(b8) {
        for (lane, (x, y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
            *lane += x * f64::from(*y);
        }
    }
    lanes.iter().sum::<f64>() + tail
}

fn dot64(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0_f64; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f64 = a8.remainder().iter().zip(b8.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a8.zip(b8) {
        for (lane, (x, y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
            *lane += x * y;
        }
    }
    lanes.iter().sum::<f64>() + tail
}

/// `ln(1 + e^x)` without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// `1 / (1 + e^-x)`.
pub fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

/// The objective: weighted logistic loss plus `l2 / 2` times the squared distance to the centre. Without a centre the
/// bias is free, or the base rate of the rows would be punished.
struct Objective<'a> {
    points: &'a Points<'a>,
    balanced: Vec<f64>,
    l2: f64,
    /// Weights and bias.
    centre: Option<Vec<f64>>,
    /// Dimensions of the vectors.
    dims: usize,
}

impl Objective<'_> {
    /// Value and gradient at `at`: weights of dimensions, then of buckets, then the bias.
    fn at(&self, at: &[f64], gradient: &mut [f64]) -> f64 {
        let (size, dims) = (at.len() - 1, self.dims);
        gradient.fill(0.0);
        let mut value = 0.0;
        for ((row, breaks), weight) in self.points.features.iter().zip(&self.points.breaks).zip(&self.balanced) {
            let z = dot(&at[..dims], row.dense) + dot_grams(&at[dims..size], row.grams) + at[size];
            value += weight * softplus(if *breaks { -z } else { z });
            let slope = weight * (sigmoid(z) - f64::from(u8::from(*breaks)));
            for (g, x) in gradient[..dims].iter_mut().zip(row.dense) {
                *g += slope * f64::from(*x);
            }
            if size > dims {
                for (bucket, x) in row.grams {
                    gradient[dims + *bucket as usize] += slope * f64::from(*x);
                }
            }
            gradient[size] += slope;
        }
        for i in 0..size {
            let away = at[i] - self.centre.as_ref().map_or(0.0, |c| c[i]);
            value += 0.5 * self.l2 * away * away;
            gradient[i] += self.l2 * away;
        }
        if let Some(centre) = &self.centre {
            let away = at[size] - centre[size];
            value += 0.5 * self.l2 * away * away;
            gradient[size] += self.l2 * away;
        }
        value
    }
}

/// The buckets that some row has, and the rows with each bucket's place among these: what no row has needs no search.
struct Compact {
    buckets: Vec<u32>,
    rows: Vec<Vec<(u32, f32)>>,
}

impl Compact {
    fn of(points: &Points<'_>) -> Self {
        let mut seen = vec![false; BUCKETS];
        points.features.iter().flat_map(|f| f.grams).for_each(|(bucket, _)| seen[*bucket as usize] = true);
        let buckets: Vec<u32> = (0..BUCKETS as u32).filter(|b| seen[*b as usize]).collect();
        let mut place = vec![0; BUCKETS];
        buckets.iter().enumerate().for_each(|(at, bucket)| place[*bucket as usize] = at as u32);
        let moved =
            |f: &Features<'_>| f.grams.iter().map(|(bucket, value)| (place[*bucket as usize], *value)).collect();
        Self { rows: points.features.iter().map(moved).collect(), buckets }
    }
}

/// Fits a plane that reads what the rows' features hold, and what the centre does. By convexity the search's start changes
/// its speed and not its result. Needs at least one row of each class.
pub fn fit(points: &Points<'_>, effort: Effort, centre: Option<&Plane>) -> Plane {
    let reads_grams = match centre {
        Some(centre) => !centre.grams.is_empty(),
        None => points.features.iter().any(|f| !f.grams.is_empty()),
    };
    if !reads_grams {
        return search(&points.only(false), effort, centre, 0);
    }
    let compact = Compact::of(points);
    let mut moved = points.clone();
    moved.features.iter_mut().zip(&compact.rows).for_each(|(features, row)| features.grams = row);
    let narrow = centre.map(|c| Plane {
        weights: c.weights.clone(),
        grams: compact.buckets.iter().map(|b| c.grams[*b as usize]).collect(),
        bias: c.bias,
    });
    let found = search(&moved, effort, narrow.as_ref(), compact.buckets.len());
    let mut grams = centre.map_or_else(|| vec![0.0; BUCKETS], |c| c.grams.clone());
    compact.buckets.iter().zip(found.grams).for_each(|(bucket, weight)| grams[*bucket as usize] = weight);
    Plane { grams, ..found }
}

/// L-BFGS over dimensions, `buckets` n-grams and the bias.
fn search(points: &Points<'_>, effort: Effort, centre: Option<&Plane>, buckets: usize) -> Plane {
    let dims = points.features.first().map_or(0, |f| f.dense.len());
    let size = dims + buckets;
    let centre = centre.map(|c| [c.weights.as_slice(), &c.grams, &[c.bias]].concat());
    let mut at = centre.clone().unwrap_or_else(|| vec![0.0; size + 1]);
    let objective = Objective { points, balanced: points.balanced(), l2: effort.pull, centre, dims };
    let mut gradient = vec![0.0; size + 1];
    let mut value = objective.at(&at, &mut gradient);
    let close_enough = effort.converged * objective.balanced.iter().sum::<f64>();
    let mut memory: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::with_capacity(MEMORY);
    let mut next = at.clone();
    let mut next_gradient = gradient.clone();
    for step in 0..effort.most_steps {
        if dot64(&gradient, &gradient).sqrt() <= close_enough {
            break;
        }
        let direction = descent(&gradient, &memory);
        let slope = dot64(&gradient, &direction);
        // The first direction is the bare gradient, whose length says nothing about the step to take.
        let mut length = if step == 0 { 1.0 / dot64(&gradient, &gradient).sqrt() } else { 1.0 };
        let next_value = loop {
            for ((n, a), d) in next.iter_mut().zip(&at).zip(&direction) {
                *n = a + length * d;
            }
            let tried = objective.at(&next, &mut next_gradient);
            if tried <= value + 1e-4 * length * slope || length < 1e-12 {
                break tried;
            }
            length *= 0.5;
        };
        if next_value >= value {
            break;
        }
        let moved: Vec<f64> = next.iter().zip(&at).map(|(n, a)| n - a).collect();
        let turned: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(n, g)| n - g).collect();
        let curvature = dot64(&moved, &turned);
        if curvature > 1e-12 {
            if memory.len() == MEMORY {
                memory.pop_front();
            }
            memory.push_back((moved, turned, 1.0 / curvature));
        }
        std::mem::swap(&mut at, &mut next);
        std::mem::swap(&mut gradient, &mut next_gradient);
        value = next_value;
    }
    let bias = at.pop().unwrap_or(0.0);
    let grams = at.split_off(dims);
    Plane { weights: at, grams, bias }
}

/// The L-BFGS two-loop recursion: minus the approximate inverse Hessian times the gradient.
fn descent(gradient: &[f64], memory: &VecDeque<(Vec<f64>, Vec<f64>, f64)>) -> Vec<f64> {
    let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut alphas = Vec::with_capacity(memory.len());
    for (moved, turned, rho) in memory.iter().rev() {
        let alpha = rho * dot64(moved, &q);
        q.iter_mut().zip(turned).for_each(|(q, t)| *q -= alpha * t);
        alphas.push(alpha);
    }
    if let Some((_, turned, rho)) = memory.back() {
        let scale = 1.0 / (rho * dot64(turned, turned));
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for ((moved, turned, rho), alpha) in memory.iter().zip(alphas.into_iter().rev()) {
        let beta = rho * dot64(turned, &q);
        q.iter_mut().zip(moved).for_each(|(q, m)| *q += (alpha - beta) * m);
    }
    q
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::learning::hash;

    /// Unit vectors of two overlapping classes that differ along the first axis.
    pub(crate) fn two_classes(n: usize, dims: usize, gap: f32, seed: u64) -> (Vec<Vec<f32>>, Vec<bool>) {
        let draw = |i: usize, d: usize| {
            let u = |k: u64| hash::uniform(seed, &[i.to_le_bytes(), d.to_le_bytes(), k.to_le_bytes()].concat());
            ((u(0) + u(1) + u(2) + u(3)) - 2.0) as f32
        };
        let breaks: Vec<bool> = (0..n).map(|i| i % 4 == 0).collect();
        let vectors = (0..n)
            .map(|i| {
                let mut v: Vec<f32> = (0..dims).map(|d| draw(i, d)).collect();
                v[0] += if breaks[i] { gap } else { -gap };
                let norm = v.iter().map(|x| x * x).sum::<f32>().sqrt();
                v.iter_mut().for_each(|x| *x /= norm);
                v
            })
            .collect();
        (vectors, breaks)
    }

    fn points<'a>(vectors: &'a [Vec<f32>], breaks: &[bool]) -> Points<'a> {
        let mut out = Points::default();
        vectors.iter().zip(breaks).for_each(|(v, b)| out.push(Features { dense: v, grams: &[] }, *b, 1.0));
        out
    }

    fn effort(pull: f64) -> Effort {
        Effort { pull, most_steps: 200, converged: 1e-5 }
    }

    #[test]
    fn the_fit_is_a_stationary_point_with_and_without_n_grams() {
        let (vectors, breaks) = two_classes(300, 21, 0.5, 1);
        let grams: Vec<Vec<(u32, f32)>> =
            breaks.iter().enumerate().map(|(i, b)| vec![(u32::from(*b && i % 3 > 0), 0.7), (90, 0.7)]).collect();
        for with_grams in [false, true] {
            let mut points = Points::default();
            for ((v, g), b) in vectors.iter().zip(&grams).zip(&breaks) {
                points.push(Features { dense: v, grams: if with_grams { g } else { &[] } }, *b, 1.0);
            }
            let plane = fit(&points, effort(0.3), None);
            let objective = Objective { points: &points, balanced: points.balanced(), l2: 0.3, centre: None, dims: 21 };
            let mut at = [plane.weights.as_slice(), &plane.grams, &[plane.bias]].concat();
            assert_eq!(at.len(), if with_grams { 22 + BUCKETS } else { 22 });
            let mut gradient = at.clone();
            let here = objective.at(&at, &mut gradient);
            assert!(dot64(&gradient, &gradient).sqrt() < 1e-2);
            for i in (0..24.min(at.len())).chain([at.len() - 1]) {
                let before = at[i];
                at[i] += 1e-5;
                let numeric = (objective.at(&at, &mut gradient.clone()) - here) / 1e-5;
                at[i] = before;
                assert!((numeric - gradient[i]).abs() < 1e-2, "{i}: {numeric} against {}", gradient[i]);
            }
            assert!(plane.weights[0] > 3.0 * plane.weights[1..].iter().fold(0.0_f64, |m, w| m.max(w.abs())));
            assert!(!with_grams || plane.grams[1] > 1.0 && plane.grams[0] < 0.0 && plane.grams[7] == 0.0);
        }
    }

    #[test]
    fn a_strong_pull_keeps_the_plane_at_its_centre() {
        let (vectors, breaks) = two_classes(60, 8, 0.2, 2);
        let centre = Plane { weights: vec![0.5; 8], grams: Vec::new(), bias: -1.0 };
        let plane = fit(&points(&vectors, &breaks), effort(1e6), Some(&centre));
        assert!(plane.weights.iter().all(|w| (w - 0.5).abs() < 1e-3) && (plane.bias + 1.0).abs() < 1e-3);
    }
}
