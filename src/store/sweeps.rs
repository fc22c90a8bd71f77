//! Sweeps: which ads they go through, how far they are, what came of it.
//!
//! Called by `flows::sweep` and pages. The ads are listed once, when a sweep begins, so that its order and its progress
//! stay as they are whatever happens to the ads. It must never screen anything.

use super::{StoreError, Tx, db, db::Run};
use crate::domain::{
    AdContent, AdId, Millis, ReleaseId, RevisionId, SweepId,
    draft::{SweepFilter, SweepPlan, SweepState},
    screening::sweep_key,
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// A sweep as kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSweep {
    /// Its id.
    pub id: SweepId,
    /// The release that it brings to live ads.
    pub release: ReleaseId,
    /// Life.
    pub state: SweepState,
    /// Order and caps.
    pub plan: SweepPlan,
    /// Only these ads; `None` is all that live.
    pub filter: Option<SweepFilter>,
    /// Ads listed; `None` before they are.
    pub total: Option<i64>,
    /// Ads asked for so far.
    pub done: i64,
    /// While a cap is reached: when it goes on.
    pub waits_until: Option<Millis>,
    /// Who began it.
    pub created_by: String,
    /// When.
    pub created_at: Millis,
    /// When it was done or stopped.
    pub finished_at: Option<Millis>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    release_id: Uuid,
    state: String,
    plan: String,
    filter: Option<String>,
    total: Option<i64>,
    done: i64,
    waits_until: Option<i64>,
    created_by: String,
    created_at: i64,
    finished_at: Option<i64>,
}

fn from_row(row: Row) -> Result<StoredSweep, StoreError> {
    let filter = row.filter.as_deref().map(serde_json::from_str).transpose().map_err(StoreError::damaged("filter"))?;
    Ok(StoredSweep {
        id: SweepId(row.id),
        release: ReleaseId(row.release_id),
        state: row.state.parse()?,
        plan: serde_json::from_str(&row.plan).map_err(StoreError::damaged("sweep"))?,
        filter,
        total: row.total,
        done: row.done,
        waits_until: row.waits_until.map(Millis),
        created_by: row.created_by,
        created_at: Millis(row.created_at),
        finished_at: row.finished_at.map(Millis),
    })
}

/// Adds a sweep.
pub async fn add(tx: &Tx, new: &StoredSweep) -> Result<(), StoreError> {
    let filter = new.filter.as_ref().map(serde_json::to_string).transpose().map_err(StoreError::damaged("filter"))?;
    let sql = "INSERT INTO sweep (id, release_id, state, plan, filter, done, created_by, created_at)
               VALUES ($1, $2, $3, $4, $5, 0, $6, $7)";
    let values = vec![
        new.id.0.into(),
        new.release.0.into(),
        new.state.as_str().into(),
        serde_json::to_string(&new.plan).map_err(StoreError::damaged("sweep"))?.into(),
        filter.into(),
        new.created_by.as_str().into(),
        new.created_at.0.into(),
    ];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// A sweep by id.
pub async fn sweep(on: &impl Run, id: SweepId) -> Result<Option<StoredSweep>, StoreError> {
    db::row::<Row>(on, "SELECT * FROM sweep WHERE id = $1", vec![id.0.into()]).await?.map(from_row).transpose()
}

/// The newest sweeps.
pub async fn sweeps(on: &impl Run) -> Result<Vec<StoredSweep>, StoreError> {
    let sql = "SELECT * FROM sweep ORDER BY created_at DESC, id DESC LIMIT 50";
    db::rows::<Row>(on, sql, vec![]).await?.into_iter().map(from_row).collect()
}

/// Sets how far a running sweep is; says whether it still ran.
pub async fn advance(tx: &Tx, sweep: &StoredSweep) -> Result<bool, StoreError> {
    let sql = "UPDATE sweep SET state = $1, total = $2, done = $3, waits_until = $4, finished_at = $5
               WHERE id = $6 AND state = 'running'";
    let values = vec![
        sweep.state.as_str().into(),
        sweep.total.into(),
        sweep.done.into(),
        sweep.waits_until.map(|at| at.0).into(),
        sweep.finished_at.map(|at| at.0).into(),
        sweep.id.0.into(),
    ];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// An ad that serves.
#[derive(Debug, Clone)]
pub struct LiveAd {
    /// The ad.
    pub ad: AdId,
    /// The revision that serves; a newer one may wait.
    pub revision: RevisionId,
    /// Registrable domain of its landing URL.
    pub domain: Option<String>,
    /// What it shows.
    pub content: AdContent,
}

/// Ads that serve, by the revision that does, newest first, from a revision on: at most `limit`.
pub async fn live_ads(on: &impl Run, before: Option<RevisionId>, limit: u64) -> Result<Vec<LiveAd>, StoreError> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
        ad_id: Uuid,
        domain: Option<String>,
        content: String,
    }
    let sql = format!(
        "SELECT r.id AS id, r.ad_id AS ad_id, r.domain AS domain, r.content AS content FROM revision r JOIN ad a ON a.id = r.ad_id
         WHERE a.serving_revision_id = r.id AND a.withdrawn_at IS NULL AND NOT a.sandbox{}
         ORDER BY r.id DESC LIMIT {limit}",
        if before.is_some() { " AND r.id < $1" } else { "" }
    );
    let rows: Vec<Found> = db::rows(on, &sql, before.map(|b| b.0.into()).into_iter().collect()).await?;
    rows.into_iter()
        .map(|r| {
            Ok(LiveAd {
                ad: AdId(r.ad_id),
                revision: RevisionId(r.id),
                domain: r.domain,
                content: serde_json::from_str(&r.content).map_err(StoreError::damaged("content"))?,
            })
        })
        .collect()
}

/// Newest revisions that releases since a moment rejected by themselves, newest first.
pub async fn rejected_since(on: &impl Run, since: Millis) -> Result<Vec<RevisionId>, StoreError> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let sql = "SELECT a.latest_revision_id AS id FROM ad a JOIN decision d ON d.id = a.decision_id
               JOIN release x ON x.id = d.release_id
               WHERE a.approval_status = 'rejected' AND a.withdrawn_at IS NULL AND d.decided_by = 'release'
               AND d.revision_id = a.latest_revision_id AND x.published_at >= $1 ORDER BY a.latest_revision_id DESC";
    let rows: Vec<Found> = db::rows(on, sql, vec![since.0.into()]).await?;
    Ok(rows.into_iter().map(|r| RevisionId(r.id)).collect())
}

/// Lists the ads that a sweep goes through, in order, from `first` on.
pub async fn list(tx: &Tx, sweep: SweepId, first: i64, revisions: &[RevisionId]) -> Result<(), StoreError> {
    for (chunk_at, chunk) in revisions.chunks(200).enumerate() {
        let rows: Vec<String> = (0..chunk.len()).map(|i| format!("($1, ${}, ${})", 2 * i + 2, 2 * i + 3)).collect();
        let sql = format!("INSERT INTO sweep_item (sweep_id, position, revision_id) VALUES {}", rows.join(", "));
        let mut values: Vec<sea_orm::Value> = vec![sweep.0.into()];
        for (i, revision) in chunk.iter().enumerate() {
            let position = first + i64::try_from(chunk_at * 200 + i).unwrap_or(i64::MAX);
            values.push(position.into());
            values.push(revision.0.into());
        }
        db::execute(tx, &sql, values).await?;
    }
    Ok(())
}

/// The listed ads from one position on, at most `limit`.
pub async fn page(on: &impl Run, sweep: SweepId, from: i64, limit: i64) -> Result<Vec<RevisionId>, StoreError> {
    #[derive(FromQueryResult)]
    struct Item {
        revision_id: Uuid,
    }
    let sql = "SELECT revision_id FROM sweep_item WHERE sweep_id = $1 AND position >= $2 AND position < $3
               ORDER BY position";
    let rows: Vec<Item> = db::rows(on, sql, vec![sweep.0.into(), from.into(), (from + limit).into()]).await?;
    Ok(rows.into_iter().map(|r| RevisionId(r.revision_id)).collect())
}

/// What a sweep caused since a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Caused {
    /// Screenings.
    pub screened: i64,
    /// Ads rejected.
    pub rejected: i64,
    /// Tasks made.
    pub tasks: i64,
}

/// Ads that a sweep rejected, by a release or in a lead's name.
pub async fn caused_rejections(on: &impl Run, sweep: SweepId) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM screening s
               JOIN decision d ON d.revision_id = s.revision_id AND d.screening_id = s.id
               WHERE s.trigger_key = $1 AND d.conclusion = 'prohibited'";
    db::number(on, sql, vec![sweep_key(sweep).into()]).await
}

/// Counts what a sweep caused since `since`.
pub async fn caused(on: &impl Run, sweep: SweepId, since: Millis) -> Result<Caused, StoreError> {
    let values = || vec![sweep_key(sweep).into(), since.0.into()];
    let screened = "SELECT COUNT(*) AS n FROM screening WHERE trigger_key = $1 AND created_at >= $2";
    let rejected = "SELECT COUNT(*) AS n FROM screening s JOIN decision d ON d.revision_id = s.revision_id AND d.screening_id = s.id
                    WHERE s.trigger_key = $1 AND s.created_at >= $2 AND d.conclusion = 'prohibited'
                    AND d.decided_by = 'release'";
    let tasks =
        "SELECT COUNT(*) AS n FROM screening s JOIN round r ON r.revision_id = s.revision_id AND r.screening_id = s.id
                 JOIN task t ON t.round_id = r.id WHERE s.trigger_key = $1 AND s.created_at >= $2";
    Ok(Caused {
        screened: db::number(on, screened, values()).await?,
        rejected: db::number(on, rejected, values()).await?,
        tasks: db::number(on, tasks, values()).await?,
    })
}
