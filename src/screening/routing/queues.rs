//! Queues: which one a round goes to, and how long it may wait there.
//!
//! Read from a pack's `queues.toml`, kept by the store. It must never leave a round without a queue.

use crate::domain::policy::PolicyCode;
use serde::{Deserialize, Serialize};

/// Name of the queue for blind checks, if the pack has one.
const QUALITY: &str = "quality";

/// Name of the queue for appeals, if the pack has one.
const APPEALS: &str = "appeals";

/// One queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueSpec {
    /// Its name in URLs and scopes: lower-case letters, digits and underscores.
    pub name: String,
    /// Its name on pages.
    pub title: String,
    /// Policies whose rounds it takes; empty for the fallback and for queues that rounds reach by name.
    #[serde(default)]
    pub policies: Vec<PolicyCode>,
    /// Minutes from submission to the deadline.
    pub sla_minutes: u32,
    /// Minutes that a claimed task stays with a person who gives no sign of life.
    pub lease_minutes: u32,
    /// Order on pages and in "next", smaller first.
    pub rank: u32,
}

/// All queues of a pack: at least the fallback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueSet {
    fallback: QueueSpec,
    others: Vec<QueueSpec>,
}

impl Default for QueueSet {
    fn default() -> Self {
        Self { fallback: Self::default_fallback(), others: Vec::new() }
    }
}

impl QueueSet {
    /// Name of the queue that takes what no other does.
    pub const FALLBACK: &'static str = "general";

    /// A set; without a queue named `general`, one with a day's deadline is added.
    pub fn new(mut queues: Vec<QueueSpec>) -> Self {
        queues.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| a.name.cmp(&b.name)));
        let fallback = match queues.iter().position(|q| q.name == Self::FALLBACK) {
            Some(at) => queues.remove(at),
            None => Self::default_fallback(),
        };
        Self { fallback, others: queues }
    }

    fn default_fallback() -> QueueSpec {
        QueueSpec {
            name: Self::FALLBACK.into(),
            title: "General".into(),
            policies: Vec::new(),
            sla_minutes: 24 * 60,
            lease_minutes: 10,
            rank: 100,
        }
    }

    /// All queues, by rank; the fallback last among equals.
    pub fn all(&self) -> Vec<&QueueSpec> {
        let mut all: Vec<&QueueSpec> = self.others.iter().chain([&self.fallback]).collect();
        all.sort_by_key(|q| q.rank);
        all
    }

    /// The queue of the worst policy that has one.
    pub fn for_policies(&self, worst_first: &[PolicyCode]) -> &QueueSpec {
        worst_first
            .iter()
            .find_map(|policy| self.others.iter().find(|q| q.policies.contains(policy)))
            .unwrap_or(&self.fallback)
    }

    /// The queue of appeals; without one, that of the worst policy.
    pub fn appeals(&self, worst_first: &[PolicyCode]) -> &QueueSpec {
        self.others.iter().find(|q| q.name == APPEALS).unwrap_or_else(|| self.for_policies(worst_first))
    }

    /// The queue of blind checks.
    pub fn quality(&self) -> &QueueSpec {
        self.others.iter().find(|q| q.name == QUALITY).unwrap_or(&self.fallback)
    }
}
