//! Screenings with their findings, and the cache of embeddings.
//!
//! Called by the screening flow, replay and pages. A screening is unique per revision and trigger; the second one is
//! [`StoreError::Taken`]. It must never change one.

use super::{
    StoreError, Tx, db,
    db::Run,
    entities::{finding, screening},
};
use crate::domain::{
    AdId, Finding, JudgementId, Millis, ReleaseId, RevisionId, ScreeningId,
    digest::Digest,
    screening::{Screening, Trigger},
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// Adds a screening and its findings, and makes it the revision's newest.
pub async fn add(tx: &Tx, ad: AdId, new: &Screening) -> Result<(), StoreError> {
    let json = |what, value: Result<String, serde_json::Error>| value.map_err(StoreError::damaged(what));
    let row = screening::Model {
        id: new.id.0,
        revision_id: new.revision.0,
        ad_id: ad.0,
        trigger_key: new.trigger.key(),
        trigger_detail: json("trigger", serde_json::to_string(&new.trigger))?,
        release_id: new.release.0,
        signals: json("signals", serde_json::to_string(&new.signals))?,
        facts: json("facts", serde_json::to_string(&new.facts))?,
        evaluation: json("evaluation", serde_json::to_string(&new.evaluation))?,
        conclusion: new.evaluation.verdict.conclusion.as_str().into(),
        created_at: new.created_at.0,
    };
    db::insert(tx, row).await?;
    add_findings(tx, new.revision, Some(new.id), None, &new.evaluation.findings, new.created_at).await?;
    let sql = "UPDATE revision SET screening_id = $1 WHERE id = $2";
    db::execute(tx, sql, vec![new.id.0.into(), new.revision.0.into()]).await.map(|_| ())
}

/// Adds findings of a screening or of a judgement.
pub async fn add_findings(
    tx: &Tx,
    revision: RevisionId,
    screening: Option<ScreeningId>,
    judgement: Option<JudgementId>,
    findings: &[Finding],
    now: Millis,
) -> Result<(), StoreError> {
    let rows = findings
        .iter()
        .map(|f| {
            Ok(finding::Model {
                id: f.id.0,
                revision_id: revision.0,
                screening_id: screening.map(|s| s.0),
                judgement_id: judgement.map(|j| j.0),
                policy: f.policy.to_string(),
                rule: f.rule.as_ref().map(ToString::to_string),
                effect: f.effect.as_str().into(),
                undecided: f.undecided,
                detail: serde_json::to_string(f).map_err(StoreError::damaged("finding"))?,
                created_at: now.0,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    db::insert_many(tx, rows).await
}

/// Whether the revision was screened for this trigger.
pub async fn exists(on: &impl Run, revision: RevisionId, trigger: &Trigger) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM screening WHERE revision_id = $1 AND trigger_key = $2";
    Ok(db::number(on, sql, vec![revision.0.into(), trigger.key().into()]).await? > 0)
}

/// A screening by id.
pub async fn get(on: &impl Run, id: ScreeningId) -> Result<Option<Screening>, StoreError> {
    let row: Option<screening::Model> = db::row(on, "SELECT * FROM screening WHERE id = $1", vec![id.0.into()]).await?;
    row.map(from_row).transpose()
}

/// All screenings of an ad, newest first.
pub async fn of_ad(on: &impl Run, ad: AdId) -> Result<Vec<Screening>, StoreError> {
    let sql = "SELECT * FROM screening WHERE ad_id = $1 ORDER BY created_at DESC, id DESC LIMIT 200";
    let rows: Vec<screening::Model> = db::rows(on, sql, vec![ad.0.into()]).await?;
    rows.into_iter().map(from_row).collect()
}

fn from_row(row: screening::Model) -> Result<Screening, StoreError> {
    Ok(Screening {
        id: ScreeningId(row.id),
        revision: RevisionId(row.revision_id),
        trigger: serde_json::from_str(&row.trigger_detail).map_err(StoreError::damaged("trigger"))?,
        release: ReleaseId(row.release_id),
        signals: serde_json::from_str(&row.signals).map_err(StoreError::damaged("signals"))?,
        facts: serde_json::from_str(&row.facts).map_err(StoreError::damaged("facts"))?,
        evaluation: serde_json::from_str(&row.evaluation).map_err(StoreError::damaged("evaluation"))?,
        created_at: Millis(row.created_at),
    })
}

/// The newest screening of a revision.
pub async fn newest_of(on: &impl Run, revision: RevisionId) -> Result<Option<ScreeningId>, StoreError> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let sql = "SELECT id FROM screening WHERE revision_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1";
    let found: Option<Found> = db::row(on, sql, vec![revision.0.into()]).await?;
    Ok(found.map(|f| ScreeningId(f.id)))
}

/// Cached window vectors of a text under an encoder, if there are any.
pub async fn embedding(on: &impl Run, text: Digest, encoder: Digest) -> Result<Option<Vec<Vec<f32>>>, StoreError> {
    #[derive(FromQueryResult)]
    struct Cached {
        vectors: Vec<u8>,
    }
    let sql = "SELECT vectors FROM embedding WHERE text_digest = $1 AND encoder_digest = $2";
    let found: Option<Cached> = db::row(on, sql, vec![text.0.to_vec().into(), encoder.0.to_vec().into()]).await?;
    found.map(|c| decode(&c.vectors)).transpose()
}

/// Caches window vectors of a text.
pub async fn add_embedding(
    tx: &Tx,
    text: Digest,
    encoder: Digest,
    windows: &[Vec<f32>],
    now: Millis,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO embedding (text_digest, encoder_digest, vectors, created_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT DO NOTHING";
    let values = vec![text.0.to_vec().into(), encoder.0.to_vec().into(), encode(windows).into(), now.0.into()];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// Little-endian: number of windows (u32), then each window's f32 values; all windows have one length.
fn encode(windows: &[Vec<f32>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 + windows.iter().map(|w| 4 * w.len()).sum::<usize>());
    out.extend((windows.len() as u32).to_le_bytes());
    out.extend(windows.iter().flatten().flat_map(|x| x.to_le_bytes()));
    out
}

fn decode(bytes: &[u8]) -> Result<Vec<Vec<f32>>, StoreError> {
    let damaged = || StoreError::Damaged { what: "embedding", cause: "wrong length".into() };
    let (head, body) = bytes.split_first_chunk::<4>().ok_or_else(damaged)?;
    let windows = u32::from_le_bytes(*head) as usize;
    if windows == 0 || body.len() % (4 * windows) != 0 {
        return Err(damaged());
    }
    let values: Vec<f32> = body.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    Ok(values.chunks(values.len() / windows).map(<[f32]>::to_vec).collect())
}
