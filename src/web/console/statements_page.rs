//! The page of statements of reasons.
//!
//! Called by `statements`. It must never show a share of nothing.

use super::{
    page::Shell,
    text::{When, percent, words},
};
use crate::{
    domain::statement::{StatementKind, StatementOfReasons},
    store::statements::{Figures, Listed},
};
use askama::Template;

/// What the page is asked to show.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    /// The year.
    pub(crate) year: u16,
    /// The current one.
    pub(crate) this: u16,
}

/// `templates/statements.html`.
#[derive(Debug, Template)]
#[template(path = "statements.html")]
pub struct StatementsPage {
    shell: Shell,
    year: u16,
    years: Vec<u16>,
    restrictions: i64,
    superseded: i64,
    lifted: i64,
    median: String,
    counts: Vec<Table>,
    rows: Vec<Row>,
}

/// Counts by one dimension.
#[derive(Debug)]
struct Table {
    title: String,
    lines: Vec<(String, i64, String)>,
}

#[derive(Debug)]
struct Row {
    puid: String,
    ad: String,
    kind: String,
    tone: &'static str,
    category: String,
    decided: String,
    at: When,
    about: String,
    facts: String,
    amends: String,
}

impl StatementsPage {
    /// Builds the page.
    pub(crate) fn of(shell: Shell, shown: Shown, figures: &Figures, newest: &[Listed]) -> Self {
        let counts = figures.by.iter().filter(|(_, lines)| !lines.is_empty()).map(|(dimension, lines)| Table {
            title: words(dimension),
            lines: lines
                .iter()
                .map(|(name, n)| (plain(name), *n, percent(*n as f64 / figures.restrictions.max(1) as f64)))
                .collect(),
        });
        let rows = newest.iter().map(|listed| {
            let kept = &listed.statement;
            let lifted = kept.kind == StatementKind::Lifted;
            Row {
                puid: kept.body.puid.to_string(),
                ad: kept.ad.to_string(),
                kind: words(kept.kind),
                tone: if lifted { "good" } else { "warn" },
                category: plain(kept.body.category.as_str()),
                decided: plain(kept.body.automated_decision.as_str()),
                about: about(&kept.body),
                at: When(kept.created_at),
                facts: kept.body.decision_facts.clone(),
                amends: kept.supersedes.map(|s| s.to_string()).unwrap_or_default(),
            }
        });
        Self {
            year: shown.year,
            years: (2020..=shown.this).rev().take(5).collect(),
            restrictions: figures.restrictions,
            superseded: figures.superseded,
            lifted: figures.lifted,
            median: figures.median_ms.map_or_else(|| "–".to_owned(), span),
            counts: counts.collect(),
            rows: rows.collect(),
            shell,
        }
    }
}

/// The clauses that a statement rests on.
fn about(body: &StatementOfReasons) -> String {
    let ground = body.incompatible_content_ground.as_ref().or(body.illegal_content_legal_ground.as_ref());
    let ground = ground.map(String::as_str).unwrap_or_default();
    ground.strip_prefix("Advertising policy: ").unwrap_or(ground).to_owned()
}

/// `STATEMENT_CATEGORY_SCAMS_AND_FRAUD` as `Scams and fraud`.
fn plain(name: &str) -> String {
    const PREFIXES: [&str; 5] =
        ["STATEMENT_CATEGORY_", "DECISION_VISIBILITY_", "DECISION_GROUND_", "AUTOMATED_DECISION_", "SOURCE_"];
    match name {
        "STATEMENT_CATEGORY_OTHER_VIOLATION_TC" => return "Other breach of the terms".into(),
        "AUTOMATED_DECISION_FULLY" => return "By machine alone".into(),
        "AUTOMATED_DECISION_PARTIALLY" => return "By a person, with the machine’s findings".into(),
        "AUTOMATED_DECISION_NOT_AUTOMATED" => return "By a person alone".into(),
        "SOURCE_VOLUNTARY" => return "Own initiative".into(),
        _ => {}
    }
    let mut bare = name.to_owned();
    for prefix in PREFIXES {
        bare = bare.replace(prefix, "");
    }
    words(bare.to_lowercase())
}

/// A time in the largest unit that fits.
fn span(ms: i64) -> String {
    let seconds = ms as f64 / 1_000.0;
    match seconds {
        s if s < 60.0 => format!("{s:.1} s"),
        s if s < 3_600.0 => format!("{:.1} min", s / 60.0),
        s if s < 86_400.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}
