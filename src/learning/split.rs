//! Train, validation and held-out parts: near-duplicates and advertisers stay together, and a seed fixes the rest.
//!
//! Called by `flows::train` and `cli::train` before anything is embedded. It must never move a text between parts when
//! later labels join: a unit's oldest text decides, so hand examples in oldest first.

use super::{
    dedupe, hash,
    rows::{Example, Split},
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Units with more rows than this are left to training: boilerplate, of which one test row would cost hundreds.
const LARGEST_TESTED_UNIT: usize = 40;

/// Shares of validation and held-out; the rest trains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// Share of units for validation, 0 to 1.
    pub validation: f64,
    /// Share of units held out, 0 to 1.
    pub held_out: f64,
}

impl Default for Shares {
    fn default() -> Self {
        Self { validation: 0.15, held_out: 0.15 }
    }
}

/// The unit of every example, named by the index of its first member: near-duplicates and texts of one advertiser share one.
pub fn units(examples: &[Example]) -> Vec<u32> {
    let mut sets = dedupe::clusters(examples.iter().map(|e| e.text.as_str()));
    let mut first_of_group: HashMap<&str, u32> = HashMap::new();
    for (index, example) in examples.iter().enumerate() {
        if let Some(group) = &example.group {
            let first = *first_of_group.entry(group).or_insert(index as u32);
            sets.join(first, index as u32);
        }
    }
    (0..examples.len() as u32).map(|i| sets.find(i)).collect()
}

/// The part of every example. A unit that holds a written text trains, since nothing made up may be tested on.
pub fn assign(examples: &[Example], units: &[u32], shares: Shares, seed: u64) -> Vec<Split> {
    let written: HashSet<u32> =
        examples.iter().zip(units).filter(|(example, _)| example.written).map(|(_, unit)| *unit).collect();
    units
        .iter()
        .map(|unit| {
            let draw = hash::uniform(seed, examples[*unit as usize].text.as_bytes());
            if written.contains(unit) || draw >= shares.held_out + shares.validation {
                Split::Train
            } else if draw < shares.held_out {
                Split::HeldOut
            } else {
                Split::Validation
            }
        })
        .collect()
}

/// What a text can stand for in a stratified draw: a policy with its answer, or harmless.
type Stratum = (String, bool);

fn strata(example: &Example) -> impl Iterator<Item = Stratum> {
    let harmless = example.benign.then(|| (super::rows::BENIGN.to_owned(), false));
    example.marks.iter().map(|(policy, mark)| (policy.as_str().to_owned(), mark.breaks)).chain(harmless)
}

/// Draws `count` examples to hold out, at most one a unit, spread over policies and answers: the rare ones give at most
/// a fifth of their units, and what they leave open goes to the common ones. Returns indices in order. The rest of the
/// drawn units must not be trained on; see [`without_units`].
pub fn hold_out(examples: &[Example], units: &[u32], count: usize, seed: u64) -> Vec<usize> {
    let mut sizes: HashMap<u32, usize> = HashMap::new();
    for unit in units {
        *sizes.entry(*unit).or_default() += 1;
    }
    let mut members: BTreeMap<Stratum, Vec<(u64, usize)>> = BTreeMap::new();
    for (index, example) in examples.iter().enumerate() {
        if !example.written && sizes[&units[index]] <= LARGEST_TESTED_UNIT {
            let draw = hash::mix(hash::of_bytes(example.text.as_bytes()) ^ hash::mix(seed));
            strata(example).for_each(|s| members.entry(s).or_default().push((draw, index)));
        }
    }
    let mut pools: Vec<(Stratum, Vec<(u64, usize)>)> = members.into_iter().collect();
    pools.iter_mut().for_each(|(_, pool)| pool.sort_unstable());
    pools.sort_by_key(|(stratum, pool)| (pool.len(), stratum.clone()));

    let mut taken_units: HashSet<u32> = HashSet::new();
    let mut taken: Vec<usize> = Vec::new();
    let mut have: HashMap<Stratum, usize> = HashMap::new();
    let strata_count = pools.len();
    for (place, (stratum, pool)) in pools.iter().enumerate() {
        let open = count.saturating_sub(taken.len());
        let is_last = place + 1 == strata_count;
        let fair = open.div_ceil(strata_count - place);
        // Rows drawn earlier may already stand for this stratum (one text, several policies).
        let already = have.get(stratum).copied().unwrap_or(0);
        let quota = if is_last { open } else { fair.min((pool.len() / 5).saturating_sub(already)).min(open) };
        let mut drawn = 0;
        for (_, index) in pool {
            if drawn >= quota {
                break;
            }
            if taken_units.insert(units[*index]) {
                taken.push(*index);
                strata(&examples[*index]).for_each(|s| *have.entry(s).or_default() += 1);
                drawn += 1;
            }
        }
    }
    taken.sort_unstable();
    taken
}

/// Indices of the examples outside the units of `taken`.
pub fn without_units(units: &[u32], taken: &[usize]) -> Vec<usize> {
    let gone: HashSet<u32> = taken.iter().map(|i| units[*i]).collect();
    (0..units.len()).filter(|i| !gone.contains(&units[*i])).collect()
}

/// At most `cap` examples of every (policy, answer, source), by a seeded draw. An example stays if any of its answers
/// is within the cap. Returns indices in order.
pub fn cap(examples: &[Example], among: &[usize], cap: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<(u64, usize)> = among
        .iter()
        .map(|i| (hash::mix(hash::of_bytes(examples[*i].text.as_bytes()) ^ hash::mix(!seed)), *i))
        .collect();
    order.sort_unstable();
    let mut counts: HashMap<(Stratum, &str), usize> = HashMap::new();
    let mut kept: Vec<usize> = Vec::new();
    for (_, index) in order {
        let example = &examples[index];
        let open: Vec<Stratum> = strata(example)
            .filter(|s| counts.get(&(s.clone(), example.source.as_str())).copied().unwrap_or(0) < cap)
            .collect();
        if !open.is_empty() {
            strata(example).for_each(|s| *counts.entry((s, example.source.as_str())).or_default() += 1);
            kept.push(index);
        }
    }
    kept.sort_unstable();
    kept
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::learning::rows::Mark;

    fn example(text: &str, policy: &str, breaks: bool, group: Option<&str>) -> Example {
        Example {
            text: text.into(),
            marks: BTreeMap::from([(policy.parse().unwrap(), Mark { breaks, weight: 1.0 })]),
            benign: false,
            source: "set".into(),
            group: group.map(Into::into),
            written: false,
        }
    }

    fn many(n: usize) -> Vec<Example> {
        let word = |i: usize, salt: u64| format!("w{}", hash::mix(i as u64 * 7 + salt) % 5_000);
        (0..n)
            .map(|i| {
                let text: Vec<String> = (0..8).map(|s| word(i, s)).collect();
                example(&text.join(" "), if i % 10 == 0 { "rare" } else { "common" }, i % 3 == 0, None)
            })
            .collect()
    }

    #[test]
    fn an_advertisers_texts_and_near_duplicates_share_a_unit() {
        let examples = [
            example("one thing about shoes", "scam", true, Some("a")),
            example("quite another matter of tea", "scam", true, Some("a")),
            example("one thing about shoes!", "scam", false, Some("b")),
            example("nothing to do with it at all", "scam", false, None),
        ];
        assert_eq!(units(&examples), [0, 0, 0, 3]);
    }

    #[test]
    fn shares_hold_and_later_examples_move_nothing() {
        let examples = many(2_000);
        let units_then = units(&examples[..1_000]);
        let then = assign(&examples[..1_000], &units_then, Shares::default(), 7);
        let now = assign(&examples, &units(&examples), Shares::default(), 7);
        assert_eq!(then, now[..1_000]);
        let held_out = now.iter().filter(|s| **s == Split::HeldOut).count();
        assert!((240..360).contains(&held_out), "{held_out}");
    }

    #[test]
    fn written_texts_train() {
        let mut examples = many(300);
        examples.iter_mut().for_each(|e| e.written = true);
        let parts = assign(&examples, &units(&examples), Shares::default(), 7);
        assert!(parts.iter().all(|p| *p == Split::Train));
        assert!(hold_out(&examples, &units(&examples), 50, 7).is_empty());
    }

    #[test]
    fn the_held_out_draw_is_exact_spread_and_leaves_no_twin() {
        let examples = many(3_000);
        let units = units(&examples);
        let taken = hold_out(&examples, &units, 400, 11);
        assert_eq!(taken.len(), 400);
        assert_eq!(taken, hold_out(&examples, &units, 400, 11));
        let rare = taken.iter().filter(|i| examples[**i].marks.keys().any(|p| p.as_str() == "rare")).count();
        assert!((50..=62).contains(&rare), "a fifth of 300 at most, far over the 40 of a plain draw: {rare}");
        let rest = without_units(&units, &taken);
        let gone: HashSet<u32> = taken.iter().map(|i| units[*i]).collect();
        assert!(rest.iter().all(|i| !gone.contains(&units[*i])));
        assert!(cap(&examples, &rest, 100, 3).len() <= 400);
    }
}
