//! The rows of one run over an installation's labels: what was judged there, what is brought along, and harmless texts
//! of our own, split so that later runs split alike.
//!
//! Called by `flows::train` before anything is embedded. It must never train on a text brought along only to be
//! measured on, nor on its near-duplicates.

use super::{
    import,
    rows::{self, BENIGN, Example, Split, Statement},
    split::{self, Shares},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};

/// Harmless ads written for Adjudge: negatives for a policy about which nothing but its breaches is known yet.
const HARMLESS: &str = include_str!("../../models/benign-pool.jsonl");

/// Examples with part and unit, oldest first.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// Example, part, unit.
    pub examples: Vec<(Example, Split, u32)>,
    /// How they were split, for the card.
    pub split: String,
}

/// Merges and splits. `judged` comes oldest first, so that a text keeps its part from run to run; `imported` may train;
/// `held_out` is only measured on.
pub fn corpus(judged: Vec<Statement>, imported: &[Statement], held_out: &[Statement], seed: u64) -> Corpus {
    // The pool is part of the build and its test reads it; a line that cannot be read would only be missing.
    let harmless = import::read(HARMLESS.as_bytes()).unwrap_or_default();
    let only_measured: HashSet<&str> = held_out.iter().map(|s| s.text.trim()).collect();
    let mut statements = judged;
    statements.extend(imported.iter().cloned());
    statements.extend(harmless);
    statements.extend(held_out.iter().cloned());
    let examples = rows::merge(&statements);
    let units = split::units(&examples);
    let shares = Shares::default();
    let parts = split::assign(&examples, &units, shares, seed);
    let measured = |e: &Example| only_measured.contains(e.text.as_str());
    let measured_units: HashSet<u32> =
        examples.iter().zip(&units).filter(|(e, _)| measured(e)).map(|(_, unit)| *unit).collect();
    let placed = examples.into_iter().zip(parts).zip(units);
    let examples: Vec<_> = placed
        .filter_map(|((example, part), unit)| match measured(&example) {
            true => Some((example, Split::HeldOut, unit)),
            // A near-duplicate of a row that is only measured on may neither train nor choose.
            false => (part == Split::HeldOut || !measured_units.contains(&unit)).then_some((example, part, unit)),
        })
        .collect();
    let extra = if only_measured.is_empty() {
        String::new()
    } else {
        format!(", and {} rows brought along only to be measured on", only_measured.len())
    };
    let split = format!(
        "by near-duplicate cluster and advertiser, seeded: {:.0} % held out, {:.0} % validation, the rest trains{extra}; \
         written texts train only",
        shares.held_out * 100.0,
        shares.validation * 100.0,
    );
    Corpus { examples, split }
}

impl Corpus {
    /// Rows by policy, part and answer.
    pub fn counts(&self) -> Value {
        let mut counts: BTreeMap<String, BTreeMap<&str, [u32; 2]>> = BTreeMap::new();
        for (example, part, _) in &self.examples {
            let mut count = |policy: String, breaks: bool| {
                counts.entry(policy).or_default().entry(part.as_str()).or_default()[usize::from(breaks)] += 1;
            };
            example.marks.iter().for_each(|(policy, mark)| count(policy.to_string(), mark.breaks));
            if example.benign {
                count(BENIGN.to_owned(), false);
            }
        }
        counts
            .into_iter()
            .map(|(policy, parts)| {
                let parts: BTreeMap<&str, Value> =
                    parts.into_iter().map(|(part, [no, yes])| (part, json!({"no": no, "yes": yes}))).collect();
                (policy, json!(parts))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn said(text: &str, breaks: bool) -> Statement {
        Statement {
            text: text.into(),
            policy: Some("gambling".parse().unwrap()),
            breaks,
            weight: 1.0,
            source: "judgement".into(),
            group: None,
            written: false,
        }
    }

    #[test]
    fn every_harmless_text_is_readable_and_trains() {
        assert!(import::read(HARMLESS.as_bytes()).unwrap().len() >= 300);
        let corpus = corpus(vec![], &[], &[], 1);
        assert!(corpus.examples.len() >= 300);
        assert!(corpus.examples.iter().all(|(e, part, _)| e.benign && e.written && *part == Split::Train));
    }

    #[test]
    fn rows_to_be_measured_on_take_their_near_duplicates_out_of_training() {
        let judged =
            vec![said("Spin the wheel and win big tonight at Lucky Palace", true), said("Quiet tea house", false)];
        let held_out = [said("spin the wheel and win big tonight at lucky palace!", true)];
        let corpus = corpus(judged, &[], &held_out, 1);
        let part_of = |text: &str| corpus.examples.iter().find(|(e, ..)| e.text == text).map(|(_, part, _)| *part);
        assert_eq!(part_of("spin the wheel and win big tonight at lucky palace!"), Some(Split::HeldOut));
        assert!(part_of("Spin the wheel and win big tonight at Lucky Palace").is_none_or(|p| p == Split::HeldOut));
        assert!(part_of("Quiet tea house").is_some());
    }
}
