//! Gauges are set and expired sessions and idempotency keys forgotten.

use crate::{
    flows::{App, Error},
    store::{accounts, jobs, releases, sealer},
};

/// One round; there is never more at once.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    let now = app.clock.now();
    app.db.write("forget_expired", async |tx| accounts::forget_expired(tx, now).await.map_err(Error::from)).await?;
    let (waiting, dead) = jobs::backlog(&app.db).await?;
    app.metrics.job_backlog.with_label_values(&["waiting"]).set(waiting);
    app.metrics.job_backlog.with_label_values(&["dead"]).set(dead);
    for (queue, depth) in releases::open_tasks(&app.db).await? {
        app.metrics.open_tasks.with_label_values(&[&queue]).set(depth);
    }
    app.metrics.unsealed.set(sealer::backlog(&app.db).await?);
    Ok(0)
}
