//! Delivery: how often an ad was shown and what was spent on it, as its submitter tells it, hour by hour.
//!
//! Told by `POST /v1/delivery`, kept by the store, shown on the ad's page; sweeps go by it. It must never be read by
//! rules: what a verdict rests on is stored with its screening.

use super::{ad::Money, id::AdId, time::Millis};
use crate::named_enum;

/// One hour, ms.
pub const HOUR_MS: i64 = 3_600_000;

/// What one ad delivered in one hour.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The ad.
    pub ad: NamedAd,
    /// The hour's first moment.
    pub hour: Millis,
    /// How often it was shown.
    pub impressions: i64,
    /// What was spent.
    pub spend: Option<Money>,
}

/// An ad as a submitter names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedAd {
    /// By our id.
    Id(AdId),
    /// By theirs.
    External(String),
}

named_enum!(
    /// What telling an hour did.
    Told {
        /// Nothing was known of the hour.
        Counted = "counted",
        /// It takes the place of what was told before.
        Replaced = "replaced",
        /// The same was told before.
        Unchanged = "unchanged",
    }
);

/// What an ad delivered, over three spans.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Delivered {
    /// How often it was shown, ever.
    pub impressions: i64,
    /// The same in the last 24 hours.
    pub impressions_24h: i64,
    /// The same in the last 7 days.
    pub impressions_7d: i64,
    /// What was spent, ever, by currency.
    pub spend: Vec<Money>,
}
