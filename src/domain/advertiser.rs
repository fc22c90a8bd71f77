//! What is known about the account an ad belongs to.
//!
//! Called by intake (facts sent by submitters), rules and pages. It must never rewrite an ad: standing overlays serving.

use super::{place::Language, time::Millis};
use crate::named_enum;
use serde::{Deserialize, Serialize};

named_enum!(
    /// An advertiser's standing; overlays serving of all its ads.
    Standing {
        /// No overlay.
        Active = "active",
        /// Serves under constraints.
        Restricted = "restricted",
        /// Serves nothing for a time.
        Suspended = "suspended",
        /// Serves nothing for good.
        Terminated = "terminated",
    }
);

/// Facts that submitters tell about an advertiser (`PUT /v1/advertisers/{id}`). Unknown stays `None`: rules see unknown, not a default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdvertiserFacts {
    /// When the account was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_created_at: Option<Millis>,
    /// Whether the submitter verified the account's identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// Certificates held, such as `gambling` or `pharmacy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 50)]
    pub certificates: Option<Vec<String>>,
    /// Money spent in the last 30 days, micros of `currency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub spend_30d_micros: Option<i64>,
    /// ISO 4217 currency of `spend_30d_micros`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// The language that notices to it are written in (ISO 639-1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// An advertiser as a rule and a page see it at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AdvertiserView {
    /// The submitter's id for it.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Facts told by the submitter.
    pub facts: AdvertiserFacts,
    /// Current standing.
    pub standing: Standing,
    /// Unexpired strikes.
    pub strikes: u32,
    /// Ads of this advertiser rejected so far.
    pub rejected_ads: u32,
    /// Ads of this advertiser decided so far.
    pub decided_ads: u32,
    /// When Adjudge first saw it.
    pub first_seen_at: Millis,
}
