//! A model's card: what it was fitted on and how it does on held-out data, as stored and shown.
//!
//! Made by `learning::evaluate`, stored with the model, drawn by the Models page. It must never hold a figure
//! measured on training data, nor a figure without its counts.

use super::{digest::Digest, policy::PolicyCode, time::Millis};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// A point estimate with a bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
}

impl Estimate {
    /// A share with its 95 % Wilson interval; `n` may be an effective number of rows. `None` without rows.
    pub fn wilson(share: f64, n: f64) -> Option<Self> {
        const Z: f64 = 1.959_963_984_540_054;
        if !(n > 0.0 && share.is_finite()) {
            return None;
        }
        let (share, z2) = (share.clamp(0.0, 1.0), Z * Z);
        let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
        // Rounding may leave a lower end of minus zero, which pages would show.
        let low = (middle - half).clamp(0.0, share) + 0.0;
        Some(Self { value: share, low, high: (middle + half).clamp(share, 1.0) })
    }
}

/// One bin of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReliabilityBin {
    /// Mean predicted probability.
    pub predicted: f64,
    /// Share of positives.
    pub observed: f64,
    /// Rows.
    pub n: u32,
}

/// Figures of one head on one set of held-out rows. `None` where the rows cannot say (one class only).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HeadMetrics {
    /// Rows.
    pub n: u32,
    /// Rows that break the policy.
    pub positives: u32,
    /// Area under the ROC curve.
    pub auc: Option<Estimate>,
    /// Average precision.
    pub average_precision: Option<Estimate>,
    /// Threshold of `flagged(policy)`.
    pub threshold: f64,
    /// Precision at the threshold, at this set's base rate.
    pub precision: Option<Estimate>,
    /// Recall at the threshold.
    pub recall: Option<Estimate>,
    /// Share of negatives at or above the threshold.
    pub false_positive_rate: Option<Estimate>,
    /// Best recall at a threshold whose precision is at least 95 %, at this set's base rate.
    #[serde(default)]
    pub recall_at_95_precision: Option<Estimate>,
    /// Best recall at a threshold that flags at most 1 % of negatives.
    #[serde(default)]
    pub recall_at_1_fpr: Option<Estimate>,
    /// What precision at the threshold would be if one text in a hundred broke the policy.
    #[serde(default)]
    pub precision_at_1_prevalence: Option<Estimate>,
    /// Expected calibration error over ten equal-count bins.
    #[serde(default, deserialize_with = "estimate_or_number")]
    pub ece: Option<Estimate>,
    /// ROC curve: (false-positive rate, true-positive rate), at most 101 points.
    pub roc: Vec<(f64, f64)>,
    /// Precision-recall curve: (recall, precision), at most 101 points.
    pub precision_recall: Vec<(f64, f64)>,
    /// Reliability diagram.
    pub reliability: Vec<ReliabilityBin>,
}

/// Heads made before n-grams were read have no such field.
fn all_of_it() -> f64 {
    1.0
}

/// Cards written before calibration errors had intervals hold the bare number; it then stands for its own interval.
fn estimate_or_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Estimate>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Estimate(Estimate),
        Number(f64),
    }
    Ok(Option::<Either>::deserialize(from)?.map(|either| match either {
        Either::Estimate(estimate) => estimate,
        Either::Number(value) => Estimate { value, low: value, high: value },
    }))
}

/// One head's part of a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HeadCard {
    /// Rows fitted on, and how many of them break the policy.
    pub train_n: u32,
    /// See `train_n`.
    pub train_positives: u32,
    /// Rows the calibration and the threshold come from.
    pub validation_n: u32,
    /// How the threshold was chosen.
    pub threshold_rule: String,
    /// On held-out rows.
    pub held_out: HeadMetrics,
    /// The live model's head on the same rows, where it has one.
    pub live: Option<HeadMetrics>,
    /// By source, where a source has both classes.
    pub by_source: BTreeMap<String, HeadMetrics>,
    /// Share of the say that vectors have; n-grams have the rest.
    #[serde(default = "all_of_it")]
    pub vector_share: f64,
    /// Area under the ROC curve on each source when a head trained on the other sources alone scores it.
    #[serde(default)]
    pub left_out: BTreeMap<String, f64>,
    /// Calibration error on held-out rows before calibration.
    #[serde(default)]
    pub ece_before: Option<f64>,
    /// Why the head only ranks and must never decide alone; `None` where its labels are good enough to decide by.
    #[serde(default)]
    pub ranks_only: Option<String>,
}

/// What a model says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Card {
    /// Name of the encoder.
    pub encoder: String,
    /// Digest of the encoder file.
    pub encoder_digest: Digest,
    /// Languages the encoder covers (ISO 639-1).
    pub languages: Vec<String>,
    /// Digest of the snapshot trained on.
    pub snapshot_digest: Digest,
    /// When it was trained.
    pub trained_at: Millis,
    /// How rows were split.
    pub split: String,
    /// Seed of split, fit and bootstrap.
    pub seed: u64,
    /// Data sets and their licences.
    pub sources: BTreeMap<String, String>,
    /// Heads.
    pub heads: BTreeMap<PolicyCode, HeadCard>,
    /// What a reader must know before trusting the figures.
    pub caveats: Vec<String>,
}

impl Card {
    /// Heads that only rank, and why.
    pub fn ranks_only(&self) -> BTreeMap<PolicyCode, String> {
        let marked = |(policy, head): (&PolicyCode, &HeadCard)| Some((policy.clone(), head.ranks_only.clone()?));
        self.heads.iter().filter_map(marked).collect()
    }

    /// The threshold of every head, as releases carry it.
    pub fn thresholds(&self) -> BTreeMap<PolicyCode, f64> {
        self.heads.iter().map(|(policy, head)| (policy.clone(), head.held_out.threshold)).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Estimate;

    #[test]
    fn wilson_agrees_with_the_textbook() {
        let near = |a: f64, b: f64| (a - b).abs() < 0.0005;
        let ten = Estimate::wilson(0.8, 10.0).unwrap();
        assert!(near(ten.low, 0.4902) && near(ten.high, 0.9433), "{ten:?}");
        let none = Estimate::wilson(0.0, 20.0).unwrap();
        assert!(none.low.to_bits() == 0 && near(none.high, 0.1611), "{none:?}");
        assert!((1..200).all(|n| !Estimate::wilson(0.0, f64::from(n)).unwrap().low.is_sign_negative()));
        assert_eq!(Estimate::wilson(0.5, 0.0), None);
    }
}
