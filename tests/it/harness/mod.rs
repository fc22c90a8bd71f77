//! What the suite stands on: databases, servers, ads, and the three groups as clients: a program that submits, a
//! person at the console, somebody at the command line; and a browser. Tests read like their actions.
//!
//! It must never look into the library where a front door exists.

pub(crate) mod ads;
pub(crate) mod browser;
pub(crate) mod database;
pub(crate) mod hook;
pub(crate) mod person;
pub(crate) mod receiver;
pub(crate) mod server;
pub(crate) mod tiny_encoder;

use std::time::{Duration, Instant};

/// Asks again and again until there is an answer; panics, naming what was waited for, when there is none in time.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain for {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// Longest wait for anything: generous, since a debug build on a busy machine is slow, and a wait that ends early
/// costs nothing.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
