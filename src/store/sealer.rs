//! Gives committed events and audit rows one dense order, and chains the audit rows' hashes.
//!
//! Rows commit in any order and late; readers that paged by time or id would miss some. One leased sealer numbers what
//! is committed and unnumbered, so a position once read is never undercut. It must never number a row twice, nor skip
//! a position: both are held by compare-and-set on the counter in the commit that writes the positions. Under the same
//! lease changes of the IAB API's ads get their stamps.

use super::{
    Db, StoreError, Tx, db,
    db::Run,
    entities::{audit, sealer},
    iab_seal,
};
use crate::domain::{
    AuditId, Millis,
    audit::{AuditEntry, GENESIS},
    digest::Digest,
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// Rows numbered in one commit.
const BATCH: usize = 200;
/// How long a sealer that died keeps others out, ms.
const LEASE_MS: i64 = 3_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Events,
    Audit,
    /// Not dense: its position is the last stamp, a moment.
    Iab,
}

impl Stream {
    const ALL: [Self; 3] = [Self::Events, Self::Audit, Self::Iab];

    const fn counter(self) -> &'static str {
        match self {
            Self::Events => "event",
            Self::Audit => "audit",
            Self::Iab => iab_seal::COUNTER,
        }
    }
}

/// Makes the counters on a fresh database.
pub async fn prepare(tx: &Tx) -> Result<(), StoreError> {
    for stream in Stream::ALL {
        make_counter(tx, stream).await?;
    }
    Ok(())
}

async fn make_counter(tx: &Tx, stream: Stream) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO sealer (name, position, hash, lease_until) VALUES ($1, 0, $2, 0) ON CONFLICT (name) DO NOTHING";
    db::execute(tx, sql, vec![stream.counter().into(), GENESIS.0.to_vec().into()]).await.map(|_| ())
}

/// Numbers a batch of each stream; says how many rows were numbered. Zero also when another process holds the lease.
pub async fn seal(on: &Db, token: Uuid, now: Millis) -> Result<usize, StoreError> {
    let mut sealed = 0;
    for stream in Stream::ALL {
        if unsealed(on, stream).await? > 0 {
            sealed += on.write("seal", async |tx| seal_stream(tx, stream, token, now).await).await?;
        }
    }
    Ok(sealed)
}

/// Rows that are committed and not yet numbered.
pub async fn backlog(on: &Db) -> Result<i64, StoreError> {
    let mut waiting = 0;
    for stream in Stream::ALL {
        waiting += unsealed(on, stream).await?;
    }
    Ok(waiting)
}

/// The last stamp given to an ad of the IAB API: what changes later gets a greater one.
pub async fn last_stamp(on: &Db) -> Result<Millis, StoreError> {
    let sql = "SELECT COALESCE(MAX(position), 0) AS n FROM sealer WHERE name = $1";
    db::number(on, sql, vec![iab_seal::COUNTER.into()]).await.map(Millis)
}

/// The last position that an event got. Every event up to it is committed and stays where it is.
pub async fn events_sealed(on: &impl Run) -> Result<i64, StoreError> {
    db::number(on, "SELECT position AS n FROM sealer WHERE name = 'event'", vec![]).await
}

async fn unsealed(on: &Db, stream: Stream) -> Result<i64, StoreError> {
    if stream == Stream::Iab {
        return db::number(on, iab_seal::WAITING, vec![]).await;
    }
    let sql = format!(
        "SELECT COUNT(*) AS n FROM (SELECT 1 FROM {} WHERE position IS NULL LIMIT 1000) AS waiting",
        stream.counter()
    );
    db::number(on, &sql, vec![]).await
}

async fn seal_stream(tx: &Tx, stream: Stream, token: Uuid, now: Millis) -> Result<usize, StoreError> {
    let name = stream.counter();
    if stream == Stream::Iab {
        // An installation that was begun before the API has no counter yet.
        make_counter(tx, stream).await?;
    }
    let held = db::execute(
        tx,
        "UPDATE sealer SET lease_token = $1, lease_until = $2 WHERE name = $3 AND (lease_token = $1 OR lease_until < $4)",
        vec![token.into(), now.plus(LEASE_MS).0.into(), name.into(), now.0.into()],
    )
    .await?;
    if held == 0 {
        return Ok(0);
    }
    let counter: sealer::Model = db::row(tx, "SELECT * FROM sealer WHERE name = $1", vec![name.into()])
        .await?
        .ok_or_else(|| StoreError::Failed("the sealer's counter is missing".into()))?;
    let (numbered, hash, position) = match stream {
        Stream::Events => {
            let numbered = number_events(tx, counter.position, now).await?;
            (numbered, counter.hash.clone(), counter.position + numbered as i64)
        }
        Stream::Audit => {
            let (chained, hash) = chain_audit(tx, &counter, now).await?;
            (chained, hash, counter.position + chained as i64)
        }
        Stream::Iab => {
            let (seen, last) = iab_seal::stamp(tx, &counter, now).await?;
            (seen, counter.hash.clone(), last)
        }
    };
    if numbered == 0 {
        return Ok(0);
    }
    let moved = db::execute(
        tx,
        "UPDATE sealer SET position = $1, hash = $2 WHERE name = $3 AND position = $4 AND lease_token = $5",
        vec![position.into(), hash.into(), name.into(), counter.position.into(), token.into()],
    )
    .await?;
    if moved == 1 { Ok(numbered) } else { Err(StoreError::Conflict) }
}

async fn number_events(tx: &Tx, from: i64, now: Millis) -> Result<usize, StoreError> {
    #[derive(FromQueryResult)]
    struct Waiting {
        id: Uuid,
    }
    let sql = format!("SELECT id FROM event WHERE position IS NULL ORDER BY created_at, id LIMIT {BATCH}");
    let waiting: Vec<Waiting> = db::rows(tx, &sql, vec![]).await?;
    for (i, row) in waiting.iter().enumerate() {
        db::execute(
            tx,
            "UPDATE event SET position = $1, sealed_at = $2 WHERE id = $3",
            vec![(from + 1 + i as i64).into(), now.0.into(), row.id.into()],
        )
        .await?;
    }
    Ok(waiting.len())
}

async fn chain_audit(tx: &Tx, counter: &sealer::Model, now: Millis) -> Result<(usize, Vec<u8>), StoreError> {
    let sql = format!("SELECT * FROM audit WHERE position IS NULL ORDER BY at, id LIMIT {BATCH}");
    let waiting: Vec<audit::Model> = db::rows(tx, &sql, vec![]).await?;
    let mut hash = digest(&counter.hash)?;
    for (i, row) in waiting.iter().enumerate() {
        let position = counter.position + 1 + i as i64;
        hash = entry(row)?.chained(position, hash)?;
        db::execute(
            tx,
            "UPDATE audit SET position = $1, hash = $2, sealed_at = $3 WHERE id = $4",
            vec![position.into(), hash.0.to_vec().into(), now.0.into(), row.id.into()],
        )
        .await?;
    }
    Ok((waiting.len(), hash.0.to_vec()))
}

/// What checking the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Rows whose hash is right.
    pub rows: i64,
    /// Hash of the last of them; keep it elsewhere to notice a rewritten chain.
    pub head: Digest,
    /// First position that is missing, wrong or beyond the counter, with a sentence.
    pub broken: Option<(i64, String)>,
}

/// Recomputes the whole chain from its first row.
pub async fn verify(on: &Db) -> Result<Verified, StoreError> {
    let counter: Option<sealer::Model> = db::row(on, "SELECT * FROM sealer WHERE name = 'audit'", vec![]).await?;
    let mut verified = Verified { rows: 0, head: GENESIS, broken: None };
    loop {
        let page: Vec<audit::Model> = db::rows(
            on,
            "SELECT * FROM audit WHERE position > $1 ORDER BY position LIMIT 500",
            vec![verified.rows.into()],
        )
        .await?;
        if page.is_empty() {
            break;
        }
        for row in &page {
            let expected = verified.rows + 1;
            if row.position != Some(expected) {
                verified.broken = Some((expected, "the row is missing".into()));
                return Ok(verified);
            }
            let hash = entry(row)?.chained(expected, verified.head)?;
            if row.hash.as_deref() != Some(&hash.0[..]) {
                verified.broken =
                    Some((expected, "the row does not fit its hash: it, or one before it, was changed".into()));
                return Ok(verified);
            }
            verified.rows = expected;
            verified.head = hash;
        }
    }
    if let Some(counter) = counter
        && (counter.position != verified.rows || counter.hash != verified.head.0)
    {
        verified.broken = Some((verified.rows + 1, "rows are missing at the end".into()));
    }
    Ok(verified)
}

fn digest(bytes: &[u8]) -> Result<Digest, StoreError> {
    bytes.try_into().map(Digest).map_err(|_| StoreError::Damaged { what: "hash", cause: "not 32 bytes".into() })
}

fn entry(row: &audit::Model) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        id: AuditId(row.id),
        at: Millis(row.at),
        actor: serde_json::from_str(&row.actor).map_err(StoreError::damaged("actor"))?,
        action: row.action.clone(),
        subject: row.subject.clone(),
        details: serde_json::from_str(&row.details).map_err(StoreError::damaged("audit details"))?,
        request_id: row.request_id.clone(),
    })
}
