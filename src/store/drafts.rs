//! Drafts, and the files of drafts and releases.
//!
//! Called by `flows::drafts`, publishing and pages. A text is kept once, by its digest. Every change of a draft is a
//! compare-and-set on its version and leaves a row that says who made it. It must never change a release's files.

use super::{
    StoreError, Tx, db,
    db::Run,
    entities::draft::{self, Model},
};
use crate::domain::{
    DraftId, Millis, ModelId, ReleaseId,
    digest::Digest,
    draft::{DraftState, EditKind, PackTexts, PublishPlan},
};
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A draft as kept, without its files.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDraft {
    /// Its id.
    pub id: DraftId,
    /// Its name on pages.
    pub name: String,
    /// Life.
    pub state: DraftState,
    /// Grows with every change.
    pub version: i64,
    /// The release it began from, or was last brought up to.
    pub base: ReleaseId,
    /// The model it runs with.
    pub model: Option<ModelId>,
    /// The release it was frozen as, or became.
    pub release: Option<ReleaseId>,
    /// How it goes live, once that is set.
    pub plan: Option<PublishPlan>,
    /// Who set that.
    pub planned_by: Option<String>,
    /// What people should know of it: why it did not go live at the set time.
    pub notice: Option<String>,
    /// Who opened it.
    pub created_by: String,
    /// When.
    pub created_at: Millis,
    /// Of the last change.
    pub updated_at: Millis,
}

/// One change of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftEdit {
    /// The version that it made.
    pub version: i64,
    /// Who.
    pub actor: String,
    /// What it was.
    pub kind: EditKind,
    /// The file; `None` for anything but a file.
    pub path: Option<String>,
    /// The file's new text; `None` when it was removed.
    pub digest: Option<Digest>,
    /// When.
    pub at: Millis,
}

fn hash(bytes: &[u8]) -> Result<Digest, StoreError> {
    bytes.try_into().map(Digest).map_err(|_| StoreError::Damaged { what: "digest", cause: "not 32 bytes".into() })
}

/// Keeps a text once.
pub async fn put_text(tx: &Tx, text: &str) -> Result<Digest, StoreError> {
    let digest = Digest::of(text.as_bytes());
    let sql = "INSERT INTO pack_text (digest, text) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING";
    db::execute(tx, sql, vec![digest.0.to_vec().into(), text.into()]).await?;
    Ok(digest)
}

/// Keeps the files that a release is written in; once, when it is made.
pub async fn put_release_files(tx: &Tx, release: ReleaseId, files: &PackTexts) -> Result<(), StoreError> {
    for (path, text) in files {
        let digest = put_text(tx, text).await?;
        let sql = "INSERT INTO release_file (release_id, path, digest) VALUES ($1, $2, $3)";
        db::execute(tx, sql, vec![release.0.into(), path.as_str().into(), digest.0.to_vec().into()]).await?;
    }
    Ok(())
}

/// The files of a release; empty for one that was made before releases kept them.
pub async fn release_files(on: &impl Run, release: ReleaseId) -> Result<PackTexts, StoreError> {
    texts(
        on,
        "SELECT f.path, t.text FROM release_file f JOIN pack_text t ON t.digest = f.digest WHERE f.release_id = $1",
        release.0,
    )
    .await
}

/// One file of a release.
pub async fn release_file(on: &impl Run, release: ReleaseId, path: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT f.path, t.text FROM release_file f JOIN pack_text t ON t.digest = f.digest
               WHERE f.release_id = $1 AND f.path = $2";
    Ok(db::row::<File>(on, sql, vec![release.0.into(), path.into()]).await?.map(|f| f.text))
}

/// The files of a draft.
pub async fn files(on: &impl Run, draft: DraftId) -> Result<PackTexts, StoreError> {
    texts(
        on,
        "SELECT f.path, t.text FROM draft_file f JOIN pack_text t ON t.digest = f.digest WHERE f.draft_id = $1",
        draft.0,
    )
    .await
}

/// One file of a draft.
pub async fn file(on: &impl Run, draft: DraftId, path: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT f.path, t.text FROM draft_file f JOIN pack_text t ON t.digest = f.digest
               WHERE f.draft_id = $1 AND f.path = $2";
    Ok(db::row::<File>(on, sql, vec![draft.0.into(), path.into()]).await?.map(|f| f.text))
}

#[derive(FromQueryResult)]
struct File {
    path: String,
    text: String,
}

async fn texts(on: &impl Run, sql: &str, id: Uuid) -> Result<PackTexts, StoreError> {
    Ok(db::rows::<File>(on, sql, vec![id.into()]).await?.into_iter().map(|f| (f.path, f.text)).collect())
}

/// Digests of a draft's files by path: which differ from a release is seen without reading their texts.
pub async fn file_digests(on: &impl Run, draft: DraftId) -> Result<BTreeMap<String, Digest>, StoreError> {
    digests(on, "SELECT path, digest FROM draft_file WHERE draft_id = $1", draft.0).await
}

/// Digests of a release's files by path.
pub async fn release_file_digests(on: &impl Run, release: ReleaseId) -> Result<BTreeMap<String, Digest>, StoreError> {
    digests(on, "SELECT path, digest FROM release_file WHERE release_id = $1", release.0).await
}

async fn digests(on: &impl Run, sql: &str, id: Uuid) -> Result<BTreeMap<String, Digest>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        path: String,
        digest: Vec<u8>,
    }
    let rows: Vec<Row> = db::rows(on, sql, vec![id.into()]).await?;
    rows.into_iter().map(|r| Ok((r.path, hash(&r.digest)?))).collect()
}

/// Opens a draft with these files.
pub async fn open(tx: &Tx, new: &StoredDraft, files: &PackTexts) -> Result<(), StoreError> {
    db::insert(tx, row(new)?).await?;
    for (path, text) in files {
        let digest = put_text(tx, text).await?;
        put_file(tx, new.id, path, digest).await?;
    }
    note(tx, new, &new.created_by, EditKind::Opened, None).await
}

fn row(draft: &StoredDraft) -> Result<Model, StoreError> {
    let plan = draft.plan.as_ref().map(serde_json::to_string).transpose().map_err(StoreError::damaged("plan"))?;
    Ok(Model {
        id: draft.id.0,
        name: draft.name.clone(),
        state: draft.state.as_str().into(),
        version: draft.version,
        base_release_id: draft.base.0,
        model_id: draft.model.map(|m| m.0),
        release_id: draft.release.map(|r| r.0),
        plan,
        planned_by: draft.planned_by.clone(),
        notice: draft.notice.clone(),
        created_by: draft.created_by.clone(),
        created_at: draft.created_at.0,
        updated_at: draft.updated_at.0,
    })
}

fn from_row(row: draft::Model) -> Result<StoredDraft, StoreError> {
    let plan = row.plan.as_deref().map(serde_json::from_str).transpose().map_err(StoreError::damaged("plan"))?;
    Ok(StoredDraft {
        id: DraftId(row.id),
        name: row.name,
        state: row.state.parse()?,
        version: row.version,
        base: ReleaseId(row.base_release_id),
        model: row.model_id.map(ModelId),
        release: row.release_id.map(ReleaseId),
        plan,
        planned_by: row.planned_by,
        notice: row.notice,
        created_by: row.created_by,
        created_at: Millis(row.created_at),
        updated_at: Millis(row.updated_at),
    })
}

/// A draft by id.
pub async fn draft(on: &impl Run, id: DraftId) -> Result<Option<StoredDraft>, StoreError> {
    let row: Option<Model> = db::row(on, "SELECT * FROM draft WHERE id = $1", vec![id.0.into()]).await?;
    row.map(from_row).transpose()
}

/// The newest drafts, those that something can still happen to first.
pub async fn drafts(on: &impl Run) -> Result<Vec<StoredDraft>, StoreError> {
    let sql = "SELECT * FROM draft ORDER BY CASE WHEN state IN ('published', 'discarded') THEN 1 ELSE 0 END,
               updated_at DESC, id DESC LIMIT 200";
    db::rows::<Model>(on, sql, vec![]).await?.into_iter().map(from_row).collect()
}

/// Writes a draft's changed row, unless somebody else changed it since `next.version - 1`; says whether it did. `edit`
/// is the file that changed with it, if one did.
pub async fn change(
    tx: &Tx,
    next: &StoredDraft,
    actor: &str,
    kind: EditKind,
    edit: Option<(&str, Option<Digest>)>,
) -> Result<bool, StoreError> {
    let new = row(next)?;
    let sql = "UPDATE draft SET name = $1, state = $2, version = $3, base_release_id = $4, model_id = $5,
               release_id = $6, plan = $7, planned_by = $8, notice = $9,
               updated_at = $10 WHERE id = $11 AND version = $12";
    let changed = db::execute(
        tx,
        sql,
        vec![
            new.name.into(),
            new.state.into(),
            new.version.into(),
            new.base_release_id.into(),
            new.model_id.into(),
            new.release_id.into(),
            new.plan.into(),
            new.planned_by.into(),
            new.notice.into(),
            new.updated_at.into(),
            new.id.into(),
            (next.version - 1).into(),
        ],
    )
    .await?;
    if changed != 1 {
        return Ok(false);
    }
    note(tx, next, actor, kind, edit).await?;
    Ok(true)
}

/// Sets one file of a draft; its version is the caller's to change in the same commit.
pub async fn put_file(tx: &Tx, draft: DraftId, path: &str, digest: Digest) -> Result<(), StoreError> {
    let sql = "INSERT INTO draft_file (draft_id, path, digest) VALUES ($1, $2, $3)
               ON CONFLICT (draft_id, path) DO UPDATE SET digest = $3";
    db::execute(tx, sql, vec![draft.0.into(), path.into(), digest.0.to_vec().into()]).await.map(|_| ())
}

/// Removes one file of a draft; says whether it was there.
pub async fn remove_file(tx: &Tx, draft: DraftId, path: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM draft_file WHERE draft_id = $1 AND path = $2";
    Ok(db::execute(tx, sql, vec![draft.0.into(), path.into()]).await? == 1)
}

async fn note(
    tx: &Tx,
    draft: &StoredDraft,
    actor: &str,
    kind: EditKind,
    edit: Option<(&str, Option<Digest>)>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO draft_edit (draft_id, version, actor, kind, path, digest, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (path, digest) = edit.map_or((None, None), |(path, digest)| (Some(path), digest));
    let values = vec![
        draft.id.0.into(),
        draft.version.into(),
        actor.into(),
        kind.as_str().into(),
        path.map(str::to_owned).into(),
        digest.map(|d| d.0.to_vec()).into(),
        draft.updated_at.0.into(),
    ];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// Every change of a draft, the newest first.
pub async fn edits(on: &impl Run, draft: DraftId) -> Result<Vec<DraftEdit>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        version: i64,
        actor: String,
        kind: String,
        path: Option<String>,
        digest: Option<Vec<u8>>,
        created_at: i64,
    }
    let sql = "SELECT version, actor, kind, path, digest, created_at FROM draft_edit WHERE draft_id = $1
               ORDER BY version DESC LIMIT 500";
    let rows: Vec<Row> = db::rows(on, sql, vec![draft.0.into()]).await?;
    rows.into_iter()
        .map(|r| {
            let digest = r.digest.as_deref().map(hash).transpose()?;
            Ok(DraftEdit {
                version: r.version,
                actor: r.actor,
                kind: r.kind.parse()?,
                path: r.path,
                digest,
                at: Millis(r.created_at),
            })
        })
        .collect()
}

/// Whether somebody wrote any of it: opened it, or changed a file or its model.
pub async fn is_author(on: &impl Run, draft: DraftId, actor: &str) -> Result<bool, StoreError> {
    let writing: Vec<_> = EditKind::ALL.iter().filter(|k| k.is_writing()).collect();
    let sql = format!(
        "SELECT COUNT(*) AS n FROM draft_edit WHERE draft_id = $1 AND actor = $2 AND kind IN ({})",
        db::placeholders(3, writing.len())
    );
    let mut values = vec![draft.0.into(), actor.into()];
    values.extend(writing.iter().map(|k| k.as_str().into()));
    Ok(db::number(on, &sql, values).await? > 0)
}

/// How the cases of some files with some model came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// How many ran.
    pub run: i64,
    /// How many expectations were not met.
    pub failed: i64,
    /// Those, as the command line shows them.
    pub problems: Vec<String>,
    /// When.
    pub at: Millis,
}

/// What a draft's result is kept under: the digest of its files and its model. Equal content has equal results.
pub async fn content_digest(on: &impl Run, draft: &StoredDraft) -> Result<Digest, StoreError> {
    Ok(Digest::of_json(&(file_digests(on, draft.id).await?, draft.model))?)
}

/// Keeps how cases came out; a newer run replaces the one before.
pub async fn put_test(tx: &Tx, content: Digest, result: &TestResult) -> Result<(), StoreError> {
    let sql = "INSERT INTO draft_test (content_digest, run, failed, problems, created_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (content_digest) DO UPDATE SET run = $2, failed = $3, problems = $4, created_at = $5";
    let problems = serde_json::to_string(&result.problems).map_err(StoreError::damaged("problems"))?;
    let values =
        vec![content.0.to_vec().into(), result.run.into(), result.failed.into(), problems.into(), result.at.0.into()];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// How the cases came out, once they were run.
pub async fn test(on: &impl Run, content: Digest) -> Result<Option<TestResult>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        run: i64,
        failed: i64,
        problems: String,
        created_at: i64,
    }
    let sql = "SELECT run, failed, problems, created_at FROM draft_test WHERE content_digest = $1";
    let row: Option<Row> = db::row(on, sql, vec![content.0.to_vec().into()]).await?;
    row.map(|r| {
        let problems = serde_json::from_str(&r.problems).map_err(StoreError::damaged("problems"))?;
        Ok(TestResult { run: r.run, failed: r.failed, problems, at: Millis(r.created_at) })
    })
    .transpose()
}
