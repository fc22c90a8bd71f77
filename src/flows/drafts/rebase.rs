//! A draft is brought up to the live release: what others published meanwhile comes in, file by file. A folder is asked
//! the same question before it is applied: what of theirs would it take back?
//!
//! A file that both changed is kept as the draft has it only when the caller says so. It must never drop what somebody
//! else published without being told to.

use super::{MAY_NOT_EDIT, require, stale, writable};
use crate::{
    domain::{
        DraftId, ReleaseId,
        draft::{EditKind, PackTexts},
        release::ReleaseNumber,
        role::{Permission, Scope},
    },
    flows::{
        App, Error,
        steps::{audit, pack},
    },
    screening::policy::diff::{Difference, diff},
    store::{drafts, drafts::StoredDraft},
};
use serde_json::json;

/// What bringing a draft up to the live release did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebased {
    /// The draft's new version.
    pub version: i64,
    /// Files that came in from the live release.
    pub taken: Vec<String>,
    /// Files that both changed, kept as the draft has them.
    pub kept: Vec<String>,
}

/// Brings an open draft up to the live release. Files that both changed are a conflict, unless `keep_mine`.
///
/// # Errors
/// [`Error::Conflict`] `both_changed` that names the files; otherwise as for saving a file.
pub async fn rebase_draft(
    app: &App,
    scope: &Scope,
    id: DraftId,
    version: i64,
    keep_mine: bool,
) -> Result<Rebased, Error> {
    require(scope, Permission::EditPolicies, MAY_NOT_EDIT)?;
    let now = app.clock.now();
    app.db
        .write("rebase_draft", async |tx| {
            let draft = writable(tx, id, version).await?;
            let live = pack::release_or_live(tx, None).await?;
            if draft.base == live.id {
                return Ok(Rebased { version, taken: vec![], kept: vec![] });
            }
            let base = pack::release_or_live(tx, Some(draft.base)).await?;
            let (old, theirs) = (pack::files_of(tx, &base).await?, pack::files_of(tx, &live).await?);
            let mine = drafts::files(tx, id).await?;
            let (taken, kept) = merged(&old, &theirs, &mine);
            if !kept.is_empty() && !keep_mine {
                let detail = format!(
                    "Release {} changed these files too: {}. Keep yours, or start again from it.",
                    live.number,
                    kept.join(", ")
                );
                return Err(Error::conflict("both_changed", detail));
            }
            for path in &taken {
                match theirs.get(path) {
                    Some(text) => {
                        let digest = drafts::put_text(tx, text).await?;
                        drafts::put_file(tx, id, path, digest).await?;
                    }
                    None => drop(drafts::remove_file(tx, id, path).await?),
                }
            }
            // A model that only the live release changed comes in; one that the draft chose stays.
            let model = if draft.model == base.bundle.model { live.bundle.model } else { draft.model };
            let next = StoredDraft { version: version + 1, updated_at: now, base: live.id, model, ..draft };
            if !drafts::change(tx, &next, scope.actor.id(), EditKind::Rebased, None).await? {
                return Err(stale());
            }
            let details = json!({"base": live.id, "before": base.id, "taken": taken, "kept": kept});
            audit::record(app, tx, scope, "draft.rebased", id, details, now).await?;
            Ok(Rebased { version: next.version, taken, kept })
        })
        .await
}

/// What files that began from an older release would take back of a newer one.
#[derive(Debug)]
pub struct TakenBack {
    /// The newer release.
    pub live: ReleaseNumber,
    /// Files that the newer release changed and that are as they were before.
    pub undone: Vec<String>,
    /// Files that both changed differently.
    pub both: Vec<String>,
    /// What the newer release changed, by policy, rule, list and threshold.
    pub theirs: Difference,
}

impl TakenBack {
    /// Whether nothing is taken back.
    pub fn is_empty(&self) -> bool {
        self.undone.is_empty() && self.both.is_empty()
    }
}

/// What publishing `files`, which began from release `base`, would take back of release `live`.
///
/// # Errors
/// [`Error::NotFound`] for a base that is no release here.
pub async fn taken_back(app: &App, base: ReleaseId, live: ReleaseId, files: &PackTexts) -> Result<TakenBack, Error> {
    let base = pack::release_or_live(&app.db, Some(base)).await?;
    let live = pack::release_or_live(&app.db, Some(live)).await?;
    let (old, theirs) = (pack::files_of(&app.db, &base).await?, pack::files_of(&app.db, &live).await?);
    let (undone, both) = merged(&old, &theirs, files);
    Ok(TakenBack { live: live.number, undone, both, theirs: diff(&base.bundle, &live.bundle) })
}

/// Paths that come in from `theirs`, and those that both changed differently.
fn merged(old: &PackTexts, theirs: &PackTexts, mine: &PackTexts) -> (Vec<String>, Vec<String>) {
    let (mut taken, mut both) = (vec![], vec![]);
    let mut paths: Vec<&String> = old.keys().chain(theirs.keys()).chain(mine.keys()).collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        let (o, t, m) = (old.get(path), theirs.get(path), mine.get(path));
        if t == m || t == o {
            continue;
        }
        if m == o { taken.push(path.clone()) } else { both.push(path.clone()) }
    }
    (taken, both)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_they_changed_comes_in_and_what_both_changed_is_named() {
        let files = |all: &[(&str, &str)]| -> PackTexts {
            all.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect()
        };
        let old = files(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("e", "1")]);
        let theirs = files(&[("a", "2"), ("b", "1"), ("c", "2"), ("d", "2"), ("n", "1")]);
        let mine = files(&[("a", "1"), ("b", "3"), ("c", "3"), ("d", "2"), ("e", "1")]);
        let (taken, both) = merged(&old, &theirs, &mine);
        assert_eq!((taken, both), (vec!["a".to_owned(), "e".into(), "n".into()], vec!["c".to_owned()]));
    }
}
