//! Models with their cards.
//!
//! Called by `web::console::models`. It must never read the heads' weights.

use crate::{
    domain::{Millis, ModelId, digest::Digest, metrics::Card, release::ReleaseNumber},
    store::{Db, StoreError, db, releases::ModelState},
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// One model in the list.
#[derive(Debug, Clone)]
pub struct ModelLine {
    /// Its id.
    pub id: ModelId,
    /// Life.
    pub state: ModelState,
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

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    digest: Vec<u8>,
    state: String,
    card: String,
    created_by: String,
    created_at: i64,
}

#[derive(FromQueryResult)]
struct Run {
    model_id: Option<Uuid>,
    second_model_id: Option<Uuid>,
    major: i32,
    minor: i32,
}

/// All models, the newest first. They belong to the installation, not to a submitter.
pub async fn models(on: &Db) -> Result<Vec<ModelLine>, StoreError> {
    let sql =
        "SELECT id, digest, state, card, created_by, created_at FROM model ORDER BY created_at DESC, id DESC LIMIT 200";
    let rows = db::rows::<Row>(on, sql, vec![]).await?;
    let runs = "SELECT model_id, second_model_id, major, minor FROM release
                WHERE model_id IS NOT NULL OR second_model_id IS NOT NULL ORDER BY major, minor";
    let runs = db::rows::<Run>(on, runs, vec![]).await?;
    rows.into_iter().map(|row| line(row, &runs)).collect()
}

/// One model.
pub async fn model(on: &Db, id: ModelId) -> Result<Option<ModelLine>, StoreError> {
    let sql = "SELECT id, digest, state, card, created_by, created_at FROM model WHERE id = $1";
    let row = db::row::<Row>(on, sql, vec![id.0.into()]).await?;
    let runs = "SELECT model_id, second_model_id, major, minor FROM release
                WHERE model_id = $1 OR second_model_id = $1 ORDER BY major, minor";
    let runs = db::rows::<Run>(on, runs, vec![id.0.into()]).await?;
    row.map(|row| line(row, &runs)).transpose()
}

fn line(row: Row, runs: &[Run]) -> Result<ModelLine, StoreError> {
    let digest = row.digest.try_into().map_err(|_| StoreError::Failed("a model's digest is not 32 bytes".into()))?;
    let number = |run: &Run| ReleaseNumber {
        major: u32::try_from(run.major).unwrap_or_default(),
        minor: u32::try_from(run.minor).unwrap_or_default(),
    };
    let ran = |run: &&Run| [run.model_id, run.second_model_id].contains(&Some(row.id));
    Ok(ModelLine {
        id: ModelId(row.id),
        state: row.state.parse()?,
        digest: Digest(digest),
        card: serde_json::from_str(&row.card).map_err(StoreError::damaged("card"))?,
        created_by: row.created_by,
        created_at: Millis(row.created_at),
        releases: runs.iter().filter(ran).map(number).collect(),
    })
}
