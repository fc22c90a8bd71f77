//! What a `screen` job is told.
//!
//! Enqueued by whatever adds a revision or makes a screening stale; read by `flows::screen`.

use crate::domain::{RevisionId, screening::Trigger};
use serde::{Deserialize, Serialize};

/// Payload of the `screen` job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScreenJob {
    /// The revision.
    pub revision: RevisionId,
    /// Why.
    pub trigger: Trigger,
}

impl ScreenJob {
    /// One job a revision and trigger.
    pub fn dedup_key(&self) -> String {
        format!("screen:{}:{}", self.revision, self.trigger.key())
    }
}
