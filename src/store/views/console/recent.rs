//! Recent screenings, to choose from where something is tried on them.
//!
//! Called by the rule editor. It must never leave the caller's submitter.

use super::ads::headline;
use crate::{
    domain::{AdId, Millis, ScreeningId, role::Scope, verdict::Conclusion},
    store::{Db, StoreError, db},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

/// Screenings looked through for a text: the newest ones.
const LOOKED_AT: u32 = 2_000;

/// One screening.
#[derive(Debug, Clone)]
pub struct Recent {
    /// Its id.
    pub id: ScreeningId,
    /// The ad.
    pub ad: AdId,
    /// The submitter's id for it.
    pub external_id: String,
    /// Its headline, or its body.
    pub headline: String,
    /// What was concluded.
    pub conclusion: Conclusion,
    /// When.
    pub at: Millis,
}

/// The newest screenings whose ad holds the text, or has that id; an empty text fits all.
pub async fn recent(on: &Db, scope: &Scope, text: &str, limit: u32) -> Result<Vec<Recent>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        ad_id: Uuid,
        external_id: String,
        content: String,
        conclusion: String,
        created_at: i64,
    }
    let mut values: Vec<Value> = vec![];
    let mut conditions = vec!["1 = 1".to_owned()];
    if let Some(submitter) = scope.submitter {
        values.push(submitter.0.into());
        conditions.push(format!("a.submitter_id = ${}", values.len()));
    }
    let text = text.trim();
    if let Ok(ad) = text.parse::<AdId>() {
        values.push(ad.0.into());
        conditions.push(format!("a.id = ${}", values.len()));
    } else if !text.is_empty() {
        let part = text.to_lowercase().replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
        values.push(format!("%{part}%").into());
        let n = values.len();
        conditions
            .push(format!(r"(lower(v.content) LIKE ${n} ESCAPE '\' OR lower(a.external_id) LIKE ${n} ESCAPE '\')"));
    }
    let sql = format!(
        "SELECT s.id, s.ad_id, a.external_id, v.content, s.conclusion, s.created_at
         FROM (SELECT id, ad_id, revision_id, conclusion, created_at FROM screening
               ORDER BY created_at DESC LIMIT {LOOKED_AT}) s
         JOIN ad a ON a.id = s.ad_id JOIN revision v ON v.id = s.revision_id
         WHERE {} ORDER BY s.created_at DESC, s.id DESC LIMIT {}",
        conditions.join(" AND "),
        limit.clamp(1, 200)
    );
    let read = |row: Row| {
        Ok(Recent {
            id: ScreeningId(row.id),
            ad: AdId(row.ad_id),
            external_id: row.external_id,
            headline: headline(&row.content)?,
            conclusion: row.conclusion.parse()?,
            at: Millis(row.created_at),
        })
    };
    db::rows::<Row>(on, &sql, values).await?.into_iter().map(read).collect()
}
