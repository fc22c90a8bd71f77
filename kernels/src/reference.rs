//! The network as the paper writes it, in f64, one number at a time: what all kernels are compared with.
//!
//! Shares no line with them. Also makes networks of random numbers for the tests.

use crate::{Layer, Linear, Norm, Shape, Weights};

/// A sequence of numbers that looks random and is the same everywhere (SplitMix64).
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// From -`reach` to `reach`.
    pub(crate) fn number(&mut self, reach: f32) -> f32 {
        ((self.next() >> 40) as f32 / (1_u32 << 23) as f32 - 1.0) * reach
    }

    pub(crate) fn numbers(&mut self, count: usize, reach: f32) -> Vec<f32> {
        (0..count).map(|_| self.number(reach)).collect()
    }

    fn linear(&mut self, outputs: usize, inputs: usize) -> Linear {
        let reach = 2.0 / (inputs as f32).sqrt();
        Linear { weight: self.numbers(outputs * inputs, reach), bias: self.numbers(outputs, 0.5) }
    }

    fn norm(&mut self, width: usize) -> Norm {
        Norm { scale: (0..width).map(|_| 1.0 + self.number(0.5)).collect(), shift: self.numbers(width, 0.5) }
    }

    pub(crate) fn network(&mut self, shape: &Shape, layers: usize) -> Weights {
        let (hidden, wide) = (shape.hidden, shape.intermediate);
        Weights {
            words: self.numbers(shape.vocabulary * hidden, 1.0),
            positions: self.numbers(shape.positions * hidden, 0.5),
            norm: self.norm(hidden),
            layers: (0..layers)
                .map(|_| Layer {
                    query: self.linear(hidden, hidden),
                    key: self.linear(hidden, hidden),
                    value: self.linear(hidden, hidden),
                    attention_output: self.linear(hidden, hidden),
                    attention_norm: self.norm(hidden),
                    up: self.linear(wide, hidden),
                    down: self.linear(hidden, wide),
                    output_norm: self.norm(hidden),
                })
                .collect(),
        }
    }

    pub(crate) fn ids(&mut self, shape: &Shape, length: usize) -> Vec<u32> {
        (0..length).map(|_| self.below(shape.vocabulary) as u32).collect()
    }
}

type Matrix = Vec<Vec<f64>>;

fn linear(x: &Matrix, l: &Linear) -> Matrix {
    let inputs = l.weight.len() / l.bias.len();
    let one = |row: &Vec<f64>| {
        let product = |(weights, &bias): (&[f32], &f32)| {
            f64::from(bias) + weights.iter().zip(row).map(|(&w, v)| f64::from(w) * v).sum::<f64>()
        };
        l.weight.chunks(inputs).zip(&l.bias).map(product).collect()
    };
    x.iter().map(one).collect()
}

fn norm(x: &Matrix, n: &Norm, epsilon: f64) -> Matrix {
    let one = |row: &Vec<f64>| {
        let mean = row.iter().sum::<f64>() / row.len() as f64;
        let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / row.len() as f64;
        let scaled = row.iter().zip(&n.scale).zip(&n.shift);
        scaled.map(|((v, &s), &t)| (v - mean) / (variance + epsilon).sqrt() * f64::from(s) + f64::from(t)).collect()
    };
    x.iter().map(one).collect()
}

fn add(a: &Matrix, b: &Matrix) -> Matrix {
    a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a + b).collect()).collect()
}

/// The error function by its series, and by its continued fraction far out.
pub(crate) fn erf(x: f64) -> f64 {
    if x.abs() > 3.0 {
        let mut fraction = 0.0;
        for k in (1..200).rev() {
            fraction = f64::from(k) / 2.0 / (x.abs() + fraction);
        }
        return x.signum() * (1.0 - (-x * x).exp() / ((x.abs() + fraction) * std::f64::consts::PI.sqrt()));
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

pub(crate) fn gelu(x: f64) -> f64 {
    x * 0.5 * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2))
}

fn attention(q: &Matrix, k: &Matrix, v: &Matrix, shape: &Shape) -> Matrix {
    let width = shape.head_width();
    let mut out = vec![vec![0.0; shape.hidden]; q.len()];
    for head in 0..shape.heads {
        let part = head * width..(head + 1) * width;
        for (row, out) in q.iter().zip(&mut out) {
            let dot =
                |key: &Vec<f64>| row[part.clone()].iter().zip(&key[part.clone()]).map(|(a, b)| a * b).sum::<f64>();
            let scores: Vec<f64> = k.iter().map(|key| dot(key) / (width as f64).sqrt()).collect();
            let largest = scores.iter().copied().fold(f64::MIN, f64::max);
            let weights: Vec<f64> = scores.iter().map(|s| (s - largest).exp()).collect();
            let sum: f64 = weights.iter().sum();
            for (weight, value) in weights.iter().zip(v) {
                for at in part.clone() {
                    out[at] += weight / sum * value[at];
                }
            }
        }
    }
    out
}

/// Ids to the last layer's states.
pub(crate) fn forward(shape: &Shape, weights: &Weights, ids: &[u32]) -> Matrix {
    let epsilon = f64::from(shape.epsilon);
    let row = |table: &[f32], at: usize| -> Vec<f64> {
        table[at * shape.hidden..(at + 1) * shape.hidden].iter().map(|&x| f64::from(x)).collect()
    };
    let words: Matrix = ids.iter().map(|&id| row(&weights.words, id as usize)).collect();
    let places: Matrix = (0..ids.len()).map(|at| row(&weights.positions, at)).collect();
    let mut x = norm(&add(&words, &places), &weights.norm, epsilon);
    for l in &weights.layers {
        let mixed = attention(&linear(&x, &l.query), &linear(&x, &l.key), &linear(&x, &l.value), shape);
        let y = norm(&add(&linear(&mixed, &l.attention_output), &x), &l.attention_norm, epsilon);
        let wide: Matrix = linear(&y, &l.up).iter().map(|row| row.iter().map(|&v| gelu(v)).collect()).collect();
        x = norm(&add(&linear(&wide, &l.down), &y), &l.output_norm, epsilon);
    }
    x
}
