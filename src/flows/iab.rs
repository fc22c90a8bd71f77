//! An ad comes in, changes, or is touched through the IAB Ad Management API: another door to the same ads.
//!
//! Called by `web::iab`. What is stored and screened is what every door stores; beside it stand the document as sent
//! and what the bidder asked for. It must never answer before the change has its stamp, unless nobody stamps.

use super::{
    App, Error,
    steps::{
        revision::{self, Incoming},
        touch,
    },
};
use crate::{
    domain::{AdId, Millis, RevisionId, digest::Digest, iab::AuditStatus, iab::status, role::Scope},
    intake::adcom::{AdcomPatch, AdcomSubmission},
    store::{
        StoreError, Tx, accounts, ads,
        ads::StoredAd,
        iab,
        iab::{Change, StoredIab},
        views::iab as views,
    },
};
use std::time::Duration;

/// Longest wait for the sealer, which usually needs a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often a patch is applied anew because the ad changed meanwhile.
const ATTEMPTS: usize = 5;

/// Which request an ad came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// Makes an ad; a known one is changed, and unchanged content touches nothing.
    Post,
    /// Changes a known ad; unchanged content is a touch.
    Put,
}

/// What a commit left.
struct Kept {
    ad: AdId,
    version: i64,
}

/// Takes an ad. A known id with the same content answers with what is there; with other content it is as
/// [`put`].
///
/// # Errors
/// [`Error::Forbidden`] for a key without a submitter.
pub async fn post(app: &App, scope: &Scope, sent: &AdcomSubmission) -> Result<views::IabAd, Error> {
    let kept = keep(app, scope, sent, How::Post, None).await?.ok_or(StoreError::Conflict)?;
    sealed(app, scope, &sent.submission.external_id, &kept).await
}

/// Replaces a known ad. Any PUT touches it: what a release denied is audited again, what expired comes back.
///
/// # Errors
/// [`Error::NotFound`] for an ad that did not come through this door.
pub async fn put(app: &App, scope: &Scope, sent: &AdcomSubmission) -> Result<views::IabAd, Error> {
    let kept = keep(app, scope, sent, How::Put, None).await?.ok_or(StoreError::Conflict)?;
    sealed(app, scope, &sent.submission.external_id, &kept).await
}

/// Replaces given fields of a known ad; with none it only touches it.
///
/// # Errors
/// [`Error::NotFound`] as [`put`]; [`Error::Invalid`] when the ad would not be one, or when its content came through
/// another door.
pub async fn patch(app: &App, scope: &Scope, id: &str, patch: &AdcomPatch) -> Result<views::IabAd, Error> {
    let submitter = scope.submitter.ok_or(Error::NotFound)?;
    for _ in 0..ATTEMPTS {
        let ad = ads::ad_by_external_id(&app.db, submitter, id).await?.ok_or(Error::NotFound)?;
        let row = iab::of_ad(&app.db, ad.id).await?.ok_or(Error::NotFound)?;
        let Some(document) = iab::document(&app.db, ad.outcome.revision).await? else {
            if patch.is_empty() && ad.withdrawn_at.is_none() {
                let kept = touch_only(app, scope, ad.id).await?;
                return sealed(app, scope, id, &kept).await;
            }
            let detail =
                "cannot be changed in part: the ad's content came through another door; send all of it with PUT";
            return Err(Error::invalid("", "no_document", detail));
        };
        let sent = patch.applied_to(&document, id).map_err(|refusal| Error::Invalid(refusal.problems))?;
        if let Some(kept) = keep(app, scope, &sent, How::Put, Some(row.version)).await? {
            return sealed(app, scope, id, &kept).await;
        }
    }
    Err(StoreError::Conflict.into())
}

/// Stores what was sent; `None` when the ad is not at the expected version any more.
async fn keep(
    app: &App,
    scope: &Scope,
    sent: &AdcomSubmission,
    how: How,
    expected: Option<i64>,
) -> Result<Option<Kept>, Error> {
    let submitter = scope.submitter.ok_or(Error::Forbidden("Use a key that belongs to a submitter."))?;
    let submission = &sent.submission;
    let digest = submission.content.digest()?;
    let now = app.clock.now();
    let kept = app
        .db
        .write("iab_put", async |tx| {
            let known = ads::ad_by_external_id(tx, submitter, &submission.external_id).await?;
            let row = match &known {
                Some(ad) => iab::of_ad(tx, ad.id).await?,
                None => None,
            };
            if row.is_none() && how == How::Put {
                return Err(Error::NotFound);
            }
            if expected.is_some() && row.as_ref().map(|r| r.version) != expected {
                return Ok(None);
            }
            let ad = match (known, row) {
                (Some(ad), Some(row)) => known_ad(app, tx, scope, sent, (ad, &row), how, digest, now).await?,
                (known, _) => new_ad(app, tx, scope, sent, known, digest, now).await?,
            };
            Ok(Some(Kept { ad, version: iab::version(tx, ad).await? }))
        })
        .await?;
    app.wake.notify_waiters();
    Ok(kept)
}

async fn incoming<'a>(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    sent: &'a AdcomSubmission,
    digest: Digest,
    now: Millis,
) -> Result<Incoming<'a>, Error> {
    let id = scope.submitter.ok_or(Error::NotFound)?;
    let submitter = accounts::submitter(tx, id).await?.ok_or(Error::NotFound)?;
    let named = &sent.submission.advertiser;
    // AdCOM knows an advertiser by its domain alone: a name that was told through another door stays.
    let known = accounts::advertiser_of(tx, id, &named.external_id).await?.map(|a| a.name);
    let name = known.as_deref().unwrap_or(&named.name);
    let advertiser = accounts::put_advertiser(tx, app.clock.new_id(), id, &named.external_id, name, None, now).await?;
    Ok(Incoming {
        submitter: id,
        advertiser: advertiser.id,
        sandbox: submitter.sandbox,
        bidding: submitter.bidding,
        submission: &sent.submission,
        digest,
    })
}

/// An ad that this door has not seen, though another one may have.
async fn new_ad(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    sent: &AdcomSubmission,
    known: Option<StoredAd>,
    digest: Digest,
    now: Millis,
) -> Result<AdId, Error> {
    let incoming = incoming(app, tx, scope, sent, digest, now).await?;
    let outcome = match known {
        Some(ad) => revision::next(app, tx, scope, ad, &incoming, now).await?,
        None => revision::first(app, tx, scope, &incoming, now).await?,
    };
    let new = StoredIab {
        ad: outcome.id,
        submitter: incoming.submitter,
        external_id: outcome.external_id.clone(),
        init: now,
        modified_at: now,
        asked: None,
        mrating: sent.mrating,
        version: 1,
    };
    iab::add(tx, &new).await?;
    iab::add_document(tx, outcome.revision, outcome.id, &sent.document, now).await?;
    Ok(outcome.id)
}

#[expect(clippy::too_many_arguments, reason = "one call; a struct would only rename the arguments")]
async fn known_ad(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    sent: &AdcomSubmission,
    (ad, row): (StoredAd, &StoredIab),
    how: How,
    digest: Digest,
    now: Millis,
) -> Result<AdId, Error> {
    let id = ad.id;
    let latest = ads::revision(tx, ad.outcome.revision).await?.ok_or(Error::NotFound)?;
    let same = latest.content.document == sent.submission.content.document && ad.withdrawn_at.is_none();
    let before = status(&ad.outcome, row.asked);
    if same {
        let asked = touched(app, tx, scope, &ad, before, how, now).await?.or(row.asked);
        iab::change(tx, id, Change { modified: false, asked, mrating: sent.mrating }, now).await?;
        return Ok(id);
    }
    let incoming = incoming(app, tx, scope, sent, digest, now).await?;
    let outcome = revision::next(app, tx, scope, ad, &incoming, now).await?;
    iab::add_document(tx, outcome.revision, id, &sent.document, now).await?;
    // A change to what was denied, expired or already said to be changed asks for its audit.
    let asked = (before >= AuditStatus::Denied).then_some(outcome.revision);
    iab::change(tx, id, Change { modified: true, asked, mrating: sent.mrating }, now).await?;
    Ok(id)
}

/// A touch without new content. Says the revision whose audit is asked for, where that is news.
async fn touched(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    ad: &StoredAd,
    before: AuditStatus,
    how: How,
    now: Millis,
) -> Result<Option<RevisionId>, Error> {
    match (before, how) {
        (AuditStatus::Expired, How::Put) if ad.withdrawn_at.is_none() => {
            touch::reactivate(app, tx, scope, ad, now).await?;
            Ok(None)
        }
        (AuditStatus::Denied, How::Put) => {
            touch::reaudit(app, tx, scope, ad, now).await?;
            Ok(None)
        }
        // It waits for its audit already; from now on the status says so.
        (AuditStatus::Changed, How::Put) => Ok(Some(ad.outcome.revision)),
        _ => Ok(None),
    }
}

/// Touches an ad whose content came through another door.
async fn touch_only(app: &App, scope: &Scope, id: AdId) -> Result<Kept, Error> {
    let now = app.clock.now();
    let version = app
        .db
        .write("iab_put", async |tx| {
            let ad = ads::ad(tx, id).await?.ok_or(Error::NotFound)?;
            let row = iab::of_ad(tx, id).await?.ok_or(Error::NotFound)?;
            let before = status(&ad.outcome, row.asked);
            let asked = touched(app, tx, scope, &ad, before, How::Put, now).await?.or(row.asked);
            iab::change(tx, id, Change { modified: false, asked, mrating: row.mrating }, now).await?;
            Ok::<_, Error>(iab::version(tx, id).await?)
        })
        .await?;
    app.wake.notify_waiters();
    Ok(Kept { ad: id, version })
}

/// The ad once its change has a stamp; without one when nobody stamped it in time.
async fn sealed(app: &App, scope: &Scope, external_id: &str, kept: &Kept) -> Result<views::IabAd, Error> {
    let stamped = async {
        let mut pause = Duration::from_millis(4);
        while !views::is_sealed(&app.db, kept.ad, kept.version).await? {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(100));
        }
        Ok::<_, StoreError>(())
    };
    if let Ok(stamped) = tokio::time::timeout(PATIENCE, stamped).await {
        stamped?;
    }
    views::get(&app.db, scope, external_id).await?.ok_or(Error::NotFound)
}
