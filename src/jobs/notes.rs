//! Requests that were answered are kept in the logs of their keys.

use crate::flows::{App, Error, note_requests::note_requests};

/// One round.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    note_requests(app).await
}
