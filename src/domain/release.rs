//! A release: an immutable, numbered bundle of policies, rules, lists, thresholds and the model it runs with.
//!
//! Built by `screening::policy` from a policy pack and by `flows::promote`; compiled by every process. It must never
//! change after it is stored: an edit makes the next release.

use super::{
    digest::{Digest, NotCanonical},
    id::ModelId,
    policy::{List, Policy, PolicyCode, Rule},
};
use crate::named_enum;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

named_enum!(
    /// Life of a release. Exactly one is live.
    ReleaseState {
        /// Being made.
        Draft = "draft",
        /// Evaluated beside live.
        Shadow = "shadow",
        /// Live for a share.
        Canary = "canary",
        /// Decides.
        Live = "live",
        /// Was live.
        Retired = "retired",
    }
);

/// `major.minor`: a minor release changes lists or the model only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReleaseNumber {
    /// Grows with policies and rules.
    pub major: u32,
    /// Grows with lists, thresholds and models.
    pub minor: u32,
}

impl fmt::Display for ReleaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// How the release samples automatic decisions for blind review, and how many people answer a round.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sampling {
    /// Share of automatic approvals and rejections that go to blind tasks, 0 to 1.
    pub blind_share: f64,
    /// Seed of that draw; a revision is drawn by a hash of seed and id, so a replay draws alike.
    pub seed: u64,
    /// Share of screening rounds that three people answer, 0 to 1.
    pub overlap_share: f64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { blind_share: 0.01, seed: 20_260_101, overlap_share: 0.0 }
    }
}

/// The model on a second encoder: it scores texts in languages that the first one's encoder does not cover.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecondModel {
    /// The model.
    pub model: ModelId,
    /// Digest of its encoder file. Signals name it, so an evaluation knows whose thresholds to take.
    pub encoder: Digest,
    /// Score at which `flagged(policy)` holds, by head.
    pub thresholds: BTreeMap<PolicyCode, f64>,
}

/// Everything a process needs to conclude as this release does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    /// Policies by code.
    pub policies: Vec<Policy>,
    /// Rules in order.
    pub rules: Vec<Rule>,
    /// Lists.
    pub lists: Vec<List>,
    /// The model that scores; `None` leaves every score unavailable.
    pub model: Option<ModelId>,
    /// Score at which `flagged(policy)` holds, by head; from validation data.
    pub thresholds: BTreeMap<PolicyCode, f64>,
    /// The model for languages that the first one's encoder does not cover, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<SecondModel>,
    /// Sampling.
    pub sampling: Sampling,
}

impl Bundle {
    /// The bundle's digest over its canonical JSON.
    pub fn digest(&self) -> Result<Digest, NotCanonical> {
        Digest::of_json(self)
    }

    /// The models that it runs with.
    pub fn models(&self) -> Vec<ModelId> {
        self.model.into_iter().chain(self.second.as_ref().map(|second| second.model)).collect()
    }

    /// A policy by its code.
    pub fn policy(&self, code: &PolicyCode) -> Option<&Policy> {
        self.policies.iter().find(|p| &p.code == code)
    }
}
