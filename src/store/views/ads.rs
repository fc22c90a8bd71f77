//! Ads as submitters read them: one with its newest content, or a page of outcomes.
//!
//! Called by the API. It must never return an ad of another submitter than the scope's.

use crate::domain::{AdContent, AdId, ApprovalStatus, Millis, ReviewStatus, decision::Outcome, role::Scope};
use crate::store::{Db, StoreError, db};
use sea_orm::{FromQueryResult, Value};
use serde::Serialize;

/// One ad, as `GET /v1/ads/{id}` shows it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AdView {
    /// Where it stands.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The account it belongs to.
    pub advertiser: AdvertiserName,
    /// Content of its newest revision.
    pub content: AdContent,
    /// Number of that revision, from 1.
    pub revision_number: i32,
    /// Whether it is for trying out only.
    pub sandbox: bool,
    /// When it was first submitted.
    pub created_at: Millis,
    /// When its outcome last changed.
    pub updated_at: Millis,
}

/// An advertiser, named.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AdvertiserName {
    /// The submitter's id for it.
    pub external_id: String,
    /// Its name.
    pub name: String,
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct AdFilter {
    /// Only the ad with this external id.
    pub external_id: Option<String>,
    /// Only ads in this state of review.
    pub review_status: Option<ReviewStatus>,
    /// Only ads with this approval.
    pub approval_status: Option<ApprovalStatus>,
    /// Only ads first submitted before this one.
    pub before: Option<AdId>,
}

/// One ad, if it is in scope.
pub async fn get(on: &Db, scope: &Scope, id: AdId) -> Result<Option<AdView>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        outcome: String,
        sandbox: bool,
        created_at: i64,
        updated_at: i64,
        content: String,
        number: i32,
        external_id: String,
        name: String,
    }
    let mut sql = "SELECT a.outcome, a.sandbox, a.created_at, a.updated_at, r.content, r.number, v.external_id, v.name
                   FROM ad a JOIN revision r ON r.id = a.latest_revision_id JOIN advertiser v ON v.id = a.advertiser_id
                   WHERE a.id = $1"
        .to_owned();
    let mut values: Vec<Value> = vec![id.0.into()];
    if let Some(submitter) = scope.submitter {
        sql.push_str(" AND a.submitter_id = $2");
        values.push(submitter.0.into());
    }
    let Some(row) = db::row::<Row>(on, &sql, values).await? else { return Ok(None) };
    Ok(Some(AdView {
        // It stands beside, for every ad; twice in one object would be none that all programs can read.
        outcome: Outcome { sandbox: false, ..outcome(&row.outcome)? },
        advertiser: AdvertiserName { external_id: row.external_id, name: row.name },
        content: serde_json::from_str(&row.content).map_err(StoreError::damaged("content"))?,
        revision_number: row.number,
        sandbox: row.sandbox,
        created_at: Millis(row.created_at),
        updated_at: Millis(row.updated_at),
    }))
}

/// At most `limit` outcomes, the ads first submitted last coming first.
pub async fn list(on: &Db, scope: &Scope, filter: &AdFilter, limit: u32) -> Result<Vec<Outcome>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        outcome: String,
    }
    let mut conditions = vec![];
    let mut values: Vec<Value> = vec![];
    let mut only = |condition: &str, value: Value| {
        values.push(value);
        conditions.push(format!("{condition} ${}", values.len()));
    };
    if let Some(submitter) = scope.submitter {
        only("submitter_id =", submitter.0.into());
    }
    if let Some(external_id) = &filter.external_id {
        only("external_id =", external_id.clone().into());
    }
    if let Some(status) = filter.review_status {
        only("review_status =", status.as_str().into());
    }
    if let Some(status) = filter.approval_status {
        only("approval_status =", status.as_str().into());
    }
    if let Some(before) = filter.before {
        only("id <", before.0.into());
    }
    let narrowed = if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
    let sql = format!("SELECT outcome FROM ad {narrowed} ORDER BY id DESC LIMIT {limit}");
    db::rows::<Row>(on, &sql, values).await?.iter().map(|row| outcome(&row.outcome)).collect()
}

fn outcome(json: &str) -> Result<Outcome, StoreError> {
    serde_json::from_str(json).map_err(StoreError::damaged("outcome"))
}
