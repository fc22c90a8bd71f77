//! An ad comes in: stored with its first or next revision, its event and its screening job, in one commit.
//!
//! Called by `POST /v1/ads`, the batch and the demo. A known external id with unchanged content answers with what is
//! there; with new content it is a new revision. It must never screen: a job does.

use super::{
    App, Error,
    steps::revision::{self, Incoming},
};
use crate::{
    domain::{AdId, Millis, decision::Outcome, digest::Digest, role::Scope},
    intake::{StoredImage, Submission},
    store::{Tx, accounts, ads},
};

/// What was accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The ad's state now.
    pub outcome: Outcome,
    /// What the submission did.
    pub change: Change,
}

/// What a submission did to what was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A new ad.
    Created,
    /// A new revision of a known ad.
    Revised,
    /// Nothing: the content is unchanged.
    Unchanged,
}

/// Stores a submission.
pub async fn submit(app: &App, scope: &Scope, submission: &Submission) -> Result<Accepted, Error> {
    let submitter = scope.submitter.ok_or(Error::Forbidden("Use a key that belongs to a submitter."))?;
    let digest = submission.content.digest()?;
    store_images(app, &submission.images).await?;
    let now = app.clock.now();
    let accepted = app
        .db
        .write("submit", async |tx| {
            let incoming = incoming(app, tx, scope, submission, digest, now).await?;
            match ads::ad_by_external_id(tx, submitter, &submission.external_id).await? {
                None => {
                    let outcome = revision::first(app, tx, scope, &incoming, now).await?;
                    Ok(Accepted { outcome, change: Change::Created })
                }
                Some(ad) => accept_next(app, tx, scope, ad, &incoming, now).await,
            }
        })
        .await?;
    app.wake.notify_waiters();
    Ok(accepted)
}

/// Stores new content for an ad that is named by its id; its external id must be the same.
pub async fn revise(app: &App, scope: &Scope, id: AdId, submission: &Submission) -> Result<Accepted, Error> {
    let digest = submission.content.digest()?;
    store_images(app, &submission.images).await?;
    let now = app.clock.now();
    app.db
        .write("revise", async |tx| {
            let ad =
                ads::ad(tx, id).await?.filter(|ad| scope.submitter == Some(ad.submitter)).ok_or(Error::NotFound)?;
            if ad.outcome.external_id != submission.external_id {
                let detail = format!("must be {:?}, the external id of this ad", ad.outcome.external_id);
                return Err(Error::invalid("/external_id", "external_id_differs", detail));
            }
            let incoming = incoming(app, tx, scope, submission, digest, now).await?;
            accept_next(app, tx, scope, ad, &incoming, now).await
        })
        .await
}

async fn accept_next(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    ad: ads::StoredAd,
    incoming: &Incoming<'_>,
    now: Millis,
) -> Result<Accepted, Error> {
    let before = ad.outcome.revision;
    let outcome = revision::next(app, tx, scope, ad, incoming, now).await?;
    let change = if outcome.revision == before { Change::Unchanged } else { Change::Revised };
    Ok(Accepted { outcome, change })
}

async fn incoming<'a>(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    submission: &'a Submission,
    digest: Digest,
    now: Millis,
) -> Result<Incoming<'a>, Error> {
    let id = scope.submitter.ok_or(Error::NotFound)?;
    let submitter = accounts::submitter(tx, id).await?.ok_or(Error::NotFound)?;
    let named = &submission.advertiser;
    let advertiser =
        accounts::put_advertiser(tx, app.clock.new_id(), id, &named.external_id, &named.name, None, now).await?;
    let sandbox = submission.sandbox || submitter.sandbox;
    let bidding = submitter.bidding;
    Ok(Incoming { submitter: id, advertiser: advertiser.id, sandbox, bidding, submission, digest })
}

/// Bytes go first, rows second: a crash between leaves an orphan that nothing names.
async fn store_images(app: &App, images: &[StoredImage]) -> Result<(), Error> {
    for image in images {
        app.blobs.put(image.asset.digest, image.bytes.clone()).await?;
    }
    Ok(())
}
