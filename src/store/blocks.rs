//! Blocks: what a lead blocked at once, and what became of it.
//!
//! Called by `flows::break_glass`, screening and pages. Every change is a compare-and-set on the state. It must never
//! be read by rules: they read the list that the block added to.

use super::{StoreError, Tx, db, db::Run};
use crate::domain::{
    AdId, BlockId, DecisionId, Millis, ReleaseId, SweepId, UserId,
    draft::{BlockState, SweepFilter},
    screening::sweep_key,
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// A block as kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredBlock {
    /// Its id.
    pub id: BlockId,
    /// Life.
    pub state: BlockState,
    /// What is blocked.
    pub what: SweepFilter,
    /// The list's file that it was added to.
    pub path: String,
    /// Just what was added to it.
    pub snippet: String,
    /// Why, in the lead's words.
    pub reason: String,
    /// The release that blocks it.
    pub release: ReleaseId,
    /// The sweep that takes down what lives.
    pub sweep: SweepId,
    /// Who blocked it; `None` for the command line.
    pub user: Option<UserId>,
    /// The same, as releases spell it.
    pub created_by: String,
    /// When.
    pub created_at: Millis,
    /// When it lapses unless somebody confirms it.
    pub lapses_at: Millis,
    /// Who confirmed it.
    pub confirmed_by: Option<String>,
    /// When it was confirmed, lapsed or lifted.
    pub ended_at: Option<Millis>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    state: String,
    what: String,
    path: String,
    snippet: String,
    reason: String,
    release_id: Uuid,
    sweep_id: Uuid,
    created_by: Option<Uuid>,
    created_name: String,
    created_at: i64,
    lapses_at: i64,
    confirmed_by: Option<String>,
    ended_at: Option<i64>,
}

fn from_row(row: Row) -> Result<StoredBlock, StoreError> {
    Ok(StoredBlock {
        id: BlockId(row.id),
        state: row.state.parse()?,
        what: serde_json::from_str(&row.what).map_err(StoreError::damaged("block"))?,
        path: row.path,
        snippet: row.snippet,
        reason: row.reason,
        release: ReleaseId(row.release_id),
        sweep: SweepId(row.sweep_id),
        user: row.created_by.map(UserId),
        created_by: row.created_name,
        created_at: Millis(row.created_at),
        lapses_at: Millis(row.lapses_at),
        confirmed_by: row.confirmed_by,
        ended_at: row.ended_at.map(Millis),
    })
}

/// Adds a block.
pub async fn add(tx: &Tx, new: &StoredBlock) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO block (id, state, what, path, snippet, reason, release_id, sweep_id, created_by, created_name,
               created_at, lapses_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values = vec![
        new.id.0.into(),
        new.state.as_str().into(),
        serde_json::to_string(&new.what).map_err(StoreError::damaged("block"))?.into(),
        new.path.as_str().into(),
        new.snippet.as_str().into(),
        new.reason.as_str().into(),
        new.release.0.into(),
        new.sweep.0.into(),
        new.user.map(|u| u.0).into(),
        new.created_by.as_str().into(),
        new.created_at.0.into(),
        new.lapses_at.0.into(),
    ];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// A block by id.
pub async fn block(on: &impl Run, id: BlockId) -> Result<Option<StoredBlock>, StoreError> {
    db::row::<Row>(on, "SELECT * FROM block WHERE id = $1", vec![id.0.into()]).await?.map(from_row).transpose()
}

/// The block whose sweep this is.
pub async fn of_sweep(on: &impl Run, sweep: SweepId) -> Result<Option<StoredBlock>, StoreError> {
    db::row::<Row>(on, "SELECT * FROM block WHERE sweep_id = $1", vec![sweep.0.into()]).await?.map(from_row).transpose()
}

/// The newest blocks.
pub async fn blocks(on: &impl Run) -> Result<Vec<StoredBlock>, StoreError> {
    let sql = "SELECT * FROM block ORDER BY created_at DESC, id DESC LIMIT 50";
    db::rows::<Row>(on, sql, vec![]).await?.into_iter().map(from_row).collect()
}

/// The blocks that hold and were made at or after a moment.
pub async fn blocking_since(on: &impl Run, since: Millis) -> Result<Vec<StoredBlock>, StoreError> {
    let sql =
        "SELECT * FROM block WHERE state IN ('pending', 'confirmed') AND created_at >= $1 ORDER BY created_at, id";
    db::rows::<Row>(on, sql, vec![since.0.into()]).await?.into_iter().map(from_row).collect()
}

/// Moves a pending block on, once.
pub async fn settle(
    tx: &Tx,
    id: BlockId,
    to: BlockState,
    confirmed_by: Option<&str>,
    now: Millis,
) -> Result<bool, StoreError> {
    let sql = "UPDATE block SET state = $1, confirmed_by = $2, ended_at = $3 WHERE id = $4 AND state = 'pending'";
    let values = vec![to.as_str().into(), confirmed_by.map(str::to_owned).into(), now.0.into(), id.0.into()];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// Ads that a sweep rejected and that still stand so, with the decision that did it: at most `limit`.
pub async fn rejected_by(on: &impl Run, sweep: SweepId, limit: u64) -> Result<Vec<(AdId, DecisionId)>, StoreError> {
    standing(on, sweep, "a.decision_id = d.id", limit).await
}

/// Ads whose serving revision a sweep took down while a newer one waits, where nothing was decided since, with the
/// decision that did it: at most `limit`.
pub async fn taken_down_by(on: &impl Run, sweep: SweepId, limit: u64) -> Result<Vec<(AdId, DecisionId)>, StoreError> {
    let condition = "a.decision_id IS NULL AND a.serving_revision_id IS NULL AND a.latest_revision_id <> s.revision_id
         AND NOT EXISTS (SELECT 1 FROM decision n WHERE n.ad_id = a.id AND n.state = 'effective'
                         AND n.created_at > d.created_at)";
    standing(on, sweep, condition, limit).await
}

async fn standing(
    on: &impl Run,
    sweep: SweepId,
    condition: &str,
    limit: u64,
) -> Result<Vec<(AdId, DecisionId)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Found {
        ad_id: Uuid,
        decision_id: Uuid,
    }
    let sql = format!(
        "SELECT a.id AS ad_id, d.id AS decision_id FROM screening s
         JOIN decision d ON d.revision_id = s.revision_id AND d.screening_id = s.id
         JOIN ad a ON a.id = s.ad_id
         WHERE s.trigger_key = $1 AND d.conclusion = 'prohibited' AND a.withdrawn_at IS NULL AND {condition}
         ORDER BY a.id LIMIT {limit}"
    );
    let rows: Vec<Found> = db::rows(on, &sql, vec![sweep_key(sweep).into()]).await?;
    Ok(rows.into_iter().map(|r| (AdId(r.ad_id), DecisionId(r.decision_id))).collect())
}
