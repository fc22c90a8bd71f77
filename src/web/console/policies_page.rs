//! The live release's policies as a page, to read.
//!
//! Called by `policies`. It must never show a draft.

use super::{
    page::Shell,
    text::{self, Tone, When, score, words},
};
use crate::{
    domain::{
        policy::{Disclosure, OnUnavailable, Policy, Rule},
        release::Bundle,
    },
    store::releases::StoredRelease,
};
use askama::Template;

/// `templates/policies.html`.
#[derive(Debug, Template)]
#[template(path = "policies.html")]
pub struct PoliciesPage {
    shell: Shell,
    release: String,
    published: Option<When>,
    policies: Vec<Row>,
    lists: Vec<ListRow>,
}

#[derive(Debug)]
struct Row {
    code: String,
    title: String,
    severity: String,
    clause: String,
    clause_version: u32,
    disclosure: &'static str,
    on_unavailable: &'static str,
    fix_hint: String,
    threshold: Option<String>,
    rules: Vec<RuleRow>,
}

#[derive(Debug)]
struct RuleRow {
    name: String,
    effect: &'static str,
    tone: &'static str,
    state: String,
    note: String,
    limits: String,
    when: String,
}

#[derive(Debug)]
struct ListRow {
    name: String,
    kind: String,
    entries: usize,
}

impl PoliciesPage {
    /// Builds the page.
    pub(crate) fn of(shell: Shell, live: &StoredRelease) -> Self {
        let bundle = &live.bundle;
        let mut policies: Vec<Row> = bundle.policies.iter().map(|p| row(bundle, p)).collect();
        policies.sort_by(|a, b| a.title.cmp(&b.title));
        let lists = bundle.lists.iter().map(|l| ListRow {
            name: l.name.clone(),
            kind: words(l.kind),
            entries: l.entries.len(),
        });
        let (release, published) = (live.number.to_string(), live.published_at.map(When));
        Self { release, published, policies, lists: lists.collect(), shell }
    }
}

fn row(bundle: &Bundle, p: &Policy) -> Row {
    Row {
        code: p.code.to_string(),
        title: p.title.clone(),
        severity: words(p.severity),
        clause: p.clause.trim().to_owned(),
        clause_version: p.clause_version,
        disclosure: match p.disclosure {
            Disclosure::Full => "policy, reason, evidence and how to fix it",
            Disclosure::ReasonOnly => "policy and reason",
            Disclosure::None => "the outcome only",
        },
        on_unavailable: match p.on_unavailable {
            OnUnavailable::Review => "a person looks",
            OnUnavailable::Hold => "the ad is held and screened again",
            OnUnavailable::Provisional => "the ad may serve meanwhile, and a person looks",
        },
        fix_hint: p.fix_hint.clone(),
        threshold: bundle.thresholds.get(&p.code).map(|t| score(*t)),
        rules: bundle.rules.iter().filter(|r| r.policy == p.code).map(rule).collect(),
    }
}

fn rule(r: &Rule) -> RuleRow {
    RuleRow {
        name: r.name.clone(),
        effect: text::effect(r.effect),
        tone: r.effect.tone(),
        state: words(r.state),
        note: r.note.clone(),
        limits: r.constraints.iter().map(text::constraint).collect::<Vec<_>>().join(", "),
        when: r.when.trim().to_owned(),
    }
}
