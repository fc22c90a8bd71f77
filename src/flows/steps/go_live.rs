//! A bundle becomes the live release: numbered, with its files, queues and model, its rescreening and its audit row.
//!
//! Called inside the commit of bootstrap's successors: publishing, promotion, rollback, list edits, breaking glass. It
//! must never be reached with a bundle that was not compiled.

use crate::{
    domain::{
        Millis, ReleaseId,
        draft::{Origin, PackTexts},
        release::{Bundle, ReleaseState},
        role::Scope,
    },
    flows::{App, Error, rescreen::RescreenJob, steps::audit},
    platform::Clock,
    screening::routing::QueueSpec,
    store::{
        Tx, drafts, jobs,
        jobs::{JobName, NewJob},
        releases,
        releases::{ModelState, StoredQueue, StoredRelease},
    },
};
use serde_json::json;

/// What goes live.
#[derive(Debug)]
pub struct Next<'a> {
    /// The bundle.
    pub bundle: Bundle,
    /// The files that it is written in.
    pub files: &'a PackTexts,
    /// Queues to make or change.
    pub queues: Vec<&'a QueueSpec>,
    /// Where it comes from.
    pub origin: Origin,
    /// Who wrote it.
    pub created_by: String,
}

/// Publishes `next` after `live`; returns the new release. `kept` is a release that was frozen with the same bundle
/// before (a shadow, a canary), which then goes live itself.
pub async fn go_live(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    live: &StoredRelease,
    next: Next<'_>,
    kept: Option<&StoredRelease>,
    now: Millis,
) -> Result<StoredRelease, Error> {
    let release = match kept {
        Some(kept) => {
            let release = StoredRelease {
                state: ReleaseState::Live,
                published_at: Some(now),
                origin: Some(next.origin),
                share: None,
                ..kept.clone()
            };
            releases::promote_frozen(tx, &release, now).await?;
            release
        }
        None => {
            let release = stored(app, tx, live, next.bundle, next.origin, next.created_by, now).await?;
            releases::publish(tx, &release, now).await?;
            drafts::put_release_files(tx, release.id, next.files).await?;
            release
        }
    };
    for queue in next.queues {
        releases::put_queue(tx, &queue_row(&app.clock, queue)).await?;
    }
    change_model(tx, live, &release).await?;
    let job = RescreenJob { release: release.id };
    let job = NewJob::now(app.clock.new_id(), JobName::Rescreen, job.dedup_key(), &job, now)?;
    jobs::enqueue(tx, &job, now).await?;
    let details = json!({"number": release.number.to_string(), "digest": release.digest, "before": live.id,
                         "model": release.bundle.model, "origin": release.origin});
    audit::record(app, tx, scope, "release.published", release.id, details, now).await?;
    Ok(release)
}

/// A release row for a bundle, numbered after `live`: a minor number when policies and rules stay as they are. Files say
/// nothing of a second model, so one that is live stays, unless an earlier release comes back as it was.
pub async fn stored(
    app: &App,
    tx: &Tx,
    live: &StoredRelease,
    bundle: Bundle,
    origin: Origin,
    created_by: String,
    now: Millis,
) -> Result<StoredRelease, Error> {
    let second = match origin {
        Origin::Rollback { .. } => bundle.second.clone(),
        _ => bundle.second.clone().or_else(|| live.bundle.second.clone()),
    };
    let bundle = Bundle { second, ..bundle };
    let minor = bundle.policies == live.bundle.policies && bundle.rules == live.bundle.rules;
    Ok(StoredRelease {
        id: app.clock.new_id::<ReleaseId>(),
        number: releases::next_number(tx, live.number, minor).await?,
        state: ReleaseState::Live,
        digest: bundle.digest()?,
        bundle,
        created_by,
        created_at: now,
        published_at: Some(now),
        retired_at: None,
        origin: Some(origin),
        share: None,
    })
}

/// A queue's row; an existing one of its name keeps its id.
pub fn queue_row(clock: &Clock, queue: &QueueSpec) -> StoredQueue {
    StoredQueue {
        id: clock.new_id(),
        name: queue.name.clone(),
        title: queue.title.clone(),
        policies: queue.policies.clone(),
        rank: i32::try_from(queue.rank).unwrap_or(i32::MAX),
        sla_ms: i64::from(queue.sla_minutes) * 60_000,
        lease_ms: i64::from(queue.lease_minutes) * 60_000,
    }
}

/// The models of the release before step down for those of the release that goes live.
async fn change_model(tx: &Tx, before: &StoredRelease, after: &StoredRelease) -> Result<(), Error> {
    let (old, new) = (before.bundle.models(), after.bundle.models());
    for old in old.iter().filter(|model| !new.contains(model)) {
        releases::set_model_state(tx, *old, ModelState::Live, ModelState::Retired).await?;
    }
    for new in new.into_iter().filter(|model| !old.contains(model)) {
        let state = releases::model(tx, new).await?.ok_or(Error::NotFound)?.state;
        if state != ModelState::Live && !releases::set_model_state(tx, new, state, ModelState::Live).await? {
            return Err(Error::conflict("changed_meanwhile", "Somebody else promoted a model just now; look again."));
        }
    }
    Ok(())
}
