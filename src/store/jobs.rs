//! The table of background work: enqueue in the commit that asks for it, claim by compare-and-set, finish in the
//! commit that does it.
//!
//! Called by flows (enqueue, finish) and the runner (claim, fail). It must never hold a transaction open while a job
//! runs: a lease that lapses gives the work to somebody else, and `finish` then refuses the late one.

use super::{Db, StoreError, Tx, db, db::Run, entities::job};
use crate::{
    domain::{JobId, Millis, signal::Producer},
    named_enum,
};
use sea_orm::FromQueryResult;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

named_enum!(
    /// Kinds of work; the runner has one file for each.
    JobName {
        /// Screen a revision.
        Screen = "screen",
        /// Let a decision take effect when its grace time is over.
        Effect = "effect",
        /// Screen the revisions of open rounds again under a new release.
        Rescreen = "rescreen",
        /// Let a certificate's decision take effect, or the certificate lapse.
        Certificate = "certificate",
        /// Publish a draft at its set time.
        Publish = "publish",
        /// Run a draft over stored screenings.
        Backtest = "backtest",
        /// Screen the ads that live again, a page at a time.
        Sweep = "sweep",
        /// End a block that nobody confirmed, and give ads back.
        Lapse = "lapse",
        /// Fit a candidate model.
        Train = "train",
        /// Have ads screened again that were screened while a signal failed.
        Recover = "recover",
    }
);

/// Tries before a job is left for a person to look at.
pub const MAX_ATTEMPTS: i32 = 8;

/// Work to be done.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// Its kind.
    pub name: JobName,
    /// At most one waiting job has this key.
    pub dedup_key: String,
    /// JSON that its file understands.
    pub payload: serde_json::Value,
    /// Not before.
    pub run_at: Millis,
}

/// A claimed job.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its id.
    pub id: JobId,
    /// Its kind.
    pub name: JobName,
    /// This try, from 1.
    pub attempt: i32,
    /// The lease; `finish` and `fail` need it.
    pub token: Uuid,
    payload: String,
}

impl Claimed {
    /// The payload as the type that was enqueued.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        serde_json::from_str(&self.payload).map_err(StoreError::damaged("job payload"))
    }
}

impl NewJob {
    /// A job to be done at once.
    pub fn now<T: Serialize>(
        id: JobId,
        name: JobName,
        dedup_key: String,
        payload: &T,
        now: Millis,
    ) -> Result<Self, StoreError> {
        let payload = serde_json::to_value(payload).map_err(StoreError::damaged("job payload"))?;
        Ok(Self { id, name, dedup_key, payload, run_at: now })
    }
}

/// Adds a job unless one with the same key waits already.
pub async fn enqueue(tx: &Tx, new: &NewJob, now: Millis) -> Result<(), StoreError> {
    db::execute(
        tx,
        "INSERT INTO job (id, name, dedup_key, payload, state, run_at, attempts, lease_until, created_at)
         VALUES ($1, $2, $3, $4, 'ready', $5, 0, 0, $6) ON CONFLICT (dedup_key) DO NOTHING",
        vec![
            new.id.0.into(),
            new.name.as_str().into(),
            new.dedup_key.clone().into(),
            new.payload.to_string().into(),
            new.run_at.0.into(),
            now.0.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Claims up to `limit` jobs of one kind that are due. Two runners never get the same job while its lease lives.
pub async fn claim(
    on: &Db,
    name: JobName,
    token: Uuid,
    now: Millis,
    lease_ms: i64,
    limit: u64,
) -> Result<Vec<Claimed>, StoreError> {
    #[derive(FromQueryResult)]
    struct Due {
        id: Uuid,
    }
    let sql = format!(
        "SELECT id FROM job WHERE state = 'ready' AND name = $1 AND run_at <= $2 AND lease_until < $2 ORDER BY run_at, id LIMIT {limit}"
    );
    let due: Vec<Due> = db::rows(on, &sql, vec![name.as_str().into(), now.0.into()]).await?;
    if due.is_empty() {
        return Ok(vec![]);
    }
    let claim = format!(
        "UPDATE job SET lease_token = $1, lease_until = $2, attempts = attempts + 1, held_by = NULL
         WHERE state = 'ready' AND lease_until < $3 AND id IN ({})",
        db::placeholders(4, due.len())
    );
    let mut values = vec![token.into(), now.plus(lease_ms).0.into(), now.0.into()];
    values.extend(due.iter().map(|d| d.id.into()));
    let rows = on
        .write("claim_jobs", async |tx| {
            db::execute(tx, &claim, values.clone()).await?;
            db::rows::<job::Model>(
                tx,
                "SELECT * FROM job WHERE lease_token = $1 ORDER BY run_at, id",
                vec![token.into()],
            )
            .await
        })
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Claimed {
                id: JobId(row.id),
                name: row.name.parse()?,
                attempt: row.attempts,
                token,
                payload: row.payload,
            })
        })
        .collect()
}

/// Removes a done job, inside the commit that did it. A lease that was lost refuses, and so undoes that commit.
pub async fn finish(tx: &Tx, id: JobId, token: Uuid) -> Result<(), StoreError> {
    let gone =
        db::execute(tx, "DELETE FROM job WHERE id = $1 AND lease_token = $2", vec![id.0.into(), token.into()]).await?;
    if gone == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

/// Puts a failed job back until `retry_at`, or leaves it dead when it had its tries. The error is for operators.
pub async fn fail(on: &Db, claimed: &Claimed, error: &str, retry_at: Millis) -> Result<bool, StoreError> {
    let dead = claimed.attempt >= MAX_ATTEMPTS;
    let state = if dead { "dead" } else { "ready" };
    on.write("fail_job", async |tx| {
        db::execute(
            tx,
            "UPDATE job SET state = $1, run_at = $2, lease_until = 0, lease_token = NULL, last_error = $3
             WHERE id = $4 AND lease_token = $5",
            vec![
                state.into(),
                retry_at.0.into(),
                error.chars().take(500).collect::<String>().into(),
                claimed.id.0.into(),
                claimed.token.into(),
            ],
        )
        .await
    })
    .await?;
    Ok(dead)
}

/// Puts a job back because a signal that it needs fails widely. That was no try of its own.
pub async fn hold(tx: &Tx, claimed: &Claimed, signal: Producer, until: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE job SET run_at = $1, held_by = $2, lease_until = 0, lease_token = NULL, attempts = attempts - 1
               WHERE id = $3 AND lease_token = $4";
    let values = vec![until.0.into(), signal.as_str().into(), claimed.id.0.into(), claimed.token.into()];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// Makes all jobs due now that a signal held back; says how many.
pub async fn release_held(tx: &Tx, signal: Producer, now: Millis) -> Result<u64, StoreError> {
    let sql = "UPDATE job SET run_at = $1, held_by = NULL WHERE held_by = $2 AND state = 'ready'";
    db::execute(tx, sql, vec![now.0.into(), signal.as_str().into()]).await
}

/// How many jobs a signal holds back.
pub async fn held(on: &impl Run, signal: Producer) -> Result<i64, StoreError> {
    db::number(on, "SELECT COUNT(*) AS n FROM job WHERE held_by = $1", vec![signal.as_str().into()]).await
}

/// What the `nth` of the jobs that a signal holds back is about.
pub async fn held_payload<T: DeserializeOwned>(
    on: &impl Run,
    signal: Producer,
    nth: u64,
) -> Result<Option<T>, StoreError> {
    #[derive(FromQueryResult)]
    struct Held {
        payload: String,
    }
    let sql = format!("SELECT payload FROM job WHERE held_by = $1 ORDER BY id LIMIT 1 OFFSET {nth}");
    let found: Option<Held> = db::row(on, &sql, vec![signal.as_str().into()]).await?;
    found.map(|h| serde_json::from_str(&h.payload).map_err(StoreError::damaged("job payload"))).transpose()
}

/// Makes a waiting job due now.
pub async fn hurry(tx: &Tx, dedup_key: &str, now: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE job SET run_at = $1 WHERE dedup_key = $2 AND state = 'ready' AND run_at > $1";
    db::execute(tx, sql, vec![now.0.into(), dedup_key.into()]).await.map(|_| ())
}

/// How many of these jobs, named by their dedup keys, still wait or run.
pub async fn waiting_of(on: &impl Run, keys: &[String]) -> Result<i64, StoreError> {
    let mut waiting = 0;
    for part in keys.chunks(500) {
        let sql = format!(
            "SELECT COUNT(*) AS n FROM job WHERE state = 'ready' AND dedup_key IN ({})",
            db::placeholders(1, part.len())
        );
        waiting += db::number(on, &sql, part.iter().map(|k| k.as_str().into()).collect()).await?;
    }
    Ok(waiting)
}

/// Keeps a lease alive while its work goes on; [`StoreError::LeaseLost`] when somebody else may have it.
pub async fn renew(tx: &Tx, id: JobId, token: Uuid, until: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE job SET lease_until = $1 WHERE id = $2 AND lease_token = $3";
    let kept = db::execute(tx, sql, vec![until.0.into(), id.0.into(), token.into()]).await?;
    if kept == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

/// Jobs by state, for metrics: how many wait and how many are dead.
pub async fn backlog(on: &Db) -> Result<(i64, i64), StoreError> {
    let waiting = db::number(on, "SELECT COUNT(*) AS n FROM job WHERE state = 'ready'", vec![]).await?;
    let dead = db::number(on, "SELECT COUNT(*) AS n FROM job WHERE state = 'dead'", vec![]).await?;
    Ok((waiting, dead))
}

/// Jobs of one kind that are due now or waiting, dead ones not counted.
pub async fn waiting(on: &Db, name: JobName) -> Result<i64, StoreError> {
    db::number(on, "SELECT COUNT(*) AS n FROM job WHERE state = 'ready' AND name = $1", vec![name.as_str().into()])
        .await
}
