//! Sealed events after a position: the cursor that submitters poll.
//!
//! Called by the API. Unsealed events have no position and are never read, so no reader can miss one that committed
//! late. It must never return an event of another submitter than the scope's.

use crate::domain::{EventId, Millis, event::Event, role::Scope};
use crate::store::{Db, StoreError, db};
use sea_orm::{FromQueryResult, Value};

/// At most `limit` events with a position greater than `after`, in order.
pub async fn after(on: &Db, scope: &Scope, after: i64, limit: u32) -> Result<Vec<Event>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: uuid::Uuid,
        position: i64,
        payload: String,
        created_at: i64,
    }
    let mut sql = "SELECT id, position, payload, created_at FROM event WHERE position > $1".to_owned();
    let mut values: Vec<Value> = vec![after.into()];
    if let Some(submitter) = scope.submitter {
        sql.push_str(" AND submitter_id = $2");
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
