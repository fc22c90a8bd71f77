//! The `effect` job: lets decisions take effect whose grace time is over.

use super::screen::settle;
use crate::{
    domain::Millis,
    flows::{App, Error, effect},
    store::jobs::{self, JobName},
};

/// Lets one batch of decisions take effect; says how many jobs were claimed.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    let token = app.clock.new_uuid();
    let claimed = jobs::claim(&app.db, JobName::Effect, token, app.clock.now(), 30 * Millis::SECOND, 32).await?;
    for job in &claimed {
        let result = effect::take_effect(app, job).await;
        settle(app, job, result).await?;
    }
    Ok(claimed.len())
}
