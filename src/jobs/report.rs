//! Reports whose rounds are over get their outcome.

use crate::flows::{App, Error, reports};

/// Settles one page of reports; says how many it settled.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    reports::settle(app).await
}
