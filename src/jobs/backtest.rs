//! The `backtest` job: a draft is run over stored screenings.

use super::screen::settle;
use crate::{
    domain::Millis,
    flows::{App, Error, backtest},
    store::jobs::{self, JobName},
};

/// Runs one backtest that waits; says how many jobs were claimed.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    let token = app.clock.new_uuid();
    let claimed = jobs::claim(&app.db, JobName::Backtest, token, app.clock.now(), 30 * Millis::SECOND, 1).await?;
    for job in &claimed {
        let result = backtest::step(app, job).await;
        settle(app, job, result).await?;
    }
    Ok(claimed.len())
}
