//! The audit chain: who did what to which subject, hashed so that a changed, dropped or inserted row is found.
//!
//! Written by flows, sealed and chained by the sealer, read by `audit verify`. It must never hold personal data or ad
//! text: ids and digests only, so that erasing content leaves the chain whole.

use super::{
    digest::{Digest, NotCanonical},
    id::AuditId,
    time::Millis,
};
use serde::{Deserialize, Serialize};

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A person, by id.
    User(String),
    /// A key, by id.
    Key(String),
    /// The system itself; names the job or release.
    System(String),
    /// Somebody at the command line of the machine.
    Operator,
}

impl Actor {
    /// The id, or `operator`: what a model or release says it was made by.
    pub fn id(&self) -> &str {
        match self {
            Self::User(id) | Self::Key(id) | Self::System(id) => id,
            Self::Operator => "operator",
        }
    }
}

/// One thing done, before it is sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Millis,
    /// Who.
    pub actor: Actor,
    /// What, as `noun.verb`: `task.claimed`, `release.promoted`.
    pub action: String,
    /// What it was done to: a prefixed id.
    pub subject: String,
    /// Ids and digests that say more.
    pub details: serde_json::Value,
    /// The request it came from.
    pub request_id: Option<String>,
}

/// Hash of the chain before its first row.
pub const GENESIS: Digest = Digest([0; 32]);

impl AuditEntry {
    /// Hash of this row at `position`, chained to the row before.
    pub fn chained(&self, position: i64, previous: Digest) -> Result<Digest, NotCanonical> {
        let row = serde_jcs::to_vec(self)?;
        Ok(Digest::of_parts(&[&previous.0, &position.to_be_bytes(), &row]))
    }
}
