//! The days that a page counts: from its query, with a default, and as the form shows them again.
//!
//! Called by the Policies pages. It must never count more than a year: the database pays for every day.

use crate::{domain::Millis, store::views::console::usage::Range};
use serde::Deserialize;

/// Days counted unless others are asked for.
const USUAL: i64 = 30;
/// Most days counted at once.
const MOST: i64 = 366;

/// The query of a page that counts days: `?from=2026-01-01&to=2026-01-31`, both included.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    from: String,
    to: String,
}

/// A range of whole UTC days, with what the form shows.
#[derive(Debug, Clone)]
pub(crate) struct Days {
    /// What to count.
    pub range: Range,
    /// First day, `2026-01-01`.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Ready-made ranges that end today.
    pub presets: Vec<Preset>,
}

/// One ready-made range.
#[derive(Debug, Clone)]
pub(crate) struct Preset {
    /// `7 days`.
    pub title: String,
    /// `from=…&to=…`.
    pub query: String,
    /// Whether it is the one shown.
    pub current: bool,
}

impl Days {
    /// What was asked for, put right where it is no range.
    pub(crate) fn of(asked: &Asked, now: Millis) -> Self {
        let today = floor(now);
        let parse = |day: &str| format!("{day}T00:00:00Z").parse::<Millis>().ok();
        let last = parse(&asked.to).unwrap_or(today).min(today);
        let first = parse(&asked.from).unwrap_or(last.plus(-(USUAL - 1) * Millis::DAY));
        let first = first.clamp(last.plus(-(MOST - 1) * Millis::DAY), last);
        let (from, to) = (day(first), day(last));
        let presets = [7, USUAL, 90].into_iter().map(|n| {
            let start = day(today.plus(-(n - 1) * Millis::DAY));
            let end = day(today);
            Preset {
                title: format!("{n} days"),
                query: format!("from={start}&to={end}"),
                current: start == from && end == to,
            }
        });
        Self { presets: presets.collect(), range: Range { from: first, until: last.plus(Millis::DAY) }, from, to }
    }

    /// `from=…&to=…`, for links that keep the range.
    pub(crate) fn query(&self) -> String {
        format!("from={}&to={}", self.from, self.to)
    }
}

fn floor(at: Millis) -> Millis {
    Millis(at.0.div_euclid(Millis::DAY) * Millis::DAY)
}

/// The day of a moment, UTC.
pub(crate) fn day(at: Millis) -> String {
    at.to_string().chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_whole_days_and_never_too_long() {
        let now: Millis = Millis(1_790_000_000_000);
        for (from, to, expected) in [
            ("", "", ("2026-08-23", "2026-09-21")),
            ("2026-09-01", "2026-09-03", ("2026-09-01", "2026-09-03")),
            ("2026-09-09", "2026-09-03", ("2026-09-03", "2026-09-03")),
            ("1999-01-01", "2027-01-01", ("2025-09-21", "2026-09-21")),
            ("yesterday", "2026-02-30", ("2026-08-23", "2026-09-21")),
        ] {
            let days = Days::of(&Asked { from: from.into(), to: to.into() }, now);
            assert_eq!((days.from.as_str(), days.to.as_str()), expected, "{from} {to}");
            assert_eq!((days.range.until.since(days.range.from)) % Millis::DAY, 0);
        }
    }
}
