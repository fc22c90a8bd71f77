//! Ads of the IAB API that nobody touched for too long expire: nothing of them serves until somebody touches them.
//!
//! Called by the `expire` job. What waits for its audit, or was taken back, is left alone. It must never delete, nor
//! expire an ad that was touched since it was looked at.

use super::{
    App, Error,
    steps::{audit, outcome, revision},
};
use crate::{
    domain::{AdId, Millis, ReviewStatus, audit::Actor, event::EventKind, role::Scope},
    store::{ads, iab},
};
use serde_json::json;

/// Ads looked at in one round.
const PAGE: u32 = 50;

/// Expires what is due; says how many ads were looked at.
///
/// # Errors
/// The store's.
pub async fn expire(app: &App) -> Result<usize, Error> {
    let Some(after_ms) = app.settings.iab.expiry_ms else { return Ok(0) };
    let now = app.clock.now();
    let limit = now.plus(-after_ms);
    let due = iab::idle(&app.db, limit, PAGE).await?;
    for ad in &due {
        one(app, *ad, limit, now).await?;
    }
    Ok(due.len())
}

async fn one(app: &App, id: AdId, limit: Millis, now: Millis) -> Result<(), Error> {
    let scope = Scope::system(Actor::System("expire".into()));
    app.db
        .write("expire_ad", async |tx| {
            let ad = ads::ad(tx, id).await?.ok_or(Error::NotFound)?;
            if ad.withdrawn_at.is_none() && ad.outcome.review_status != ReviewStatus::Reviewed {
                // Its audit is under way: it is looked at again when as much time has passed.
                iab::set_awake(tx, id, Some(now), limit).await?;
                return Ok(());
            }
            if !iab::set_awake(tx, id, None, limit).await? || ad.withdrawn_at.is_some() {
                return Ok(());
            }
            revision::close_open_work(app, tx, &scope, &ad, now).await?;
            let next = outcome::expired(&ad);
            ads::project(tx, &ad, &next, now).await?;
            let event = EventKind::AdOutcome { outcome: Box::new(next), notice: None };
            audit::tell(app, tx, ad.submitter, Some(id), &event, now).await?;
            audit::record(app, tx, &scope, "ad.expired", id, json!({"revision": ad.outcome.revision}), now).await
        })
        .await
}
