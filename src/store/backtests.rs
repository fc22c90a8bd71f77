//! Backtests, and the stored screenings that they read, in chunks.
//!
//! Called by `flows::backtest` and pages. It must never change a screening.

use super::{StoreError, Tx, db, db::Run};
use crate::domain::{
    AdId, AdvertiserId, BacktestId, DraftId, Millis, PolicyCode, ReleaseId, RevisionId, ScreeningId,
    backtest::{BacktestReport, BacktestState, Window},
    release::Bundle,
    status::UnknownName,
    verdict::Conclusion,
};
use sea_orm::{DbErr, FromQueryResult, QueryResult};
use std::collections::HashMap;
use uuid::Uuid;

/// A backtest as kept, without bundle and report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBacktest {
    /// Its id.
    pub id: BacktestId,
    /// The draft.
    pub draft: DraftId,
    /// The version of it that is tried.
    pub draft_version: i64,
    /// Life.
    pub state: BacktestState,
    /// Which screenings.
    pub window: Window,
    /// How many there are, once counted.
    pub total: Option<i64>,
    /// How many were evaluated so far.
    pub done: i64,
    /// Why it failed.
    pub notice: Option<String>,
    /// Who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: Millis,
    /// When it ended.
    pub finished_at: Option<Millis>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    draft_id: Uuid,
    draft_version: i64,
    state: String,
    span: String,
    total: Option<i64>,
    done: i64,
    notice: Option<String>,
    created_by: String,
    created_at: i64,
    finished_at: Option<i64>,
}

const COLUMNS: &str = "SELECT id, draft_id, draft_version, state, span, total, done, notice, created_by, created_at,
                       finished_at FROM backtest";

fn from_row(row: Row) -> Result<StoredBacktest, StoreError> {
    Ok(StoredBacktest {
        id: BacktestId(row.id),
        draft: DraftId(row.draft_id),
        draft_version: row.draft_version,
        state: row.state.parse()?,
        window: serde_json::from_str(&row.span).map_err(StoreError::damaged("window"))?,
        total: row.total,
        done: row.done,
        notice: row.notice,
        created_by: row.created_by,
        created_at: Millis(row.created_at),
        finished_at: row.finished_at.map(Millis),
    })
}

/// Adds a backtest of a bundle.
pub async fn add(tx: &Tx, new: &StoredBacktest, bundle: &Bundle) -> Result<(), StoreError> {
    let sql = "INSERT INTO backtest (id, draft_id, draft_version, state, span, bundle, done, created_by, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)";
    let values = vec![
        new.id.0.into(),
        new.draft.0.into(),
        new.draft_version.into(),
        new.state.as_str().into(),
        serde_json::to_string(&new.window).map_err(StoreError::damaged("window"))?.into(),
        serde_json::to_string(bundle).map_err(StoreError::damaged("release"))?.into(),
        new.created_by.as_str().into(),
        new.created_at.0.into(),
    ];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// A backtest by id.
pub async fn backtest(on: &impl Run, id: BacktestId) -> Result<Option<StoredBacktest>, StoreError> {
    let sql = format!("{COLUMNS} WHERE id = $1");
    db::row::<Row>(on, &sql, vec![id.0.into()]).await?.map(from_row).transpose()
}

/// The newest backtests of a draft.
pub async fn of_draft(on: &impl Run, draft: DraftId) -> Result<Vec<StoredBacktest>, StoreError> {
    let sql = format!("{COLUMNS} WHERE draft_id = $1 ORDER BY created_at DESC, id DESC LIMIT 10");
    db::rows::<Row>(on, &sql, vec![draft.0.into()]).await?.into_iter().map(from_row).collect()
}

/// The bundle that a running backtest tries.
pub async fn bundle(on: &impl Run, id: BacktestId) -> Result<Option<Bundle>, StoreError> {
    document(on, "SELECT bundle AS body FROM backtest WHERE id = $1", id).await
}

/// The report of one that is done.
pub async fn report(on: &impl Run, id: BacktestId) -> Result<Option<BacktestReport>, StoreError> {
    document(on, "SELECT report AS body FROM backtest WHERE id = $1", id).await
}

async fn document<T: serde::de::DeserializeOwned>(
    on: &impl Run,
    sql: &str,
    id: BacktestId,
) -> Result<Option<T>, StoreError> {
    #[derive(FromQueryResult)]
    struct Body {
        body: Option<String>,
    }
    let found: Option<Body> = db::row(on, sql, vec![id.0.into()]).await?;
    let body = found.and_then(|f| f.body);
    body.map(|b| serde_json::from_str(&b).map_err(StoreError::damaged("backtest"))).transpose()
}

/// Sets how far it is; says whether it still runs.
pub async fn advance(tx: &Tx, id: BacktestId, done: i64, total: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE backtest SET done = $1, total = $2 WHERE id = $3 AND state = 'running'";
    Ok(db::execute(tx, sql, vec![done.into(), total.into(), id.0.into()]).await? == 1)
}

/// Ends a running backtest with a report, a reason or neither; says whether it still ran. Its bundle is dropped.
pub async fn end(
    tx: &Tx,
    id: BacktestId,
    state: BacktestState,
    report: Option<&BacktestReport>,
    notice: Option<&str>,
    now: Millis,
) -> Result<bool, StoreError> {
    let report = report.map(serde_json::to_string).transpose().map_err(StoreError::damaged("backtest"))?;
    let sql = "UPDATE backtest SET state = $1, report = $2, notice = $3, finished_at = $4, bundle = NULL
               WHERE id = $5 AND state = 'running'";
    let values =
        vec![state.as_str().into(), report.into(), notice.map(str::to_owned).into(), now.0.into(), id.0.into()];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// A stored screening with what it was about, documents as text.
#[derive(Debug, Clone)]
pub struct ScreenedRow {
    /// The screening.
    pub screening: ScreeningId,
    /// Its revision.
    pub revision: RevisionId,
    /// Its ad.
    pub ad: AdId,
    /// Whose ad.
    pub advertiser: AdvertiserId,
    /// The release that concluded.
    pub release: ReleaseId,
    /// What it concluded.
    pub conclusion: Conclusion,
    /// When.
    pub at: Millis,
    /// JSON of the content.
    pub content: String,
    /// JSON of the signals.
    pub signals: String,
    /// JSON of the facts.
    pub facts: String,
    /// JSON of the evaluation.
    pub evaluation: String,
}

const NEWEST_OF_EACH: &str = "FROM screening s JOIN revision r ON r.id = s.revision_id
                              WHERE r.screening_id = s.id AND s.created_at >= $1 AND s.created_at < $2";

/// How many screenings a window holds: the newest of each revision.
pub async fn count(on: &impl Run, window: &Window) -> Result<i64, StoreError> {
    let sql = format!("SELECT COUNT(*) AS n {NEWEST_OF_EACH}");
    let n = db::number(on, &sql, vec![window.from.0.into(), window.to.0.into()]).await?;
    Ok(n.min(i64::try_from(window.most).unwrap_or(i64::MAX)))
}

/// The next screenings of a window, the newest first, after one that was read: at most `limit`. It follows the index by
/// time, so that a chunk costs as much as its rows.
pub async fn chunk(
    on: &impl Run,
    window: &Window,
    after: Option<(Millis, ScreeningId)>,
    limit: u64,
) -> Result<Vec<ScreenedRow>, StoreError> {
    let sql = format!(
        "SELECT s.id, s.revision_id, s.ad_id, r.advertiser_id, s.release_id, s.conclusion, s.created_at, r.content,
         s.signals, s.facts, s.evaluation {NEWEST_OF_EACH}{}
         ORDER BY s.created_at DESC, s.id DESC LIMIT {limit}",
        if after.is_some() { " AND (s.created_at < $3 OR s.id < $4)" } else { "" }
    );
    // The one that was read bounds the range from above; rows of its millisecond are told apart by their ids.
    let mut values: Vec<sea_orm::Value> = vec![window.from.0.into()];
    match after {
        Some((at, id)) => values.extend([at.plus(1).0.into(), at.0.into(), id.0.into()]),
        None => values.push(window.to.0.into()),
    }
    db::rows::<InOrder>(on, &sql, values).await.map(|rows| rows.into_iter().map(|InOrder(row)| row).collect())
}

/// A row read by the places of its columns, which is quicker than by their names.
struct InOrder(ScreenedRow);

impl FromQueryResult for InOrder {
    fn from_query_result(row: &QueryResult, _prefix: &str) -> Result<Self, DbErr> {
        let conclusion: String = row.try_get_by_index(5)?;
        Ok(Self(ScreenedRow {
            screening: ScreeningId(row.try_get_by_index(0)?),
            revision: RevisionId(row.try_get_by_index(1)?),
            ad: AdId(row.try_get_by_index(2)?),
            advertiser: AdvertiserId(row.try_get_by_index(3)?),
            release: ReleaseId(row.try_get_by_index(4)?),
            conclusion: conclusion.parse().map_err(|e: UnknownName| DbErr::Type(e.to_string()))?,
            at: Millis(row.try_get_by_index(6)?),
            content: row.try_get_by_index(7)?,
            signals: row.try_get_by_index(8)?,
            facts: row.try_get_by_index(9)?,
            evaluation: row.try_get_by_index(10)?,
        }))
    }
}

/// Releases whose screenings a window holds.
pub async fn releases_in(on: &impl Run, window: &Window) -> Result<Vec<ReleaseId>, StoreError> {
    #[derive(FromQueryResult)]
    struct Found {
        release_id: Uuid,
    }
    let sql = "SELECT DISTINCT release_id FROM screening WHERE created_at >= $1 AND created_at < $2";
    let rows: Vec<Found> = db::rows(on, sql, vec![window.from.0.into(), window.to.0.into()]).await?;
    Ok(rows.into_iter().map(|r| ReleaseId(r.release_id)).collect())
}

/// Standing decisions of people by revision, with the probability that the revision was chosen for one.
pub async fn decided(on: &impl Run) -> Result<HashMap<RevisionId, (Conclusion, f64)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Found {
        revision_id: Uuid,
        conclusion: String,
        probability: Option<f64>,
    }
    // A later decision about a revision overwrites the earlier ones in the map.
    let sql = "SELECT d.revision_id AS revision_id, d.conclusion AS conclusion, r.sampling_probability AS probability
               FROM decision d LEFT JOIN round r ON r.id = d.round_id
               WHERE d.decided_by = 'person' AND d.state = 'effective' AND d.revision_id IS NOT NULL
               ORDER BY d.created_at, d.id";
    let rows: Vec<Found> = db::rows(on, sql, vec![]).await?;
    rows.into_iter()
        .map(|r| Ok((RevisionId(r.revision_id), (r.conclusion.parse()?, r.probability.unwrap_or(1.0)))))
        .collect()
}

/// Labels of people by revision: the policy, whether it is broken, and the probability of being asked.
pub async fn labels(on: &impl Run) -> Result<HashMap<RevisionId, Vec<(PolicyCode, bool, f64)>>, StoreError> {
    #[derive(FromQueryResult)]
    struct Found {
        revision_id: Uuid,
        policy: String,
        value: String,
        sampling_probability: f64,
    }
    let sql = "SELECT revision_id, policy, value, sampling_probability FROM label
               WHERE revision_id IS NOT NULL AND value IN ('yes', 'no') AND source IN ('judgement', 'adjudication', 'appeal')
               ORDER BY created_at, id";
    let mut all: HashMap<RevisionId, Vec<(PolicyCode, bool, f64)>> = HashMap::new();
    for row in db::rows::<Found>(on, sql, vec![]).await? {
        let Ok(policy) = row.policy.parse::<PolicyCode>() else { continue };
        let of_revision = all.entry(RevisionId(row.revision_id)).or_default();
        // The newest answer about a policy stands.
        of_revision.retain(|(p, ..)| *p != policy);
        of_revision.push((policy, row.value == "yes", row.sampling_probability));
    }
    Ok(all)
}
