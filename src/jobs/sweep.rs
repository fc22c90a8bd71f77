//! The `sweep` job: the ads that live are screened again, a page at a time.

use super::screen::settle;
use crate::{
    domain::Millis,
    flows::{App, Error, sweep},
    store::jobs::{self, JobName},
};

/// Takes one step of every sweep that is due; says how many jobs were claimed.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    let token = app.clock.new_uuid();
    let claimed = jobs::claim(&app.db, JobName::Sweep, token, app.clock.now(), 30 * Millis::SECOND, 4).await?;
    for job in &claimed {
        let result = sweep::step(app, job).await;
        settle(app, job, result).await?;
    }
    Ok(claimed.len())
}
