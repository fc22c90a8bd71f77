//! Advertisers for the console: a list, and one with its ads, decisions, certificates and appeals.
//!
//! Called by `web::console::advertisers`. It must never leave the caller's submitter.

use super::ads::{AdLine, of_advertiser as ads_of};
use crate::{
    domain::{
        AdId, AdvertiserId, ApprovalStatus, DecisionId, Finding, Millis,
        advertiser::{AdvertiserView, Standing},
        appeal::Appeal,
        certificate::Certificate,
        decision::{DecidedBy, DecisionState},
        role::Scope,
        verdict::Conclusion,
    },
    store::{Db, StoreError, accounts, appeals, certificates, db},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

/// Ads, and decisions, on an advertiser's page: the newest.
const NEWEST: u32 = 50;

/// One advertiser in the list.
#[derive(Debug, Clone)]
pub struct AdvertiserLine {
    /// The advertiser.
    pub id: AdvertiserId,
    /// Its name.
    pub name: String,
    /// The submitter's id for it.
    pub external_id: String,
    /// The submitter's name.
    pub submitter: String,
    /// Its standing.
    pub standing: Standing,
    /// Its ads.
    pub ads: i64,
    /// Those of them that are rejected now.
    pub rejected: i64,
    /// When it was first seen.
    pub created_at: Millis,
}

/// Advertisers whose name or id begins with a text, the newest first; `before` continues a list.
pub async fn list(
    on: &Db,
    scope: &Scope,
    text: &str,
    before: Option<AdvertiserId>,
    limit: u32,
) -> Result<Vec<AdvertiserLine>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        name: String,
        external_id: String,
        submitter: String,
        standing: String,
        ads: i64,
        rejected: i64,
        created_at: i64,
    }
    let mut values: Vec<Value> = vec![];
    let mut only = String::from("1 = 1");
    if let Some(submitter) = scope.submitter {
        values.push(submitter.0.into());
        only += &format!(" AND o.submitter_id = ${}", values.len());
    }
    if let Some(before) = before {
        values.push(before.0.into());
        only += &format!(" AND o.id < ${}", values.len());
    }
    let text = text.trim();
    if !text.is_empty() {
        let start = text.to_lowercase().replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
        values.push(format!("{start}%").into());
        let n = values.len();
        only += &format!(r" AND (lower(o.name) LIKE ${n} ESCAPE '\' OR lower(o.external_id) LIKE ${n} ESCAPE '\')");
    }
    let sql = format!(
        "SELECT o.id, o.name, o.external_id, s.name AS submitter, o.standing, o.created_at,
                (SELECT COUNT(*) FROM ad a WHERE a.advertiser_id = o.id) AS ads,
                (SELECT COUNT(*) FROM ad a WHERE a.advertiser_id = o.id AND a.approval_status = 'rejected') AS rejected
         FROM advertiser o JOIN submitter s ON s.id = o.submitter_id WHERE {only} ORDER BY o.id DESC LIMIT {}",
        limit.clamp(1, 200)
    );
    let line = |row: Row| {
        Ok(AdvertiserLine {
            id: AdvertiserId(row.id),
            name: row.name,
            external_id: row.external_id,
            submitter: row.submitter,
            standing: row.standing.parse()?,
            ads: row.ads,
            rejected: row.rejected,
            created_at: Millis(row.created_at),
        })
    };
    db::rows::<Row>(on, &sql, values).await?.into_iter().map(line).collect()
}

/// One decision about an ad of the advertiser.
#[derive(Debug, Clone)]
pub struct DecisionLine {
    /// Its id.
    pub id: DecisionId,
    /// The ad.
    pub ad: AdId,
    /// The submitter's id for the ad.
    pub external_id: String,
    /// What was concluded.
    pub conclusion: Conclusion,
    /// Who concluded.
    pub decided_by: DecidedBy,
    /// Where it stands.
    pub state: DecisionState,
    /// What it rests on.
    pub findings: Vec<Finding>,
    /// When it takes or took effect.
    pub effective_at: Millis,
}

/// One advertiser with everything that its page shows.
#[derive(Debug, Clone)]
pub struct AdvertiserPageView {
    /// The advertiser as rules see it.
    pub advertiser: AdvertiserView,
    /// The submitter's name.
    pub submitter: String,
    /// How many of its ads have each approval.
    pub by_status: Vec<(ApprovalStatus, i64)>,
    /// Its newest ads.
    pub ads: Vec<AdLine>,
    /// Newest decisions about its ads.
    pub decisions: Vec<DecisionLine>,
    /// Its certificates, newest first.
    pub certificates: Vec<Certificate>,
    /// Appeals about its ads, newest first.
    pub appeals: Vec<Appeal>,
}

/// One advertiser; `None` when it is not there or not in scope.
pub async fn view(on: &Db, scope: &Scope, id: AdvertiserId) -> Result<Option<AdvertiserPageView>, StoreError> {
    #[derive(FromQueryResult)]
    struct Owner {
        name: String,
    }
    let mut values: Vec<Value> = vec![id.0.into()];
    let mut sql =
        String::from("SELECT s.name FROM advertiser o JOIN submitter s ON s.id = o.submitter_id WHERE o.id = $1");
    if let Some(own) = scope.submitter {
        values.push(own.0.into());
        sql += " AND o.submitter_id = $2";
    }
    let Some(owner) = db::row::<Owner>(on, &sql, values).await? else { return Ok(None) };
    let Some(advertiser) = accounts::advertiser_view(on, id).await? else { return Ok(None) };
    Ok(Some(AdvertiserPageView {
        advertiser,
        submitter: owner.name,
        by_status: by_status(on, id).await?,
        ads: ads_of(on, id, NEWEST).await?,
        decisions: decisions(on, id).await?,
        certificates: certificates::of_advertiser(on, id).await?,
        appeals: appeals::of_advertiser(on, id).await?,
    }))
}

async fn by_status(on: &Db, id: AdvertiserId) -> Result<Vec<(ApprovalStatus, i64)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        approval_status: String,
        n: i64,
    }
    let sql = "SELECT approval_status, COUNT(*) AS n FROM ad WHERE advertiser_id = $1
               GROUP BY approval_status ORDER BY approval_status";
    let rows = db::rows::<Row>(on, sql, vec![id.0.into()]).await?;
    rows.into_iter().map(|r| Ok((r.approval_status.parse()?, r.n))).collect()
}

async fn decisions(on: &Db, id: AdvertiserId) -> Result<Vec<DecisionLine>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        ad_id: Uuid,
        external_id: String,
        conclusion: String,
        decided_by: String,
        state: String,
        findings: String,
        effective_at: i64,
    }
    let sql = format!(
        "SELECT d.id, d.ad_id, a.external_id, d.conclusion, d.decided_by, d.state, d.findings, d.effective_at
         FROM decision d JOIN ad a ON a.id = d.ad_id WHERE a.advertiser_id = $1
         ORDER BY d.created_at DESC, d.id DESC LIMIT {NEWEST}"
    );
    let line = |row: Row| {
        Ok(DecisionLine {
            id: DecisionId(row.id),
            ad: AdId(row.ad_id),
            external_id: row.external_id,
            conclusion: row.conclusion.parse()?,
            decided_by: row.decided_by.parse()?,
            state: row.state.parse()?,
            findings: serde_json::from_str(&row.findings).map_err(StoreError::damaged("findings"))?,
            effective_at: Millis(row.effective_at),
        })
    };
    db::rows::<Row>(on, &sql, vec![id.0.into()]).await?.into_iter().map(line).collect()
}
