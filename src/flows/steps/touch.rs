//! An ad is asked about again without a change: one that expired comes back, one that a release denied is looked at
//! anew.
//!
//! Called by the IAB API and where an expired ad is sent again. It must never overturn a person: what a person denied
//! stays denied until it changes, or is appealed.

use super::{appeal, audit, outcome, screen_job::ScreenJob};
use crate::{
    domain::{
        Millis,
        decision::{DecidedBy, Outcome},
        event::EventKind,
        role::Scope,
        screening::Trigger,
    },
    flows::{App, Error},
    store::{
        Tx, ads,
        ads::StoredAd,
        appeals, jobs,
        jobs::{JobName, NewJob},
        judgements, releases,
    },
};
use serde_json::json;

/// An expired ad gets its last decision back, and is screened under the policies of today.
pub async fn reactivate(app: &App, tx: &Tx, scope: &Scope, ad: &StoredAd, now: Millis) -> Result<Outcome, Error> {
    let decided = match ad.outcome.decision {
        Some(id) => judgements::decision(tx, id).await?.filter(|d| d.revision == ad.outcome.revision),
        None => None,
    };
    let next = match decided {
        Some(decision) => {
            let release = releases::release(tx, decision.release).await?.ok_or(Error::NotFound)?;
            let restored = appeal::decided(app, tx, ad, &decision, &release.bundle, now).await?;
            Outcome { decided_at: ad.outcome.decided_at, ..restored }
        }
        None => outcome::again(ad),
    };
    look_again(app, tx, scope, ad, next, "ad.reactivated", now).await
}

/// An ad that a release denied is screened again; `None` where a person denied it, or decides about it next because it is
/// appealed.
pub async fn reaudit(app: &App, tx: &Tx, scope: &Scope, ad: &StoredAd, now: Millis) -> Result<Option<Outcome>, Error> {
    let by_person = ad.outcome.decided_by != Some(DecidedBy::Release);
    let contested = appeals::open_of_ad(tx, ad.id).await?.is_some();
    if by_person || contested || judgements::decided_by_person(tx, ad.outcome.revision).await? {
        return Ok(None);
    }
    look_again(app, tx, scope, ad, outcome::again(ad), "ad.reaudited", now).await.map(Some)
}

async fn look_again(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    ad: &StoredAd,
    next: Outcome,
    action: &str,
    now: Millis,
) -> Result<Outcome, Error> {
    ads::project(tx, ad, &next, now).await?;
    let event = EventKind::AdOutcome { outcome: Box::new(next.clone()), notice: None };
    audit::tell(app, tx, ad.submitter, Some(ad.id), &event, now).await?;
    audit::record(app, tx, scope, action, ad.id, json!({"revision": next.revision}), now).await?;
    let job = ScreenJob { revision: next.revision, trigger: Trigger::Touched { at: now } };
    let job = NewJob::now(app.clock.new_id(), JobName::Screen, job.dedup_key(), &job, now)?;
    jobs::enqueue(tx, &job, now).await?;
    Ok(next)
}
