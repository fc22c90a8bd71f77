//! Screenings are held back because a signal that they need fails widely.
//!
//! Called by `flows::screen` for a batch. A held job stays ready and comes back when the signal does. It must never hold
//! what the breaker, closed meanwhile, would not let go again.

use super::{App, Error};
use crate::{
    domain::{Millis, signal::Producer},
    store::{breakers, jobs, jobs::Claimed},
};
use std::collections::BTreeMap;

/// When a held job comes back by itself, ms. It is let go much earlier, in the commit that closes the breaker.
const HELD_MS: i64 = 10 * Millis::MINUTE;

/// Puts the jobs back until their signal measures again, or at once where it does already.
///
/// # Errors
/// The store's.
pub async fn hold(app: &App, held: &[(&Claimed, Producer)]) -> Result<(), Error> {
    let mut by_signal: BTreeMap<Producer, Vec<&Claimed>> = BTreeMap::new();
    for (job, signal) in held {
        by_signal.entry(*signal).or_default().push(job);
    }
    if by_signal.is_empty() {
        return Ok(());
    }
    let now = app.clock.now();
    app.db
        .write("hold_screenings", async |tx| {
            for (signal, jobs) in &by_signal {
                let open = breakers::count_held(tx, *signal, jobs.len()).await?;
                let until = if open { now.plus(HELD_MS) } else { now };
                for job in jobs {
                    jobs::hold(tx, job, *signal, until).await?;
                }
            }
            Ok(())
        })
        .await
}
