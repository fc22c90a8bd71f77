//! What ads delivered: told hour by hour, read as sums.
//!
//! Called by `flows::delivery`, sweeps and pages. An hour told again takes the place of what was told before, so that
//! telling twice counts once; the ad's total is kept beside, under a lock of its own row, so that nobody has to add up
//! years. It must never show another submitter's ads: flows look them up in scope.

use super::{StoreError, Tx, db, db::Run, entities::delivery};
use crate::domain::{
    AdId, Millis, SubmitterId,
    ad::Money,
    delivery::{Delivered, NamedAd, Told},
};
use sea_orm::{FromQueryResult, Value};
use std::collections::HashMap;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Summed {
    n: i64,
    currency: String,
}

/// The submitter's ad of this name.
pub async fn ad_named(on: &impl Run, submitter: SubmitterId, name: &NamedAd) -> Result<Option<AdId>, StoreError> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let (condition, value): (_, Value) = match name {
        NamedAd::Id(id) => ("id = $2", id.0.into()),
        NamedAd::External(external) => ("external_id = $2", external.as_str().into()),
    };
    let sql = format!("SELECT id FROM ad WHERE submitter_id = $1 AND {condition}");
    let found: Option<Found> = db::row(on, &sql, vec![submitter.0.into(), value]).await?;
    Ok(found.map(|f| AdId(f.id)))
}

/// Sets what an ad delivered in an hour.
pub async fn tell(
    tx: &Tx,
    ad: AdId,
    hour: Millis,
    impressions: i64,
    spend: Option<&Money>,
    now: Millis,
) -> Result<Told, StoreError> {
    // Whoever tells of the same ad at once waits here.
    let sql = "INSERT INTO delivery_total (ad_id, impressions) VALUES ($1, 0)
               ON CONFLICT (ad_id) DO UPDATE SET impressions = delivery_total.impressions";
    db::execute(tx, sql, vec![ad.0.into()]).await?;
    let sql = "SELECT * FROM delivery WHERE ad_id = $1 AND hour = $2";
    let before: Option<delivery::Model> = db::row(tx, sql, vec![ad.0.into(), hour.0.into()]).await?;
    let (micros, currency) = spend.map_or((0, ""), |money| (money.micros, money.currency.as_str()));
    let same = |b: &delivery::Model| b.impressions == impressions && b.micros == micros && b.currency == currency;
    if before.as_ref().is_some_and(same) {
        return Ok(Told::Unchanged);
    }
    let sql = "INSERT INTO delivery (ad_id, hour, impressions, micros, currency, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (ad_id, hour) DO UPDATE
               SET impressions = $3, micros = $4, currency = $5, updated_at = $6";
    let values = vec![ad.0.into(), hour.0.into(), impressions.into(), micros.into(), currency.into(), now.0.into()];
    db::execute(tx, sql, values).await?;
    let more = impressions - before.as_ref().map_or(0, |b| b.impressions);
    let sql = "UPDATE delivery_total SET impressions = impressions + $1 WHERE ad_id = $2";
    db::execute(tx, sql, vec![more.into(), ad.0.into()]).await?;
    Ok(if before.is_some() { Told::Replaced } else { Told::Counted })
}

/// What an ad delivered.
pub async fn of_ad(on: &impl Run, ad: AdId, now: Millis) -> Result<Delivered, StoreError> {
    let since = async |from: i64| {
        let sql =
            "SELECT CAST(COALESCE(SUM(impressions), 0) AS BIGINT) AS n FROM delivery WHERE ad_id = $1 AND hour >= $2";
        db::number(on, sql, vec![ad.0.into(), from.into()]).await
    };
    let sql = "SELECT CAST(SUM(micros) AS BIGINT) AS n, currency FROM delivery WHERE ad_id = $1 AND currency <> ''
               GROUP BY currency ORDER BY currency";
    let spend: Vec<Summed> = db::rows(on, sql, vec![ad.0.into()]).await?;
    Ok(Delivered {
        impressions: since(0).await?,
        impressions_24h: since(now.0 - Millis::DAY).await?,
        impressions_7d: since(now.0 - 7 * Millis::DAY).await?,
        spend: spend.into_iter().map(|s| Money { micros: s.n, currency: s.currency }).collect(),
    })
}

/// How much an ad reaches people; the greater comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reach {
    /// Impressions in the last 7 days.
    pub impressions_7d: i64,
    /// Impressions ever.
    pub impressions: i64,
}

/// The reach of one ad, for whoever orders work by it.
pub async fn reach(on: &impl Run, ad: AdId, now: Millis) -> Result<Reach, StoreError> {
    let week =
        "SELECT CAST(COALESCE(SUM(impressions), 0) AS BIGINT) AS n FROM delivery WHERE ad_id = $1 AND hour >= $2";
    let all = "SELECT COALESCE(MAX(impressions), 0) AS n FROM delivery_total WHERE ad_id = $1";
    Ok(Reach {
        impressions_7d: db::number(on, week, vec![ad.0.into(), (now.0 - 7 * Millis::DAY).into()]).await?,
        impressions: db::number(on, all, vec![ad.0.into()]).await?,
    })
}

/// The reach of every ad that delivered anything.
pub async fn reaches(on: &impl Run, now: Millis) -> Result<HashMap<AdId, Reach>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        ad_id: Uuid,
        n: i64,
    }
    let all: Vec<Row> = db::rows(on, "SELECT ad_id, impressions AS n FROM delivery_total", vec![]).await?;
    let mut reaches: HashMap<AdId, Reach> =
        all.into_iter().map(|r| (AdId(r.ad_id), Reach { impressions: r.n, impressions_7d: 0 })).collect();
    let sql = "SELECT ad_id, CAST(SUM(impressions) AS BIGINT) AS n FROM delivery WHERE hour >= $1 GROUP BY ad_id";
    let week: Vec<Row> = db::rows(on, sql, vec![(now.0 - 7 * Millis::DAY).into()]).await?;
    for row in week {
        reaches.entry(AdId(row.ad_id)).or_default().impressions_7d = row.n;
    }
    Ok(reaches)
}
