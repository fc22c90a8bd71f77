//! What submitters in observe mode decided themselves, beside what was decided here.
//!
//! Called by `flows::external`, the API and the console. One decision is kept for each revision; a later one takes its
//! place. It must never show another submitter's.

use super::{StoreError, Tx, db, db::Run};
use crate::domain::{
    AdId, Finding, Millis, PolicyCode, SubmitterId,
    delivery::Told,
    external::{Compared, ExternalOutcome},
    finding::Effect,
    role::Scope,
};
use sea_orm::FromQueryResult;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Most decisions that are compared at once.
pub const MOST: u64 = 20_000;

/// Keeps what a submitter decided about an ad's newest revision.
pub async fn tell(
    tx: &Tx,
    submitter: SubmitterId,
    ad: AdId,
    outcome: ExternalOutcome,
    policies: &BTreeSet<PolicyCode>,
    decided_at: Option<Millis>,
    now: Millis,
) -> Result<Told, StoreError> {
    #[derive(FromQueryResult)]
    struct Before {
        revision_id: Uuid,
        outcome: Option<String>,
        policies: Option<String>,
        decided_at: Option<i64>,
    }
    let policies = serde_json::to_string(policies).map_err(StoreError::damaged("policies"))?;
    let sql = "SELECT a.latest_revision_id AS revision_id, e.outcome, e.policies, e.decided_at FROM ad a
               LEFT JOIN external_decision e ON e.revision_id = a.latest_revision_id WHERE a.id = $1";
    let before: Option<Before> = db::row(tx, sql, vec![ad.0.into()]).await?;
    let Some(before) = before else { return Err(StoreError::Conflict) };
    let same_time = decided_at.is_none_or(|at| before.decided_at == Some(at.0));
    if before.outcome.as_deref() == Some(outcome.as_str())
        && before.policies.as_deref() == Some(policies.as_str())
        && same_time
    {
        return Ok(Told::Unchanged);
    }
    let sql =
        "INSERT INTO external_decision (revision_id, ad_id, submitter_id, outcome, policies, decided_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (revision_id) DO UPDATE
               SET outcome = $4, policies = $5, decided_at = $6, updated_at = $7";
    let values = vec![
        before.revision_id.into(),
        ad.0.into(),
        submitter.0.into(),
        outcome.as_str().into(),
        policies.into(),
        decided_at.unwrap_or(now).0.into(),
        now.0.into(),
    ];
    db::execute(tx, sql, values).await?;
    Ok(if before.outcome.is_some() { Told::Replaced } else { Told::Counted })
}

/// A submitter's decisions since a moment beside those made here, the newest first; none of another submitter.
pub async fn compared(
    on: &impl Run,
    scope: &Scope,
    submitter: SubmitterId,
    since: Millis,
) -> Result<Vec<Compared>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        ad_id: Uuid,
        external_id: String,
        outcome: String,
        policies: String,
        decided_at: i64,
        conclusion: Option<String>,
        findings: Option<String>,
    }
    if scope.submitter.is_some_and(|own| own != submitter) {
        return Ok(vec![]);
    }
    let sql = format!(
        "SELECT e.ad_id, a.external_id, e.outcome, e.policies, e.decided_at, d.conclusion, d.findings
         FROM external_decision e JOIN ad a ON a.id = e.ad_id LEFT JOIN decision d ON d.id = (
             SELECT n.id FROM decision n WHERE n.revision_id = e.revision_id AND n.state = 'effective'
             ORDER BY n.created_at DESC, n.id DESC LIMIT 1)
         WHERE e.submitter_id = $1 AND e.decided_at >= $2 ORDER BY e.decided_at DESC, e.revision_id DESC LIMIT {MOST}"
    );
    let rows: Vec<Row> = db::rows(on, &sql, vec![submitter.0.into(), since.0.into()]).await?;
    rows.into_iter()
        .map(|row| {
            let findings: Vec<Finding> = match &row.findings {
                Some(findings) => serde_json::from_str(findings).map_err(StoreError::damaged("findings"))?,
                None => vec![],
            };
            let asks = findings.into_iter().filter(|f| f.effect > Effect::Descriptive);
            Ok(Compared {
                ad: AdId(row.ad_id),
                external_id: row.external_id,
                theirs: row.outcome.parse()?,
                their_policies: serde_json::from_str(&row.policies).map_err(StoreError::damaged("policies"))?,
                ours: row.conclusion.map(|c| c.parse()).transpose()?,
                our_policies: asks.map(|f| f.policy).collect(),
                decided_at: Millis(row.decided_at),
            })
        })
        .collect()
}

/// The submitters in observe mode, by name; at most 50.
pub async fn observed(on: &impl Run, scope: &Scope) -> Result<Vec<(SubmitterId, String)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        name: String,
    }
    let sql = "SELECT id, name FROM submitter WHERE mode = 'observe' ORDER BY name, id LIMIT 50";
    let rows: Vec<Row> = db::rows(on, sql, vec![]).await?;
    let seen = rows.into_iter().map(|r| (SubmitterId(r.id), r.name));
    Ok(seen.filter(|(id, _)| scope.submitter.is_none_or(|own| own == *id)).collect())
}
