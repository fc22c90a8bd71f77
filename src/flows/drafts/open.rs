//! A draft is opened: from the live release, from any other, or from a folder's files.

use super::{MAY_NOT_EDIT, require};
use crate::{
    domain::{
        DraftId, ReleaseId,
        draft::{DraftState, LARGEST_FILE, MOST_FILES, PackTexts, is_pack_path},
        role::{Permission, Scope},
    },
    flows::{
        App, Error,
        steps::{audit, pack},
    },
    store::{drafts, drafts::StoredDraft, releases::StoredRelease},
};
use serde_json::json;

/// Longest name of a draft, in characters.
const LONGEST_NAME: usize = 80;

/// Opens a draft with the files and the model of a release; `None` is the live one.
///
/// # Errors
/// [`Error::NotFound`] without such a release, [`Error::Invalid`] for a bad name, [`Error::Forbidden`].
pub async fn open_draft(app: &App, scope: &Scope, name: &str, from: Option<ReleaseId>) -> Result<DraftId, Error> {
    require(scope, Permission::EditPolicies, MAY_NOT_EDIT)?;
    let base = pack::release_or_live(&app.db, from).await?;
    let files = pack::files_of(&app.db, &base).await?;
    open(app, scope, name, &base, &files).await
}

/// Opens a draft with the files of a folder, based on the release that they were compared with, and with its model.
///
/// # Errors
/// [`Error::NotFound`] without such a release, [`Error::Invalid`] for a bad name or path, [`Error::Forbidden`].
pub async fn open_from_files(
    app: &App,
    scope: &Scope,
    name: &str,
    base: ReleaseId,
    files: &PackTexts,
) -> Result<DraftId, Error> {
    require(scope, Permission::EditPolicies, MAY_NOT_EDIT)?;
    let base = pack::release_or_live(&app.db, Some(base)).await?;
    open(app, scope, name, &base, files).await
}

async fn open(app: &App, scope: &Scope, name: &str, base: &StoredRelease, files: &PackTexts) -> Result<DraftId, Error> {
    let name = named(name)?;
    if files.len() > MOST_FILES {
        return Err(Error::invalid("/files", "too_many", format!("A pack has at most {MOST_FILES} files.")));
    }
    for (path, text) in files {
        check_file(path, text)?;
    }
    let now = app.clock.now();
    let draft = StoredDraft {
        id: app.clock.new_id::<DraftId>(),
        name,
        state: DraftState::Open,
        version: 1,
        base: base.id,
        model: base.bundle.model,
        release: None,
        plan: None,
        planned_by: None,
        notice: None,
        created_by: scope.actor.id().to_owned(),
        created_at: now,
        updated_at: now,
    };
    app.db
        .write("open_draft", async |tx| {
            drafts::open(tx, &draft, files).await?;
            let details = json!({"base": base.id, "files": files.len()});
            audit::record(app, tx, scope, "draft.opened", draft.id, details, now).await
        })
        .await?;
    Ok(draft.id)
}

fn named(name: &str) -> Result<String, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "/name",
            "bad_name",
            format!("Give the draft a name of 1 to {LONGEST_NAME} characters."),
        ));
    }
    Ok(name.to_owned())
}

/// Refuses a path or a size that no pack has.
pub(super) fn check_file(path: &str, text: &str) -> Result<(), Error> {
    if !is_pack_path(path) {
        let detail = "A file is called like `release.toml`, `weapons/rules.toml` or `lists/names.phrases.txt`.";
        return Err(Error::invalid("/path", "bad_path", detail));
    }
    if text.len() > LARGEST_FILE {
        let detail = format!("A file of a pack has at most {LARGEST_FILE} bytes; {path} has {}.", text.len());
        return Err(Error::invalid("/text", "too_large", detail));
    }
    // Neither database keeps it in a text.
    if text.contains('\0') {
        return Err(Error::invalid("/text", "bad_text", format!("{path} holds a zero byte; remove it.")));
    }
    Ok(())
}
