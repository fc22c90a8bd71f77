//! How near an ad's text comes in meaning to lists of examples: the cosine of their vectors.
//!
//! Called around the engine by the flow, which embeds the examples once a release and encoder. It must never turn a
//! missing vector or language into a number, nor depend on the order of examples.

use super::scores::ScoreText;
use crate::{
    domain::{
        policy::{List, ListKind},
        signal::{Cause, Reading, Similarity},
        time::Millis,
    },
    inference::Embedding,
};
use std::collections::BTreeMap;

/// Characters of an example that evidence shows.
const SHOWN: usize = 120;

/// Lists of examples by name, as vectors; a cause for one whose examples could not be embedded.
pub type Banks = BTreeMap<String, Result<Vec<Example>, Cause>>;

/// One example.
#[derive(Debug, Clone)]
pub struct Example {
    text: String,
    negative: bool,
    until: Option<Millis>,
    vectors: Embedding,
}

fn wanted<'l>(lists: &'l [List], names: &'l [String]) -> impl Iterator<Item = &'l List> {
    lists.iter().filter(|l| l.kind == ListKind::Examples && names.contains(&l.name))
}

/// The texts of the lists with these names.
pub fn example_texts(lists: &[List], names: &[String]) -> Vec<String> {
    wanted(lists, names).flat_map(|l| &l.entries).map(|e| e.value.trim().to_owned()).collect()
}

/// The lists with these names, their vectors looked up by text.
pub fn banks(lists: &[List], names: &[String], vectors: impl Fn(&str) -> Result<Embedding, Cause>) -> Banks {
    let example = |entry: &crate::domain::policy::ListEntry| {
        let text = entry.value.trim().to_owned();
        let vectors = vectors(&text)?;
        Ok(Example { text, negative: entry.negative, until: entry.until, vectors })
    };
    wanted(lists, names).map(|list| (list.name.clone(), list.entries.iter().map(example).collect())).collect()
}

/// Likeness to each bank. `texts` are what was embedded, with their vectors in `found`, or the cause why there are none.
pub(super) fn similarities(
    found: &Result<(&[ScoreText], &[Embedding]), Cause>,
    banks: &Banks,
    at: Millis,
) -> BTreeMap<String, Reading<Similarity>> {
    let reading = |examples: &Result<Vec<Example>, Cause>| match (found, examples) {
        (Err(cause), _) | (_, Err(cause)) => Reading::Unavailable(*cause),
        (Ok((texts, vectors)), Ok(_)) if texts.len() != vectors.len() => Reading::Unavailable(Cause::Failed),
        (Ok((texts, vectors)), Ok(examples)) => nearest(texts, vectors, examples, at),
    };
    banks.iter().map(|(list, examples)| (list.clone(), reading(examples))).collect()
}

/// The nearest example over all texts. A text that is nearer to a negative example counts for nothing: 0.
fn nearest(texts: &[ScoreText], vectors: &[Embedding], examples: &[Example], at: Millis) -> Reading<Similarity> {
    let mut best: Option<Similarity> = None;
    for (text, windows) in texts.iter().zip(vectors) {
        let mut of_text: Option<(f64, &Example)> = None;
        for example in examples.iter().filter(|e| e.until.is_none_or(|until| at < until)) {
            let Some(value) = cosine(windows, &example.vectors) else { return Reading::Unavailable(Cause::Failed) };
            // Between two that are equally near: the negative one, then the text that sorts first.
            let before = |(best, other): (f64, &Example)| {
                value > best || value == best && (!example.negative, &example.text) < (!other.negative, &other.text)
            };
            if of_text.is_none_or(before) {
                of_text = Some((value, example));
            }
        }
        let Some((value, example)) = of_text else { continue };
        let value = if example.negative { 0.0 } else { value };
        if best.as_ref().is_none_or(|b| value > b.value) {
            best = Some(Similarity { value, example: example.text.chars().take(SHOWN).collect(), field: text.field });
        }
    }
    best.map_or(Reading::Unavailable(Cause::NothingToMeasure), Reading::Known)
}

/// The highest cosine of any window of the one with any of the other; `None` where a vector went wrong.
fn cosine(a: &Embedding, b: &Embedding) -> Option<f64> {
    let mut highest: Option<f64> = None;
    for a in a.iter() {
        for b in b.iter() {
            // In order and in f64: the same bits on every machine.
            let dot: f64 = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            if !dot.is_finite() || a.len() != b.len() {
                return None;
            }
            highest = Some(highest.map_or(dot, |h| h.max(dot)));
        }
    }
    highest.map(|h| h.clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        domain::{ad::TextField, policy::ListEntry},
        screening::signals::Variant,
    };
    use std::sync::Arc;

    fn list(entries: &[(&str, bool, Option<i64>)]) -> List {
        let entry = |(value, negative, until): &(&str, bool, Option<i64>)| ListEntry {
            value: (*value).into(),
            negative: *negative,
            note: String::new(),
            until: until.map(Millis),
        };
        List { name: "known".into(), kind: ListKind::Examples, entries: entries.iter().map(entry).collect() }
    }

    /// A text's vector is its angle in degrees.
    fn vector(text: &str) -> Result<Embedding, Cause> {
        let angle: f32 = text.trim().parse::<f32>().map_err(|_| Cause::Failed)?.to_radians();
        Ok(Arc::new(vec![vec![angle.cos(), angle.sin()]]))
    }

    fn measured(angles: &[&str], bank: &List, at: i64) -> Reading<Similarity> {
        let text = |angle: &&str| ScoreText { field: TextField::Body, variant: Variant::Raw, text: (*angle).into() };
        let texts: Vec<ScoreText> = angles.iter().map(text).collect();
        let vectors: Vec<Embedding> = angles.iter().map(|a| vector(a).unwrap()).collect();
        let banks = banks(std::slice::from_ref(bank), &["known".into()], vector);
        similarities(&Ok((&texts, &vectors)), &banks, Millis(at))["known"].clone()
    }

    #[test]
    fn the_nearest_example_counts_unless_it_is_negative_or_over() {
        let bank = list(&[("0", false, None), ("90", false, Some(10)), ("40", true, None)]);
        let known = |angles: &[&str], at| measured(angles, &bank, at).known().cloned().unwrap();
        let near = known(&["10"], 5);
        assert!((near.value - 10f64.to_radians().cos()).abs() < 1e-6 && near.example == "0", "{near:?}");
        assert!((known(&["85"], 5).value - 5f64.to_radians().cos()).abs() < 1e-6);
        // The example has ended: the negative one is nearest.
        assert_eq!((known(&["85"], 10).value, known(&["85"], 10).example.as_str()), (0.0, "40"));
        assert_eq!(known(&["35"], 5).value, 0.0);
        assert_eq!(known(&["35", "10"], 5), near);
    }

    #[test]
    fn what_is_missing_is_no_likeness() {
        let bank = list(&[("0", false, Some(10))]);
        assert_eq!(measured(&["0"], &bank, 10), Reading::Unavailable(Cause::NothingToMeasure));
        assert_eq!(measured(&[], &bank, 5), Reading::Unavailable(Cause::NothingToMeasure));
        assert_eq!(measured(&["0"], &list(&[("no angle", false, None)]), 5), Reading::Unavailable(Cause::Failed));
        let banks = banks(&[bank], &["known".into()], vector);
        let none = similarities(&Err(Cause::LanguageNotCovered), &banks, Millis(5));
        assert_eq!(none["known"], Reading::Unavailable(Cause::LanguageNotCovered));
    }
}
