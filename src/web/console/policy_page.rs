//! One policy of the live release as a page: clause, disclosure, mappings, rules with how they did, lists they use.
//!
//! Called by `policies`. It must never show a draft.

use super::{
    days::Days,
    page::Shell,
    policies_page::Figures,
    share::Bars,
    text::{self, Tone, score, words},
};
use crate::{
    domain::{
        Millis, PolicyCode,
        policy::{Disclosure, Mappings, OnUnavailable, Rule},
    },
    screening::policy::{cases::Case, uses::uses},
    store::{releases::StoredRelease, views::console::usage::Usage},
};
use askama::Template;

/// `templates/policy.html`.
#[derive(Debug, Template)]
#[template(path = "policy.html")]
pub struct PolicyPage {
    shell: Shell,
    release: String,
    code: String,
    address: String,
    title: String,
    severity: String,
    clause: String,
    clause_version: u32,
    disclosure: &'static str,
    on_unavailable: &'static str,
    fix_hint: String,
    sensitive: bool,
    threshold: Option<String>,
    head_used_by: usize,
    mappings: Vec<(&'static str, String)>,
    days: Days,
    screenings: u64,
    figures: Figures,
    chart: Bars,
    rules: Vec<RuleRow>,
    lists: Vec<ListUse>,
    cases: Vec<CaseRow>,
}

/// An example with a known answer.
#[derive(Debug)]
struct CaseRow {
    name: String,
    kind: String,
    text: String,
    expect: String,
}

#[derive(Debug)]
struct RuleRow {
    name: String,
    anchor: String,
    effect: &'static str,
    tone: &'static str,
    state: String,
    note: String,
    limits: String,
    when: String,
    undecided: u64,
    figures: Figures,
}

#[derive(Debug)]
struct ListUse {
    name: String,
    kind: String,
    entries: usize,
    rules: Vec<String>,
}

/// What submitters see of a policy, in words.
pub(crate) fn disclosure(disclosure: Disclosure) -> &'static str {
    match disclosure {
        Disclosure::Full => "policy, reason, evidence and how to fix it",
        Disclosure::ReasonOnly => "policy and reason",
        Disclosure::None => "the outcome only",
    }
}

fn on_unavailable(on_unavailable: OnUnavailable) -> &'static str {
    match on_unavailable {
        OnUnavailable::Review => "a person looks",
        OnUnavailable::Hold => "the ad is held and screened again",
        OnUnavailable::Provisional => "the ad may serve meanwhile, and a person looks",
    }
}

fn mappings(m: &Mappings) -> Vec<(&'static str, String)> {
    let numbers: Vec<String> = m.microsoft.iter().map(ToString::to_string).collect();
    [
        ("DSA category", m.dsa_category.clone().unwrap_or_default()),
        ("DSA keywords", m.dsa_keywords.join(", ")),
        ("Pinterest", m.pinterest.join(", ")),
        ("Microsoft", numbers.join(", ")),
        ("IAB ad product", m.iab_ad_product.join(", ")),
        ("IAB content", m.iab_content.join(", ")),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .collect()
}

impl PolicyPage {
    /// Builds the page; `None` when the release has no such policy.
    pub(crate) fn of(
        shell: Shell,
        live: &StoredRelease,
        code: &PolicyCode,
        days: Days,
        usage: &Usage,
        by_day: &[(Millis, u64)],
        cases: &[Case],
    ) -> Option<Self> {
        let bundle = &live.bundle;
        let p = bundle.policy(code)?;
        let used = uses(bundle);
        let of_policy = |name: &String| name.strip_prefix(p.code.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let lists = bundle.lists.iter().filter_map(|list| {
            let rules: Vec<String> = used.lists.get(&list.name)?.iter().filter(|r| of_policy(r)).cloned().collect();
            (!rules.is_empty()).then(|| ListUse {
                name: list.name.clone(),
                kind: words(list.kind),
                entries: list.entries.len(),
                rules,
            })
        });
        let counts = usage.policies.get(p.code.as_str()).copied().unwrap_or_default();
        Some(Self {
            release: live.number.to_string(),
            code: p.code.to_string(),
            address: format!("/policies/{}", p.code),
            title: p.title.clone(),
            severity: words(p.severity),
            clause: p.clause.trim().to_owned(),
            clause_version: p.clause_version,
            disclosure: disclosure(p.disclosure),
            on_unavailable: on_unavailable(p.on_unavailable),
            fix_hint: p.fix_hint.clone(),
            sensitive: p.sensitive,
            threshold: bundle.thresholds.get(&p.code).map(|t| score(*t)),
            head_used_by: used.heads.get(p.code.as_str()).map_or(0, Vec::len),
            mappings: mappings(&p.mappings),
            screenings: usage.screenings,
            figures: Figures::of(counts, usage.screenings),
            chart: Bars::of("Hits", by_day),
            rules: bundle.rules.iter().filter(|r| r.policy == p.code).map(|r| rule(r, usage)).collect(),
            lists: lists.collect(),
            cases: cases.iter().map(case).collect(),
            days,
            shell,
        })
    }
}

fn case(c: &Case) -> CaseRow {
    let creative = &c.content.creative;
    let texts = [creative.headline.trim(), creative.body.trim()];
    CaseRow {
        name: c.name.clone(),
        kind: words(c.kind),
        text: texts.into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" · "),
        expect: words(c.expect),
    }
}

fn rule(r: &Rule, usage: &Usage) -> RuleRow {
    let counts = usage.rules.get(&r.name).copied().unwrap_or_default();
    RuleRow {
        anchor: r.name.replace('/', "-"),
        name: r.name.clone(),
        effect: text::effect(r.effect),
        tone: r.effect.tone(),
        state: words(r.state),
        note: r.note.clone(),
        limits: r.constraints.iter().map(text::constraint).collect::<Vec<_>>().join(", "),
        when: r.when.trim().to_owned(),
        undecided: counts.undecided,
        figures: Figures::of(counts, usage.screenings),
    }
}
