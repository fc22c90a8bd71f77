//! The `lapse` job: a block that nobody confirmed ends after its day.

use super::screen::settle;
use crate::{
    domain::Millis,
    flows::{App, Error, break_glass},
    store::jobs::{self, JobName},
};

/// Ends what is due; says how many jobs were claimed.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    let token = app.clock.new_uuid();
    let claimed = jobs::claim(&app.db, JobName::Lapse, token, app.clock.now(), 30 * Millis::SECOND, 1).await?;
    for job in &claimed {
        let result = break_glass::lapse(app, job).await;
        settle(app, job, result).await?;
    }
    Ok(claimed.len())
}
