//! Frozen label sets: what a model was trained on, kept so that its digest can be recomputed.
//!
//! Written by training, in the commit that registers the candidate. A snapshot is never changed.

use super::{StoreError, Tx, db, entities::snapshot};
use crate::domain::{Millis, SnapshotId, digest::Digest};
use serde_json::Value;

/// A snapshot to be kept.
#[derive(Debug, Clone)]
pub struct NewSnapshot {
    /// Its id.
    pub id: SnapshotId,
    /// Digest of its members.
    pub digest: Digest,
    /// How it was split, with the seed.
    pub spec: Value,
    /// Rows by policy, answer and part.
    pub counts: Value,
    /// Its rows, as the digest was taken over them: digests of texts, no texts.
    pub members: Vec<u8>,
}

/// Adds a snapshot.
pub async fn add(tx: &Tx, new: &NewSnapshot, now: Millis) -> Result<(), StoreError> {
    let row = snapshot::Model {
        id: new.id.0,
        digest: new.digest.0.to_vec(),
        spec: new.spec.to_string(),
        counts: new.counts.to_string(),
        members: new.members.clone(),
        created_at: now.0,
    };
    db::insert(tx, row).await
}
