//! A draft is given up. Its files and its history stay.

use super::{MAY_NOT_EDIT, require, stale, writable};
use crate::{
    domain::{
        DraftId,
        draft::{DraftState, EditKind},
        role::{Permission, Scope},
    },
    flows::{App, Error, steps::audit},
    store::{drafts, drafts::StoredDraft},
};
use serde_json::json;

/// Gives an open draft up, on the version that the caller saw.
///
/// # Errors
/// As for saving a file.
pub async fn discard_draft(app: &App, scope: &Scope, id: DraftId, version: i64) -> Result<(), Error> {
    require(scope, Permission::EditPolicies, MAY_NOT_EDIT)?;
    let now = app.clock.now();
    app.db
        .write("discard_draft", async |tx| {
            let draft = writable(tx, id, version).await?;
            let next = StoredDraft { version: version + 1, updated_at: now, state: DraftState::Discarded, ..draft };
            if !drafts::change(tx, &next, scope.actor.id(), EditKind::Moved, None).await? {
                return Err(stale());
            }
            audit::record(app, tx, scope, "draft.discarded", id, json!({"version": next.version}), now).await
        })
        .await
}
