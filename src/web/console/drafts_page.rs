//! Drafts as pages: the list, and one draft with its files, problems and history.
//!
//! Called by `drafts`. It must never hide a problem: where the list is cut, it says so.

use super::{
    page::Shell,
    problem_list::ProblemRow,
    text::{When, words},
};
use crate::{
    domain::{ReleaseId, draft::DraftState, release::ReleaseNumber, role::Permission},
    flows::drafts::Compared,
    screening::policy::{Problem, cases::CaseReport, diff::Change},
    store::{
        drafts::{DraftEdit, StoredDraft},
        releases::StoredRelease,
    },
};
use askama::Template;
use std::collections::BTreeMap;

/// Changes shown of a draft's history.
const EDITS: usize = 20;

/// `templates/drafts.html`.
#[derive(Debug, Template)]
#[template(path = "drafts.html")]
pub struct DraftsPage {
    shell: Shell,
    csrf: String,
    may_edit: bool,
    live: String,
    typed: String,
    refused: Option<String>,
    drafts: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    id: String,
    name: String,
    state: String,
    tone: &'static str,
    base: String,
    by: String,
    updated: When,
}

/// `templates/draft.html`.
#[derive(Debug, Template)]
#[template(path = "draft.html")]
pub struct DraftPage {
    shell: Shell,
    csrf: String,
    may_edit: bool,
    id: String,
    name: String,
    state: String,
    tone: &'static str,
    version: i64,
    base: String,
    stale: bool,
    changed: usize,
    problems: Vec<ProblemRow>,
    problem_count: usize,
    cases: Option<Cases>,
    policies: Vec<PolicyFiles>,
    lists: Vec<FileRow>,
    others: Vec<FileRow>,
    edits: Vec<EditRow>,
}

/// Cases that ran, or that could not.
#[derive(Debug, Default)]
pub struct Cases {
    /// How many ran.
    pub run: usize,
    /// Those that came out otherwise.
    pub failures: Vec<ProblemRow>,
    /// Whether the files have problems, so that nothing ran.
    pub broken: bool,
}

impl Cases {
    /// From what running them gave.
    pub(crate) fn of(draft: &str, result: Result<CaseReport, Vec<Problem>>) -> Self {
        match result {
            Ok(report) => Self { run: report.run, failures: ProblemRow::all(draft, &report.failures), broken: false },
            Err(_) => Self { broken: true, ..Self::default() },
        }
    }
}

#[derive(Debug)]
struct PolicyFiles {
    code: String,
    files: Vec<FileRow>,
}

#[derive(Debug)]
struct FileRow {
    path: String,
    name: String,
    change: Option<&'static str>,
}

impl FileRow {
    /// A list's name without what its file name says of its kind.
    fn list(&self) -> &str {
        self.name.split('.').next().unwrap_or(&self.name)
    }

    /// What the file name says of the list's kind.
    fn kind(&self) -> String {
        let mut parts = self.name.split('.').skip(1);
        parts.next().filter(|kind| *kind != "toml").unwrap_or_default().replace('_', " ")
    }
}

#[derive(Debug)]
struct EditRow {
    what: String,
    by: String,
    at: When,
}

fn tone(state: DraftState) -> &'static str {
    match state {
        DraftState::Open => "info",
        DraftState::Shadow | DraftState::Canary | DraftState::Scheduled => "warn",
        DraftState::Published => "good",
        DraftState::Discarded => "",
    }
}

/// A person's name by the actor's id; the id itself where it is no person's.
pub(crate) fn named(names: &BTreeMap<String, String>, actor: &str) -> String {
    names.get(actor).cloned().unwrap_or_else(|| actor.to_owned())
}

fn csrf(shell: &Shell) -> String {
    shell.person.as_ref().map(|p| p.csrf.clone()).unwrap_or_default()
}

/// Whether the person may edit policies.
pub(crate) fn may_edit(shell: &Shell) -> bool {
    shell.person.as_ref().is_some_and(|p| p.permissions.contains(&Permission::EditPolicies))
}

impl DraftsPage {
    /// Builds the page; `typed` and `refused` are a name that was refused, and why.
    pub(crate) fn of(
        shell: Shell,
        live: &StoredRelease,
        all: &[StoredDraft],
        bases: &BTreeMap<ReleaseId, ReleaseNumber>,
        names: &BTreeMap<String, String>,
        typed: &str,
        refused: Option<String>,
    ) -> Self {
        let row = |d: &StoredDraft| Row {
            id: d.id.to_string(),
            name: d.name.clone(),
            state: words(d.state),
            tone: tone(d.state),
            base: bases.get(&d.base).map(ToString::to_string).unwrap_or_default(),
            by: named(names, &d.created_by),
            updated: When(d.updated_at),
        };
        Self {
            csrf: csrf(&shell),
            may_edit: may_edit(&shell),
            live: live.number.to_string(),
            typed: typed.to_owned(),
            refused,
            drafts: all.iter().map(row).collect(),
            shell,
        }
    }
}

impl DraftPage {
    /// Builds the page.
    #[expect(clippy::too_many_arguments, reason = "one call; a struct would only rename the arguments")]
    pub(crate) fn of(
        shell: Shell,
        draft: &StoredDraft,
        base: &ReleaseNumber,
        stale: bool,
        paths: &[String],
        compared: &Compared,
        edits: &[DraftEdit],
        names: &BTreeMap<String, String>,
        cases: Option<Cases>,
    ) -> Self {
        let changes: BTreeMap<&str, &'static str> = compared
            .files
            .iter()
            .map(|f| {
                let said = match f.change {
                    Change::Added => "added",
                    Change::Removed => "removed",
                    Change::Changed => "changed",
                };
                (f.path.as_str(), said)
            })
            .collect();
        let mut all: Vec<&str> = paths.iter().map(String::as_str).chain(changes.keys().copied()).collect();
        all.sort_unstable();
        all.dedup();
        let (mut policies, mut lists, mut others) = (Vec::<PolicyFiles>::new(), vec![], vec![]);
        for path in all {
            let file = |name: &str| FileRow {
                path: path.to_owned(),
                name: name.to_owned(),
                change: changes.get(path).copied(),
            };
            match path.split_once('/') {
                Some(("lists", name)) => lists.push(file(name)),
                Some((code, name)) => match policies.last_mut() {
                    Some(last) if last.code == code => last.files.push(file(name)),
                    _ => policies.push(PolicyFiles { code: code.to_owned(), files: vec![file(name)] }),
                },
                None => others.push(file(path)),
            }
        }
        let id = draft.id.to_string();
        let found = compared.difference.as_ref().err().map(Vec::as_slice).unwrap_or_default();
        let edit = |e: &DraftEdit| EditRow {
            what: match &e.path {
                Some(path) if e.digest.is_none() => format!("removed {path}"),
                Some(path) => format!("saved {path}"),
                None => words(e.kind).to_lowercase(),
            },
            by: named(names, &e.actor),
            at: When(e.at),
        };
        Self {
            csrf: csrf(&shell),
            may_edit: may_edit(&shell) && draft.state == DraftState::Open,
            name: draft.name.clone(),
            state: words(draft.state),
            tone: tone(draft.state),
            version: draft.version,
            base: base.to_string(),
            stale: stale && draft.state == DraftState::Open,
            changed: compared.files.len(),
            problems: ProblemRow::all(&id, found),
            problem_count: found.len(),
            cases,
            policies,
            lists,
            others,
            edits: edits.iter().take(EDITS).map(edit).collect(),
            id,
            shell,
        }
    }
}
