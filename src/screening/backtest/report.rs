//! From sums to a report: shares with intervals, figures a day, what is most frequent first.
//!
//! Called once, when all screenings are summed. It must never give a share without rows.

use super::tally::{Cells, Tally, TwoCells};
use crate::domain::{
    backtest::{Against, BacktestReport, Flip, PolicyReport, RuleReport, Sides, Window},
    metrics::Estimate,
    time::Millis,
    verdict::Conclusion,
};
use std::collections::BTreeMap;

/// Rules named beside one that they hold together with.
const OVERLAPS: usize = 5;

impl Tally {
    /// The report over all that was added.
    pub fn report(self, window: Window, searched_again: Vec<String>) -> BacktestReport {
        let span = match (self.first, self.last) {
            (Some(first), Some(last)) => last.since(first) as f64 / Millis::DAY as f64,
            _ => 0.0,
        };
        // What came in within an hour says nothing of a day: fewer than a day of screenings counts as one.
        let days = span.max(1.0);
        let a_day = |by: &BTreeMap<Conclusion, u64>, c| by.get(&c).copied().unwrap_or(0) as f64 / days;
        let mut flips: Vec<Flip> = self
            .flips
            .into_iter()
            .map(|((from, to), t)| Flip {
                from,
                to,
                n: t.n,
                nearer: t.nearer,
                farther: t.farther,
                samples: t.samples.into_values().collect(),
            })
            .collect();
        flips.sort_by(|a, b| b.n.cmp(&a.n).then(a.from.cmp(&b.from)).then(a.to.cmp(&b.to)));
        let mut rules: Vec<RuleReport> = self
            .rules
            .into_iter()
            .map(|(rule, t)| RuleReport {
                rule,
                hits: t.hits,
                unknown: t.unknown,
                alone: t.alone,
                broken: t.broken,
                fine: t.fine,
                overlaps: most_frequent(t.overlaps),
            })
            .collect();
        rules.sort_by(|a, b| b.hits.cmp(&a.hits).then_with(|| a.rule.cmp(&b.rule)));
        let touched = |which: fn(&super::tally::Touched) -> bool| {
            u64::try_from(self.advertisers.values().filter(|t| which(t)).count()).unwrap_or(u64::MAX)
        };
        BacktestReport {
            window,
            screenings: self.screenings,
            not_evaluable: self.not_evaluable,
            missing: self.missing,
            days,
            tasks_a_day: (a_day(&self.then, Conclusion::Review), a_day(&self.draft, Conclusion::Review)),
            rejections_a_day: (a_day(&self.then, Conclusion::Prohibited), a_day(&self.draft, Conclusion::Prohibited)),
            advertisers: (touched(|_| true), touched(|t| t.otherwise), touched(|t| t.worse)),
            then: self.then,
            draft: self.draft,
            flips,
            rejects: sides(&self.rejects),
            catches: sides(&self.catches),
            policies: self
                .policies
                .into_iter()
                .map(|(policy, t)| PolicyReport { policy, then: t.then, draft: t.draft, sides: sides(&t.cells) })
                .collect(),
            rules,
            searched_again,
        }
    }
}

fn most_frequent(overlaps: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> = overlaps.into_iter().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.truncate(OVERLAPS);
    all
}

fn sides(cells: &TwoCells) -> Sides {
    Sides { then: against(&cells.then), draft: against(&cells.draft) }
}

/// Precision and recall weighted by how likely each row was to be judged, with Wilson intervals over the effective
/// number of rows (Kish: the squared sum of weights over the sum of squared weights).
fn against(cells: &Cells) -> Against {
    let Cells { hit, false_alarm, miss, pass } = cells;
    let share = |others: &super::tally::Weighed| {
        let (w, w2) = (hit.w + others.w, hit.w2 + others.w2);
        (w > 0.0).then(|| Estimate::wilson(hit.w / w, w * w / w2)).flatten()
    };
    Against {
        judged: hit.n + false_alarm.n + miss.n + pass.n,
        broken: hit.n + miss.n,
        said: hit.n + false_alarm.n,
        precision: share(false_alarm),
        recall: share(miss),
    }
}
