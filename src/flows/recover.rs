//! Ads that were screened while a signal failed are screened again, once the signal is back.
//!
//! Called by the `recover` job, which the closing of a breaker asks for. It only enqueues, a page at a time; the
//! screenings are jobs of their own, one for each revision and trouble.

use super::{App, Error, steps::screen_job::ScreenJob};
use crate::{
    domain::{Millis, screening::Trigger, signal::Producer},
    store::{
        breakers, jobs,
        jobs::{Claimed, JobName, NewJob},
    },
};
use serde::{Deserialize, Serialize};

/// Screenings asked for in one commit.
const PAGE: u32 = 200;

/// Payload of the `recover` job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecoverJob {
    /// The signal that is back.
    pub signal: Producer,
    /// When its breaker opened: names the trouble, so that no revision is screened twice for it.
    pub opened_at: Millis,
    /// Since when failures belong to the trouble.
    pub since: Millis,
    /// When the breaker closed.
    pub until: Millis,
    /// Pages done before.
    pub page: u32,
}

impl RecoverJob {
    /// One job a trouble and page.
    pub fn dedup_key(&self) -> String {
        format!("recover:{}:{}:{}", self.signal, self.opened_at.0, self.page)
    }
}

/// Asks for one page of screenings, and for the next page while there is one. A revision that was screened again
/// meanwhile is left alone.
///
/// # Errors
/// The store's.
pub async fn recover(app: &App, job: &Claimed) -> Result<(), Error> {
    let RecoverJob { signal, opened_at, since, until, page } = job.payload()?;
    let now = app.clock.now();
    app.db
        .write("recover", async |tx| {
            jobs::finish(tx, job.id, job.token).await?;
            let failures = breakers::take_failures(tx, signal, (since, until), PAGE).await?;
            let more = failures.len() == PAGE as usize;
            for (revision, _) in failures.into_iter().filter(|(_, newest)| *newest) {
                let job = ScreenJob { revision, trigger: Trigger::Recovered { at: opened_at } };
                let job = NewJob::now(app.clock.new_id(), JobName::Screen, job.dedup_key(), &job, now)?;
                jobs::enqueue(tx, &job, now).await?;
            }
            if more {
                let next = RecoverJob { signal, opened_at, since, until, page: page + 1 };
                let next = NewJob::now(app.clock.new_id(), JobName::Recover, next.dedup_key(), &next, now)?;
                jobs::enqueue(tx, &next, now).await?;
            }
            Ok::<(), Error>(())
        })
        .await?;
    app.wake.notify_waiters();
    Ok(())
}
