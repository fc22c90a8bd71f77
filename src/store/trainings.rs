//! Training runs with their progress.
//!
//! Called by `flows::training`, `flows::train` and the Models page. That at most one runs is a unique index: the second
//! is [`StoreError::Taken`].

use super::{StoreError, Tx, db, db::Run};
use crate::domain::{
    Millis, ModelId, TrainingId,
    digest::Digest,
    training::{Progress, Training, TrainingState},
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    encoder_digest: Option<Vec<u8>>,
    state: String,
    stage: String,
    done: i64,
    total: i64,
    notice: Option<String>,
    model_id: Option<Uuid>,
    created_by: String,
    created_at: i64,
    finished_at: Option<i64>,
}

fn from_row(row: Row) -> Result<Training, StoreError> {
    let not_a_digest = |_| StoreError::Damaged { what: "digest", cause: "not 32 bytes".into() };
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    Ok(Training {
        id: TrainingId(row.id),
        encoder: row.encoder_digest.map(|d| d.try_into().map(Digest)).transpose().map_err(not_a_digest)?,
        state: row.state.parse()?,
        progress: Progress { stage: row.stage.parse()?, done: count(row.done), total: count(row.total) },
        notice: row.notice,
        model: row.model_id.map(ModelId),
        created_by: row.created_by,
        created_at: Millis(row.created_at),
        finished_at: row.finished_at.map(Millis),
    })
}

/// Adds a run.
pub async fn add(tx: &Tx, new: &Training) -> Result<(), StoreError> {
    // The key is 1 while it runs and NULL later: the unique index lets one row have it.
    let sql =
        "INSERT INTO training (id, encoder_digest, state, running_key, stage, done, total, created_by, created_at)
               VALUES ($1, $2, $3, 1, $4, 0, 0, $5, $6)";
    let values = vec![
        new.id.0.into(),
        new.encoder.map(|d| d.0.to_vec()).into(),
        new.state.as_str().into(),
        new.progress.stage.as_str().into(),
        new.created_by.as_str().into(),
        new.created_at.0.into(),
    ];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// A run by id.
pub async fn training(on: &impl Run, id: TrainingId) -> Result<Option<Training>, StoreError> {
    db::row::<Row>(on, "SELECT * FROM training WHERE id = $1", vec![id.0.into()]).await?.map(from_row).transpose()
}

/// The newest runs.
pub async fn newest(on: &impl Run, limit: u32) -> Result<Vec<Training>, StoreError> {
    let sql = format!("SELECT * FROM training ORDER BY created_at DESC, id DESC LIMIT {limit}");
    db::rows::<Row>(on, &sql, vec![]).await?.into_iter().map(from_row).collect()
}

/// Says how far a run is.
pub async fn advance(tx: &Tx, id: TrainingId, progress: Progress) -> Result<(), StoreError> {
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let sql = "UPDATE training SET stage = $1, done = $2, total = $3 WHERE id = $4 AND state = 'running'";
    let values =
        vec![progress.stage.as_str().into(), count(progress.done).into(), count(progress.total).into(), id.0.into()];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// Ends a run, with its candidate or the reason why there is none.
pub async fn end(
    tx: &Tx,
    id: TrainingId,
    state: TrainingState,
    model: Option<ModelId>,
    notice: Option<&str>,
    now: Millis,
) -> Result<(), StoreError> {
    let sql = "UPDATE training SET state = $1, model_id = $2, notice = $3, finished_at = $4, running_key = NULL
               WHERE id = $5 AND state = 'running'";
    let values = vec![
        state.as_str().into(),
        model.map(|m| m.0).into(),
        notice.map(str::to_owned).into(),
        now.0.into(),
        id.0.into(),
    ];
    db::execute(tx, sql, values).await.map(|_| ())
}
