//! Classifier scores of an ad: which texts are scored, and one calibrated score a policy from their vectors.
//!
//! Called around the engine by the flow. It must never turn a missing vector, head or language into a score.

use crate::{
    domain::{
        ad::TextField,
        policy::PolicyCode,
        signal::{Cause, FieldScore, PolicyScore, Reading},
    },
    inference::{Embedding, Grams, Head, Heads, grams},
};
use std::collections::{BTreeMap, BTreeSet};

/// Which reading of a field a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As submitted; also the normalised one where nothing changed.
    Raw,
    /// As normalised.
    Normalised,
}

/// A text to be scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreText {
    /// The field.
    pub field: TextField,
    /// Which reading.
    pub variant: Variant,
    /// The text.
    pub text: String,
}

/// The texts to score: headline and body, and all together where the ad has more than one text; each normalised too
/// where that changes it. `texts` are field, raw and normalised text.
pub(super) fn texts_to_score<'a>(texts: impl Iterator<Item = (TextField, &'a str, &'a str)>) -> Vec<ScoreText> {
    let mut chosen = Vec::new();
    for (field, raw, normalised) in texts {
        if raw.trim().is_empty() {
            continue;
        }
        chosen.push(ScoreText { field, variant: Variant::Raw, text: raw.to_owned() });
        if normalised != raw && !normalised.trim().is_empty() {
            chosen.push(ScoreText { field, variant: Variant::Normalised, text: normalised.to_owned() });
        }
    }
    chosen
}

/// What there is to score with.
pub(super) enum Scoring<'a> {
    /// Vectors of the chosen texts, in their order.
    Vectors(&'a [ScoreText], &'a [Embedding]),
    /// Nothing, and why.
    None(Cause),
}

/// Scores under every head there is, and a cause for every head that is wanted and has none.
pub(super) fn scores(
    scoring: &Scoring<'_>,
    heads: Option<&Heads>,
    wanted: &[PolicyCode],
) -> BTreeMap<PolicyCode, Reading<PolicyScore>> {
    let known = heads.map(|h| &h.heads);
    // Counted once for all heads; a head that reads none passes over them.
    let counted: Vec<Vec<Grams>> = match scoring {
        Scoring::Vectors(texts, vectors) => {
            let reads = heads.is_some_and(Heads::reads_grams);
            let count = |(text, windows): (&ScoreText, &Embedding)| match reads {
                true => grams::of_windows(&text.text, windows.len()),
                false => vec![Grams::default(); windows.len()],
            };
            texts.iter().zip(*vectors).map(count).collect()
        }
        Scoring::None(_) => Vec::new(),
    };
    let codes: BTreeSet<&PolicyCode> = known.into_iter().flat_map(BTreeMap::keys).chain(wanted).collect();
    let reading = |code: &PolicyCode| match (known.and_then(|heads| heads.get(code)), scoring) {
        (None, _) => Reading::Unavailable(Cause::NoModel),
        (Some(_), Scoring::None(cause)) => Reading::Unavailable(*cause),
        (Some(head), Scoring::Vectors(texts, vectors)) => score(head, texts, vectors, &counted),
    };
    codes.into_iter().map(|code| (code.clone(), reading(code))).collect()
}

fn score(head: &Head, texts: &[ScoreText], vectors: &[Embedding], counted: &[Vec<Grams>]) -> Reading<PolicyScore> {
    if texts.len() != vectors.len() {
        return Reading::Unavailable(Cause::Failed);
    }
    let mut fields: Vec<FieldScore> = Vec::new();
    for ((text, windows), grams) in texts.iter().zip(vectors).zip(counted) {
        let windows = windows.iter().zip(grams).map(|(window, grams)| head.probability(window, grams));
        // A maximum passes over NaN, and a vector gone wrong must not pass for a low score.
        let Some(value) =
            windows.reduce(|a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }).filter(|v| v.is_finite())
        else {
            return Reading::Unavailable(Cause::Failed);
        };
        match fields.iter_mut().find(|f| f.field == text.field) {
            Some(field) => field.normalised = value,
            None => fields.push(FieldScore { field: text.field, raw: value, normalised: value }),
        }
    }
    let highest = |f: &FieldScore| f.raw.max(f.normalised);
    let Some(first) = fields.first() else { return Reading::Unavailable(Cause::NothingToMeasure) };
    let best = fields.iter().fold(first, |best, f| if highest(f) > highest(best) { f } else { best });
    let gap = fields.iter().map(|f| f.normalised - f.raw).fold(f64::NEG_INFINITY, f64::max);
    Reading::Known(PolicyScore { value: highest(best), field: best.field, gap, fields })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::{
        domain::digest::Digest,
        inference::{GramWeights, Platt},
    };
    use std::sync::Arc;

    fn heads() -> Heads {
        let (grams, calibration) = (GramWeights::default(), Platt::default());
        let head = Head { weights: vec![1.0, 0.0], grams, bias: 0.0, calibration };
        Heads { encoder: Digest::of(b"encoder"), dimensions: 2, heads: BTreeMap::from([(code("adult"), head)]) }
    }

    fn code(code: &str) -> PolicyCode {
        code.parse().unwrap()
    }

    fn vectors(values: &[&[f32]]) -> Vec<Embedding> {
        values.iter().map(|windows| Arc::new(windows.iter().map(|x| vec![*x, 0.0]).collect())).collect()
    }

    fn logistic(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    #[test]
    fn the_highest_window_field_and_variant_counts() {
        let texts = texts_to_score(
            [
                (TextField::Headline, "fr33", "free"),
                (TextField::Body, "plain", "plain"),
                (TextField::AltText, " ", " "),
            ]
            .into_iter(),
        );
        assert_eq!(texts.len(), 3);
        let vectors = vectors(&[&[-1.0, 0.0], &[2.0], &[1.0]]);
        let found = scores(&Scoring::Vectors(&texts, &vectors), Some(&heads()), &[code("adult"), code("scam")]);
        let score = found[&code("adult")].known().unwrap();
        assert_eq!((score.value, score.field, score.gap), (logistic(2.0), TextField::Headline, logistic(2.0) - 0.5));
        assert_eq!(
            score.fields[1],
            FieldScore { field: TextField::Body, raw: logistic(1.0), normalised: logistic(1.0) }
        );
        assert_eq!(found[&code("scam")], Reading::Unavailable(Cause::NoModel));
    }

    #[test]
    fn what_is_missing_is_no_score() {
        let texts = texts_to_score([(TextField::Body, "a", "a")].into_iter());
        let adult = |scoring: &Scoring<'_>, heads: Option<&Heads>| {
            scores(scoring, heads, &[code("adult")])[&code("adult")].clone()
        };
        let heads = heads();
        for (scoring, heads, cause) in [
            (Scoring::None(Cause::LanguageNotCovered), Some(&heads), Cause::LanguageNotCovered),
            (Scoring::None(Cause::TimedOut), Some(&heads), Cause::TimedOut),
            (Scoring::None(Cause::TimedOut), None, Cause::NoModel),
            (Scoring::Vectors(&texts, &[]), Some(&heads), Cause::Failed),
            (Scoring::Vectors(&texts, &vectors(&[&[]])), Some(&heads), Cause::Failed),
            (Scoring::Vectors(&texts, &vectors(&[&[f32::NAN]])), Some(&heads), Cause::Failed),
            (Scoring::Vectors(&[], &[]), Some(&heads), Cause::NothingToMeasure),
        ] {
            assert_eq!(adult(&scoring, heads), Reading::Unavailable(cause));
        }
    }
}
