//! Logistic heads over unit vectors: class-balanced, L2-regularised, fitted by L-BFGS in plain `f64`.
//!
//! Called by `train`. It must never use threads or randomness: the order of rows fixes every rounding.

use std::collections::VecDeque;

/// Steps after which the fit stops even if the gradient is not small yet.
const MOST_STEPS: usize = 200;
/// Gradient norm, relative to the effective number of rows, at which the fit has converged.
const CONVERGED: f64 = 1e-5;
/// Curvature pairs that L-BFGS keeps.
const MEMORY: usize = 10;

/// Rows of one policy.
#[derive(Debug, Clone, Default)]
pub struct Points<'a> {
    /// Unit vectors, all of one length.
    pub vectors: Vec<&'a [f32]>,
    /// Whether the row breaks the policy.
    pub breaks: Vec<bool>,
    /// Weights, above 0.
    pub weights: Vec<f64>,
}

impl<'a> Points<'a> {
    /// Adds a row.
    pub fn push(&mut self, vector: &'a [f32], breaks: bool, weight: f64) {
        self.vectors.push(vector);
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

/// A separating plane: the raw score is `weights · vector + bias`.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// One weight a dimension.
    pub weights: Vec<f64>,
    /// Added to the product.
    pub bias: f64,
}

impl Plane {
    /// The raw score of a vector.
    pub fn score(&self, vector: &[f32]) -> f64 {
        dot(&self.weights, vector) + self.bias
    }
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
    a.iter().zip(b).map(|(x, y)| x * y).sum()
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

/// Mean negative log-likelihood over balanced classes: what regularisation is chosen by.
pub fn balanced_loss(points: &Points<'_>, plane: &Plane) -> f64 {
    let weights = points.balanced();
    let loss: f64 = (0..points.len())
        .map(|i| {
            let z = plane.score(points.vectors[i]);
            weights[i] * softplus(if points.breaks[i] { -z } else { z })
        })
        .sum();
    loss / weights.iter().sum::<f64>()
}

/// The objective: weighted logistic loss plus `l2 / 2` times the squared distance to the centre. Without a centre the
/// bias is free, or the base rate of the rows would be punished.
struct Objective<'a> {
    points: &'a Points<'a>,
    balanced: Vec<f64>,
    l2: f64,
    centre: Option<&'a Plane>,
}

impl Objective<'_> {
    /// Value and gradient at `at` (weights, then bias).
    fn at(&self, at: &[f64], gradient: &mut [f64]) -> f64 {
        let dims = at.len() - 1;
        gradient.fill(0.0);
        let mut value = 0.0;
        for ((vector, breaks), weight) in self.points.vectors.iter().zip(&self.points.breaks).zip(&self.balanced) {
            let z = dot(&at[..dims], vector) + at[dims];
            value += weight * softplus(if *breaks { -z } else { z });
            let slope = weight * (sigmoid(z) - f64::from(u8::from(*breaks)));
            for (g, x) in gradient[..dims].iter_mut().zip(*vector) {
                *g += slope * f64::from(*x);
            }
            gradient[dims] += slope;
        }
        for i in 0..dims {
            let away = at[i] - self.centre.map_or(0.0, |c| c.weights[i]);
            value += 0.5 * self.l2 * away * away;
            gradient[i] += self.l2 * away;
        }
        if let Some(centre) = self.centre {
            let away = at[dims] - centre.bias;
            value += 0.5 * self.l2 * away * away;
            gradient[dims] += self.l2 * away;
        }
        value
    }
}

/// Fits a plane. `l2` is the pull towards the centre (towards zero without one), `start` where the search begins; by
/// convexity it changes the speed, not the result. Needs at least one row of each class.
pub fn fit(points: &Points<'_>, l2: f64, centre: Option<&Plane>, start: Option<&Plane>) -> Plane {
    let dims = points.vectors.first().map_or(0, |v| v.len());
    let objective = Objective { points, balanced: points.balanced(), l2, centre };
    let mut at = vec![0.0; dims + 1];
    if let Some(plane) = start.or(centre) {
        at[..dims].copy_from_slice(&plane.weights);
        at[dims] = plane.bias;
    }
    let mut gradient = vec![0.0; dims + 1];
    let mut value = objective.at(&at, &mut gradient);
    let close_enough = CONVERGED * objective.balanced.iter().sum::<f64>();
    let mut memory: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::with_capacity(MEMORY);
    let mut next = at.clone();
    let mut next_gradient = gradient.clone();
    for step in 0..MOST_STEPS {
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
    Plane { weights: at, bias }
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
        vectors.iter().zip(breaks).for_each(|(v, b)| out.push(v, *b, 1.0));
        out
    }

    #[test]
    fn the_fit_is_a_stationary_point_and_does_not_depend_on_the_start() {
        let (vectors, breaks) = two_classes(300, 21, 0.5, 1);
        let points = points(&vectors, &breaks);
        let plane = fit(&points, 0.3, None, None);
        let elsewhere = Plane { weights: vec![1.0; 21], bias: -3.0 };
        let again = fit(&points, 0.3, None, Some(&elsewhere));
        let objective = Objective { points: &points, balanced: points.balanced(), l2: 0.3, centre: None };
        let mut at = plane.weights.clone();
        at.push(plane.bias);
        let mut gradient = vec![0.0; 22];
        let here = objective.at(&at, &mut gradient);
        assert!(dot64(&gradient, &gradient).sqrt() < 1e-2, "gradient {gradient:?}");
        for i in 0..22 {
            let mut moved = at.clone();
            moved[i] += 1e-5;
            let numeric = (objective.at(&moved, &mut [0.0; 22].to_vec()) - here) / 1e-5;
            assert!((numeric - gradient[i]).abs() < 1e-2, "dimension {i}: {numeric} against {}", gradient[i]);
        }
        assert!(plane.weights.iter().zip(&again.weights).all(|(a, b)| (a - b).abs() < 0.02));
        assert!(plane.weights[0] > 3.0 * plane.weights[1..].iter().fold(0.0_f64, |m, w| m.max(w.abs())));
    }

    #[test]
    fn a_strong_pull_keeps_the_plane_at_its_centre() {
        let (vectors, breaks) = two_classes(60, 8, 0.2, 2);
        let centre = Plane { weights: vec![0.5; 8], bias: -1.0 };
        let plane = fit(&points(&vectors, &breaks), 1e6, Some(&centre), None);
        assert!(plane.weights.iter().all(|w| (w - 0.5).abs() < 1e-3) && (plane.bias + 1.0).abs() < 1e-3);
    }
}
