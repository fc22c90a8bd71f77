//! Raw scores to probabilities: Platt scaling with a prior, so that few rows change little.
//!
//! Called by `train` on rows the head was not fitted on. It must never reverse the order of scores.

use super::fit::sigmoid;
use crate::inference::heads::Platt;

/// Strength of the prior, in the curvature of about a dozen undecided rows.
const PRIOR: f64 = 3.0;
/// The flattest slope that is allowed.
const LEAST_SLOPE: f64 = 0.05;

/// Fits slope and offset to (raw score, breaks) pairs by Newton steps on the penalised likelihood, pulled towards
/// `prior`; without rows that is the result.
pub fn scale(rows: &[(f64, bool)], prior: Platt) -> Platt {
    let objective = |s: Platt| -> f64 {
        let loss: f64 = rows
            .iter()
            .map(|(raw, breaks)| {
                let z = s.a * raw + s.b;
                let z = if *breaks { -z } else { z };
                z.max(0.0) + (-z.abs()).exp().ln_1p()
            })
            .sum();
        loss + 0.5 * PRIOR * ((s.a - prior.a).powi(2) + (s.b - prior.b).powi(2))
    };
    let mut at = prior;
    let mut value = objective(at);
    for _ in 0..100 {
        let (mut ga, mut gb) = (PRIOR * (at.a - prior.a), PRIOR * (at.b - prior.b));
        let (mut haa, mut hab, mut hbb) = (PRIOR, 0.0, PRIOR);
        for (raw, breaks) in rows {
            let p = sigmoid(at.a * raw + at.b);
            let (slope, curve) = (p - f64::from(u8::from(*breaks)), p * (1.0 - p));
            ga += slope * raw;
            gb += slope;
            haa += curve * raw * raw;
            hab += curve * raw;
            hbb += curve;
        }
        let determinant = haa * hbb - hab * hab;
        let (da, db) = ((hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant);
        let mut length = 1.0;
        let stepped = loop {
            let tried = Platt { a: (at.a - length * da).max(LEAST_SLOPE), b: at.b - length * db };
            let tried_value = objective(tried);
            if tried_value < value {
                break Some((tried, tried_value));
            }
            length *= 0.5;
            if length < 1e-8 {
                break None;
            }
        };
        let Some((next, next_value)) = stepped else { break };
        let gained = value - next_value;
        (at, value) = (next, next_value);
        if gained < 1e-10 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::hash;

    #[test]
    fn known_slope_and_offset_are_found_again() {
        let rows: Vec<(f64, bool)> = (0..20_000_u32)
            .map(|i| {
                let raw = hash::uniform(1, &i.to_le_bytes()) * 8.0 - 4.0;
                (raw, hash::uniform(2, &i.to_le_bytes()) < sigmoid(0.6 * raw - 1.5))
            })
            .collect();
        let found = scale(&rows, Platt::default());
        assert!((found.a - 0.6).abs() < 0.05 && (found.b + 1.5).abs() < 0.1, "{found:?}");
    }

    #[test]
    fn no_rows_keep_the_prior_and_reversed_rows_keep_the_order() {
        assert_eq!(scale(&[], Platt { a: 0.7, b: -2.0 }), Platt { a: 0.7, b: -2.0 });
        let reversed: Vec<(f64, bool)> = (0..100).map(|i| (f64::from(i) - 50.0, i < 50)).collect();
        assert!(scale(&reversed, Platt::default()).a >= LEAST_SLOPE);
    }
}
