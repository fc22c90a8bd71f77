//! Models with their cards.
//!
//! Called by `web::console::models`. It must never read the heads' weights.

use crate::domain::{Millis, ModelId, digest::Digest, metrics::Card, release::ReleaseNumber};

/// One model in the list.
#[derive(Debug, Clone)]
pub struct ModelLine {
    /// Its id.
    pub id: ModelId,
    /// `candidate`, `live` or `retired`.
    pub state: String,
    /// Digest of its heads with their calibration.
    pub digest: Digest,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Millis,
    /// Releases that run or ran with it.
    pub releases: Vec<ReleaseNumber>,
    /// Its card.
    pub card: Card,
}
