//! Signals: what is measured about an ad, each with a cause where it cannot be.
//!
//! Called by the screening flow in three steps: `measure` (texts, lists, language), the engine's vectors for
//! `texts_to_score`, `finish`. Pure: the flow fetches and embeds. It must never conclude anything; rules do.

mod folded;
pub mod language;
mod language_tables;
#[cfg(test)]
mod language_tests;
pub mod likeness;
pub mod lists;
#[cfg(test)]
mod lists_tests;
mod phrases;
pub mod scores;
mod words;

pub use likeness::Banks;
pub use lists::{CompiledLists, FieldText, ListError};
pub use scores::{ScoreText, Variant};
pub use words::WordShare;

use super::normalise::{Normalised, normalise_url, normalise_within};
use crate::{
    domain::{
        ad::{AdContent, TextField},
        place::Language,
        policy::PolicyCode,
        signal::{Cause, DetectedLanguage, Engine, ListMatch, NormalisedText, Reading, Signals},
        time::Millis,
    },
    inference::{Embedding, Heads},
};
use scores::Scoring;

/// Fields that are read as one, in the order they are shown.
const JOINED: [TextField; 3] = [TextField::Headline, TextField::Body, TextField::CallToAction];

/// One field's texts.
#[derive(Debug, Clone)]
struct Text {
    field: TextField,
    raw: String,
    normalised: Normalised,
}

/// What can be measured without a model.
#[derive(Debug, Clone)]
pub struct Measured {
    texts: Vec<Text>,
    joined_raw: String,
    joined_normalised: String,
    /// When: entries of lists that have ended by then do not count.
    at: Millis,
    /// List entries found.
    pub matches: Vec<ListMatch>,
    /// Language of the joined, normalised text.
    pub language: Reading<DetectedLanguage>,
}

/// Normalises an ad's texts, finds list entries in them that have not expired at `at`, and tells their language.
pub fn measure(content: &AdContent, advertiser_external_id: &str, lists: &CompiledLists, at: Millis) -> Measured {
    let texts = texts_of(content);
    let matches = matches_in(&texts, content, advertiser_external_id, lists, at);
    let joined_normalised = joined(&texts, |t| &t.normalised.text);
    let speaks = if joined_normalised.trim().is_empty() {
        normalised_of(&texts, TextField::AltText)
    } else {
        &joined_normalised
    };
    let language = language::detect(speaks);
    Measured { joined_raw: joined(&texts, |t| &t.raw), joined_normalised, texts, at, matches, language }
}

/// List entries in an ad's texts, without anything else that is measured: for lists that are tried on stored ads.
pub fn list_matches(
    content: &AdContent,
    advertiser_external_id: &str,
    lists: &CompiledLists,
    at: Millis,
) -> Vec<ListMatch> {
    matches_in(&texts_of(content), content, advertiser_external_id, lists, at)
}

fn matches_in(
    texts: &[Text],
    content: &AdContent,
    advertiser: &str,
    lists: &CompiledLists,
    at: Millis,
) -> Vec<ListMatch> {
    let field_texts: Vec<FieldText<'_>> =
        texts.iter().map(|t| FieldText { field: t.field, raw: &t.raw, normalised: &t.normalised }).collect();
    lists.matches(content, advertiser, &field_texts, at)
}

fn texts_of(content: &AdContent) -> Vec<Text> {
    let shown = [TextField::Headline, TextField::Body, TextField::CallToAction, TextField::AltText];
    let raw: Vec<(TextField, String)> =
        shown.into_iter().map(|field| (field, content.text(field))).filter(|(_, text)| !text.is_empty()).collect();
    let mut texts: Vec<Text> = Vec::with_capacity(raw.len() + 1);
    for (field, text) in &raw {
        // A word that looks Latin is judged by all the ad says.
        let others: Vec<&str> = raw.iter().filter(|(f, _)| f != field).map(|(_, t)| t.as_str()).collect();
        texts.push(Text { field: *field, raw: text.clone(), normalised: normalise_within(text, &others) });
    }
    if let Some(url) = &content.landing_url {
        texts.push(Text { field: TextField::LandingUrl, raw: url.clone(), normalised: normalise_url(url) });
    }
    texts
}

fn joined(texts: &[Text], reading: impl Fn(&Text) -> &str) -> String {
    let parts = texts.iter().filter(|t| JOINED.contains(&t.field)).map(reading).filter(|t| !t.is_empty());
    parts.collect::<Vec<_>>().join("\n")
}

fn normalised_of(texts: &[Text], field: TextField) -> &str {
    texts.iter().find(|t| t.field == field).map(|t| t.normalised.text.as_str()).unwrap_or_default()
}

impl Measured {
    /// The texts to embed, for an encoder that covers `languages`; none where it does not read this ad's language. Their
    /// vectors go to [`Measured::finish`] in this order.
    pub fn texts_to_score(&self, languages: &[Language]) -> Vec<ScoreText> {
        if !language::covered(&self.language, languages) {
            return Vec::new();
        }
        let single = self.texts.iter().filter(|t| matches!(t.field, TextField::Headline | TextField::Body));
        let single = single.map(|t| (t.field, t.raw.as_str(), t.normalised.text.as_str()));
        let shown = self.texts.iter().filter(|t| JOINED.contains(&t.field)).count();
        let alone = self.texts.iter().any(|t| t.field == TextField::CallToAction) && shown == 1;
        let joined = (shown > 1 || alone).then_some((
            TextField::Joined,
            self.joined_raw.as_str(),
            self.joined_normalised.as_str(),
        ));
        scores::texts_to_score(single.chain(joined))
    }

    /// The signals: what was measured, and scores from the vectors of [`Measured::texts_to_score`] or the cause why there
    /// are none.
    ///
    /// `languages` are those the encoder covers; `wanted` are the heads that rules ask for, `banks` the lists of examples.
    pub fn finish(
        self,
        embeddings: Result<Vec<Embedding>, Cause>,
        languages: &[Language],
        heads: Option<&Heads>,
        wanted: &[PolicyCode],
        banks: &Banks,
        engine: Engine,
    ) -> Signals {
        let texts = self.texts_to_score(languages);
        let found = match (&self.language, &embeddings) {
            (Reading::Unavailable(cause), _) => Err(*cause),
            (language, _) if !language::covered(language, languages) => Err(Cause::LanguageNotCovered),
            (_, Ok(vectors)) => Ok((texts.as_slice(), vectors.as_slice())),
            (_, Err(cause)) => Err(*cause),
        };
        let similarities = likeness::similarities(&found, banks, self.at);
        let scoring = match found {
            Ok((texts, vectors)) => Scoring::Vectors(texts, vectors),
            Err(cause) => Scoring::None(cause),
        };
        let scores = scores::scores(&scoring, heads, wanted);
        Signals {
            engine,
            texts: self.normalised_texts(),
            language: self.language,
            scores,
            matches: self.matches,
            similarities,
        }
    }

    /// Normalised texts of every field that has one, the joined one included.
    fn normalised_texts(&self) -> Vec<NormalisedText> {
        let mut texts: Vec<NormalisedText> = self
            .texts
            .iter()
            .map(|t| NormalisedText {
                field: t.field,
                text: t.normalised.text.clone(),
                disguise: t.normalised.disguise,
                changes: t.normalised.changes.clone(),
            })
            .collect();
        let shown: Vec<&Text> = self.texts.iter().filter(|t| JOINED.contains(&t.field)).collect();
        if !shown.is_empty() {
            let mut changes: Vec<_> = shown.iter().flat_map(|t| t.normalised.changes.iter().copied()).collect();
            changes.sort();
            changes.dedup();
            let disguise = shown.iter().map(|t| t.normalised.disguise).fold(0.0, f64::max);
            let text = self.joined_normalised.clone();
            texts.push(NormalisedText { field: TextField::Joined, text, disguise, changes });
        }
        texts
    }
}
