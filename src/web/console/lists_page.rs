//! The live release's lists as pages: all of them with what uses them, and one with its entries.
//!
//! Called by `policies`. It must never show more entries at once than a browser can draw.

use super::{
    drafts_page::may_edit,
    page::Shell,
    text::{When, words},
};
use crate::{
    domain::policy::{List, ListEntry},
    screening::policy::uses::uses,
    store::{
        releases::StoredRelease,
        views::console::list_hits::{ListHits, NEWEST},
    },
};
use askama::Template;

/// Entries on one page.
const ENTRIES: usize = 200;

/// `templates/lists.html`.
#[derive(Debug, Template)]
#[template(path = "lists.html")]
pub struct ListsPage {
    shell: Shell,
    release: String,
    lists: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    kind: String,
    entries: usize,
    negative: usize,
    rules: Vec<Link>,
}

/// A rule that uses the list, with its place on its policy's page.
#[derive(Debug)]
pub struct Link {
    /// The rule.
    pub name: String,
    /// Its place.
    pub href: String,
}

/// `templates/list.html`.
#[derive(Debug, Template)]
#[template(path = "list.html")]
pub struct ListPage {
    shell: Shell,
    release: String,
    name: String,
    kind: String,
    count: usize,
    rules: Vec<Link>,
    text: String,
    found: usize,
    /// With their hits.
    entries: Vec<(ListEntry, u64)>,
    /// Screenings in which any entry was evidence.
    screenings: u64,
    /// Findings of a rule that were read, when there were more.
    newest: Option<u64>,
    next: Option<String>,
    may_edit: bool,
}

/// Links to rules by name.
pub(crate) fn links(rules: Option<&Vec<String>>) -> Vec<Link> {
    rules.into_iter().flatten().map(|name| link(name)).collect()
}

fn link(name: &str) -> Link {
    let policy = name.split('/').next().unwrap_or_default();
    Link { name: name.to_owned(), href: format!("/policies/{policy}#rule-{}", name.replace('/', "-")) }
}

/// When an entry ends, for its row.
fn ends(entry: &ListEntry) -> Option<When> {
    entry.until.map(When)
}

impl ListsPage {
    /// Builds the page.
    pub(crate) fn of(shell: Shell, live: &StoredRelease) -> Self {
        let used = uses(&live.bundle);
        let row = |l: &List| Row {
            name: l.name.clone(),
            kind: words(l.kind),
            entries: l.entries.len(),
            negative: l.entries.iter().filter(|e| e.negative).count(),
            rules: links(used.lists.get(&l.name)),
        };
        let mut lists: Vec<Row> = live.bundle.lists.iter().map(row).collect();
        lists.sort_by(|a, b| a.name.cmp(&b.name));
        Self { release: live.number.to_string(), lists, shell }
    }
}

impl ListPage {
    /// Builds the page; `None` when the release has no such list. Of the entries that hold the searched text, as many
    /// as the number says are left out at the front.
    pub(crate) fn of(
        shell: Shell,
        live: &StoredRelease,
        name: &str,
        (text, after): (&str, usize),
        users: &[String],
        hits: &ListHits,
    ) -> Option<Self> {
        let list = live.bundle.lists.iter().find(|l| l.name == name)?;
        let wanted = text.trim().to_lowercase();
        let fits = |e: &&ListEntry| wanted.is_empty() || e.value.to_lowercase().contains(&wanted);
        let found = list.entries.iter().filter(fits).count();
        let with_hits = |e: &ListEntry| (e.clone(), hits.of(&e.value));
        let entries: Vec<(ListEntry, u64)> =
            list.entries.iter().filter(fits).skip(after).take(ENTRIES).map(with_hits).collect();
        let shown = after.saturating_add(entries.len());
        let next = (shown < found).then(|| {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("q", text.trim())
                .append_pair("after", &shown.to_string())
                .finish();
            format!("/lists/{name}?{query}")
        });
        Some(Self {
            release: live.number.to_string(),
            name: list.name.clone(),
            kind: words(list.kind),
            count: list.entries.len(),
            rules: users.iter().map(|name| link(name)).collect(),
            text: text.trim().to_owned(),
            found,
            entries,
            screenings: hits.screenings,
            newest: hits.cut.then_some(NEWEST),
            next,
            may_edit: may_edit(&shell),
            shell,
        })
    }
}
