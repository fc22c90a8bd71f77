//! What a draft would have concluded about stored screenings, beside what was concluded and what people said.
//!
//! Made by `screening::backtest`, stored by `flows::backtest`, drawn by the Releases pages. It must never hold a figure
//! without its counts, nor one over screenings that could not be evaluated.

use super::{
    id::{AdId, ScreeningId},
    metrics::Estimate,
    policy::PolicyCode,
    time::Millis,
    verdict::Conclusion,
};
use crate::named_enum;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

named_enum!(
    /// Life of a backtest.
    BacktestState {
        /// Waits or runs.
        Running = "running",
        /// Has a report.
        Done = "done",
        /// Somebody stopped it.
        Cancelled = "cancelled",
        /// Could not run; the notice says why.
        Failed = "failed",
    }
);

/// Which screenings: the newest of each revision made in a window, the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// From this moment on.
    pub from: Millis,
    /// Before this moment.
    pub to: Millis,
    /// At most so many.
    pub most: u64,
}

/// How one way of concluding does against people, over judged screenings weighted by how likely they were to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// Judged screenings.
    pub judged: u32,
    /// Those that people found broken.
    pub broken: u32,
    /// Those that it says are.
    pub said: u32,
    /// Share of what it says is broken that people found so.
    pub precision: Option<Estimate>,
    /// Share of what people found broken that it says is.
    pub recall: Option<Estimate>,
}

/// The same judged screenings, concluded as then and as the draft does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sides {
    /// As it was concluded.
    pub then: Against,
    /// As the draft concludes.
    pub draft: Against,
}

/// One screening to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The screening.
    pub screening: ScreeningId,
    /// Its ad.
    pub ad: AdId,
    /// What people decided, where they did.
    pub human: Option<Conclusion>,
}

/// Screenings that came out as `from` then and as `to` under the draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flip {
    /// As concluded.
    pub from: Conclusion,
    /// As the draft concludes.
    pub to: Conclusion,
    /// How many.
    pub n: u64,
    /// Of those that people decided: where the draft is nearer to them than what was concluded.
    pub nearer: u64,
    /// Of those: where it is farther off.
    pub farther: u64,
    /// Some of them, judged ones first.
    pub samples: Vec<Sample>,
}

/// One policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyReport {
    /// Its code.
    pub policy: PolicyCode,
    /// Screenings with a finding of it that asks for something, as concluded.
    pub then: u64,
    /// The same under the draft.
    pub draft: u64,
    /// Against labels of people.
    pub sides: Sides,
}

/// One rule of the draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleReport {
    /// Its name.
    pub rule: String,
    /// Screenings in which it holds.
    pub hits: u64,
    /// Screenings in which it is unknown.
    pub unknown: u64,
    /// Of its hits: those in which no other rule that asks for something holds.
    pub alone: u64,
    /// Of its hits: those that people found broken, and those they found fine.
    pub broken: u64,
    /// See `broken`.
    pub fine: u64,
    /// Other rules that hold together with it, the most frequent first.
    pub overlaps: Vec<(String, u64)>,
}

/// The whole result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestReport {
    /// The window asked for.
    pub window: Window,
    /// Screenings evaluated.
    pub screenings: u64,
    /// Those that could not be: what a rule needs was not stored then.
    pub not_evaluable: u64,
    /// What was missing, with how often.
    pub missing: BTreeMap<String, u64>,
    /// Days between the first and the last of them, at least one.
    pub days: f64,
    /// Conclusions as then, by name.
    pub then: BTreeMap<Conclusion, u64>,
    /// Conclusions of the draft, by name.
    pub draft: BTreeMap<Conclusion, u64>,
    /// What came out otherwise, the most frequent first.
    pub flips: Vec<Flip>,
    /// Against people's decisions: what is rejected without a person.
    pub rejects: Sides,
    /// Against people's decisions: what is rejected or shown to a person.
    pub catches: Sides,
    /// Rounds that would be opened a day, as then and under the draft.
    pub tasks_a_day: (f64, f64),
    /// Rejections without a person a day, as then and under the draft.
    pub rejections_a_day: (f64, f64),
    /// Advertisers in the window, those with any ad that comes out otherwise, and those with one that comes out worse.
    pub advertisers: (u64, u64, u64),
    /// By policy.
    pub policies: Vec<PolicyReport>,
    /// By rule: those that hold or are unknown somewhere, the most frequent first.
    pub rules: Vec<RuleReport>,
    /// Lists that the draft changes: their entries were looked for again in the stored texts.
    pub searched_again: Vec<String>,
}
