//! Adding revisions to ads: what submit, batch and revise share.
//!
//! It must never make a revision of unchanged content, and never leave an old revision's questions open.

use super::{appeal, audit, outcome, screen_job::ScreenJob, touch};
use crate::{
    domain::{
        AdId, AdvertiserId, Millis, ReviewStatus, RevisionId, SubmitterId, decision::Outcome,
        destination::registrable_domain, digest::Digest, event::EventKind, review::RoundState, role::Scope,
        screening::Trigger, submitter::Bidding,
    },
    flows::{App, Error},
    intake::Submission,
    store::{
        Tx, ads,
        ads::{StoredAd, StoredRevision},
        jobs,
        jobs::{JobName, NewJob},
        judgements, rounds,
    },
};
use serde_json::json;

/// Who submits what for whom, resolved in this commit.
pub struct Incoming<'a> {
    /// The submitter.
    pub submitter: SubmitterId,
    /// The advertiser, made or updated already.
    pub advertiser: AdvertiserId,
    /// For trying out only.
    pub sandbox: bool,
    /// Whether a new ad may serve before it is reviewed.
    pub bidding: Bidding,
    /// The submission.
    pub submission: &'a Submission,
    /// Digest of its content.
    pub digest: Digest,
}

/// Adds a new ad with its first revision, event, audit row and screening job.
pub async fn first(app: &App, tx: &Tx, scope: &Scope, incoming: &Incoming<'_>, now: Millis) -> Result<Outcome, Error> {
    let id: AdId = app.clock.new_id();
    let revision: RevisionId = app.clock.new_id();
    let external_id = &incoming.submission.external_id;
    let ad = StoredAd {
        id,
        submitter: incoming.submitter,
        advertiser: incoming.advertiser,
        sandbox: incoming.sandbox,
        outcome: outcome::submitted(id, external_id, revision, incoming.bidding, incoming.sandbox),
        withdrawn_at: None,
    };
    ads::add_ad(tx, &ad, incoming.submission.needed_by, now).await?;
    add(app, tx, &ad, revision, 1, incoming, now).await?;
    let event = EventKind::AdSubmitted { ad: id, external_id: external_id.clone(), revision };
    audit::tell(app, tx, ad.submitter, Some(id), &event, now).await?;
    let details = json!({"revision": revision, "digest": incoming.digest});
    audit::record(app, tx, scope, "ad.submitted", id, details, now).await?;
    Ok(ad.outcome)
}

/// Adds the next revision of an ad, unless the content is unchanged. What waited about the old one is closed.
pub async fn next(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    mut ad: StoredAd,
    incoming: &Incoming<'_>,
    now: Millis,
) -> Result<Outcome, Error> {
    let latest = ads::revision(tx, ad.outcome.revision).await?.ok_or(Error::NotFound)?;
    if latest.digest == incoming.digest && ad.withdrawn_at.is_none() && ad.advertiser == incoming.advertiser {
        // Whoever sends an ad again that nobody touched for long wants it back.
        return match ad.outcome.review_status {
            ReviewStatus::Expired => touch::reactivate(app, tx, scope, &ad, now).await,
            _ => Ok(ad.outcome),
        };
    }
    let revision: RevisionId = app.clock.new_id();
    add(app, tx, &ad, revision, latest.number + 1, incoming, now).await?;
    close_open_work(app, tx, scope, &ad, now).await?;
    let next = outcome::revised(&ad, revision);
    ad.advertiser = incoming.advertiser;
    ad.withdrawn_at = None;
    ads::project(tx, &ad, &next, now).await?;
    let event = EventKind::AdRevised { ad: ad.id, external_id: next.external_id.clone(), revision };
    audit::tell(app, tx, ad.submitter, Some(ad.id), &event, now).await?;
    let details = json!({"revision": revision, "digest": incoming.digest});
    audit::record(app, tx, scope, "ad.revised", ad.id, details, now).await?;
    Ok(next)
}

/// Cancels open rounds of the ad's latest revision, and lapses an open appeal and decisions inside their grace time.
pub async fn close_open_work(app: &App, tx: &Tx, scope: &Scope, ad: &StoredAd, now: Millis) -> Result<(), Error> {
    for round in rounds::open_of_revision(tx, ad.outcome.revision).await? {
        rounds::cancel_tasks(tx, round.id, now).await?;
        rounds::close(tx, round.id, RoundState::Cancelled, None, now).await?;
        audit::record(app, tx, scope, "round.cancelled", round.id, json!({"ad": ad.id}), now).await?;
    }
    judgements::lapse(tx, ad.id).await?;
    appeal::lapse(app, tx, scope, ad, now).await
}

async fn add(
    app: &App,
    tx: &Tx,
    ad: &StoredAd,
    revision: RevisionId,
    number: i32,
    incoming: &Incoming<'_>,
    now: Millis,
) -> Result<(), Error> {
    let content = &incoming.submission.content;
    let stored = StoredRevision {
        id: revision,
        ad: ad.id,
        advertiser: incoming.advertiser,
        number,
        digest: incoming.digest,
        content: content.clone(),
        domain: content.landing_url.as_deref().and_then(registrable_domain),
        screening: None,
        created_at: now,
    };
    ads::add_revision(tx, &stored, app.clock.new_id(), !ad.sandbox, now).await?;
    let job = ScreenJob { revision, trigger: Trigger::Submitted };
    let key = job.dedup_key();
    let job = NewJob::now(app.clock.new_id(), JobName::Screen, key, &job, now)?;
    Ok(jobs::enqueue(tx, &job, now).await?)
}
