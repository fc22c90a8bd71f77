//! Sealed events after a position: the cursor that submitters poll.
//!
//! Called by the API. Unsealed events have no position and are never read, so no reader can miss one that committed
//! late. It must never return an event of another submitter than the scope's.

use crate::domain::{EventId, Millis, event::Event, role::Scope};
use crate::store::{Db, StoreError, db, outbox, sealer};
use sea_orm::{FromQueryResult, Value};

/// A page of the cursor.
#[derive(Debug, Clone)]
pub struct EventPage {
    /// The events, in order.
    pub items: Vec<Event>,
    /// Where to go on: never before the cursor, and past every event that was looked at.
    pub next: i64,
    /// Events up to this position are not kept any more.
    pub forgotten: i64,
}

/// At most `limit` events after a cursor, in order.
pub async fn page(on: &Db, scope: &Scope, cursor: Option<i64>, limit: u32) -> Result<EventPage, StoreError> {
    // First: everything up to here is committed, whatever other processes do meanwhile.
    let head = sealer::events_sealed(on).await?;
    let after = cursor.unwrap_or_default();
    let items = between(on, scope, (after, head), limit).await?;
    // Last: what was forgotten while this read is noticed.
    let forgotten = outbox::forgotten(on).await?;
    let next = match items.last() {
        Some(last) if items.len() >= limit as usize => last.position,
        _ => head.max(after),
    };
    Ok(EventPage { items, next, forgotten })
}

async fn between(on: &Db, scope: &Scope, (after, to): (i64, i64), limit: u32) -> Result<Vec<Event>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: uuid::Uuid,
        position: i64,
        payload: String,
        created_at: i64,
    }
    let mut sql =
        "SELECT id, position, payload, created_at FROM event WHERE position > $1 AND position <= $2".to_owned();
    let mut values: Vec<Value> = vec![after.into(), to.into()];
    if let Some(submitter) = scope.submitter {
        sql.push_str(" AND submitter_id = $3");
        values.push(submitter.0.into());
    }
    sql.push_str(&format!(" ORDER BY position LIMIT {limit}"));
    let rows = db::rows::<Row>(on, &sql, values).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Event {
                id: EventId(row.id),
                position: row.position,
                timestamp: Millis(row.created_at),
                kind: serde_json::from_str(&row.payload).map_err(StoreError::damaged("event"))?,
            })
        })
        .collect()
}
