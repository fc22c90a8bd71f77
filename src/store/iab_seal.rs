//! Stamps `lastmod`: gives every committed change of an ad of the IAB API the next moment of one strictly growing
//! order.
//!
//! Called by the sealer under its lease. A stamp is the clock's moment, or one above the last stamp where the clock
//! stands still or goes back: a reader that polls from the last stamp it saw can miss nothing, however late a change
//! committed. It must never stamp a change that is not committed, nor the same moment twice.

use super::{StoreError, Tx, db, entities::sealer};
use crate::domain::{Millis, RevisionId, decision::Outcome, iab};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// Ads looked at in one commit.
const BATCH: usize = 200;

/// The counter's name in table `sealer`; its position is the last stamp.
pub(super) const COUNTER: &str = "iab";

/// Ads that wait to be looked at.
pub(super) const WAITING: &str =
    "SELECT COUNT(*) AS n FROM (SELECT 1 FROM iab_ad WHERE version > sealed_version LIMIT 1000) AS waiting";

#[derive(FromQueryResult)]
struct Waiting {
    ad_id: Uuid,
    asked_revision_id: Option<Uuid>,
    mrating: Option<i32>,
    modified_at: i64,
    version: i64,
    sealed: Option<String>,
    outcome: String,
}

/// Stamps a batch; says how many ads were looked at, and the last stamp given.
pub(super) async fn stamp(tx: &Tx, counter: &sealer::Model, now: Millis) -> Result<(usize, i64), StoreError> {
    let sql = format!(
        "SELECT i.ad_id, i.asked_revision_id, i.mrating, i.modified_at, i.version, i.sealed, a.outcome
         FROM iab_ad i JOIN ad a ON a.id = i.ad_id WHERE i.version > i.sealed_version ORDER BY i.ad_id LIMIT {BATCH}"
    );
    let waiting: Vec<Waiting> = db::rows(tx, &sql, vec![]).await?;
    let mut last = counter.position;
    for row in &waiting {
        let outcome: Outcome = serde_json::from_str(&row.outcome).map_err(StoreError::damaged("outcome"))?;
        let audit = iab::audit(&outcome, row.asked_revision_id.map(RevisionId), row.mrating, Millis(row.modified_at));
        let text = serde_json::to_string(&audit).map_err(StoreError::damaged("audit"))?;
        if row.sealed.as_ref() == Some(&text) {
            // Nothing that a bidder sees changed: a screening began, or a touch asked for nothing.
            let sql = "UPDATE iab_ad SET sealed_version = $1 WHERE ad_id = $2 AND version = $1";
            db::execute(tx, sql, vec![row.version.into(), row.ad_id.into()]).await?;
            continue;
        }
        let next = now.0.max(last + 1);
        // Where the version has moved on, the row waits for the next batch, which sees the newer outcome.
        let sql = "UPDATE iab_ad SET sealed_version = $1, sealed = $2, lastmod = $3 WHERE ad_id = $4 AND version = $1";
        let values = vec![row.version.into(), text.into(), next.into(), row.ad_id.into()];
        if db::execute(tx, sql, values).await? == 1 {
            last = next;
        }
    }
    Ok((waiting.len(), last))
}
