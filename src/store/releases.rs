//! Models, releases, queues, and the generation counters that tell every process of a new one.
//!
//! Called by bootstrap, training and promotion. Exactly one release is live: a unique index on `live_key` holds it.

use super::{
    Db, StoreError, Tx, db,
    db::Run,
    entities::{model, queue, release},
};
use crate::{
    domain::{
        Millis, ModelId, PolicyCode, QueueId, ReleaseId, SnapshotId,
        digest::Digest,
        draft::Origin,
        metrics::Card,
        release::{Bundle, ReleaseNumber, ReleaseState},
    },
    named_enum,
};
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;
use uuid::Uuid;

named_enum!(
    /// Life of a model.
    ModelState {
        /// Trained, not promoted.
        Candidate = "candidate",
        /// Scores in the live release.
        Live = "live",
        /// Was live.
        Retired = "retired",
    }
);

/// A model as kept.
#[derive(Debug, Clone)]
pub struct StoredModel {
    /// Its id.
    pub id: ModelId,
    /// Digest of its heads.
    pub digest: Digest,
    /// Digest of the encoder that its heads sit on.
    pub encoder: Digest,
    /// Life.
    pub state: ModelState,
    /// The heads' canonical bytes.
    pub heads: Vec<u8>,
    /// Threshold of `flagged(policy)` by head.
    pub thresholds: BTreeMap<PolicyCode, f64>,
    /// Its card.
    pub card: Card,
    /// What it was trained on, where that was frozen here.
    pub snapshot: Option<SnapshotId>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Millis,
}

/// A release as kept.
#[derive(Debug, Clone)]
pub struct StoredRelease {
    /// Its id.
    pub id: ReleaseId,
    /// Its number.
    pub number: ReleaseNumber,
    /// Life.
    pub state: ReleaseState,
    /// What it holds.
    pub bundle: Bundle,
    /// Digest of the bundle.
    pub digest: Digest,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it went live.
    pub published_at: Option<Millis>,
    /// When it stopped to be.
    pub retired_at: Option<Millis>,
    /// Where it came from; `None` for one made before that was kept.
    pub origin: Option<Origin>,
    /// While it is a canary: the share of ads that it decides about, 0 to 1.
    pub share: Option<f64>,
}

/// A queue as kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredQueue {
    /// Its id.
    pub id: QueueId,
    /// Its name in routing.
    pub name: String,
    /// Its name on pages.
    pub title: String,
    /// Policies routed to it.
    pub policies: Vec<PolicyCode>,
    /// Order on pages and between queues; smaller first.
    pub rank: i32,
    /// Time in which its tasks shall be answered, ms.
    pub sla_ms: i64,
    /// How long a lease lasts without a heartbeat, ms.
    pub lease_ms: i64,
}

/// Adds a model.
pub async fn add_model(tx: &Tx, new: &StoredModel) -> Result<(), StoreError> {
    let row = model::Model {
        id: new.id.0,
        digest: new.digest.0.to_vec(),
        encoder_digest: new.encoder.0.to_vec(),
        state: new.state.as_str().into(),
        heads: new.heads.clone(),
        thresholds: serde_json::to_string(&new.thresholds).map_err(StoreError::damaged("thresholds"))?,
        card: serde_json::to_string(&new.card).map_err(StoreError::damaged("card"))?,
        snapshot_id: new.snapshot.map(|s| s.0),
        created_by: new.created_by.clone(),
        created_at: new.created_at.0,
    };
    db::insert(tx, row).await
}

/// A model by id.
pub async fn model(on: &impl Run, id: ModelId) -> Result<Option<StoredModel>, StoreError> {
    let row: Option<model::Model> = db::row(on, "SELECT * FROM model WHERE id = $1", vec![id.0.into()]).await?;
    row.map(model_from).transpose()
}

/// All models, newest first.
pub async fn models(on: &impl Run) -> Result<Vec<StoredModel>, StoreError> {
    let rows: Vec<model::Model> = db::rows(on, "SELECT * FROM model ORDER BY created_at DESC, id DESC", vec![]).await?;
    rows.into_iter().map(model_from).collect()
}

/// Changes a model's state, when it still is in `from`.
pub async fn set_model_state(tx: &Tx, id: ModelId, from: ModelState, to: ModelState) -> Result<bool, StoreError> {
    let sql = "UPDATE model SET state = $1 WHERE id = $2 AND state = $3";
    Ok(db::execute(tx, sql, vec![to.as_str().into(), id.0.into(), from.as_str().into()]).await? == 1)
}

fn model_from(row: model::Model) -> Result<StoredModel, StoreError> {
    Ok(StoredModel {
        id: ModelId(row.id),
        digest: digest(&row.digest)?,
        encoder: digest(&row.encoder_digest)?,
        state: row.state.parse()?,
        heads: row.heads,
        thresholds: serde_json::from_str(&row.thresholds).map_err(StoreError::damaged("thresholds"))?,
        card: serde_json::from_str(&row.card).map_err(StoreError::damaged("card"))?,
        snapshot: row.snapshot_id.map(SnapshotId),
        created_by: row.created_by,
        created_at: Millis(row.created_at),
    })
}

fn digest(bytes: &[u8]) -> Result<Digest, StoreError> {
    bytes.try_into().map(Digest).map_err(|_| StoreError::Damaged { what: "digest", cause: "not 32 bytes".into() })
}

/// The live release, once there is one.
pub async fn live(on: &impl Run) -> Result<Option<StoredRelease>, StoreError> {
    let row: Option<release::Model> = db::row(on, "SELECT * FROM release WHERE live_key = 1", vec![]).await?;
    row.map(release_from).transpose()
}

/// A release by id.
pub async fn release(on: &impl Run, id: ReleaseId) -> Result<Option<StoredRelease>, StoreError> {
    let row: Option<release::Model> = db::row(on, "SELECT * FROM release WHERE id = $1", vec![id.0.into()]).await?;
    row.map(release_from).transpose()
}

/// The release that was live before one that was.
pub async fn live_before(on: &impl Run, release: &StoredRelease) -> Result<Option<StoredRelease>, StoreError> {
    let sql = "SELECT * FROM release WHERE published_at < $1 ORDER BY published_at DESC, id DESC LIMIT 1";
    let at = release.published_at.unwrap_or(release.created_at);
    let row: Option<release::Model> = db::row(on, sql, vec![at.0.into()]).await?;
    row.map(release_from).transpose()
}

/// A release by its number, such as `2.1`.
pub async fn by_number(on: &impl Run, number: &str) -> Result<Option<StoredRelease>, StoreError> {
    let Some((major, minor)) = number.split_once('.') else { return Ok(None) };
    let (Ok(major), Ok(minor)) = (major.parse::<i32>(), minor.parse::<i32>()) else { return Ok(None) };
    let sql = "SELECT * FROM release WHERE major = $1 AND minor = $2";
    let row: Option<release::Model> = db::row(on, sql, vec![major.into(), minor.into()]).await?;
    row.map(release_from).transpose()
}

fn release_from(row: release::Model) -> Result<StoredRelease, StoreError> {
    let number = |n: i32| u32::try_from(n).unwrap_or_default();
    Ok(StoredRelease {
        id: ReleaseId(row.id),
        number: ReleaseNumber { major: number(row.major), minor: number(row.minor) },
        state: row.state.parse()?,
        bundle: serde_json::from_str(&row.bundle).map_err(StoreError::damaged("release"))?,
        digest: digest(&row.digest)?,
        created_by: row.created_by,
        created_at: Millis(row.created_at),
        published_at: row.published_at.map(Millis),
        retired_at: row.retired_at.map(Millis),
        origin: row.origin.as_deref().map(serde_json::from_str).transpose().map_err(StoreError::damaged("origin"))?,
        share: row.share,
    })
}

/// Adds a release as the live one and retires the one before, in the caller's commit. Two at once: one is a conflict.
pub async fn publish(tx: &Tx, new: &StoredRelease, now: Millis) -> Result<(), StoreError> {
    retire_live(tx, now).await?;
    let live = StoredRelease { state: ReleaseState::Live, published_at: Some(now), ..new.clone() };
    insert(tx, &live, Some(1)).await
}

/// Adds a release that is not live: a shadow or a canary.
pub async fn add(tx: &Tx, new: &StoredRelease) -> Result<(), StoreError> {
    insert(tx, new, None).await
}

/// Makes a shadow or a canary the live release.
pub async fn promote_frozen(tx: &Tx, release: &StoredRelease, now: Millis) -> Result<(), StoreError> {
    retire_live(tx, now).await?;
    let origin = serde_json::to_string(&release.origin).map_err(StoreError::damaged("origin"))?;
    let sql = "UPDATE release SET live_key = 1, state = 'live', published_at = $1, retired_at = NULL, origin = $2,
               share = NULL WHERE id = $3 AND state IN ('shadow', 'canary')";
    if db::execute(tx, sql, vec![now.0.into(), origin.into(), release.id.0.into()]).await? != 1 {
        return Err(StoreError::Conflict);
    }
    bump(tx, RELEASE_GENERATION).await
}

/// Releases that run beside the live one: shadows and the canary.
pub async fn beside(on: &impl Run) -> Result<Vec<StoredRelease>, StoreError> {
    let sql = "SELECT * FROM release WHERE state IN ('shadow', 'canary') ORDER BY created_at, id";
    db::rows::<release::Model>(on, sql, vec![]).await?.into_iter().map(release_from).collect()
}

/// Retires a shadow or a canary.
pub async fn retire(tx: &Tx, id: ReleaseId, now: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE release SET state = 'retired', retired_at = $1, share = NULL
               WHERE id = $2 AND state IN ('shadow', 'canary')";
    db::execute(tx, sql, vec![now.0.into(), id.0.into()]).await?;
    bump(tx, RELEASE_GENERATION).await
}

async fn retire_live(tx: &Tx, now: Millis) -> Result<(), StoreError> {
    let retire = "UPDATE release SET live_key = NULL, state = $1, retired_at = $2 WHERE live_key = 1";
    db::execute(tx, retire, vec![ReleaseState::Retired.as_str().into(), now.0.into()]).await.map(|_| ())
}

async fn insert(tx: &Tx, new: &StoredRelease, live_key: Option<i32>) -> Result<(), StoreError> {
    let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let origin = new.origin.as_ref().map(serde_json::to_string).transpose().map_err(StoreError::damaged("origin"))?;
    let row = release::Model {
        id: new.id.0,
        major: number(new.number.major),
        minor: number(new.number.minor),
        state: new.state.as_str().into(),
        live_key,
        bundle: serde_json::to_string(&new.bundle).map_err(StoreError::damaged("release"))?,
        digest: new.digest.0.to_vec(),
        model_id: new.bundle.model.map(|m| m.0),
        second_model_id: new.bundle.second.as_ref().map(|second| second.model.0),
        created_by: new.created_by.clone(),
        created_at: new.created_at.0,
        published_at: new.published_at.map(|at| at.0),
        retired_at: new.retired_at.map(|at| at.0),
        origin,
        share: new.share,
    };
    match db::insert(tx, row).await {
        Err(StoreError::Taken(_)) => Err(StoreError::Conflict),
        other => other,
    }?;
    bump(tx, RELEASE_GENERATION).await
}

/// The number after all others: the next major one, or the next minor one beside `live`.
pub async fn next_number(on: &impl Run, live: ReleaseNumber, minor: bool) -> Result<ReleaseNumber, StoreError> {
    let next = |n: i64| u32::try_from(n + 1).unwrap_or(u32::MAX);
    if minor {
        let sql = "SELECT CAST(MAX(minor) AS BIGINT) AS n FROM release WHERE major = $1";
        let greatest = db::number(on, sql, vec![i64::from(live.major).into()]).await?;
        return Ok(ReleaseNumber { major: live.major, minor: next(greatest) });
    }
    let greatest = db::number(on, "SELECT CAST(MAX(major) AS BIGINT) AS n FROM release", vec![]).await?;
    Ok(ReleaseNumber { major: next(greatest), minor: 0 })
}

/// The generation that grows with every published release.
pub const RELEASE_GENERATION: &str = "release";

/// Tells every process, within a second, that something it caches has changed.
pub async fn bump(tx: &Tx, name: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO generation (name, value) VALUES ($1, 1)
               ON CONFLICT (name) DO UPDATE SET value = generation.value + 1";
    db::execute(tx, sql, vec![name.into()]).await.map(|_| ())
}

/// The current generation of something cached; 0 before its first change.
pub async fn generation(on: &Db, name: &str) -> Result<i64, StoreError> {
    db::number(on, "SELECT value AS n FROM generation WHERE name = $1", vec![name.into()]).await
}

/// Makes or updates a queue by its name.
pub async fn put_queue(tx: &Tx, queue: &StoredQueue) -> Result<(), StoreError> {
    db::execute(
        tx,
        "INSERT INTO queue (id, name, title, policies, rank, sla_ms, lease_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (name) DO UPDATE SET title = $3, policies = $4, rank = $5, sla_ms = $6, lease_ms = $7",
        vec![
            queue.id.0.into(),
            queue.name.clone().into(),
            queue.title.clone().into(),
            serde_json::to_string(&queue.policies).map_err(StoreError::damaged("queue"))?.into(),
            queue.rank.into(),
            queue.sla_ms.into(),
            queue.lease_ms.into(),
        ],
    )
    .await
    .map(|_| ())
}

/// All queues, in page order.
pub async fn queues(on: &impl Run) -> Result<Vec<StoredQueue>, StoreError> {
    let rows: Vec<queue::Model> = db::rows(on, "SELECT * FROM queue ORDER BY rank, name", vec![]).await?;
    rows.into_iter()
        .map(|q| {
            Ok(StoredQueue {
                id: QueueId(q.id),
                name: q.name,
                title: q.title,
                policies: serde_json::from_str(&q.policies).map_err(StoreError::damaged("queue"))?,
                rank: q.rank,
                sla_ms: q.sla_ms,
                lease_ms: q.lease_ms,
            })
        })
        .collect()
}

/// Open tasks by queue name, for metrics.
pub async fn open_tasks(on: &impl Run) -> Result<Vec<(String, i64)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Depth {
        name: String,
        n: i64,
    }
    let sql = "SELECT q.name AS name, COUNT(t.id) AS n FROM queue q
               LEFT JOIN task t ON t.queue_id = q.id AND t.state = 'open' GROUP BY q.name";
    Ok(db::rows::<Depth>(on, sql, vec![]).await?.into_iter().map(|d| (d.name, d.n)).collect())
}

/// Open rounds opened by a screening: (round, revision), for screening them again.
pub async fn open_rounds(on: &impl Run) -> Result<Vec<Uuid>, StoreError> {
    #[derive(FromQueryResult)]
    struct Open {
        revision_id: Uuid,
    }
    let sql = "SELECT DISTINCT revision_id FROM round WHERE state = 'open' AND trigger_kind = 'screening' AND revision_id IS NOT NULL";
    Ok(db::rows::<Open>(on, sql, vec![]).await?.into_iter().map(|o| o.revision_id).collect())
}
