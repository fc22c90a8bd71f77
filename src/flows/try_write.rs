//! Whether anything can be kept: one row is written now and then, when somebody asks.
//!
//! Called by `/readyz`. It must never write more often than every few seconds, however often it is asked.

use super::{App, Error};
use crate::{domain::Millis, store::probe};
use tokio::sync::Mutex;

/// How long an answer holds, ms.
const HOLDS_MS: i64 = 5 * Millis::SECOND;

/// What the last try found, and when.
#[derive(Debug, Default)]
pub struct Tried {
    last: Mutex<Option<(Millis, bool)>>,
}

/// Whether the database takes a write, as it was found within the last few seconds.
pub async fn try_write(app: &App) -> bool {
    let now = app.clock.now();
    let mut last = app.tried.last.lock().await;
    if let Some((at, found)) = *last
        && (0..HOLDS_MS).contains(&now.since(at))
    {
        return found;
    }
    let written = app.db.write("try_write", async |tx| probe::touch(tx, now).await.map_err(Error::from)).await;
    if let Err(error) = &written {
        tracing::warn!(%error, "nothing can be written");
    }
    *last = Some((now, written.is_ok()));
    written.is_ok()
}
