//! The `recover` job: ads that were screened while a signal failed are screened again.

use super::screen::settle;
use crate::{
    domain::Millis,
    flows::{App, Error, recover},
    store::jobs::{self, JobName},
};

/// Asks for one page of screenings of every signal that is back; says how many jobs were claimed.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    let token = app.clock.new_uuid();
    let claimed = jobs::claim(&app.db, JobName::Recover, token, app.clock.now(), 30 * Millis::SECOND, 1).await?;
    for job in &claimed {
        let result = recover::recover(app, job).await;
        settle(app, job, result).await?;
    }
    Ok(claimed.len())
}
