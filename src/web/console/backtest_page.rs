//! A backtest as a page: how far it is, then its report with plots.
//!
//! Called by `backtests`. It must never show a figure without its rows.

use super::{
    page::Shell,
    releases_page::{Names, csrf, may, person},
    text::{self, Tone, When, score, words},
};
use crate::{
    domain::{
        backtest::{Against, BacktestReport, BacktestState, Flip},
        metrics::Estimate,
        role::Permission,
        verdict::Conclusion,
    },
    store::{backtests::StoredBacktest, drafts::StoredDraft},
};
use askama::Template;

/// `templates/backtest.html`.
#[derive(Debug, Template)]
#[template(path = "backtest.html")]
pub struct BacktestPage {
    shell: Shell,
    csrf: String,
    id: String,
    draft: String,
    name: String,
    version: i64,
    newer: bool,
    state: String,
    tone: &'static str,
    running: bool,
    may_cancel: bool,
    done: i64,
    total: i64,
    notice: String,
    by: String,
    asked: When,
    from: When,
    report: Option<Report>,
}

#[derive(Debug)]
struct Report {
    screenings: u64,
    not_evaluable: u64,
    missing: Vec<(String, u64)>,
    days: String,
    bars: Vec<Bar>,
    tasks: (String, String),
    rejections: (String, String),
    advertisers: (u64, u64, u64),
    flips: Vec<FlipRow>,
    against: Vec<AgainstRow>,
    policies: Vec<AgainstRow>,
    rules: Vec<RuleRow>,
    searched_again: String,
}

/// A conclusion's two bars: as then and under the draft.
#[derive(Debug)]
struct Bar {
    name: &'static str,
    then: u64,
    draft: u64,
    y: u32,
    then_width: u64,
    draft_width: u64,
}

#[derive(Debug)]
struct FlipRow {
    from: &'static str,
    from_tone: &'static str,
    to: &'static str,
    to_tone: &'static str,
    n: u64,
    nearer: u64,
    farther: u64,
    samples: Vec<SampleRow>,
}

#[derive(Debug)]
struct SampleRow {
    ad: String,
    human: &'static str,
}

#[derive(Debug)]
struct AgainstRow {
    name: String,
    counts: String,
    then: Figures,
    draft: Figures,
}

#[derive(Debug)]
struct Figures {
    judged: u32,
    broken: u32,
    precision: String,
    recall: String,
}

#[derive(Debug)]
struct RuleRow {
    rule: String,
    hits: u64,
    alone: u64,
    broken: u64,
    fine: u64,
    unknown: u64,
    overlaps: String,
}

/// Widest bar, in the plot's units.
const WIDEST: u64 = 420;

impl BacktestPage {
    /// Builds the page.
    pub(crate) fn of(
        shell: Shell,
        backtest: &StoredBacktest,
        draft: &StoredDraft,
        report: Option<&BacktestReport>,
        names: &Names,
    ) -> Self {
        let running = backtest.state == BacktestState::Running;
        Self {
            csrf: csrf(&shell),
            id: backtest.id.to_string(),
            draft: draft.id.to_string(),
            name: draft.name.clone(),
            version: backtest.draft_version,
            newer: draft.version != backtest.draft_version && !draft.state.is_over(),
            state: words(backtest.state),
            tone: match backtest.state {
                BacktestState::Running => "info",
                BacktestState::Done => "good",
                BacktestState::Cancelled => "warn",
                BacktestState::Failed => "bad",
            },
            running,
            may_cancel: running && may(&shell, Permission::EditPolicies),
            done: backtest.done,
            total: backtest.total.unwrap_or(0).max(1),
            notice: backtest.notice.clone().unwrap_or_default(),
            by: person(names, &backtest.created_by),
            asked: When(backtest.created_at),
            from: When(backtest.window.from),
            report: report.map(Report::of),
            shell,
        }
    }
}

impl Report {
    fn of(report: &BacktestReport) -> Self {
        let n = |by: &std::collections::BTreeMap<Conclusion, u64>, c| by.get(c).copied().unwrap_or(0);
        let most = report.then.values().chain(report.draft.values()).copied().max().unwrap_or(0).max(1);
        let bars = Conclusion::ALL.iter().zip(0u32..).map(|(c, i)| {
            let (then, draft) = (n(&report.then, c), n(&report.draft, c));
            let width = |count: u64| count * WIDEST / most;
            Bar {
                name: text::conclusion(*c),
                then,
                draft,
                y: i * 40,
                then_width: width(then),
                draft_width: width(draft),
            }
        });
        let a_day = |(then, draft): (f64, f64)| (format!("{then:.1}"), format!("{draft:.1}"));
        let row = |name: &str, counts: String, then: &Against, draft: &Against| AgainstRow {
            name: name.to_owned(),
            counts,
            then: figures(then),
            draft: figures(draft),
        };
        let policies = report.policies.iter().filter(|p| p.then != p.draft || p.sides.draft.judged > 0);
        Self {
            screenings: report.screenings,
            not_evaluable: report.not_evaluable,
            missing: report.missing.iter().map(|(m, n)| (m.clone(), *n)).collect(),
            days: format!("{:.1}", report.days),
            bars: bars.collect(),
            tasks: a_day(report.tasks_a_day),
            rejections: a_day(report.rejections_a_day),
            advertisers: report.advertisers,
            flips: report.flips.iter().map(flip).collect(),
            against: vec![
                row("Rejected without a person", String::new(), &report.rejects.then, &report.rejects.draft),
                row("Rejected, or shown to a person", String::new(), &report.catches.then, &report.catches.draft),
            ],
            policies: policies
                .map(|p| row(p.policy.as_str(), format!("{} → {}", p.then, p.draft), &p.sides.then, &p.sides.draft))
                .collect(),
            rules: report
                .rules
                .iter()
                .map(|r| RuleRow {
                    rule: r.rule.clone(),
                    hits: r.hits,
                    alone: r.alone,
                    broken: r.broken,
                    fine: r.fine,
                    unknown: r.unknown,
                    overlaps: r.overlaps.iter().map(|(o, n)| format!("{o} {n}")).collect::<Vec<_>>().join(", "),
                })
                .collect(),
            searched_again: report.searched_again.join(", "),
        }
    }
}

fn flip(flip: &Flip) -> FlipRow {
    FlipRow {
        from: text::conclusion(flip.from),
        from_tone: flip.from.tone(),
        to: text::conclusion(flip.to),
        to_tone: flip.to.tone(),
        n: flip.n,
        nearer: flip.nearer,
        farther: flip.farther,
        samples: flip
            .samples
            .iter()
            .map(|s| SampleRow { ad: s.ad.to_string(), human: s.human.map_or("not judged", text::conclusion) })
            .collect(),
    }
}

fn figures(a: &Against) -> Figures {
    Figures { judged: a.judged, broken: a.broken, precision: share(a.precision), recall: share(a.recall) }
}

/// `0.91 (0.88–0.94)`; a dash where the rows cannot say.
fn share(e: Option<Estimate>) -> String {
    e.map_or_else(|| "–".to_owned(), |e| format!("{} ({}–{})", score(e.value), score(e.low), score(e.high)))
}
