//! Ads as bidders read them through the IAB Ad Management API: one, or a page in the order of their stamps.
//!
//! Called by the API and by the flows that answer it. Pages hold stamped ads only. It must never return an ad of another
//! submitter than the scope's.

use crate::{
    domain::{
        AdId, Millis, RevisionId,
        decision::Outcome,
        iab::{self, Audit},
        role::Scope,
    },
    store::{Db, StoreError, db, sealer},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

/// One ad.
#[derive(Debug, Clone)]
pub struct IabAd {
    /// The bidder's id for it.
    pub external_id: String,
    /// When it first came.
    pub init: Millis,
    /// What its audit says.
    pub audit: Audit,
    /// The stamp of that; for an ad that nobody stamped yet the newest stamp there is, so that polling from it finds the
    /// ad.
    pub lastmod: Millis,
    /// The document as sent, where it was asked for and the newest content came with one.
    pub document: Option<serde_json::Value>,
}

/// What a page is narrowed to.
#[derive(Debug, Clone)]
pub struct PageFilter {
    /// Stamped after this moment; at it too, where `id` says which ads of it were seen.
    pub start: Millis,
    /// The last ad seen of the moment `start`.
    pub id: Option<String>,
    /// Stamped at this moment or before.
    pub end: Option<Millis>,
    /// With the documents.
    pub whole: bool,
}

#[derive(FromQueryResult)]
struct Row {
    external_id: String,
    init: i64,
    modified_at: i64,
    asked_revision_id: Option<Uuid>,
    mrating: Option<i32>,
    sealed: Option<String>,
    lastmod: Option<i64>,
    outcome: String,
    document: Option<String>,
}

/// The query's head; documents are long, and read where they are wanted.
fn select(whole: bool) -> String {
    let (document, join) = if whole {
        ("d.document", "LEFT JOIN iab_document d ON d.revision_id = a.latest_revision_id")
    } else {
        ("CAST(NULL AS TEXT) AS document", "")
    };
    format!(
        "SELECT i.external_id, i.init, i.modified_at, i.asked_revision_id, i.mrating, i.sealed, i.lastmod, a.outcome,
         {document} FROM iab_ad i JOIN ad a ON a.id = i.ad_id {join}"
    )
}

/// One ad with its document, if it is in scope.
pub async fn get(on: &Db, scope: &Scope, external_id: &str) -> Result<Option<IabAd>, StoreError> {
    let Some(submitter) = scope.submitter else { return Ok(None) };
    let sql = format!("{} WHERE i.submitter_id = $1 AND i.external_id = $2", select(true));
    // Read before the ad: a stamp given in between is greater.
    let newest = sealer::last_stamp(on).await?;
    let row: Option<Row> = db::row(on, &sql, vec![submitter.0.into(), external_id.into()]).await?;
    row.map(|row| ad_from(row, newest)).transpose()
}

/// At most `limit` stamped ads, by stamp and id.
pub async fn page(on: &Db, scope: &Scope, filter: &PageFilter, limit: u32) -> Result<Vec<IabAd>, StoreError> {
    let Some(submitter) = scope.submitter else { return Ok(vec![]) };
    let mut sql = format!("{} WHERE i.submitter_id = $1 AND i.lastmod >= $2", select(filter.whole));
    let mut values: Vec<Value> = vec![submitter.0.into(), filter.start.0.into()];
    if let Some(end) = filter.end {
        sql.push_str(" AND i.lastmod <= $3");
        values.push(end.0.into());
    }
    // Stamps are never equal, so that one row more is enough for the one that was seen.
    sql.push_str(&format!(" ORDER BY i.lastmod LIMIT {}", limit + 1));
    let rows: Vec<Row> = db::rows(on, &sql, values).await?;
    let seen = |row: &Row| {
        // Ids are compared byte by byte, on every database.
        row.lastmod == Some(filter.start.0) && filter.id.as_ref().is_none_or(|id| row.external_id <= *id)
    };
    let unseen = rows.into_iter().filter(|row| !seen(row)).take(limit as usize);
    unseen.map(|row| ad_from(row, filter.start)).collect()
}

/// Whether the ad's change of this version has its stamp.
pub async fn is_sealed(on: &Db, ad: AdId, version: i64) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM iab_ad WHERE ad_id = $1 AND sealed_version >= $2";
    Ok(db::number(on, sql, vec![ad.0.into(), version.into()]).await? > 0)
}

fn ad_from(row: Row, newest: Millis) -> Result<IabAd, StoreError> {
    let audit: Audit = match &row.sealed {
        Some(sealed) => serde_json::from_str(sealed).map_err(StoreError::damaged("audit"))?,
        None => {
            let outcome: Outcome = serde_json::from_str(&row.outcome).map_err(StoreError::damaged("outcome"))?;
            iab::audit(&outcome, row.asked_revision_id.map(RevisionId), row.mrating, Millis(row.modified_at))
        }
    };
    let document = row.document.as_deref().map(serde_json::from_str).transpose();
    Ok(IabAd {
        external_id: row.external_id,
        init: Millis(row.init),
        audit,
        lastmod: row.lastmod.map_or(newest, Millis),
        document: document.map_err(StoreError::damaged("AdCOM document"))?,
    })
}
