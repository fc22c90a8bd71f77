//! Encoders that were added to the installation: what they say of themselves; their bytes are blobs under their digest.
//!
//! Called by the flow that adds one, by the live release and by training. It must never name an encoder whose blob is not
//! written yet: the flow writes the blob first.

use super::{StoreError, Tx, db, db::Run, entities::encoder};
use crate::domain::{Millis, digest::Digest, place::Language};

/// An added encoder as kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEncoder {
    /// Digest of its file.
    pub digest: Digest,
    /// The model's name.
    pub name: String,
    /// Languages it may score.
    pub languages: Vec<Language>,
    /// Width of its vectors.
    pub dimensions: usize,
    /// Licence of the weights (SPDX).
    pub licence: String,
    /// Bytes of its file.
    pub size: u64,
    /// Who added it.
    pub created_by: String,
    /// When.
    pub created_at: Millis,
}

/// Adds an encoder; [`StoreError::Taken`] when it is there already.
pub async fn add(tx: &Tx, new: &StoredEncoder) -> Result<(), StoreError> {
    let row = encoder::Model {
        digest: new.digest.0.to_vec(),
        name: new.name.clone(),
        languages: serde_json::to_string(&new.languages).map_err(StoreError::damaged("languages"))?,
        dimensions: i32::try_from(new.dimensions).unwrap_or(i32::MAX),
        licence: new.licence.clone(),
        size: i64::try_from(new.size).unwrap_or(i64::MAX),
        created_by: new.created_by.clone(),
        created_at: new.created_at.0,
    };
    db::insert(tx, row).await
}

/// An added encoder by its digest.
pub async fn encoder(on: &impl Run, digest: Digest) -> Result<Option<StoredEncoder>, StoreError> {
    let sql = "SELECT * FROM encoder WHERE digest = $1";
    let row: Option<encoder::Model> = db::row(on, sql, vec![digest.0.to_vec().into()]).await?;
    row.map(from_row).transpose()
}

/// All added encoders, newest first.
pub async fn encoders(on: &impl Run) -> Result<Vec<StoredEncoder>, StoreError> {
    let sql = "SELECT * FROM encoder ORDER BY created_at DESC, name";
    db::rows::<encoder::Model>(on, sql, vec![]).await?.into_iter().map(from_row).collect()
}

fn from_row(row: encoder::Model) -> Result<StoredEncoder, StoreError> {
    let not_a_digest = |_| StoreError::Damaged { what: "digest", cause: "not 32 bytes".into() };
    Ok(StoredEncoder {
        digest: row.digest.try_into().map(Digest).map_err(not_a_digest)?,
        name: row.name,
        languages: serde_json::from_str(&row.languages).map_err(StoreError::damaged("languages"))?,
        dimensions: usize::try_from(row.dimensions).unwrap_or_default(),
        licence: row.licence,
        size: u64::try_from(row.size).unwrap_or_default(),
        created_by: row.created_by,
        created_at: Millis(row.created_at),
    })
}
