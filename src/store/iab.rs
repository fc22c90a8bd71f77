//! What the IAB Ad Management API keeps of an ad: its document as sent, and the audit that the sealer stamps.
//!
//! Called by flows; `ads::project` marks every change. It must never stamp: `iab_seal` does, in one order.

use super::{
    StoreError, Tx, db,
    db::Run,
    entities::{iab_ad, iab_document},
};
use crate::domain::{AdId, Millis, RevisionId, SubmitterId};
use sea_orm::FromQueryResult;
use serde_json::Value;
use uuid::Uuid;

/// An ad of the IAB API as kept.
#[derive(Debug, Clone)]
pub struct StoredIab {
    /// The ad.
    pub ad: AdId,
    /// Whose it is.
    pub submitter: SubmitterId,
    /// The bidder's id for it.
    pub external_id: String,
    /// When it first came.
    pub init: Millis,
    /// When the bidder last changed it.
    pub modified_at: Millis,
    /// The revision whose audit the bidder asked for.
    pub asked: Option<RevisionId>,
    /// Media rating that the bidder declared.
    pub mrating: Option<i32>,
    /// Grows with every change.
    pub version: i64,
}

/// What a bidder's request changed.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// New content came.
    pub modified: bool,
    /// The revision whose audit is asked for now.
    pub asked: Option<RevisionId>,
    /// Media rating declared now.
    pub mrating: Option<i32>,
}

/// What the API keeps of an ad, if it came through it.
pub async fn of_ad(on: &impl Run, ad: AdId) -> Result<Option<StoredIab>, StoreError> {
    let row: Option<iab_ad::Model> = db::row(on, "SELECT * FROM iab_ad WHERE ad_id = $1", vec![ad.0.into()]).await?;
    Ok(row.map(|r| StoredIab {
        ad: AdId(r.ad_id),
        submitter: SubmitterId(r.submitter_id),
        external_id: r.external_id,
        init: Millis(r.init),
        modified_at: Millis(r.modified_at),
        asked: r.asked_revision_id.map(RevisionId),
        mrating: r.mrating,
        version: r.version,
    }))
}

/// Adds an ad to the API.
pub async fn add(tx: &Tx, new: &StoredIab) -> Result<(), StoreError> {
    let row = iab_ad::Model {
        ad_id: new.ad.0,
        submitter_id: new.submitter.0,
        external_id: new.external_id.clone(),
        init: new.init.0,
        modified_at: new.modified_at.0,
        awake_since: Some(new.modified_at.0),
        asked_revision_id: new.asked.map(|r| r.0),
        mrating: new.mrating,
        version: new.version,
        sealed_version: 0,
        sealed: None,
        lastmod: None,
    };
    db::insert(tx, row).await
}

/// Keeps what a bidder's request changed; the ad is awake again.
pub async fn change(tx: &Tx, ad: AdId, change: Change, now: Millis) -> Result<(), StoreError> {
    let sql = if change.modified {
        "UPDATE iab_ad SET version = version + 1, awake_since = $1, asked_revision_id = $2, mrating = $3,
         modified_at = $1 WHERE ad_id = $4"
    } else {
        "UPDATE iab_ad SET version = version + 1, awake_since = $1, asked_revision_id = $2, mrating = $3 WHERE ad_id = $4"
    };
    let asked = change.asked.map(|r| r.0);
    db::execute(tx, sql, vec![now.0.into(), asked.into(), change.mrating.into(), ad.0.into()]).await.map(|_| ())
}

/// Marks an ad as changed, so that the sealer looks at it; nothing for an ad that never came through the API.
pub(super) async fn mark(tx: &Tx, ad: AdId) -> Result<(), StoreError> {
    let sql = "UPDATE iab_ad SET version = version + 1 WHERE ad_id = $1";
    db::execute(tx, sql, vec![ad.0.into()]).await.map(|_| ())
}

/// The ad's version now.
pub async fn version(on: &impl Run, ad: AdId) -> Result<i64, StoreError> {
    db::number(on, "SELECT COALESCE(MAX(version), 0) AS n FROM iab_ad WHERE ad_id = $1", vec![ad.0.into()]).await
}

/// Keeps the document that a revision was read from.
pub async fn add_document(
    tx: &Tx,
    revision: RevisionId,
    ad: AdId,
    document: &Value,
    now: Millis,
) -> Result<(), StoreError> {
    let row =
        iab_document::Model { revision_id: revision.0, ad_id: ad.0, document: document.to_string(), created_at: now.0 };
    db::insert(tx, row).await
}

/// The document that a revision was read from; `None` where it came through another door.
pub async fn document(on: &impl Run, revision: RevisionId) -> Result<Option<Value>, StoreError> {
    let sql = "SELECT * FROM iab_document WHERE revision_id = $1";
    let row: Option<iab_document::Model> = db::row(on, sql, vec![revision.0.into()]).await?;
    row.map(|r| serde_json::from_str(&r.document).map_err(StoreError::damaged("AdCOM document"))).transpose()
}

/// Ads that nobody touched since `limit`, the longest idle first.
pub async fn idle(on: &impl Run, limit: Millis, most: u32) -> Result<Vec<AdId>, StoreError> {
    #[derive(FromQueryResult)]
    struct Idle {
        ad_id: Uuid,
    }
    let sql = format!("SELECT ad_id FROM iab_ad WHERE awake_since <= $1 ORDER BY awake_since LIMIT {most}");
    let rows: Vec<Idle> = db::rows(on, &sql, vec![limit.0.into()]).await?;
    Ok(rows.into_iter().map(|r| AdId(r.ad_id)).collect())
}

/// Sets since when an ad counts as idle, `None` for one that expired; says whether it still was idle since `limit`.
pub async fn set_awake(tx: &Tx, ad: AdId, since: Option<Millis>, limit: Millis) -> Result<bool, StoreError> {
    let sql = "UPDATE iab_ad SET awake_since = $1 WHERE ad_id = $2 AND awake_since <= $3";
    Ok(db::execute(tx, sql, vec![since.map(|m| m.0).into(), ad.0.into(), limit.0.into()]).await? == 1)
}
