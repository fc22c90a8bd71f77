//! One file of a draft is set or removed, or another model chosen: a compare-and-set on the draft's version.
//!
//! A text that does not parse is kept all the same: its problems are shown, and publishing refuses it.

use super::{MAY_NOT_EDIT, open::check_file, require, stale, writable};
use crate::{
    domain::{
        DraftId, ModelId,
        draft::{EditKind, MOST_FILES},
        role::{Permission, Scope},
    },
    flows::{App, Error, steps::audit},
    store::{drafts, drafts::StoredDraft, releases},
};
use serde_json::json;

/// Sets the text of one file, or removes it (`None`), on the version that the caller saw; returns the new version.
/// A text that is there already changes nothing and keeps the version.
///
/// # Errors
/// [`Error::Conflict`] `stale_draft` when somebody changed the draft meanwhile, `not_open` when it is frozen or over;
/// [`Error::Invalid`] for a bad path or a text too large; [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn save_draft_file(
    app: &App,
    scope: &Scope,
    id: DraftId,
    version: i64,
    path: &str,
    text: Option<&str>,
) -> Result<i64, Error> {
    require(scope, Permission::EditPolicies, MAY_NOT_EDIT)?;
    check_file(path, text.unwrap_or_default())?;
    let now = app.clock.now();
    app.db
        .write("save_draft_file", async |tx| {
            let draft = writable(tx, id, version).await?;
            let digest = match text {
                Some(text) => {
                    if drafts::file(tx, id, path).await?.as_deref() == Some(text) {
                        return Ok(version);
                    }
                    if drafts::file_digests(tx, id).await?.len() >= MOST_FILES {
                        return Err(Error::conflict("too_many", format!("A pack has at most {MOST_FILES} files.")));
                    }
                    let digest = drafts::put_text(tx, text).await?;
                    drafts::put_file(tx, id, path, digest).await?;
                    Some(digest)
                }
                None => {
                    if !drafts::remove_file(tx, id, path).await? {
                        return Err(Error::NotFound);
                    }
                    None
                }
            };
            let next = StoredDraft { version: version + 1, updated_at: now, ..draft };
            if !drafts::change(tx, &next, scope.actor.id(), EditKind::File, Some((path, digest))).await? {
                return Err(stale());
            }
            let details = json!({"path": path, "digest": digest, "version": next.version});
            audit::record(app, tx, scope, "draft.saved", id, details, now).await?;
            Ok(next.version)
        })
        .await
}

/// Chooses the model that the draft runs with; `None` leaves every score unavailable. Returns the new version.
///
/// # Errors
/// As [`save_draft_file`]; [`Error::Conflict`] `other_encoder` for a model whose heads sit on another encoder.
pub async fn set_draft_model(
    app: &App,
    scope: &Scope,
    id: DraftId,
    version: i64,
    model: Option<ModelId>,
) -> Result<i64, Error> {
    require(scope, Permission::EditPolicies, MAY_NOT_EDIT)?;
    let now = app.clock.now();
    app.db
        .write("set_draft_model", async |tx| {
            let draft = writable(tx, id, version).await?;
            if draft.model == model {
                return Ok(version);
            }
            if let Some(model) = model {
                let found = releases::model(tx, model).await?.ok_or(Error::NotFound)?;
                if found.encoder != app.first.digest() {
                    let what =
                        "This model's heads belong to another encoder; a draft runs with a model on the first one.";
                    return Err(Error::conflict("other_encoder", what));
                }
            }
            let next = StoredDraft { version: version + 1, updated_at: now, model, ..draft };
            if !drafts::change(tx, &next, scope.actor.id(), EditKind::Model, None).await? {
                return Err(stale());
            }
            let details = json!({"model": model, "version": next.version});
            audit::record(app, tx, scope, "draft.model_chosen", id, details, now).await?;
            Ok(next.version)
        })
        .await
}
