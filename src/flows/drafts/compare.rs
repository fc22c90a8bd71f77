//! A draft, or a folder, beside a release: which files differ, and what that means by policy, rule, list and threshold.

use super::{draft, model_of};
use crate::{
    domain::{DraftId, ReleaseId, draft::PackTexts, release::ReleaseNumber},
    flows::{App, Error, steps::pack},
    screening::policy::{
        Problem,
        diff::{Change, Difference, diff},
    },
    store::{
        drafts, releases,
        releases::{StoredModel, StoredRelease},
    },
};
use serde::Serialize;

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Its path.
    pub path: String,
    /// What happened.
    pub change: Change,
}

/// What a comparison found.
#[derive(Debug)]
pub struct Compared {
    /// The release compared with.
    pub against: ReleaseId,
    /// Its number.
    pub number: ReleaseNumber,
    /// Files that differ, by path.
    pub files: Vec<FileChange>,
    /// What differs by policy, rule, list and threshold; what is wrong with the files while they do not compile.
    pub difference: Result<Difference, Vec<Problem>>,
}

/// Compares a draft with a release; `None` is the live one.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn compare_draft(app: &App, id: DraftId, against: Option<ReleaseId>) -> Result<Compared, Error> {
    let draft = draft(&app.db, id).await?;
    let files = drafts::files(&app.db, id).await?;
    let model = model_of(&app.db, &draft).await?;
    compare_files(app, files, model, against).await
}

/// Compares files with a release; `None` is the live one.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn compare_files(
    app: &App,
    files: PackTexts,
    model: Option<StoredModel>,
    against: Option<ReleaseId>,
) -> Result<Compared, Error> {
    let release = pack::release_or_live(&app.db, against).await?;
    let before = pack::files_of(&app.db, &release).await?;
    let work = move || compared(&before, &files, &release, model.as_ref());
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(e.to_string()))
}

fn compared(before: &PackTexts, files: &PackTexts, release: &StoredRelease, model: Option<&StoredModel>) -> Compared {
    let difference = pack::read(files, model).map(|(_, bundle)| diff(&release.bundle, &bundle));
    Compared { against: release.id, number: release.number, files: changed(before, files), difference }
}

/// Files that differ, by path.
pub(super) fn changed(before: &PackTexts, after: &PackTexts) -> Vec<FileChange> {
    let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
    paths.sort();
    paths.dedup();
    let change = |path: &String| match (before.get(path), after.get(path)) {
        (None, _) => Some(Change::Added),
        (_, None) => Some(Change::Removed),
        (a, b) if a == b => None,
        _ => Some(Change::Changed),
    };
    paths.into_iter().filter_map(|path| change(path).map(|change| FileChange { path: path.clone(), change })).collect()
}

/// A release beside the live one: what bringing it back would change. The live release itself is compared with the one
/// that was live before it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn compare_release(app: &App, id: ReleaseId) -> Result<Compared, Error> {
    let release = pack::release_or_live(&app.db, Some(id)).await?;
    let live = pack::release_or_live(&app.db, None).await?;
    let other = if release.id == live.id { releases::live_before(&app.db, &live).await?.unwrap_or(live) } else { live };
    let files = changed(&pack::files_of(&app.db, &other).await?, &pack::files_of(&app.db, &release).await?);
    let difference = Ok(diff(&other.bundle, &release.bundle));
    Ok(Compared { against: other.id, number: other.number, files, difference })
}
