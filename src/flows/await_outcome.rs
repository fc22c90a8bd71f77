//! Waiting for an ad's outcome, for callers that sent `Prefer: wait=N` (RFC 7240).
//!
//! Called by the API after a submission. It must never wait longer than asked, nor hold a connection of the database.

use super::{App, Error};
use crate::{
    domain::{AdId, ReviewStatus, decision::Outcome, role::Scope},
    store::ads,
};
use std::time::Duration;

/// Longest wait that is honoured.
pub const LONGEST: Duration = Duration::from_secs(60);

/// The ad's outcome once screening has concluded, or as it stands when the time is over.
pub async fn await_outcome(app: &App, scope: &Scope, id: AdId, wait: Duration) -> Result<Outcome, Error> {
    let until = tokio::time::Instant::now() + wait.min(LONGEST);
    let mut pause = Duration::from_millis(10);
    loop {
        let ad = ads::ad(&app.db, id).await?.filter(|ad| scope.submitter.is_none_or(|s| s == ad.submitter));
        let outcome = ad.ok_or(Error::NotFound)?.outcome;
        if outcome.review_status != ReviewStatus::Pending || tokio::time::Instant::now() >= until {
            return Ok(outcome);
        }
        tokio::time::sleep_until((tokio::time::Instant::now() + pause).min(until)).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}
