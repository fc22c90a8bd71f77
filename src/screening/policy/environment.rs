//! What a rule can see while it runs: one ad, its signals, the facts about it, and the release's thresholds.
//!
//! Built by `compile` for every evaluation, read by fields and functions. It must never do I/O or read a clock:
//! `evaluated_at` is a fact.

use crate::domain::{ad::AdContent, policy::PolicyCode, screening::Facts, signal::Signals};
use std::collections::BTreeMap;

/// One evaluation's inputs.
#[derive(Debug)]
pub struct Environment<'a> {
    /// The ad.
    pub content: &'a AdContent,
    /// What was measured.
    pub signals: &'a Signals,
    /// What the flow fetched.
    pub facts: &'a Facts,
    /// The release's thresholds, by head.
    pub thresholds: &'a BTreeMap<PolicyCode, f64>,
    /// Host of the landing URL, lower case; `None` when there is no landing URL or it names no host.
    pub host: Option<String>,
}

impl<'a> Environment<'a> {
    /// Inputs of one evaluation.
    pub fn new(
        content: &'a AdContent,
        signals: &'a Signals,
        facts: &'a Facts,
        thresholds: &'a BTreeMap<PolicyCode, f64>,
    ) -> Self {
        let host = content
            .landing_url
            .as_deref()
            .and_then(|url| url::Url::parse(url).ok())
            .and_then(|url| url.host_str().map(|h| h.trim_end_matches('.').to_lowercase()));
        Self { content, signals, facts, thresholds, host }
    }

    /// The part of the host that somebody registered: `shop.example.co.uk` is `example.co.uk`. Addresses stay whole.
    pub fn registrable_domain(&self) -> Option<&str> {
        self.host.as_deref().map(|host| psl::domain_str(host).unwrap_or(host))
    }
}
