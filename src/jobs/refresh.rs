//! Keeps the process's live release up to date.

use crate::flows::{App, Error};

/// Loads a newer release, if there is one. A release that does not load is refused and the old one stays.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    app.live.refresh(&app.db).await.map(|_| 0)
}
