//! Sums over judged screenings, made by many threads and merged.
//!
//! Called by `flows::backtest`. Merging in any order gives the same counts and samples (samples are ordered by id). It
//! must never count a screening that could not be evaluated.

use super::{Drafted, Human, Judged, StoredRow};
use crate::domain::{backtest::Sample, id::AdvertiserId, policy::PolicyCode, time::Millis, verdict::Conclusion};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Samples kept of each flip.
pub(super) const SAMPLES: usize = 20;

/// Rows with their weights: how many, the sum, and the sum of squares.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Weighed {
    pub(super) n: u32,
    pub(super) w: f64,
    pub(super) w2: f64,
}

impl Weighed {
    fn add(&mut self, probability: f64) {
        let weight = 1.0 / probability.clamp(1e-6, 1.0);
        self.n += 1;
        self.w += weight;
        self.w2 += weight * weight;
    }

    fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.w += other.w;
        self.w2 += other.w2;
    }
}

/// Said or not, by broken or not.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Cells {
    pub(super) hit: Weighed,
    pub(super) false_alarm: Weighed,
    pub(super) miss: Weighed,
    pub(super) pass: Weighed,
}

impl Cells {
    fn add(&mut self, said: bool, broken: bool, probability: f64) {
        match (said, broken) {
            (true, true) => &mut self.hit,
            (true, false) => &mut self.false_alarm,
            (false, true) => &mut self.miss,
            (false, false) => &mut self.pass,
        }
        .add(probability);
    }

    fn merge(&mut self, other: &Self) {
        self.hit.merge(other.hit);
        self.false_alarm.merge(other.false_alarm);
        self.miss.merge(other.miss);
        self.pass.merge(other.pass);
    }
}

/// As then, and as the draft.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct TwoCells {
    pub(super) then: Cells,
    pub(super) draft: Cells,
}

impl TwoCells {
    fn merge(&mut self, other: &Self) {
        self.then.merge(&other.then);
        self.draft.merge(&other.draft);
    }
}

/// One kind of flip.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct FlipTally {
    pub(super) n: u64,
    pub(super) nearer: u64,
    pub(super) farther: u64,
    /// Judged ones first, then by id.
    pub(super) samples: BTreeMap<(bool, uuid::Uuid), Sample>,
}

/// One policy.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct PolicyTally {
    pub(super) then: u64,
    pub(super) draft: u64,
    pub(super) cells: TwoCells,
}

/// One rule.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct RuleTally {
    pub(super) hits: u64,
    pub(super) unknown: u64,
    pub(super) alone: u64,
    pub(super) broken: u64,
    pub(super) fine: u64,
    pub(super) overlaps: BTreeMap<String, u64>,
}

/// What became of one advertiser's ads: whether any came out otherwise, and whether any came out worse.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Touched {
    pub(super) otherwise: bool,
    pub(super) worse: bool,
}

/// The sums so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    pub(super) screenings: u64,
    pub(super) not_evaluable: u64,
    pub(super) missing: BTreeMap<String, u64>,
    pub(super) first: Option<Millis>,
    pub(super) last: Option<Millis>,
    pub(super) then: BTreeMap<Conclusion, u64>,
    pub(super) draft: BTreeMap<Conclusion, u64>,
    pub(super) flips: BTreeMap<(Conclusion, Conclusion), FlipTally>,
    pub(super) rejects: TwoCells,
    pub(super) catches: TwoCells,
    pub(super) policies: BTreeMap<PolicyCode, PolicyTally>,
    pub(super) rules: BTreeMap<String, RuleTally>,
    pub(super) advertisers: HashMap<AdvertiserId, Touched>,
}

impl Tally {
    /// Adds one screening with what people said about it.
    pub fn add(&mut self, row: &StoredRow, judged: &Judged, human: &Human) {
        let drafted = match &judged.draft {
            Ok(drafted) => drafted,
            Err(missing) => {
                self.not_evaluable += 1;
                missing.iter().for_each(|m| *self.missing.entry(m.clone()).or_default() += 1);
                return;
            }
        };
        self.screenings += 1;
        self.first = Some(self.first.map_or(row.at, |f| f.min(row.at)));
        self.last = Some(self.last.map_or(row.at, |l| l.max(row.at)));
        let (then, now) = (judged.then, drafted.conclusion);
        *self.then.entry(then).or_default() += 1;
        *self.draft.entry(now).or_default() += 1;
        let touched = self.advertisers.entry(row.advertiser).or_default();
        touched.otherwise |= then != now;
        touched.worse |= now > then;
        if then != now {
            self.flip(row, then, now, human);
        }
        if let Some((decided, probability)) = human.decided {
            let broken = decided == Conclusion::Prohibited;
            let rejects = |c: Conclusion| c == Conclusion::Prohibited;
            let catches = |c: Conclusion| c >= Conclusion::Review;
            self.rejects.then.add(rejects(then), broken, probability);
            self.rejects.draft.add(rejects(now), broken, probability);
            self.catches.then.add(catches(then), broken, probability);
            self.catches.draft.add(catches(now), broken, probability);
        }
        self.policies(judged, drafted, human);
        self.rules(drafted, human);
    }

    fn flip(&mut self, row: &StoredRow, then: Conclusion, now: Conclusion, human: &Human) {
        let flip = self.flips.entry((then, now)).or_default();
        flip.n += 1;
        let decided = human.decided.map(|(c, _)| c);
        if let Some(decided) = decided {
            let (before, after) = (distance(then, decided), distance(now, decided));
            flip.nearer += u64::from(after < before);
            flip.farther += u64::from(after > before);
        }
        let sample = Sample { screening: row.screening, ad: row.ad, human: decided };
        flip.samples.insert((decided.is_none(), row.screening.0), sample);
        if flip.samples.len() > SAMPLES {
            flip.samples.pop_last();
        }
    }

    fn policies(&mut self, judged: &Judged, drafted: &Drafted, human: &Human) {
        let found: BTreeSet<&PolicyCode> = judged.found_then.iter().chain(&drafted.found).collect();
        for policy in found {
            let tally = self.policies.entry(policy.clone()).or_default();
            tally.then += u64::from(judged.found_then.contains(policy));
            tally.draft += u64::from(drafted.found.contains(policy));
        }
        for (policy, broken, probability) in &human.labels {
            let cells = &mut self.policies.entry(policy.clone()).or_default().cells;
            cells.then.add(judged.found_then.contains(policy), *broken, *probability);
            cells.draft.add(drafted.found.contains(policy), *broken, *probability);
        }
    }

    fn rules(&mut self, drafted: &Drafted, human: &Human) {
        for rule in &drafted.unknown {
            self.rules.entry(rule.clone()).or_default().unknown += 1;
        }
        for rule in &drafted.holds {
            let tally = self.rules.entry(rule.clone()).or_default();
            tally.hits += 1;
            tally.alone += u64::from(drafted.holds.len() == 1);
            for other in drafted.holds.iter().filter(|o| *o != rule) {
                *tally.overlaps.entry(other.clone()).or_default() += 1;
            }
            let policy = rule.split_once('/').map_or("", |(policy, _)| policy);
            if let Some((_, broken, _)) = human.labels.iter().find(|(p, ..)| p.as_str() == policy) {
                tally.broken += u64::from(*broken);
                tally.fine += u64::from(!*broken);
            }
        }
    }

    /// Adds what another thread summed.
    pub fn merge(mut self, other: Self) -> Self {
        self.screenings += other.screenings;
        self.not_evaluable += other.not_evaluable;
        sum(&mut self.missing, other.missing);
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = [self.last, other.last].into_iter().flatten().max();
        sum(&mut self.then, other.then);
        sum(&mut self.draft, other.draft);
        for (key, flip) in other.flips {
            let own = self.flips.entry(key).or_default();
            own.n += flip.n;
            own.nearer += flip.nearer;
            own.farther += flip.farther;
            own.samples.extend(flip.samples);
            while own.samples.len() > SAMPLES {
                own.samples.pop_last();
            }
        }
        self.rejects.merge(&other.rejects);
        self.catches.merge(&other.catches);
        for (policy, tally) in other.policies {
            let own = self.policies.entry(policy).or_default();
            own.then += tally.then;
            own.draft += tally.draft;
            own.cells.merge(&tally.cells);
        }
        for (rule, tally) in other.rules {
            let own = self.rules.entry(rule).or_default();
            own.hits += tally.hits;
            own.unknown += tally.unknown;
            own.alone += tally.alone;
            own.broken += tally.broken;
            own.fine += tally.fine;
            sum(&mut own.overlaps, tally.overlaps);
        }
        for (advertiser, touched) in other.advertisers {
            let own = self.advertisers.entry(advertiser).or_default();
            own.otherwise |= touched.otherwise;
            own.worse |= touched.worse;
        }
        self
    }
}

fn sum<K: Ord>(into: &mut BTreeMap<K, u64>, from: BTreeMap<K, u64>) {
    for (key, n) in from {
        *into.entry(key).or_default() += n;
    }
}

/// How far two conclusions lie apart, in steps of their order.
fn distance(a: Conclusion, b: Conclusion) -> u8 {
    let place = |c: Conclusion| match c {
        Conclusion::Approve => 0u8,
        Conclusion::Limited => 1,
        Conclusion::Review => 2,
        Conclusion::Prohibited => 3,
    };
    place(a).abs_diff(place(b))
}
