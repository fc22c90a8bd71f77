//! `rules.toml`: the conditions that find a policy broken, each with its place, so that a slip inside a condition is
//! shown where it stands in the file.
//!
//! Called by the pack reader. It must never check a condition itself: the compiler does, once for all sources.

use super::{
    super::{
        problem::{Complaint, Problem},
        tree::Span,
    },
    document::{Document, Section},
};
use crate::domain::{
    finding::{Constraint, Effect},
    place::Country,
    policy::{PolicyCode, Rule, RuleState, Snooze},
};

/// Where a rule's condition stands.
#[derive(Debug)]
pub(super) struct RulePlace {
    file: String,
    /// The file's lines from the condition's first on.
    lines: Vec<String>,
    line: usize,
    column: usize,
    /// Whether the file shows the condition as it is, without escapes: only then do inner places map.
    exact: bool,
}

impl RulePlace {
    /// A problem of the rule, moved into its file.
    pub(super) fn placed(&self, problem: Problem) -> Problem {
        let down = if self.exact { problem.line.saturating_sub(1) } else { 0 };
        let column = match (self.exact, down) {
            (true, 0) => self.column + problem.column - 1,
            (true, _) => problem.column,
            (false, _) => self.column,
        };
        Problem {
            file: self.file.clone(),
            line: self.line + down,
            column,
            length: if self.exact { problem.length } else { 1 },
            excerpt: self.lines.get(down).cloned().unwrap_or_default(),
            ..problem
        }
    }
}

/// Reads all rules of a policy.
pub(super) fn rules(document: &Document<'_>, policy: &PolicyCode) -> Vec<(Rule, RulePlace)> {
    let root = document.root();
    let rules = root.sections("rule").into_iter().filter_map(|s| rule(s, policy)).collect();
    root.done();
    rules
}

fn rule(section: Section<'_, '_>, policy: &PolicyCode) -> Option<(Rule, RulePlace)> {
    let document = section.document;
    let name = section.required("name");
    let when = section.required("when");
    let effects: Vec<&str> = Effect::ALL.iter().map(|e| e.as_str()).collect();
    let states: Vec<&str> = RuleState::ALL.iter().map(|s| s.as_str()).collect();
    let has_effect = section.has("effect");
    let effect = section.name::<Effect>("effect", &effects);
    if !has_effect {
        section.missing("effect");
    }
    let state = section.name::<RuleState>("state", &states).map_or(RuleState::Live, |s| s.value);
    let note = section.text("note").map(|n| n.value).unwrap_or_default();
    let constraints = section.sections("constraints").into_iter().filter_map(constraint).collect();
    let percent = section.percent("percent");
    let until = section.moment("until").map(|u| u.value);
    let snoozes = section.sections("snooze").into_iter().filter_map(snooze).collect();
    section.done();
    if !name.value.is_empty() && !name.value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    {
        document.complain(Complaint::new(name.span, "a rule's name is lower-case letters, digits and underscores"));
    }
    if when.value.trim().is_empty() || name.value.is_empty() {
        return None;
    }
    let place = place(document, &when.value, when.span);
    let rule = Rule {
        name: format!("{policy}/{}", name.value),
        policy: policy.clone(),
        when: when.value,
        effect: effect?.value,
        constraints,
        state,
        note,
        percent,
        until,
        snoozes,
    };
    Some((rule, place))
}

/// `[[rule.snooze]]`: one advertiser, until when, and why.
fn snooze(section: Section<'_, '_>) -> Option<Snooze> {
    let advertiser = section.required("advertiser").value;
    let until = section.moment("until");
    if until.is_none() && !section.has("until") {
        section.missing("until");
    }
    let note = section.text("note").map(|n| n.value).unwrap_or_default();
    section.done();
    Some(Snooze { advertiser, until: until?.value, note })
}

fn constraint(section: Section<'_, '_>) -> Option<Constraint> {
    const KINDS: [&str; 4] = ["exclude_countries", "only_countries", "min_age", "needs_certificate"];
    let kind = section.required("kind");
    let countries = |section: &Section<'_, '_>| -> Vec<Country> {
        let all = section.codes("countries", "a country code (ISO 3166-1)");
        if !section.has("countries") {
            section.missing("countries");
        }
        all.into_iter().map(|c| c.value).collect()
    };
    let constraint = match kind.value.as_str() {
        "exclude_countries" => Some(Constraint::ExcludeCountries { countries: countries(&section) }),
        "only_countries" => Some(Constraint::OnlyCountries { countries: countries(&section) }),
        "min_age" => {
            let years = section.int("years", 1, 120);
            if years.is_none() && !section.has("years") {
                section.missing("years");
            }
            years.and_then(|y| u8::try_from(y.value).ok()).map(|years| Constraint::MinAge { years })
        }
        "needs_certificate" => {
            Some(Constraint::NeedsCertificate { certificate: section.required("certificate").value })
        }
        other => {
            let complaint = Complaint::new(kind.span, format!("`kind` is one of {}", KINDS.join(", ")));
            section.document.complain(complaint.likely(other, KINDS));
            return None;
        }
    };
    section.done();
    constraint
}

/// Finds the condition behind its quotes.
fn place(document: &Document<'_>, value: &str, span: Span) -> RulePlace {
    let text = document.text();
    let raw = &text[span.start..span.end];
    let quotes = ["'''", "\"\"\"", "'", "\""].into_iter().find(|q| raw.starts_with(q)).unwrap_or_default();
    let after = &raw[quotes.len()..];
    let skipped = match quotes.len() {
        3 if after.starts_with("\r\n") => 2,
        3 if after.starts_with('\n') => 1,
        _ => 0,
    };
    let start = span.start + quotes.len() + skipped;
    let exact = text[start..].starts_with(value);
    let start = if exact { start } else { span.start };
    let line_start = document.lines.start_of(start);
    RulePlace {
        file: document.file.to_owned(),
        lines: text[line_start..span.end].lines().map(str::to_owned).collect(),
        line: document.lines.line_at(start),
        column: text[line_start..start].chars().count() + 1,
        exact,
    }
}
