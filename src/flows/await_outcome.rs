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
    let read = async || {
        let ad = ads::ad(&app.db, id).await?.filter(|ad| scope.submitter.is_none_or(|s| s == ad.submitter));
        Ok(ad.ok_or(Error::NotFound)?.outcome)
    };
    let concluded = async {
        let mut pause = Duration::from_millis(10);
        loop {
            let outcome = read().await?;
            if outcome.review_status != ReviewStatus::Pending {
                return Ok::<_, Error>(outcome);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(200));
        }
    };
    tokio::select! {
        concluded = tokio::time::timeout(wait.min(LONGEST), concluded) => match concluded {
            Ok(outcome) => outcome,
            Err(_) => read().await,
        },
        () = app.stopping.cancelled() => read().await,
    }
}
