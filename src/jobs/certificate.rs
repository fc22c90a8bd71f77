//! The `certificate` job: lets decisions about certificates take effect, and certificates lapse on their day.

use super::screen::settle;
use crate::{
    domain::Millis,
    flows::{App, Error, certificates},
    store::jobs::{self, JobName},
};

/// Runs what is due; says how many jobs were claimed.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    let token = app.clock.new_uuid();
    let claimed = jobs::claim(&app.db, JobName::Certificate, token, app.clock.now(), 30 * Millis::SECOND, 8).await?;
    for job in &claimed {
        let result = certificates::run(app, job).await;
        settle(app, job, result).await?;
    }
    Ok(claimed.len())
}
