//! What was asked with each key lately: at most a thousand requests a key, none older than some days.
//!
//! Written by one flow, in batches. It must never hold a body, a query or a header, nor show another key's requests.

use super::{Db, StoreError, Tx, db, entities::request_note};
use crate::domain::{KeyId, Millis, key::RequestNote};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Requests remembered of a key.
pub const KEPT: usize = 1_000;

/// Adds requests, and forgets the oldest ones of their keys beyond what is kept.
pub async fn add(tx: &Tx, notes: &[RequestNote]) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(notes.len());
    for note in notes {
        rows.push(request_note::Model {
            id: note.id,
            key_id: note.key.0,
            at: note.at.0,
            method: note.method.clone(),
            path: note.path.clone(),
            status: note.status.into(),
            code: note.code.clone(),
            pointers: serde_json::to_string(&note.pointers).map_err(StoreError::damaged("pointers"))?,
            request_id: note.request_id.clone(),
            duration_us: note.duration_us,
        });
    }
    db::insert_many(tx, rows).await?;
    let keys: BTreeSet<KeyId> = notes.iter().map(|note| note.key).collect();
    for key in keys {
        // The first one beyond those kept, by an index; usually there is none.
        let sql = format!(
            "DELETE FROM request_note WHERE key_id = $1 AND id <= (SELECT id FROM request_note WHERE key_id = $1
             ORDER BY id DESC LIMIT 1 OFFSET {KEPT})"
        );
        db::execute(tx, &sql, vec![key.0.into()]).await?;
    }
    Ok(())
}

/// Forgets what is older.
pub async fn prune(tx: &Tx, before: Millis) -> Result<u64, StoreError> {
    db::execute(tx, "DELETE FROM request_note WHERE at < $1", vec![before.0.into()]).await
}

/// At most `limit` requests made with a key, the newest first; those before one, where it is named; refusals only.
pub async fn of_key(
    on: &Db,
    key: KeyId,
    before: Option<Uuid>,
    refused: bool,
    limit: u32,
) -> Result<Vec<RequestNote>, StoreError> {
    let mut sql = "SELECT * FROM request_note WHERE key_id = $1".to_owned();
    let mut values = vec![key.0.into()];
    if let Some(before) = before {
        values.push(before.into());
        sql.push_str(" AND id < $2");
    }
    if refused {
        sql.push_str(" AND status >= 400");
    }
    sql.push_str(&format!(" ORDER BY id DESC LIMIT {limit}"));
    db::rows::<request_note::Model>(on, &sql, values).await?.into_iter().map(from_row).collect()
}

fn from_row(row: request_note::Model) -> Result<RequestNote, StoreError> {
    Ok(RequestNote {
        id: row.id,
        key: KeyId(row.key_id),
        at: Millis(row.at),
        method: row.method,
        path: row.path,
        status: u16::try_from(row.status).unwrap_or(0),
        code: row.code,
        pointers: serde_json::from_str(&row.pointers).map_err(StoreError::damaged("pointers"))?,
        request_id: row.request_id,
        duration_us: row.duration_us,
    })
}
