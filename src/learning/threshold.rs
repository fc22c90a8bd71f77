//! The score from which `flagged(policy)` holds, chosen on validation rows alone.
//!
//! Called by `train`. It must never see a held-out row.

use crate::domain::metrics::Estimate;

/// What a threshold must reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Precision whose lower 95 % bound (Wilson) the threshold must reach, at the validation rows' base rate.
    pub precision: f64,
    /// Largest share of negatives that it may flag.
    pub false_positive_rate: f64,
    /// Share of negatives that it may flag where the precision cannot be reached.
    pub fallback_false_positive_rate: f64,
}

impl Default for Target {
    fn default() -> Self {
        Self { precision: 0.90, false_positive_rate: 0.05, fallback_false_positive_rate: 0.01 }
    }
}

/// Fewest positives and negatives from which a threshold can be chosen.
pub const FEWEST: usize = 5;

/// The lower end of Wilson's 95 % interval for `hits` out of `n`.
pub fn wilson_low(hits: f64, n: f64) -> f64 {
    Estimate::wilson(hits / n, n).map_or(0.0, |share| share.low)
}

/// Chooses a threshold from (probability, breaks) pairs; returns it with the rule that was used, as the card says it.
pub fn choose(scored: &[(f64, bool)], target: Target) -> (f64, String) {
    let positives = scored.iter().filter(|(_, breaks)| *breaks).count();
    let negatives = scored.len() - positives;
    if positives < FEWEST || negatives < FEWEST {
        return (0.5, format!("0.5: {positives} positives and {negatives} negatives are too few to choose from"));
    }
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut hits, mut false_alarms) = (0_usize, 0_usize);
    let (mut precise, mut quiet) = (None, None);
    for (place, (score, breaks)) in sorted.iter().enumerate() {
        if *breaks {
            hits += 1
        } else {
            false_alarms += 1
        }
        let next = sorted.get(place + 1).map(|(s, _)| *s);
        if next == Some(*score) {
            continue;
        }
        // Half way to the next lower score, so that rounding elsewhere cannot move a row across.
        let cut = next.map_or(*score, |next| f64::midpoint(*score, next));
        let rate = false_alarms as f64 / negatives as f64;
        let bound = wilson_low(hits as f64, (hits + false_alarms) as f64);
        if bound >= target.precision && rate <= target.false_positive_rate {
            precise = Some(cut);
        }
        if rate <= target.fallback_false_positive_rate {
            quiet = Some(cut);
        }
    }
    let base = format!("{positives} positives among {} validation rows", scored.len());
    if let Some(cut) = precise {
        let rule = format!(
            "smallest score whose precision is at least {:.0} % (lower 95 % bound) while at most {:.0} % of negatives are flagged; {base}",
            target.precision * 100.0,
            target.false_positive_rate * 100.0,
        );
        return (cut, rule);
    }
    // Even the highest score belongs to a negative: flag only what scores above everything seen.
    let cut = quiet.unwrap_or_else(|| f64::midpoint(sorted[0].0, 1.0));
    let rule = format!(
        "smallest score at which at most {:.0} % of negatives are flagged: {:.0} % precision is out of reach; {base}",
        target.fallback_false_positive_rate * 100.0,
        target.precision * 100.0,
    );
    (cut, rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_the_textbook() {
        for (hits, n, expected) in [(0.0, 10.0, 0.0), (10.0, 10.0, 0.722), (90.0, 100.0, 0.826), (0.0, 0.0, 0.0)] {
            assert!((wilson_low(hits, n) - expected).abs() < 1e-3, "{hits} of {n}: {}", wilson_low(hits, n));
        }
    }

    #[test]
    fn a_separable_set_is_cut_below_its_last_positive() {
        let scored: Vec<(f64, bool)> =
            (0..200).map(|i| if i < 100 { (0.9 - f64::from(i) * 1e-3, true) } else { (0.2, false) }).collect();
        let (cut, rule) = choose(&scored, Target::default());
        assert!(cut > 0.2 && cut < 0.801, "{cut}");
        assert!(rule.starts_with("smallest score whose precision"), "{rule}");
    }

    #[test]
    fn out_of_reach_falls_back_to_few_false_alarms() {
        let scored: Vec<(f64, bool)> = (0..1_000).map(|i| (f64::from(i) / 1_000.0, i % 50 == 0)).collect();
        let (cut, rule) = choose(&scored, Target::default());
        let flagged = scored.iter().filter(|(s, breaks)| !breaks && *s >= cut).count();
        assert!((8..=9).contains(&flagged), "{flagged}");
        assert!(rule.contains("out of reach"), "{rule}");
        assert!(choose(&scored[..60], Target::default()).1.starts_with("0.5"));
    }
}
