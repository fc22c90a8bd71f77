//! API keys, by the hash of their secret.
//!
//! Called by guards, flows and pages. It must never hold a secret, nor list a key outside the scope.

use super::{Db, StoreError, Tx, db, db::Run, entities::api_key};
use crate::domain::{KeyId, Millis, SubmitterId, digest::Digest, key::Key, role::Scope};
use sea_orm::{FromQueryResult, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a request's key opens.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The key.
    pub key: Key,
    /// The name of its submitter; empty for staff keys.
    pub submitter: String,
    /// Whether its submitter's ads are for trying out only.
    pub sandbox: bool,
}

/// Adds a key by the hash of its secret.
pub async fn add(tx: &Tx, key: &Key, secret: Digest) -> Result<(), StoreError> {
    let row = api_key::Model {
        id: key.id.0,
        submitter_id: key.submitter.map(|s| s.0),
        name: key.name.clone(),
        role: key.role.as_str().into(),
        secret_hash: secret.0.to_vec(),
        created_at: key.created_at.0,
        revoked_at: key.revoked_at.map(|t| t.0),
        expires_at: key.expires_at.map(|t| t.0),
        last_used_at: key.last_used_at.map(|t| t.0),
        requests_per_minute: key.requests_per_minute.map(|n| i32::try_from(n).unwrap_or(i32::MAX)),
        replaced_by: key.replaced_by.map(|k| k.0),
    };
    db::insert(tx, row).await
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    submitter_id: Option<Uuid>,
    name: String,
    role: String,
    created_at: i64,
    revoked_at: Option<i64>,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    requests_per_minute: Option<i32>,
    replaced_by: Option<Uuid>,
    submitter_name: Option<String>,
    sandbox: Option<bool>,
}

const SELECT: &str = "SELECT k.id, k.submitter_id, k.name, k.role, k.created_at, k.revoked_at, k.expires_at,
                      k.last_used_at, k.requests_per_minute, k.replaced_by, s.name AS submitter_name, s.sandbox
                      FROM api_key k LEFT JOIN submitter s ON s.id = k.submitter_id";

fn opened(row: Row) -> Result<Opened, StoreError> {
    let key = Key {
        id: KeyId(row.id),
        submitter: row.submitter_id.map(SubmitterId),
        role: row.role.parse()?,
        name: row.name,
        created_at: Millis(row.created_at),
        expires_at: row.expires_at.map(Millis),
        revoked_at: row.revoked_at.map(Millis),
        last_used_at: row.last_used_at.map(Millis),
        requests_per_minute: row.requests_per_minute.and_then(|n| u32::try_from(n).ok()),
        replaced_by: row.replaced_by.map(KeyId),
    };
    Ok(Opened { key, submitter: row.submitter_name.unwrap_or_default(), sandbox: row.sandbox.unwrap_or(false) })
}

/// The key with this secret's hash, unless it is over.
pub async fn by_secret(on: &Db, secret: Digest, now: Millis) -> Result<Option<Opened>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE k.secret_hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2)"
    );
    let row: Option<Row> = db::row(on, &sql, vec![secret.0.to_vec().into(), now.0.into()]).await?;
    row.map(opened).transpose()
}

/// A key by its id; `None` when it is not there or not in scope.
pub async fn get(on: &impl Run, scope: &Scope, id: KeyId) -> Result<Option<Opened>, StoreError> {
    let (own, mut values) = within(scope, 2);
    values.insert(0, id.0.into());
    let row: Option<Row> = db::row(on, &format!("{SELECT} WHERE k.id = $1{own}"), values).await?;
    row.map(opened).transpose()
}

/// All keys in scope: by submitter and name, the newest first.
pub async fn all(on: &impl Run, scope: &Scope) -> Result<Vec<Opened>, StoreError> {
    let (own, values) = within(scope, 1);
    let sql = format!("{SELECT} WHERE 1 = 1{own} ORDER BY s.name, k.name, k.created_at DESC, k.id LIMIT 2000");
    db::rows::<Row>(on, &sql, values).await?.into_iter().map(opened).collect()
}

fn within(scope: &Scope, first: usize) -> (String, Vec<Value>) {
    match scope.submitter {
        Some(own) => (format!(" AND k.submitter_id = ${first}"), vec![own.0.into()]),
        None => (String::new(), vec![]),
    }
}

/// Revokes a key; says whether there was one to revoke.
pub async fn revoke(tx: &Tx, id: KeyId, now: Millis) -> Result<bool, StoreError> {
    let sql = "UPDATE api_key SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
    Ok(db::execute(tx, sql, vec![now.0.into(), id.0.into()]).await? == 1)
}

/// Lets a key end, since another took its place; says whether it had not been replaced before.
pub async fn replace(tx: &Tx, id: KeyId, by: KeyId, ends_at: Millis) -> Result<bool, StoreError> {
    let sql = "UPDATE api_key SET replaced_by = $1,
               expires_at = CASE WHEN expires_at IS NULL OR expires_at > $2 THEN $2 ELSE expires_at END
               WHERE id = $3 AND revoked_at IS NULL AND replaced_by IS NULL";
    Ok(db::execute(tx, sql, vec![by.0.into(), ends_at.0.into(), id.0.into()]).await? == 1)
}

/// Gives a key a number of requests a minute of its own, or takes it away.
pub async fn limit(tx: &Tx, id: KeyId, per_minute: Option<u32>) -> Result<bool, StoreError> {
    let number = per_minute.map(|n| i32::try_from(n).unwrap_or(i32::MAX));
    let sql = "UPDATE api_key SET requests_per_minute = $1 WHERE id = $2";
    Ok(db::execute(tx, sql, vec![number.into(), id.0.into()]).await? == 1)
}

/// Keeps when keys were used last, unless that is known to the minute.
pub async fn used(tx: &Tx, last: &BTreeMap<KeyId, Millis>) -> Result<(), StoreError> {
    let sql = "UPDATE api_key SET last_used_at = $1 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at <= $3)";
    for (key, at) in last {
        let before = at.plus(-Millis::MINUTE);
        db::execute(tx, sql, vec![at.0.into(), key.0.into(), before.0.into()]).await?;
    }
    Ok(())
}
