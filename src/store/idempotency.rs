//! Stored responses by API key and idempotency key.
//!
//! Called by `flows::idempotency`. The primary key decides between two requests that come at once.

use super::{StoreError, Tx, db, entities::idempotency};
use crate::domain::{KeyId, Millis, digest::Digest};

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The caller runs the request.
    Claimed,
    /// It ran before.
    Done {
        /// Its status.
        status: u16,
        /// Its body.
        body: Vec<u8>,
    },
    /// The key was used for something else.
    OtherPayload,
    /// It is running.
    Running,
}

/// Claims a key. A claim whose time is over (its process died) or that expired is taken over.
pub async fn claim(
    tx: &Tx,
    key: KeyId,
    idempotency_key: &str,
    fingerprint: Digest,
    now: Millis,
    running_until: Millis,
    expires_at: Millis,
) -> Result<Claim, StoreError> {
    let id = || vec![key.0.into(), idempotency_key.into()];
    let mut expired = id();
    expired.push(now.0.into());
    let sql = "DELETE FROM idempotency WHERE key_id = $1 AND idempotency_key = $2 AND expires_at <= $3";
    db::execute(tx, sql, expired).await?;
    let mut values = id();
    values.extend([fingerprint.0.to_vec().into(), running_until.0.into(), now.0.into(), expires_at.0.into()]);
    let inserted = db::execute(
        tx,
        "INSERT INTO idempotency (key_id, idempotency_key, fingerprint, running_until, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        values,
    )
    .await?;
    if inserted == 1 {
        return Ok(Claim::Claimed);
    }
    let sql = "SELECT * FROM idempotency WHERE key_id = $1 AND idempotency_key = $2";
    let kept: Option<idempotency::Model> = db::row(tx, sql, id()).await?;
    let kept = kept.ok_or(StoreError::Conflict)?;
    if kept.fingerprint != fingerprint.0 {
        return Ok(Claim::OtherPayload);
    }
    if let (Some(status), Some(body)) = (kept.status, kept.body) {
        return Ok(Claim::Done { status: u16::try_from(status).unwrap_or(500), body });
    }
    let mut values = id();
    values.extend([running_until.0.into(), now.0.into()]);
    let sql = "UPDATE idempotency SET running_until = $3 WHERE key_id = $1 AND idempotency_key = $2 AND status IS NULL AND running_until < $4";
    let taken_over = db::execute(tx, sql, values).await? == 1;
    Ok(if taken_over { Claim::Claimed } else { Claim::Running })
}

/// Stores the response of a claimed key.
pub async fn finish(tx: &Tx, key: KeyId, idempotency_key: &str, status: u16, body: &[u8]) -> Result<(), StoreError> {
    let sql =
        "UPDATE idempotency SET status = $3, body = $4 WHERE key_id = $1 AND idempotency_key = $2 AND status IS NULL";
    let values = vec![key.0.into(), idempotency_key.into(), i32::from(status).into(), body.to_vec().into()];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// Frees a claimed key.
pub async fn abandon(tx: &Tx, key: KeyId, idempotency_key: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM idempotency WHERE key_id = $1 AND idempotency_key = $2 AND status IS NULL";
    db::execute(tx, sql, vec![key.0.into(), idempotency_key.into()]).await.map(|_| ())
}
