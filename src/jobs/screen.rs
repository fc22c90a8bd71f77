//! The `screen` job: claims revisions in batches and has them screened.

use crate::{
    domain::Millis,
    flows::{App, Error, screen, screen::Screened},
    store::jobs::{self, Claimed, JobName},
};

/// How long a batch of a process that died is kept from others, ms. A slow batch is safe: its commits name the lease.
const LEASE_MS: i64 = 30 * Millis::SECOND;

/// Screens one batch; says how many jobs were claimed.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    let token = app.clock.new_uuid();
    let claimed =
        jobs::claim(&app.db, JobName::Screen, token, app.clock.now(), LEASE_MS, app.settings.screen_batch).await?;
    for (job, result) in claimed.iter().zip(screen::screen(app, &claimed).await) {
        match result {
            Ok(Screened::Held) => app.metrics.jobs.with_label_values(&[job.name.as_str(), "held"]).inc(),
            other => settle(app, job, other.map(|_| ())).await?,
        }
    }
    Ok(claimed.len())
}

/// Counts what became of a job, and puts a failed one back with a growing pause.
pub(super) async fn settle(app: &App, job: &Claimed, result: Result<(), Error>) -> Result<(), Error> {
    let name = job.name.as_str();
    let Err(error) = result else {
        app.metrics.jobs.with_label_values(&[name, "done"]).inc();
        return Ok(());
    };
    let pause = match error {
        Error::Busy { retry_after_s } => i64::from(retry_after_s) * Millis::SECOND,
        _ => Millis::SECOND << job.attempt.clamp(0, 8),
    };
    let dead = jobs::fail(&app.db, job, &error.to_string(), app.clock.now().plus(pause)).await?;
    tracing::warn!(job = %job.id, name, attempt = job.attempt, dead, %error, "job failed");
    app.metrics.jobs.with_label_values(&[name, if dead { "dead" } else { "failed" }]).inc();
    Ok(())
}
