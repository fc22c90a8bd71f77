//! What shadows concluded otherwise, counted in the commit of the screening that they were evaluated beside.
//!
//! Called by `flows::screen` and the Releases pages. Keys are written in their order, so that two commits never wait for
//! each other. It must never hold what a shadow would have done to an ad as if it had been done.

use super::{StoreError, Tx, db, db::Run};
use crate::domain::{AdId, ReleaseId, ScreeningId};
use sea_orm::FromQueryResult;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Screenings kept of each difference.
const SAMPLES: i64 = 20;

/// The key that counts all screenings a shadow saw.
pub const SEEN: &str = "seen";

/// Counts one screening that a shadow saw, with what it concluded otherwise: `verdict:approve>prohibited`,
/// `rule:+scam/new`, `rule:-scam/old`.
pub async fn add(
    tx: &Tx,
    shadow: ReleaseId,
    screening: ScreeningId,
    ad: AdId,
    differences: &BTreeSet<String>,
) -> Result<(), StoreError> {
    for key in differences.iter().map(String::as_str).chain([SEEN]) {
        let sql = "INSERT INTO shadow_count (release_id, key, n) VALUES ($1, $2, 1)
                   ON CONFLICT (release_id, key) DO UPDATE SET n = shadow_count.n + 1";
        db::execute(tx, sql, vec![shadow.0.into(), key.into()]).await?;
        if key != SEEN {
            let sql = format!(
                "INSERT INTO shadow_sample (release_id, key, screening_id, ad_id)
                 SELECT c.release_id, c.key, $3, $4 FROM shadow_count c
                 WHERE c.release_id = $1 AND c.key = $2 AND c.n <= {SAMPLES}"
            );
            db::execute(tx, &sql, vec![shadow.0.into(), key.into(), screening.0.into(), ad.0.into()]).await?;
        }
    }
    Ok(())
}

/// Counts of a shadow by key.
pub async fn counts(on: &impl Run, shadow: ReleaseId) -> Result<BTreeMap<String, i64>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        key: String,
        n: i64,
    }
    let sql = "SELECT key, n FROM shadow_count WHERE release_id = $1";
    let rows: Vec<Row> = db::rows(on, sql, vec![shadow.0.into()]).await?;
    Ok(rows.into_iter().map(|r| (r.key, r.n)).collect())
}

/// Ads that a shadow concluded otherwise about, by key.
pub async fn samples(on: &impl Run, shadow: ReleaseId) -> Result<BTreeMap<String, Vec<AdId>>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        key: String,
        ad_id: Uuid,
    }
    let sql = "SELECT key, ad_id FROM shadow_sample WHERE release_id = $1 ORDER BY key, screening_id DESC";
    let mut all: BTreeMap<String, Vec<AdId>> = BTreeMap::new();
    for row in db::rows::<Row>(on, sql, vec![shadow.0.into()]).await? {
        all.entry(row.key).or_default().push(AdId(row.ad_id));
    }
    Ok(all)
}
