//! The `rescreen` job: has open rounds screened again under the release that went live.

use super::screen::settle;
use crate::{
    domain::Millis,
    flows::{App, Error, rescreen},
    store::jobs::{self, JobName},
};

/// Enqueues the screenings of one release; says how many jobs were claimed.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    let token = app.clock.new_uuid();
    let claimed = jobs::claim(&app.db, JobName::Rescreen, token, app.clock.now(), 30 * Millis::SECOND, 1).await?;
    for job in &claimed {
        let result = rescreen::rescreen(app, job).await;
        settle(app, job, result).await?;
    }
    Ok(claimed.len())
}
