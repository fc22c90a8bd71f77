//! Releases as pages: the list with drafts and sweeps, and one release.
//!
//! Called by `releases`. It must never offer what the reader may not do.

use super::{
    page::Shell,
    text::{When, percent, short, words},
};
use crate::{
    domain::{
        draft::{DraftState, Origin, SweepState},
        release::ReleaseState,
        role::Permission,
    },
    flows::drafts::Compared,
    screening::policy::diff::{Change, Difference, FieldChange, ListChange, ThingChange},
    store::{
        drafts::StoredDraft,
        sweeps::{Caused, StoredSweep},
        views::console::releases::ReleaseLine,
    },
};
use askama::Template;
use std::collections::BTreeMap;

/// Names of people by id.
pub(super) type Names = BTreeMap<String, String>;

/// Who did something, as people know them.
pub(super) fn person(names: &Names, id: &str) -> String {
    match names.get(id) {
        Some(name) => name.clone(),
        None if id == "operator" => "the command line".into(),
        None => id.to_owned(),
    }
}

/// `templates/releases.html`.
#[derive(Debug, Template)]
#[template(path = "releases.html")]
pub struct ReleasesPage {
    shell: Shell,
    csrf: String,
    may_publish: bool,
    live: String,
    drafts: Vec<DraftRow>,
    releases: Vec<ReleaseRow>,
    sweeps: Vec<SweepRow>,
}

#[derive(Debug)]
struct DraftRow {
    id: String,
    name: String,
    state: String,
    tone: &'static str,
    by: String,
    notice: String,
    updated: When,
}

#[derive(Debug)]
struct ReleaseRow {
    id: String,
    number: String,
    state: String,
    tone: &'static str,
    origin: String,
    by: String,
    published: Option<When>,
    retired: Option<When>,
}

#[derive(Debug)]
struct SweepRow {
    id: String,
    release: String,
    release_id: String,
    state: String,
    tone: &'static str,
    running: bool,
    progress: String,
    done: i64,
    total: i64,
    screened: i64,
    rejected: i64,
    tasks: i64,
    waits: Option<When>,
    begun: When,
}

impl ReleasesPage {
    /// Builds the list.
    pub(crate) fn of(
        shell: Shell,
        releases: &[ReleaseLine],
        drafts: &[StoredDraft],
        sweeps: &[(StoredSweep, Caused)],
        names: &Names,
    ) -> Self {
        let number = |id| releases.iter().find(|r| r.id == id).map(|r| r.number.to_string());
        let live = releases.iter().find(|r| r.state == ReleaseState::Live);
        let open = drafts.iter().filter(|d| !d.state.is_over()).map(|d| DraftRow {
            id: d.id.to_string(),
            name: d.name.clone(),
            state: words(d.state),
            tone: draft_tone(d.state),
            by: person(names, &d.created_by),
            notice: d.notice.clone().unwrap_or_default(),
            updated: When(d.updated_at),
        });
        let sweeps = sweeps.iter().map(|(s, caused)| SweepRow {
            id: s.id.to_string(),
            release: number(s.release).unwrap_or_else(|| short(s.release)),
            release_id: s.release.to_string(),
            state: words(s.state),
            tone: match s.state {
                SweepState::Running => "info",
                SweepState::Done => "good",
                SweepState::Stopped => "warn",
            },
            running: s.state == SweepState::Running,
            progress: match s.total {
                None => "being listed".into(),
                Some(total) => format!("{} of {total} ads", s.done),
            },
            done: s.done,
            total: s.total.unwrap_or(0).max(1),
            screened: caused.screened,
            rejected: caused.rejected,
            tasks: caused.tasks,
            waits: s.waits_until.map(When),
            begun: When(s.created_at),
        });
        Self {
            csrf: csrf(&shell),
            may_publish: may(&shell, Permission::Publish),
            live: live.map(|r| r.number.to_string()).unwrap_or_default(),
            drafts: open.collect(),
            releases: releases.iter().map(|r| row(r, names)).collect(),
            sweeps: sweeps.collect(),
            shell,
        }
    }
}

fn row(release: &ReleaseLine, names: &Names) -> ReleaseRow {
    ReleaseRow {
        id: release.id.to_string(),
        number: release.number.to_string(),
        state: state(release),
        tone: release_tone(release.state),
        origin: origin(release.origin.as_ref()),
        by: person(names, &release.created_by),
        published: release.published_at.map(When),
        retired: release.retired_at.map(When),
    }
}

fn state(release: &ReleaseLine) -> String {
    match release.share {
        Some(share) if release.state == ReleaseState::Canary => format!("Canary {}", percent(share)),
        _ => words(release.state),
    }
}

fn release_tone(state: ReleaseState) -> &'static str {
    match state {
        ReleaseState::Live => "good",
        ReleaseState::Shadow | ReleaseState::Canary => "info",
        ReleaseState::Draft | ReleaseState::Retired => "",
    }
}

/// The tone of a draft's state.
pub(super) fn draft_tone(state: DraftState) -> &'static str {
    match state {
        DraftState::Open => "",
        DraftState::Shadow | DraftState::Canary | DraftState::Scheduled => "info",
        DraftState::Published => "good",
        DraftState::Discarded => "warn",
    }
}

fn origin(origin: Option<&Origin>) -> String {
    match origin {
        None => String::new(),
        Some(Origin::Shipped) => "shipped with Adjudge".into(),
        Some(Origin::Draft { sweep: None, .. }) => "a draft".into(),
        Some(Origin::Draft { sweep: Some(_), .. }) => "a draft, with a sweep".into(),
        Some(Origin::Files) => "files".into(),
        Some(Origin::Rollback { .. }) => "a rollback".into(),
        Some(Origin::ListEdit { list }) => format!("an edit of the list {list}"),
        Some(Origin::Model { .. }) => "a model".into(),
        Some(Origin::BreakGlass { lapsed: false }) => "a block by a lead".into(),
        Some(Origin::BreakGlass { lapsed: true }) => "a block that lapsed".into(),
    }
}

/// `templates/release.html`.
#[derive(Debug, Template)]
#[template(path = "release.html")]
pub struct ReleasePage {
    shell: Shell,
    csrf: String,
    may_edit: bool,
    may_roll_back: bool,
    release: ReleaseRow,
    digest: String,
    model: String,
    published_by: String,
    against: String,
    changes: Changes,
}

impl ReleasePage {
    /// Builds one release's page.
    pub(crate) fn of(shell: Shell, release: &ReleaseLine, compared: &Compared, names: &Names) -> Self {
        let published_by = match &release.origin {
            Some(Origin::Draft { published_by, .. }) => person(names, published_by),
            _ => String::new(),
        };
        let was_live = release.state == ReleaseState::Retired && release.published_at.is_some();
        Self {
            csrf: csrf(&shell),
            may_edit: may(&shell, Permission::EditPolicies),
            may_roll_back: may(&shell, Permission::Publish) && was_live,
            release: row(release, names),
            digest: release.digest.to_string(),
            model: release.model.map(|m| m.to_string()).unwrap_or_default(),
            published_by,
            against: compared.number.to_string(),
            changes: Changes::of(compared),
            shell,
        }
    }
}

/// What differs, for `templates/changes.html`.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) files: usize,
    pub(super) broken: bool,
    pub(super) minor: bool,
    pub(super) things: Vec<ThingRow>,
    pub(super) lists: Vec<ListRow>,
}

/// A policy, a rule or a setting that differs.
#[derive(Debug)]
pub(super) struct ThingRow {
    pub(super) what: &'static str,
    pub(super) name: String,
    pub(super) change: String,
    pub(super) tone: &'static str,
    pub(super) fields: Vec<FieldChange>,
}

/// A list that differs.
#[derive(Debug)]
pub(super) struct ListRow {
    pub(super) change: String,
    pub(super) tone: &'static str,
    pub(super) list: ListChange,
}

impl Changes {
    /// From a comparison.
    pub(super) fn of(compared: &Compared) -> Self {
        let Ok(difference) = &compared.difference else {
            return Self { files: compared.files.len(), broken: true, ..Self::default() };
        };
        let Difference { policies, rules, lists, settings } = difference;
        let things = [("policy", policies), ("rule", rules), ("setting", settings)];
        Self {
            files: compared.files.len(),
            broken: false,
            minor: difference.is_minor(),
            things: things.into_iter().flat_map(|(what, all)| all.iter().map(move |t| thing(what, t))).collect(),
            lists: lists
                .iter()
                .map(|l| ListRow { change: words(l.change), tone: change_tone(l.change), list: l.clone() })
                .collect(),
        }
    }

    /// Whether nothing differs that would conclude otherwise.
    pub(super) fn none(&self) -> bool {
        self.things.is_empty() && self.lists.is_empty() && !self.broken
    }
}

fn thing(what: &'static str, thing: &ThingChange) -> ThingRow {
    let (change, tone) = (words(thing.change), change_tone(thing.change));
    ThingRow { what, name: thing.name.clone(), change, tone, fields: thing.fields.clone() }
}

fn change_tone(change: Change) -> &'static str {
    match change {
        Change::Added => "good",
        Change::Removed => "bad",
        Change::Changed => "info",
    }
}

/// The token that the page's forms send back.
pub(super) fn csrf(shell: &Shell) -> String {
    shell.person.as_ref().map(|p| p.csrf.clone()).unwrap_or_default()
}

/// Whether the reader holds a permission.
pub(super) fn may(shell: &Shell, permission: Permission) -> bool {
    shell.person.as_ref().is_some_and(|p| p.permissions.contains(&permission))
}
