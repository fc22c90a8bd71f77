//! Releases without their bundles, and what sweeps caused.
//!
//! Called by the Releases pages. It must never read a bundle: a list of releases would read megabytes.

use crate::{
    domain::{
        Millis, ModelId, ReleaseId,
        digest::Digest,
        draft::Origin,
        release::{ReleaseNumber, ReleaseState},
    },
    store::{
        Db, StoreError, db,
        sweeps::{self, Caused, StoredSweep},
    },
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// One release in the list.
#[derive(Debug, Clone)]
pub struct ReleaseLine {
    /// Its id.
    pub id: ReleaseId,
    /// Its number.
    pub number: ReleaseNumber,
    /// Life.
    pub state: ReleaseState,
    /// Digest of its bundle.
    pub digest: Digest,
    /// The model it runs with.
    pub model: Option<ModelId>,
    /// Where it came from, if that was kept.
    pub origin: Option<Origin>,
    /// Who wrote it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it went live.
    pub published_at: Option<Millis>,
    /// When it stopped to be.
    pub retired_at: Option<Millis>,
    /// While it is a canary: its share of ads.
    pub share: Option<f64>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    major: i32,
    minor: i32,
    state: String,
    digest: Vec<u8>,
    model_id: Option<Uuid>,
    origin: Option<String>,
    created_by: String,
    created_at: i64,
    published_at: Option<i64>,
    retired_at: Option<i64>,
    share: Option<f64>,
}

const COLUMNS: &str = "SELECT id, major, minor, state, digest, model_id, origin, created_by, created_at, published_at,
                       retired_at, share FROM release";

/// The newest releases, the live one among them.
pub async fn releases(on: &Db) -> Result<Vec<ReleaseLine>, StoreError> {
    let sql = format!("{COLUMNS} ORDER BY created_at DESC, id DESC LIMIT 200");
    db::rows::<Row>(on, &sql, vec![]).await?.into_iter().map(line).collect()
}

/// One release.
pub async fn release(on: &Db, id: ReleaseId) -> Result<Option<ReleaseLine>, StoreError> {
    db::row::<Row>(on, &format!("{COLUMNS} WHERE id = $1"), vec![id.0.into()]).await?.map(line).transpose()
}

fn line(row: Row) -> Result<ReleaseLine, StoreError> {
    let digest = row.digest.try_into().map_err(|_| StoreError::Failed("a release's digest is not 32 bytes".into()))?;
    let number = |n: i32| u32::try_from(n).unwrap_or_default();
    Ok(ReleaseLine {
        id: ReleaseId(row.id),
        number: ReleaseNumber { major: number(row.major), minor: number(row.minor) },
        state: row.state.parse()?,
        digest: Digest(digest),
        model: row.model_id.map(ModelId),
        origin: row.origin.as_deref().map(serde_json::from_str).transpose().map_err(StoreError::damaged("origin"))?,
        created_by: row.created_by,
        created_at: Millis(row.created_at),
        published_at: row.published_at.map(Millis),
        retired_at: row.retired_at.map(Millis),
        share: row.share,
    })
}

/// The newest sweeps with what they caused so far.
pub async fn sweeps(on: &Db) -> Result<Vec<(StoredSweep, Caused)>, StoreError> {
    let mut all = vec![];
    for sweep in sweeps::sweeps(on).await?.into_iter().take(20) {
        let caused = sweeps::caused(on, sweep.id, Millis(0)).await?;
        all.push((sweep, caused));
    }
    Ok(all)
}
