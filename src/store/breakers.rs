//! Breakers, what they count, and the screenings that were stored while a signal failed.
//!
//! Called by screening, the `recover` job, housekeeping and pages. Each process counts in rows of its own, so that
//! screenings never wait for each other's counts; a breaker moves by compare-and-set on its version. It must never
//! decide when: `screening::breaker` does.

use super::{Db, StoreError, Tx, db, db::Run, jobs};
use crate::domain::{
    Millis, RevisionId, ScreeningId,
    breaker::{Breaker, Counts},
    signal::Producer,
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// Screenings are counted in slots of this many ms.
const SLOT_MS: i64 = 5 * Millis::SECOND;

#[derive(FromQueryResult)]
struct Row {
    signal: String,
    state: String,
    version: i64,
    since: Option<i64>,
    opened_at: Option<i64>,
    closed_at: Option<i64>,
    next_probe_at: Option<i64>,
    probes: i32,
    streak: i32,
    screenings: i64,
    failed: i64,
    held: i64,
}

fn from_row(row: Row) -> Result<Breaker, StoreError> {
    Ok(Breaker {
        signal: row.signal.parse()?,
        state: row.state.parse()?,
        version: row.version,
        since: row.since.map(Millis),
        opened_at: row.opened_at.map(Millis),
        closed_at: row.closed_at.map(Millis),
        next_probe_at: row.next_probe_at.map(Millis),
        probes: u32::try_from(row.probes).unwrap_or_default(),
        streak: u32::try_from(row.streak).unwrap_or_default(),
        counts: counts_of(row.screenings, row.failed),
        held: u64::try_from(row.held).unwrap_or_default(),
    })
}

fn counts_of(screenings: i64, failed: i64) -> Counts {
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    Counts { screenings: count(screenings), failed: count(failed) }
}

/// A signal's breaker; a closed one where it never moved.
pub async fn breaker(on: &impl Run, signal: Producer) -> Result<Breaker, StoreError> {
    let row: Option<Row> = db::row(on, "SELECT * FROM breaker WHERE signal = $1", vec![signal.as_str().into()]).await?;
    row.map_or_else(|| Ok(Breaker::closed(signal)), from_row)
}

/// The breakers that are not closed.
pub async fn not_closed(on: &impl Run) -> Result<Vec<Breaker>, StoreError> {
    let sql = "SELECT * FROM breaker WHERE state <> 'closed' ORDER BY signal";
    db::rows::<Row>(on, sql, vec![]).await?.into_iter().map(from_row).collect()
}

/// Moves a breaker from one state to the next; says whether nobody else had moved it meanwhile.
pub async fn advance(tx: &Tx, next: &Breaker) -> Result<bool, StoreError> {
    let sql = "INSERT INTO breaker (signal, state, version, since, opened_at, closed_at, next_probe_at, probes, streak,
                                    screenings, failed, held)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)
               ON CONFLICT (signal) DO UPDATE SET state = excluded.state, version = excluded.version,
                   since = excluded.since, opened_at = excluded.opened_at, closed_at = excluded.closed_at,
                   next_probe_at = excluded.next_probe_at, probes = excluded.probes, streak = excluded.streak,
                   screenings = excluded.screenings, failed = excluded.failed,
                   held = CASE WHEN breaker.state = 'closed' THEN 0 ELSE breaker.held END
               WHERE breaker.version = excluded.version - 1";
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let values = vec![
        next.signal.as_str().into(),
        next.state.as_str().into(),
        next.version.into(),
        next.since.map(|m| m.0).into(),
        next.opened_at.map(|m| m.0).into(),
        next.closed_at.map(|m| m.0).into(),
        next.next_probe_at.map(|m| m.0).into(),
        i32::try_from(next.probes).unwrap_or(i32::MAX).into(),
        i32::try_from(next.streak).unwrap_or(i32::MAX).into(),
        count(next.counts.screenings).into(),
        count(next.counts.failed).into(),
    ];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// Counts screenings that are held back; says whether the breaker still asks for it. The row's lock makes whoever closes
/// it wait, so that no job is held by a breaker that has closed.
pub async fn count_held(tx: &Tx, signal: Producer, n: usize) -> Result<bool, StoreError> {
    let sql = "UPDATE breaker SET held = held + $1 WHERE signal = $2 AND state <> 'closed'";
    let values = vec![i64::try_from(n).unwrap_or(i64::MAX).into(), signal.as_str().into()];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// Counts one screening that asked for a signal, in this process's row.
pub async fn tally(tx: &Tx, signal: Producer, writer: Uuid, failed: bool, now: Millis) -> Result<(), StoreError> {
    let sql = "INSERT INTO signal_tally (signal, slot, writer, screenings, failed) VALUES ($1, $2, $3, 1, $4)
               ON CONFLICT (signal, slot, writer) DO UPDATE SET screenings = signal_tally.screenings + 1,
                   failed = signal_tally.failed + excluded.failed";
    let values = vec![signal.as_str().into(), (now.0 / SLOT_MS).into(), writer.into(), i64::from(failed).into()];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// What all processes counted since a moment.
pub async fn counts(on: &impl Run, signal: Producer, since: Millis) -> Result<Counts, StoreError> {
    #[derive(FromQueryResult)]
    struct Sums {
        screenings: i64,
        failed: i64,
    }
    // CAST: Postgres sums to NUMERIC, which is no i64.
    let sql = "SELECT CAST(COALESCE(SUM(screenings), 0) AS BIGINT) AS screenings,
                      CAST(COALESCE(SUM(failed), 0) AS BIGINT) AS failed
               FROM signal_tally WHERE signal = $1 AND slot >= $2";
    let sums: Option<Sums> = db::row(on, sql, vec![signal.as_str().into(), (since.0 / SLOT_MS).into()]).await?;
    Ok(sums.map_or_else(Counts::default, |s| counts_of(s.screenings, s.failed)))
}

/// Forgets what was counted for a signal: what was before it recovered says nothing of now.
pub async fn count_anew(tx: &Tx, signal: Producer) -> Result<(), StoreError> {
    db::execute(tx, "DELETE FROM signal_tally WHERE signal = $1", vec![signal.as_str().into()]).await.map(|_| ())
}

/// Remembers that a screening was stored although a signal failed.
pub async fn add_failure(
    tx: &Tx,
    screening: ScreeningId,
    signal: Producer,
    revision: RevisionId,
    at: Millis,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO signal_failure (screening_id, signal, revision_id, at) VALUES ($1, $2, $3, $4)";
    let values = vec![screening.0.into(), signal.as_str().into(), revision.0.into(), at.0.into()];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// Takes up to `limit` remembered failures of a signal from a span; says for each its revision, and whether that
/// screening still is the newest one.
pub async fn take_failures(
    tx: &Tx,
    signal: Producer,
    (since, until): (Millis, Millis),
    limit: u32,
) -> Result<Vec<(RevisionId, bool)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Failure {
        screening_id: Uuid,
        revision_id: Uuid,
        newest: Option<Uuid>,
    }
    let sql = format!(
        "SELECT f.screening_id, f.revision_id, v.screening_id AS newest
         FROM signal_failure f JOIN revision v ON v.id = f.revision_id
         WHERE f.signal = $1 AND f.at >= $2 AND f.at <= $3 ORDER BY f.at, f.screening_id LIMIT {limit}"
    );
    let found: Vec<Failure> = db::rows(tx, &sql, vec![signal.as_str().into(), since.0.into(), until.0.into()]).await?;
    for part in found.chunks(200) {
        let sql = format!(
            "DELETE FROM signal_failure WHERE signal = $1 AND screening_id IN ({})",
            db::placeholders(2, part.len())
        );
        let mut values = vec![signal.as_str().into()];
        values.extend(part.iter().map(|f| f.screening_id.into()));
        db::execute(tx, &sql, values).await?;
    }
    Ok(found.into_iter().map(|f| (RevisionId(f.revision_id), f.newest == Some(f.screening_id))).collect())
}

/// How many remembered failures of a signal there are since a moment.
pub async fn failures(on: &impl Run, signal: Producer, since: Millis) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM signal_failure WHERE signal = $1 AND at >= $2";
    db::number(on, sql, vec![signal.as_str().into(), since.0.into()]).await
}

/// The revision of the `nth` remembered failure of a signal since a moment.
pub async fn failed_revision(
    on: &impl Run,
    signal: Producer,
    since: Millis,
    nth: u64,
) -> Result<Option<RevisionId>, StoreError> {
    #[derive(FromQueryResult)]
    struct Failure {
        revision_id: Uuid,
    }
    let sql = format!(
        "SELECT revision_id FROM signal_failure WHERE signal = $1 AND at >= $2
         ORDER BY at, screening_id LIMIT 1 OFFSET {nth}"
    );
    let found: Option<Failure> = db::row(on, &sql, vec![signal.as_str().into(), since.0.into()]).await?;
    Ok(found.map(|f| RevisionId(f.revision_id)))
}

/// Forgets counts from before one moment and failures from before another.
pub async fn prune(tx: &Tx, counts: Millis, failures: Millis) -> Result<(), StoreError> {
    db::execute(tx, "DELETE FROM signal_tally WHERE slot < $1", vec![(counts.0 / SLOT_MS).into()]).await?;
    db::execute(tx, "DELETE FROM signal_failure WHERE at < $1", vec![failures.0.into()]).await.map(|_| ())
}

/// One signal as pages show it.
#[derive(Debug, Clone)]
pub struct SignalLine {
    /// Its breaker.
    pub breaker: Breaker,
    /// Screenings of the window.
    pub counts: Counts,
    /// Screenings that wait for it.
    pub held: i64,
    /// Screenings that will be made again once it is back, or are about to be.
    pub affected: i64,
}

/// Every signal, with counts since a moment.
pub async fn lines(on: &Db, since: Millis) -> Result<Vec<SignalLine>, StoreError> {
    let mut lines = Vec::with_capacity(Producer::ALL.len());
    for signal in Producer::ALL.iter().copied() {
        let counts = counts(on, signal, since).await?;
        lines.push(line(on, breaker(on, signal).await?, counts).await?);
    }
    Ok(lines)
}

/// The signals that fail widely, with what their breakers opened on.
pub async fn open(on: &Db) -> Result<Vec<SignalLine>, StoreError> {
    let mut lines = vec![];
    for breaker in not_closed(on).await? {
        let counts = breaker.counts;
        lines.push(line(on, breaker, counts).await?);
    }
    Ok(lines)
}

async fn line(on: &Db, breaker: Breaker, counts: Counts) -> Result<SignalLine, StoreError> {
    let affected = match breaker.since {
        Some(from) if !breaker.is_closed() => failures(on, breaker.signal, from).await?,
        _ => 0,
    };
    Ok(SignalLine { counts, held: jobs::held(on, breaker.signal).await?, affected, breaker })
}
