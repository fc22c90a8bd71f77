//! The live release's policies as a table: what each is, and how it did over some days.
//!
//! Called by `policies`. It must never show a draft, nor a share without its counts.

use super::{
    days::Days,
    page::Shell,
    share::Share,
    text::{When, words},
};
use crate::{
    domain::policy::{Policy, RuleState},
    store::{
        releases::StoredRelease,
        views::console::usage::{Counts, Usage},
    },
};
use askama::Template;

/// `templates/policies.html`.
#[derive(Debug, Template)]
#[template(path = "policies.html")]
pub struct PoliciesPage {
    shell: Shell,
    release: String,
    published: Option<When>,
    days: Days,
    screenings: u64,
    policies: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    code: String,
    title: String,
    severity: String,
    clause_version: u32,
    rules: String,
    figures: Figures,
}

/// Counts as shares.
#[derive(Debug)]
pub struct Figures {
    /// Screenings that it was found in.
    pub hits: Share,
    /// Answers that dismissed it.
    pub dismissed: Share,
    /// Restrictions that were overturned.
    pub overturned: Share,
}

impl Figures {
    /// Shares of a policy's or rule's counts.
    pub(crate) fn of(counts: Counts, screenings: u64) -> Self {
        Self {
            hits: Share::of(counts.hits, screenings, "no screenings"),
            dismissed: Share::of(counts.dismissed, counts.answered, "no answers"),
            overturned: Share::of(counts.overturned, counts.restrictions, "no restrictions"),
        }
    }
}

impl PoliciesPage {
    /// Builds the page.
    pub(crate) fn of(shell: Shell, live: &StoredRelease, days: Days, usage: &Usage) -> Self {
        let mut policies: Vec<Row> = live.bundle.policies.iter().map(|p| row(live, p, usage)).collect();
        policies.sort_by(|a, b| a.title.cmp(&b.title));
        Self {
            release: live.number.to_string(),
            published: live.published_at.map(When),
            screenings: usage.screenings,
            days,
            policies,
            shell,
        }
    }
}

fn row(live: &StoredRelease, p: &Policy, usage: &Usage) -> Row {
    let counts = usage.policies.get(p.code.as_str()).copied().unwrap_or_default();
    let in_state = |state: RuleState| {
        let n = live.bundle.rules.iter().filter(|r| r.policy == p.code && r.state == state).count();
        (n > 0).then(|| format!("{n} {state}"))
    };
    let rules: Vec<String> = RuleState::ALL.iter().filter_map(|s| in_state(*s)).collect();
    Row {
        code: p.code.to_string(),
        title: p.title.clone(),
        severity: words(p.severity),
        clause_version: p.clause_version,
        rules: if rules.is_empty() { "none".into() } else { rules.join(", ") },
        figures: Figures::of(counts, usage.screenings),
    }
}
