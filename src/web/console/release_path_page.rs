//! The page of a draft's way to a release.
//!
//! Called by `release_path`. It must never offer publishing to somebody who wrote part of the draft.

use super::{
    page::Shell,
    releases_page::{Changes, Names, csrf, draft_tone, may, person},
    text::{When, short, words},
};
use crate::{
    domain::{
        AdId, ModelId,
        draft::{DraftState, PublishPlan},
        role::Permission,
    },
    flows::drafts::Compared,
    store::{
        backtests::StoredBacktest,
        drafts::{StoredDraft, TestResult},
        releases::ModelState,
        shadows::SEEN,
    },
};
use askama::Template;
use std::collections::BTreeMap;

/// What the page shows besides the draft and its differences.
pub(crate) struct Seen {
    /// How its cases came out, if they ran on just what it holds.
    pub(crate) test: Option<TestResult>,
    /// Whether the reader wrote part of it.
    pub(crate) author: bool,
    /// Models to choose from.
    pub(crate) models: Vec<(ModelId, ModelState)>,
    /// Names of people.
    pub(crate) names: Names,
    /// What it concluded otherwise as a shadow, by key.
    pub(crate) counts: BTreeMap<String, i64>,
    /// Ads of each.
    pub(crate) samples: BTreeMap<String, Vec<AdId>>,
    /// Its newest backtests.
    pub(crate) backtests: Vec<StoredBacktest>,
    /// Whether another release went live since it began.
    pub(crate) behind: bool,
}

/// `templates/release_path.html`.
#[derive(Debug, Template)]
#[template(path = "release_path.html")]
pub struct PathPage {
    shell: Shell,
    csrf: String,
    id: String,
    name: String,
    state: String,
    tone: &'static str,
    version: i64,
    by: String,
    against: String,
    notice: String,
    behind: bool,
    open: bool,
    may_edit: bool,
    may_publish: bool,
    author: bool,
    publishable: bool,
    scheduled: Option<Scheduled>,
    release: String,
    problems: Vec<String>,
    problem_count: usize,
    changes: Changes,
    test: Option<Test>,
    models: Vec<ModelRow>,
    no_model: bool,
    backtests: Vec<BacktestRow>,
    beside: bool,
    shadow: bool,
    seen: i64,
    differences: Vec<DifferenceRow>,
}

#[derive(Debug)]
struct Scheduled {
    at: When,
    by: String,
    what: &'static str,
}

#[derive(Debug)]
struct Test {
    run: i64,
    failed: i64,
    problems: Vec<String>,
    at: When,
}

/// One way in which the shadow concluded otherwise.
#[derive(Debug)]
struct DifferenceRow {
    what: String,
    n: i64,
    ads: Vec<String>,
}

#[derive(Debug)]
struct BacktestRow {
    id: String,
    version: i64,
    state: String,
    at: When,
}

#[derive(Debug)]
struct ModelRow {
    id: String,
    name: String,
    chosen: bool,
}

/// Problems named on this page; the draft's own page shows all.
const PROBLEMS: usize = 5;

impl PathPage {
    /// Builds the page.
    pub(crate) fn of(shell: Shell, draft: &StoredDraft, compared: &Compared, seen: &Seen) -> Self {
        let problems = compared.difference.as_ref().err().map(Vec::as_slice).unwrap_or_default();
        let may_publish = may(&shell, Permission::Publish);
        let going = matches!(draft.state, DraftState::Open | DraftState::Shadow | DraftState::Canary);
        let test = seen.test.as_ref().map(|t| Test {
            run: t.run,
            failed: t.failed,
            problems: t.problems.iter().take(PROBLEMS).cloned().collect(),
            at: When(t.at),
        });
        let scheduled = draft.plan.filter(|_| draft.state == DraftState::Scheduled).and_then(|plan| {
            let by = draft.planned_by.as_deref().map(|by| person(&seen.names, by)).unwrap_or_default();
            Some(Scheduled { at: When(plan.effective_at?), by, what: reach(&plan) })
        });
        Self {
            csrf: csrf(&shell),
            id: draft.id.to_string(),
            name: draft.name.clone(),
            state: words(draft.state),
            tone: draft_tone(draft.state),
            version: draft.version,
            by: person(&seen.names, &draft.created_by),
            against: compared.number.to_string(),
            notice: draft.notice.clone().unwrap_or_default(),
            behind: seen.behind && going,
            open: draft.state == DraftState::Open,
            may_edit: may(&shell, Permission::EditPolicies),
            may_publish,
            author: seen.author,
            publishable: may_publish && going && !seen.author && !seen.behind && problems.is_empty(),
            scheduled,
            release: draft.release.filter(|_| draft.state.is_over()).map(|r| r.to_string()).unwrap_or_default(),
            problems: problems.iter().take(PROBLEMS).map(ToString::to_string).collect(),
            problem_count: problems.len(),
            changes: Changes::of(compared),
            test,
            models: seen
                .models
                .iter()
                .map(|(id, state)| ModelRow {
                    id: id.to_string(),
                    name: format!("{} ({})", short(id), words(*state).to_lowercase()),
                    chosen: draft.model == Some(*id),
                })
                .collect(),
            beside: matches!(draft.state, DraftState::Shadow | DraftState::Canary),
            shadow: draft.state == DraftState::Shadow,
            seen: seen.counts.get(SEEN).copied().unwrap_or(0),
            differences: differences(seen),
            no_model: draft.model.is_none(),
            backtests: seen
                .backtests
                .iter()
                .map(|b| BacktestRow {
                    id: b.id.to_string(),
                    version: b.draft_version,
                    state: words(b.state),
                    at: When(b.created_at),
                })
                .collect(),
            shell,
        }
    }
}

/// Verdicts first, then rules, the most frequent first.
fn differences(seen: &Seen) -> Vec<DifferenceRow> {
    let mut keys: Vec<(&String, i64)> = seen.counts.iter().filter(|(k, _)| *k != SEEN).map(|(k, n)| (k, *n)).collect();
    keys.sort_by_key(|(key, n)| (!key.starts_with("verdict:"), std::cmp::Reverse(*n)));
    let ads = |key: &String| seen.samples.get(key).map(Vec::as_slice).unwrap_or_default();
    keys.into_iter()
        .map(|(key, n)| DifferenceRow { what: told(key), n, ads: ads(key).iter().map(ToString::to_string).collect() })
        .collect()
}

fn told(key: &str) -> String {
    if let Some((from, to)) = key.strip_prefix("verdict:").and_then(|v| v.split_once('>')) {
        return format!("{} became {}", words(from), words(to).to_lowercase());
    }
    match (key.strip_prefix("rule:+"), key.strip_prefix("rule:-")) {
        (Some(rule), _) => format!("{rule} holds in the draft only"),
        (_, Some(rule)) => format!("{rule} holds in the live release only"),
        _ => key.to_owned(),
    }
}

fn reach(plan: &PublishPlan) -> &'static str {
    if plan.sweep.is_some() { "with a sweep of the ads that live" } else { "for new ads only" }
}
