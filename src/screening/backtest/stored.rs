//! What a backtest reads of stored signals: no more than rules can ask for.
//!
//! Called by `judge` for every screening, so it copies and parses little: texts stay where they stand, scores of single
//! fields and those that no rule reads are passed over. Every field that a rule can read must come out as it was stored.

use crate::{
    domain::{
        ad::{AdContent, TextField},
        digest::Digest,
        policy::PolicyCode,
        signal::{
            DetectedLanguage, Disguise, Engine, ListMatch, NormalisedText, PolicyScore, Reading, Signals, Similarity,
        },
    },
    screening::{normalise::NORMALISER_VERSION, signals::CompiledLists},
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// Stored signals, as far as they are read.
#[derive(Deserialize)]
pub(super) struct StoredSignals<'a> {
    #[serde(borrow)]
    engine: StoredEngine<'a>,
    #[serde(borrow)]
    texts: Vec<StoredText<'a>>,
    language: Reading<DetectedLanguage>,
    #[serde(borrow)]
    scores: Scores<'a>,
    matches: Vec<ListMatch>,
    #[serde(default)]
    similarities: BTreeMap<String, Reading<Similarity>>,
}

#[derive(Deserialize)]
struct StoredEngine<'a> {
    #[serde(borrow)]
    normaliser: Cow<'a, str>,
    encoder: Option<Digest>,
}

#[derive(Deserialize)]
struct StoredText<'a> {
    field: TextField,
    #[serde(borrow)]
    text: Cow<'a, str>,
    disguise: f64,
    changes: Vec<Disguise>,
}

/// A head's score without those of single fields.
#[derive(Deserialize)]
struct StoredScore {
    value: f64,
    field: TextField,
    gap: f64,
}

#[derive(Deserialize)]
struct Head<'a>(#[serde(borrow)] Cow<'a, str>);

/// Scores by head, as they stand.
struct Scores<'a>(Vec<(Head<'a>, Reading<StoredScore>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Scores<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Scores<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("scores by head")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut all = Vec::with_capacity(32);
                while let Some(pair) = map.next_entry()? {
                    all.push(pair);
                }
                Ok(Scores(all))
            }
        }
        from.deserialize_map(Pairs)
    }
}

impl StoredSignals<'_> {
    /// Whether the lists have no entry in the ad, as far as that can be told without normalising its texts again.
    pub(super) fn rule_out(&self, lists: &CompiledLists, content: &AdContent, advertiser: &str) -> bool {
        // Another version may have read the texts otherwise.
        let normalised = |field| self.texts.iter().find(|t| t.field == field).map(|t| t.text.as_ref());
        self.engine.normaliser == NORMALISER_VERSION && !lists.may_match(content, advertiser, normalised)
    }

    /// As rules read them; `wanted` are the heads that they ask for, sorted.
    pub(super) fn into_signals(self, wanted: &[PolicyCode]) -> Signals {
        let engine = Engine {
            normaliser: self.engine.normaliser.into_owned(),
            detector: String::new(),
            encoder: self.engine.encoder,
            heads: None,
            kernel: String::new(),
            build: String::new(),
        };
        // Rules search a normalised text only where something was undone in it.
        let text = |t: StoredText<'_>| NormalisedText {
            field: t.field,
            text: if t.changes.is_empty() { String::new() } else { t.text.into_owned() },
            disguise: t.disguise,
            changes: t.changes,
        };
        let score = |(head, reading): (Head<'_>, Reading<StoredScore>)| {
            let at = wanted.binary_search_by(|code| code.as_str().cmp(&head.0)).ok()?;
            let reading = match reading {
                Reading::Known(StoredScore { value, field, gap }) => {
                    Reading::Known(PolicyScore { value, field, gap, fields: Vec::new() })
                }
                Reading::Unavailable(cause) => Reading::Unavailable(cause),
            };
            Some((wanted[at].clone(), reading))
        };
        Signals {
            engine,
            texts: self.texts.into_iter().map(text).collect(),
            language: self.language,
            scores: self.scores.0.into_iter().filter_map(score).collect(),
            matches: self.matches,
            similarities: self.similarities,
        }
    }
}
