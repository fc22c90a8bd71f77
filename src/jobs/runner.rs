//! Runs every job until it is told to stop: each in its own loop, woken by the process's own flows and by the clock.
//!
//! Loops are tasks of the current thread (`spawn_local`), since they only wait for the database and the encoder. A loop
//! that fails logs the cause and goes on.

use super::{
    backtest, breaker, certificate, deliver, effect, expire, fan_out, housekeeping, lapse, notes, publish, recover,
    refresh, report, rescreen, screen, seal, sweep, train,
};
use crate::{
    domain::webhook::Lane,
    flows::{App, Error},
};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Running loops.
#[derive(Debug)]
pub struct Runner {
    stop: CancellationToken,
    loops: Vec<JoinHandle<()>>,
}

impl Runner {
    /// Starts all loops on the current thread's local set.
    pub fn start(app: &App) -> Self {
        let stop = CancellationToken::new();
        let loops = vec![
            every(app, &stop, Duration::from_millis(50), screen::step),
            every(app, &stop, Duration::from_millis(100), effect::step),
            every(app, &stop, Duration::from_millis(200), rescreen::step),
            every(app, &stop, Duration::from_millis(200), certificate::step),
            every(app, &stop, Duration::from_millis(500), report::step),
            every(app, &stop, Duration::from_millis(500), publish::step),
            every(app, &stop, Duration::from_millis(300), backtest::step),
            every(app, &stop, Duration::from_millis(500), lapse::step),
            every(app, &stop, Duration::from_millis(200), sweep::step),
            every(app, &stop, Duration::from_millis(500), breaker::step),
            every(app, &stop, Duration::from_millis(500), recover::step),
            every_at_once(app, &stop, Duration::from_millis(500), train::step),
            every(app, &stop, Duration::from_secs(1), expire::step),
            every(app, &stop, Duration::from_millis(100), seal::step),
            every(app, &stop, Duration::from_millis(50), fan_out::step),
            deliver::start(app, &stop, Lane::Urgent),
            deliver::start(app, &stop, Lane::Normal),
            every(app, &stop, Duration::from_millis(500), refresh::step),
            every(app, &stop, Duration::from_secs(5), housekeeping::step),
        ];
        Self { stop, loops }
    }

    /// Starts what belongs to a process that answers requests, with background work or without.
    pub fn beside(app: &App) -> Self {
        let stop = CancellationToken::new();
        let loops = vec![every_apart(app, &stop, Duration::from_secs(1), notes::step)];
        Self { stop, loops }
    }

    /// Lets every loop end what it is at, and waits for that.
    pub async fn stop(self) {
        self.stop.cancel();
        for one in self.loops {
            // A loop that panicked has said so already; its leases lapse.
            let _ = one.await;
        }
    }
}

/// As [`every`], for work that takes minutes: it is dropped when the runner stops. Its lease lapses, and it is begun
/// again.
fn every_at_once(
    app: &App,
    stop: &CancellationToken,
    pause: Duration,
    step: impl AsyncFn(&App) -> Result<usize, Error> + 'static,
) -> JoinHandle<()> {
    let stopped = stop.clone();
    every(app, stop, pause, async move |app: &App| {
        tokio::select! {
            result = step(app) => result,
            () = stopped.cancelled() => Ok(0),
        }
    })
}

/// Runs `step` once every `pause`, whether it finds work or not: what it does then is worth a commit of its own.
fn every_apart(
    app: &App,
    stop: &CancellationToken,
    pause: Duration,
    step: impl AsyncFn(&App) -> Result<usize, Error> + 'static,
) -> JoinHandle<()> {
    let (app, stop) = (app.clone(), stop.clone());
    tokio::task::spawn_local(async move {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            if let Err(error) = step(&app).await {
                tracing::error!(%error, "background work failed");
            }
        }
    })
}

/// Runs `step` again at once while it finds work, else after `pause` or when the process's own flows made work.
fn every(
    app: &App,
    stop: &CancellationToken,
    pause: Duration,
    step: impl AsyncFn(&App) -> Result<usize, Error> + 'static,
) -> JoinHandle<()> {
    let (app, stop) = (app.clone(), stop.clone());
    tokio::task::spawn_local(async move {
        let mut failures = 0u32;
        while !stop.is_cancelled() {
            let wait = match step(&app).await {
                Ok(0) => pause,
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    failures = failures.saturating_add(1);
                    tracing::error!(%error, failures, "background work failed");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(wait) => {}
                () = app.wake.notified(), if wait == pause => {}
            }
        }
    })
}

/// Runs all jobs that are due until none is left, and seals. For tests, and for commands that run without a server.
pub async fn step(app: &App) -> Result<usize, Error> {
    let mut total = 0;
    loop {
        refresh::step(app).await?;
        let done = screen::step(app).await?
            + effect::step(app).await?
            + rescreen::step(app).await?
            + certificate::step(app).await?
            + report::step(app).await?
            + publish::step(app).await?
            + backtest::step(app).await?
            + lapse::step(app).await?
            + recover::step(app).await?
            + train::step(app).await?
            + sweep::step(app).await?
            + expire::step(app).await?
            + seal::step(app).await?;
        if done == 0 {
            return Ok(total);
        }
        total += done;
    }
}
