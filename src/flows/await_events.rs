//! Reading the event cursor, and waiting at its end for callers that sent `Prefer: wait=N` (RFC 7240).
//!
//! Called by the API. It must never pass over an event that was forgotten before the caller had it: that is an error.

use super::{App, Error};
use crate::{
    domain::role::Scope,
    store::views::events::{self, EventPage},
};
use std::time::Duration;

/// The events after a cursor; without one, from the oldest that is kept. Waits until there is one, the time is over, or
/// the process is asked to end.
///
/// # Errors
/// [`Error::Conflict`] named `cursor_expired` where events after the cursor are not kept any more.
pub async fn await_events(
    app: &App,
    scope: &Scope,
    cursor: Option<i64>,
    limit: u32,
    wait: Duration,
) -> Result<EventPage, Error> {
    let read = async || {
        let page = events::page(&app.db, scope, cursor, limit).await?;
        if cursor.is_some_and(|cursor| cursor < page.forgotten) {
            let detail = "Events after this cursor are not kept any more. Read the ads' states by GET /v1/ads, and go on \
                          without a cursor, from the oldest event that is kept.";
            return Err(Error::conflict("cursor_expired", detail));
        }
        Ok(page)
    };
    let first = read().await?;
    if !first.items.is_empty() || wait.is_zero() {
        return Ok(first);
    }
    let found = async {
        let mut pause = Duration::from_millis(20);
        loop {
            tokio::time::sleep(pause).await;
            let page = read().await?;
            if !page.items.is_empty() {
                return Ok::<_, Error>(page);
            }
            pause = (pause * 2).min(Duration::from_millis(200));
        }
    };
    tokio::select! {
        found = tokio::time::timeout(wait, found) => match found {
            Ok(page) => page,
            Err(_) => read().await,
        },
        () = app.stopping.cancelled() => read().await,
    }
}
