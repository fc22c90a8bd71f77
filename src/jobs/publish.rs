//! The `publish` job: a draft's set time has come.

use super::screen::settle;
use crate::{
    domain::Millis,
    flows::{App, Error, publish},
    store::jobs::{self, JobName},
};

/// Publishes what is due; says how many jobs were claimed.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    let token = app.clock.new_uuid();
    let claimed = jobs::claim(&app.db, JobName::Publish, token, app.clock.now(), Millis::MINUTE, 1).await?;
    for job in &claimed {
        let result = publish::publish_scheduled(app, job).await;
        settle(app, job, result).await?;
    }
    Ok(claimed.len())
}
