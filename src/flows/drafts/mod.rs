//! Drafts: opened from a release or from files, written file by file, checked, tried, compared, given up.
//!
//! Called by the console's pages and by `adjudge policy`. Every change names the version that it was made on, so that
//! two people never overwrite each other unseen. A draft must never decide about an ad: publishing makes a release.

mod attempt;
mod check;
mod compare;
mod discard;
mod open;
mod rebase;
mod save;
mod test;

pub use attempt::{MOST_TRIED, Tried, TriedRule, try_files};
pub use check::{check_draft, check_files};
pub use compare::{Compared, FileChange, compare_draft, compare_files, compare_release};
pub use discard::discard_draft;
pub use open::{open_draft, open_from_files};
pub use rebase::{Rebased, TakenBack, rebase_draft, taken_back};
pub use save::{save_draft_file, set_draft_model};
pub use test::{last_test, test_draft, test_files};

use super::{App, Error, steps::pack};
use crate::{
    domain::{
        DraftId, ReleaseId,
        draft::{DraftState, PackTexts},
        role::{Permission, Scope},
    },
    store::{Run, drafts, drafts::StoredDraft, releases, releases::StoredModel},
};

/// A draft that is there.
pub async fn draft(on: &impl Run, id: DraftId) -> Result<StoredDraft, Error> {
    drafts::draft(on, id).await?.ok_or(Error::NotFound)
}

/// A draft that can be written, at the version that the caller saw.
async fn writable(on: &impl Run, id: DraftId, version: i64) -> Result<StoredDraft, Error> {
    let draft = draft(on, id).await?;
    if draft.state != DraftState::Open {
        return Err(Error::conflict("not_open", not_open(draft.state)));
    }
    if draft.version != version { Err(stale()) } else { Ok(draft) }
}

/// What to do about a draft that cannot be written just now.
pub(super) fn not_open(state: DraftState) -> &'static str {
    match state {
        DraftState::Open => "The draft is open.",
        DraftState::Shadow => "The draft runs as a shadow. Stop the shadow before you change it.",
        DraftState::Canary => "The draft runs as a canary. Stop the canary before you change it.",
        DraftState::Scheduled => "The draft goes live at a set time. Call that off before you change it.",
        DraftState::Published => "The draft was published. Open a new one from the release.",
        DraftState::Discarded => "The draft was given up. Open a new one.",
    }
}

pub(super) fn stale() -> Error {
    Error::conflict(
        "stale_draft",
        "Somebody changed this draft since you opened it. Reload, and make your change again.",
    )
}

/// The files of a release, written out where it kept none.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn files_of_release(app: &App, id: ReleaseId) -> Result<PackTexts, Error> {
    let release = pack::release_or_live(&app.db, Some(id)).await?;
    pack::files_of(&app.db, &release).await
}

/// The model that a draft runs with.
pub async fn model_of(on: &impl Run, draft: &StoredDraft) -> Result<Option<StoredModel>, Error> {
    Ok(match draft.model {
        Some(id) => Some(releases::model(on, id).await?.ok_or(Error::NotFound)?),
        None => None,
    })
}

/// Whether the caller holds a permission; the command line's own scope holds all.
pub(super) fn require(scope: &Scope, permission: Permission, advice: &'static str) -> Result<(), Error> {
    let operator = scope.actor == crate::domain::audit::Actor::Operator;
    if operator || scope.permits(permission) { Ok(()) } else { Err(Error::Forbidden(advice)) }
}

const MAY_NOT_EDIT: &str = "Your roles do not permit editing policies. Ask a policy editor.";
