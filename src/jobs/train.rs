//! The `train` job: a candidate model is trained on the installation's labels.

use super::screen::settle;
use crate::{
    flows::{App, Error, training},
    store::jobs::{self, JobName},
};

/// Runs the training that waits; says how many jobs were claimed.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    let token = app.clock.new_uuid();
    let claimed = jobs::claim(&app.db, JobName::Train, token, app.clock.now(), training::LEASE_MS, 1).await?;
    for job in &claimed {
        let result = training::step(app, job).await;
        settle(app, job, result).await?;
    }
    Ok(claimed.len())
}
