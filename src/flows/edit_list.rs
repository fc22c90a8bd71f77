//! One list is edited in the live release: a minor release by one person.
//!
//! Called by the lists' pages and by breaking glass. It must never change anything but that list's entries: rules and
//! clauses need a second person.

use super::{
    App, Error,
    drafts::require,
    steps::{
        go_live::{Next, go_live},
        pack,
    },
};
use crate::{
    domain::{
        Millis, ReleaseId,
        draft::{Origin, PackTexts},
        release::{Bundle, ReleaseNumber},
        role::{Permission, Scope},
    },
    screening::policy::diff::{Change, diff},
    store::{Tx, releases, releases::StoredRelease},
};
use std::collections::BTreeSet;

/// Most entries added and removed at once.
const MOST: usize = 50_000;

/// Adds entries to a list of the live release that the caller saw, and removes others; `!` before an entry makes it one
/// that overrules. What is there already is not added twice. Returns the new release.
///
/// # Errors
/// [`Error::Conflict`] `stale_release` when another release went live meanwhile, `has_problems` when an entry cannot be
/// used, `in_toml` for a list with notes, `not_only_entries` when nothing would change; [`Error::Invalid`] for an entry
/// to remove that is not there; [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn edit_list(
    app: &App,
    scope: &Scope,
    live: ReleaseId,
    list: &str,
    add: &[String],
    remove: &[String],
) -> Result<(ReleaseId, ReleaseNumber), Error> {
    require(scope, Permission::EditPolicies, "Your roles do not permit editing lists. Ask a policy editor.")?;
    if add.len() + remove.len() > MOST {
        return Err(Error::invalid("/add", "too_many", format!("Edit at most {MOST} entries at once.")));
    }
    let now = app.clock.now();
    let release = app
        .db
        .write("edit_list", async |tx| {
            let seen = pack::release_or_live(tx, None).await?;
            if seen.id != live {
                let detail = "Another release went live since you opened the list. Reload, and make your edit again.";
                return Err(Error::conflict("stale_release", detail));
            }
            let mut files = pack::files_of(tx, &seen).await?;
            let of_list = |path: &&String| {
                let name = path.strip_prefix("lists/").and_then(|file| file.split_once('.'));
                name.is_some_and(|(name, _)| name == list)
            };
            let path = files.keys().find(of_list).cloned().ok_or(Error::NotFound)?;
            if !path.ends_with(".txt") {
                let detail = format!("{path} holds notes beside its entries. Open a draft and edit the file there.");
                return Err(Error::conflict("in_toml", detail));
            }
            let text = files.get(&path).map(String::as_str).unwrap_or_default();
            let edited = edited(text, add, remove)?;
            files.insert(path, edited);
            publish_entries(app, tx, scope, &seen, &files, None, now).await
        })
        .await?;
    app.live.refresh(&app.db).await?;
    app.wake.notify_waiters();
    Ok((release.id, release.number))
}

/// The list's text with entries removed and added; comments and order stay.
fn edited(text: &str, add: &[String], remove: &[String]) -> Result<String, Error> {
    let folded = |entry: &str| entry.trim().to_lowercase();
    let gone: BTreeSet<String> = remove.iter().map(|e| folded(e)).collect();
    let lines: Vec<&str> = text.lines().collect();
    let mut there: BTreeSet<String> = lines.iter().map(|l| folded(l)).filter(|l| !l.starts_with('#')).collect();
    if let Some(missing) = gone.iter().find(|e| !there.contains(*e)) {
        return Err(Error::invalid("/remove", "not_there", format!("\u{201c}{missing}\u{201d} is not in the list.")));
    }
    let mut kept: Vec<String> = lines
        .iter()
        .filter(|l| l.trim().starts_with('#') || !gone.contains(&folded(l)))
        .map(|l| (*l).to_owned())
        .collect();
    there.retain(|e| !gone.contains(e));
    for entry in add.iter().map(|e| e.trim()).filter(|e| !e.is_empty() && !e.starts_with('#')) {
        if there.insert(folded(entry)) {
            kept.push(entry.to_owned());
        }
    }
    let mut text = kept.join("\n");
    text.push('\n');
    Ok(text)
}

/// Publishes files that differ from the live release's in entries of lists alone. `origin` is a list edit if not given.
pub(super) async fn publish_entries(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    live: &StoredRelease,
    files: &PackTexts,
    origin: Option<Origin>,
    now: Millis,
) -> Result<StoredRelease, Error> {
    let model = match live.bundle.model {
        Some(id) => releases::model(tx, id).await?,
        None => None,
    };
    let (_, bundle) = pack::read(files, model.as_ref()).map_err(|problems| {
        let all: Vec<String> = problems.iter().take(5).map(ToString::to_string).collect();
        Error::conflict("has_problems", all.join("\n"))
    })?;
    // Sampling stays what runs: it is no list's.
    let bundle = Bundle { sampling: live.bundle.sampling, ..bundle };
    let changes = diff(&live.bundle, &bundle);
    let entries_alone = changes.is_minor()
        && changes.settings.is_empty()
        && changes.lists.iter().all(|l| l.change == Change::Changed)
        && kinds(&live.bundle) == kinds(&bundle);
    let list = changes.lists.first().map(|l| l.name.clone());
    let (true, Some(list)) = (entries_alone, list) else {
        let detail = "An edit changes the entries of one list that is there. For anything else, open a draft.";
        return Err(Error::conflict("not_only_entries", detail));
    };
    let next = Next {
        bundle,
        files,
        queues: vec![],
        origin: origin.unwrap_or(Origin::ListEdit { list }),
        created_by: scope.actor.id().to_owned(),
    };
    go_live(app, tx, scope, live, next, None, now).await
}

fn kinds(bundle: &Bundle) -> Vec<(&str, crate::domain::policy::ListKind)> {
    bundle.lists.iter().map(|l| (l.name.as_str(), l.kind)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::edited;

    #[test]
    fn comments_and_order_stay_and_nothing_comes_twice() {
        let all = |entries: &[&str]| entries.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>();
        let text = "# words\nrake\nSpade\n!garden rake\n";
        let after = edited(text, &all(&["hoe", "RAKE", " hoe "]), &all(&["spade"])).unwrap();
        assert_eq!(after, "# words\nrake\n!garden rake\nhoe\n");
        assert!(edited(text, &[], &all(&["axe"])).is_err());
    }
}
