//! A submitter takes an ad back: nothing serves, open questions close.
//!
//! Called by `DELETE /v1/ads/{id}`. Withdrawing twice answers the same. It must never delete: revisions and decisions
//! stay, and submitting the ad again revives it.

use super::{
    App, Error,
    steps::{audit, outcome, revision},
};
use crate::{
    domain::{AdId, decision::Outcome, event::EventKind, role::Scope},
    store::ads,
};
use serde_json::json;

/// Withdraws an ad.
pub async fn withdraw(app: &App, scope: &Scope, id: AdId) -> Result<Outcome, Error> {
    let now = app.clock.now();
    app.db
        .write("withdraw", async |tx| {
            let ad = ads::ad(tx, id).await?.filter(|ad| scope.submitter == Some(ad.submitter));
            let mut ad = ad.ok_or(Error::NotFound)?;
            if ad.withdrawn_at.is_some() {
                return Ok(ad.outcome);
            }
            revision::close_open_work(app, tx, scope, &ad, now).await?;
            let next = outcome::withdrawn(&ad);
            ad.withdrawn_at = Some(now);
            ads::project(tx, &ad, &next, now).await?;
            let event = EventKind::AdWithdrawn { outcome: Box::new(next.clone()) };
            audit::tell(app, tx, ad.submitter, Some(id), &event, now).await?;
            audit::record(app, tx, scope, "ad.withdrawn", id, json!({}), now).await?;
            Ok(next)
        })
        .await
}
