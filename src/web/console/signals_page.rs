//! Signals as a page, and the sentence about one that fails widely.
//!
//! Called by `signals` and by the queues' page. It must never call a signal healthy while its breaker is not closed.

use super::{
    page::Shell,
    text::{When, percent},
};
use crate::{
    domain::{
        breaker::{BreakerLimits, BreakerState, Counts},
        signal::Producer,
    },
    store::breakers::SignalLine,
};
use askama::Template;

/// `templates/signals.html`.
#[derive(Debug, Template)]
#[template(path = "signals.html")]
pub struct SignalsPage {
    shell: Shell,
    troubles: Vec<Trouble>,
    rows: Vec<Row>,
    share: String,
    fewest: u32,
    minutes: String,
}

/// A signal that fails widely, for a banner.
#[derive(Debug)]
pub struct Trouble {
    /// What fails.
    pub name: &'static str,
    /// Since when ads wait.
    pub since: Option<When>,
    /// What it opened on: `12 of 14 screenings`.
    pub counts: String,
    /// Screenings that wait for it.
    pub held: i64,
    /// Screenings that will be made again.
    pub affected: i64,
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    state: &'static str,
    tone: &'static str,
    counts: String,
    share: String,
    held: i64,
    affected: i64,
    probes: u32,
    next: Option<When>,
    opened: Option<When>,
    closed: Option<When>,
    open: bool,
}

impl SignalsPage {
    /// Builds the page.
    pub(crate) fn of(shell: Shell, lines: &[SignalLine], limits: &BreakerLimits) -> Self {
        let open = lines.iter().filter(|l| !l.breaker.is_closed());
        let minutes = limits.window_ms as f64 / 60_000.0;
        Self {
            troubles: open.map(|l| Trouble { counts: counts(l.breaker.counts), ..trouble(l) }).collect(),
            rows: lines.iter().map(row).collect(),
            share: percent(limits.share),
            fewest: limits.fewest,
            minutes: if minutes == 1.0 {
                "minute".into()
            } else {
                format!("{} minutes", (minutes * 10.0).round() / 10.0)
            },
            shell,
        }
    }
}

/// What a banner says about a line's breaker.
pub(super) fn trouble(line: &SignalLine) -> Trouble {
    Trouble {
        name: name(line.breaker.signal),
        since: line.breaker.opened_at.map(When),
        counts: counts(line.counts),
        held: line.held,
        affected: line.affected,
    }
}

fn row(line: &SignalLine) -> Row {
    let breaker = &line.breaker;
    let (state, tone) = match breaker.state {
        BreakerState::Closed => ("Works", "good"),
        BreakerState::Open => ("Fails widely", "bad"),
        BreakerState::HalfOpen => ("Being tried", "warn"),
    };
    let share = line.counts.failed as f64 / line.counts.screenings.max(1) as f64;
    Row {
        name: name(breaker.signal),
        state,
        tone,
        counts: counts(line.counts),
        share: if line.counts.screenings == 0 { String::new() } else { percent(share) },
        held: line.held,
        affected: line.affected,
        probes: breaker.probes,
        next: breaker.next_probe_at.map(When),
        opened: breaker.opened_at.map(When),
        closed: breaker.closed_at.map(When),
        open: !breaker.is_closed(),
    }
}

fn counts(counts: Counts) -> String {
    format!("{} of {} screening{}", counts.failed, counts.screenings, if counts.screenings == 1 { "" } else { "s" })
}

fn name(signal: Producer) -> &'static str {
    match signal {
        Producer::Encoder => "Text scores",
        Producer::SecondEncoder => "Text scores, second encoder",
        Producer::Language => "Language detection",
    }
}
