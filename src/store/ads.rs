//! Ads, their revisions, and the images and destinations they share.
//!
//! Called by flows. An ad's outcome is projected by compare-and-set on `outcome_version`, so that two flows that
//! change one ad at once cannot both succeed. It must never change a revision.

use super::{
    StoreError, Tx, db,
    db::Run,
    entities::{ad, asset, revision},
    iab,
};
use crate::domain::{
    AdContent, AdId, AdvertiserId, AssetId, DestinationId, Millis, RevisionId, ScreeningId, SubmitterId,
    ad::AssetRef,
    decision::Outcome,
    digest::Digest,
    screening::{Window, WindowCounts},
};
use sea_orm::{FromQueryResult, Value};

/// An ad as kept.
#[derive(Debug, Clone)]
pub struct StoredAd {
    /// Its id.
    pub id: AdId,
    /// Whose it is.
    pub submitter: SubmitterId,
    /// Its advertiser.
    pub advertiser: AdvertiserId,
    /// For trying out only.
    pub sandbox: bool,
    /// What submitters see; its `outcome_version` is the one that a projection must name.
    pub outcome: Outcome,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Millis>,
}

/// A revision as kept.
#[derive(Debug, Clone)]
pub struct StoredRevision {
    /// Its id.
    pub id: RevisionId,
    /// Its ad.
    pub ad: AdId,
    /// The advertiser at that time.
    pub advertiser: AdvertiserId,
    /// From 1.
    pub number: i32,
    /// Digest of its content.
    pub digest: Digest,
    /// Its content.
    pub content: AdContent,
    /// Registrable domain of its landing URL.
    pub domain: Option<String>,
    /// Its newest screening.
    pub screening: Option<ScreeningId>,
    /// When it was submitted.
    pub created_at: Millis,
}

/// An ad by id, in any state.
pub async fn ad(on: &impl Run, id: AdId) -> Result<Option<StoredAd>, StoreError> {
    let row: Option<ad::Model> = db::row(on, "SELECT * FROM ad WHERE id = $1", vec![id.0.into()]).await?;
    row.map(ad_from).transpose()
}

/// An ad by its submitter's id for it.
pub async fn ad_by_external_id(
    on: &impl Run,
    submitter: SubmitterId,
    external_id: &str,
) -> Result<Option<StoredAd>, StoreError> {
    let sql = "SELECT * FROM ad WHERE submitter_id = $1 AND external_id = $2";
    let row: Option<ad::Model> = db::row(on, sql, vec![submitter.0.into(), external_id.into()]).await?;
    row.map(ad_from).transpose()
}

pub(super) fn ad_from(row: ad::Model) -> Result<StoredAd, StoreError> {
    Ok(StoredAd {
        id: AdId(row.id),
        submitter: SubmitterId(row.submitter_id),
        advertiser: AdvertiserId(row.advertiser_id),
        sandbox: row.sandbox,
        outcome: serde_json::from_str(&row.outcome).map_err(StoreError::damaged("outcome"))?,
        withdrawn_at: row.withdrawn_at.map(Millis),
    })
}

/// Adds an ad. A second one with the same external id is [`StoreError::Taken`].
pub async fn add_ad(tx: &Tx, new: &StoredAd, needed_by: Option<Millis>, now: Millis) -> Result<(), StoreError> {
    let outcome = &new.outcome;
    let row = ad::Model {
        id: new.id.0,
        submitter_id: new.submitter.0,
        advertiser_id: new.advertiser.0,
        external_id: outcome.external_id.clone(),
        sandbox: new.sandbox,
        latest_revision_id: outcome.revision.0,
        serving_revision_id: outcome.serving_revision.map(|r| r.0),
        decision_id: outcome.decision.map(|d| d.0),
        review_status: outcome.review_status.as_str().into(),
        approval_status: outcome.approval_status.as_str().into(),
        outcome: serde_json::to_string(outcome).map_err(StoreError::damaged("outcome"))?,
        outcome_version: outcome.outcome_version,
        needed_by: needed_by.map(|m| m.0),
        withdrawn_at: None,
        created_at: now.0,
        updated_at: now.0,
    };
    db::insert(tx, row).await
}

/// Replaces an ad's outcome by `next`, whose version must be one above the kept one; otherwise a conflict.
pub async fn project(tx: &Tx, ad: &StoredAd, next: &Outcome, now: Millis) -> Result<(), StoreError> {
    let values: Vec<Value> = vec![
        next.revision.0.into(),
        next.serving_revision.map(|r| r.0).into(),
        next.decision.map(|d| d.0).into(),
        next.review_status.as_str().into(),
        next.approval_status.as_str().into(),
        serde_json::to_string(next).map_err(StoreError::damaged("outcome"))?.into(),
        next.outcome_version.into(),
        now.0.into(),
        ad.withdrawn_at.map(|m| m.0).into(),
        ad.advertiser.0.into(),
        ad.id.0.into(),
        (next.outcome_version - 1).into(),
    ];
    let changed = db::execute(
        tx,
        "UPDATE ad SET latest_revision_id = $1, serving_revision_id = $2, decision_id = $3, review_status = $4,
         approval_status = $5, outcome = $6, outcome_version = $7, updated_at = $8, withdrawn_at = $9, advertiser_id = $10
         WHERE id = $11 AND outcome_version = $12",
        values,
    )
    .await?;
    if changed != 1 {
        return Err(StoreError::Conflict);
    }
    iab::mark(tx, ad.id).await
}

/// Adds a revision with its destination and its images, whose bytes must be in the blob store by now. One that does not
/// count is met by no window of its domain or its images.
pub async fn add_revision(
    tx: &Tx,
    new: &StoredRevision,
    fresh_destination: DestinationId,
    counts: bool,
    now: Millis,
) -> Result<(), StoreError> {
    let destination = match &new.content.landing_url {
        Some(url) => Some(destination(tx, fresh_destination, url, new.domain.as_deref(), now).await?),
        None => None,
    };
    let row = revision::Model {
        id: new.id.0,
        ad_id: new.ad.0,
        advertiser_id: new.advertiser.0,
        number: new.number,
        digest: new.digest.0.to_vec(),
        content: serde_json::to_string(&new.content).map_err(StoreError::damaged("content"))?,
        destination_id: destination.map(|d| d.0),
        domain: new.domain.clone().filter(|_| counts),
        screening_id: None,
        created_at: now.0,
    };
    db::insert(tx, row).await?;
    for image in new.content.assets() {
        add_asset(tx, image, now).await?;
        if !counts {
            continue;
        }
        db::execute(
            tx,
            "INSERT INTO revision_asset (revision_id, asset_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            vec![new.id.0.into(), image.id().0.into(), now.0.into()],
        )
        .await?;
    }
    Ok(())
}

async fn destination(
    tx: &Tx,
    fresh: DestinationId,
    url: &str,
    domain: Option<&str>,
    now: Millis,
) -> Result<DestinationId, StoreError> {
    let digest = Digest::of(url.as_bytes()).0.to_vec();
    db::execute(
        tx,
        "INSERT INTO destination (id, url_digest, url, domain, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (url_digest) DO NOTHING",
        vec![fresh.0.into(), digest.clone().into(), url.into(), domain.map(str::to_owned).into(), now.0.into()],
    )
    .await?;
    let kept: Option<super::entities::destination::Model> =
        db::row(tx, "SELECT * FROM destination WHERE url_digest = $1", vec![digest.into()]).await?;
    kept.map(|d| DestinationId(d.id)).ok_or_else(|| StoreError::Failed("destination vanished".into()))
}

async fn add_asset(tx: &Tx, image: &AssetRef, now: Millis) -> Result<(), StoreError> {
    let size = i64::try_from(image.bytes).unwrap_or(i64::MAX);
    let side = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    db::execute(
        tx,
        "INSERT INTO asset (id, digest, media_type, width, height, size, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT DO NOTHING",
        vec![
            image.id().0.into(),
            image.digest.0.to_vec().into(),
            image.media_type.clone().into(),
            side(image.width).into(),
            side(image.height).into(),
            size.into(),
            now.0.into(),
        ],
    )
    .await?;
    db::execute(
        tx,
        "INSERT INTO blob (digest, size, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        vec![image.digest.0.to_vec().into(), size.into(), now.0.into()],
    )
    .await?;
    Ok(())
}

/// A revision by id.
pub async fn revision(on: &impl Run, id: RevisionId) -> Result<Option<StoredRevision>, StoreError> {
    let row: Option<revision::Model> = db::row(on, "SELECT * FROM revision WHERE id = $1", vec![id.0.into()]).await?;
    row.map(revision_from).transpose()
}

pub(super) fn revision_from(row: revision::Model) -> Result<StoredRevision, StoreError> {
    let digest: [u8; 32] = row
        .digest
        .as_slice()
        .try_into()
        .map_err(|_| StoreError::Damaged { what: "digest", cause: "not 32 bytes".into() })?;
    Ok(StoredRevision {
        id: RevisionId(row.id),
        ad: AdId(row.ad_id),
        advertiser: AdvertiserId(row.advertiser_id),
        number: row.number,
        digest: Digest(digest),
        content: serde_json::from_str(&row.content).map_err(StoreError::damaged("content"))?,
        domain: row.domain,
        screening: row.screening_id.map(ScreeningId),
        created_at: Millis(row.created_at),
    })
}

/// The stored image with this id: its digest and media type.
pub async fn asset(on: &impl Run, id: AssetId) -> Result<Option<(Digest, String)>, StoreError> {
    let row: Option<asset::Model> = db::row(on, "SELECT * FROM asset WHERE id = $1", vec![id.0.into()]).await?;
    row.map(|a| {
        let digest = a
            .digest
            .as_slice()
            .try_into()
            .map_err(|_| StoreError::Damaged { what: "digest", cause: "not 32 bytes".into() })?;
        Ok((Digest(digest), a.media_type))
    })
    .transpose()
}

/// How many revisions came from the advertiser, to the domain and with the ad's most used image, in each window up to
/// and including `until`.
pub async fn window_counts(
    on: &impl Run,
    advertiser: AdvertiserId,
    domain: Option<&str>,
    assets: &[AssetId],
    until: Millis,
) -> Result<WindowCounts, StoreError> {
    let submitted = |table: &str, column: &str| {
        format!("SELECT COUNT(*) AS n FROM {table} WHERE {column} = $1 AND created_at > $2 AND created_at <= $3")
    };
    let count = async |sql: &str, key: Value| -> Result<Window, StoreError> {
        let mut found = [0u32; 3];
        for (slot, span) in found.iter_mut().zip([Millis::HOUR, Millis::DAY, 7 * Millis::DAY]) {
            let values = vec![key.clone(), until.plus(-span).0.into(), until.0.into()];
            *slot = u32::try_from(db::number(on, sql, values).await?).unwrap_or(u32::MAX);
        }
        Ok(Window { h1: found[0], h24: found[1], d7: found[2] })
    };
    let of_advertiser = "SELECT COUNT(*) AS n FROM revision r JOIN ad a ON a.id = r.ad_id WHERE r.advertiser_id = $1
                         AND r.created_at > $2 AND r.created_at <= $3 AND NOT a.sandbox";
    let mut counts =
        WindowCounts { advertiser: count(of_advertiser, advertiser.0.into()).await?, ..WindowCounts::default() };
    let denied = "SELECT COUNT(*) AS n FROM decision JOIN ad ON ad.id = decision.ad_id
                  WHERE ad.advertiser_id = $1 AND decision.conclusion = 'prohibited'
                    AND decision.effective_at > $2 AND decision.effective_at <= $3";
    counts.denials = Some(count(denied, advertiser.0.into()).await?);
    if let Some(domain) = domain {
        counts.domain = count(&submitted("revision", "domain"), domain.into()).await?;
    }
    for asset in assets {
        let one = count(&submitted("revision_asset", "asset_id"), asset.0.into()).await?;
        if one.d7 >= counts.image.d7 {
            counts.image = one;
        }
    }
    Ok(counts)
}

/// What is kept of a dry run.
#[derive(Debug, Clone, Copy)]
pub struct NewDryRun<'a> {
    /// Its id.
    pub id: uuid::Uuid,
    /// Who asked.
    pub submitter: SubmitterId,
    /// Digest of the submitter's id for the advertiser.
    pub advertiser: Digest,
    /// The actor, as audit rows spell it.
    pub actor: &'a str,
    /// Digest of what was asked.
    pub digest: Digest,
    /// What was concluded.
    pub conclusion: &'a str,
}

/// Keeps the digest of a dry run, so that its use can be metered and looked into.
pub async fn add_dry_run(tx: &Tx, new: &NewDryRun<'_>, now: Millis) -> Result<(), StoreError> {
    let row = super::entities::dry_run::Model {
        id: new.id,
        submitter_id: new.submitter.0,
        actor: new.actor.into(),
        digest: new.digest.0.to_vec(),
        conclusion: new.conclusion.into(),
        created_at: now.0,
        advertiser: Some(new.advertiser.0.to_vec()),
    };
    db::insert(tx, row).await
}

/// How many dry runs a submitter made for an advertiser since a moment, and when the first of them was.
pub async fn dry_runs_since(
    on: &impl Run,
    submitter: SubmitterId,
    advertiser: Digest,
    since: Millis,
) -> Result<(u32, Option<Millis>), StoreError> {
    #[derive(FromQueryResult)]
    struct Counted {
        n: i64,
        first: Option<i64>,
    }
    let sql = "SELECT COUNT(*) AS n, MIN(created_at) AS first FROM dry_run
               WHERE submitter_id = $1 AND advertiser = $2 AND created_at > $3";
    let values = vec![submitter.0.into(), advertiser.0.to_vec().into(), since.0.into()];
    let counted: Option<Counted> = db::row(on, sql, values).await?;
    Ok(counted.map_or((0, None), |c| (u32::try_from(c.n).unwrap_or(u32::MAX), c.first.map(Millis))))
}
