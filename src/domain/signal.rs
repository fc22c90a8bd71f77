//! Signals: measured facts about a revision, each with its producer, or `unavailable` with a cause.
//!
//! Made by `screening::signals`, read by rules, stored with the screening for replay. It must never turn a missing
//! measurement into a value.

use super::{ad::TextField, digest::Digest, place::Language, policy::PolicyCode, shared::Shared};
use crate::named_enum;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

named_enum!(
    /// Why a signal is missing.
    Cause {
        /// The text's language is outside what the encoder covers.
        LanguageNotCovered = "language_not_covered",
        /// No model with this head is loaded.
        NoModel = "no_model",
        /// The producer failed.
        Failed = "failed",
        /// The producer did not answer in time.
        TimedOut = "timed_out",
        /// There was nothing to measure.
        NothingToMeasure = "nothing_to_measure",
        /// A fact that the submitter did not tell.
        NotProvided = "not_provided",
        /// The landing page was not fetched.
        NotFetched = "not_fetched",
        /// The screening was stored before this was measured.
        NotStored = "not_stored",
    }
);

impl Cause {
    /// Whether the producer broke down, rather than having nothing to say about this ad.
    pub const fn is_failure(self) -> bool {
        match self {
            Self::Failed | Self::TimedOut => true,
            Self::LanguageNotCovered
            | Self::NoModel
            | Self::NothingToMeasure
            | Self::NotProvided
            | Self::NotFetched
            | Self::NotStored => false,
        }
    }
}

named_enum!(
    /// What measures, and can break down for many ads at once; each has a breaker.
    Producer {
        /// The encoder that processes start with, and the heads over it.
        Encoder = "encoder",
        /// The live release's encoder for other languages, and the heads over it.
        SecondEncoder = "second_encoder",
        /// Language detection.
        Language = "language",
    }
);

/// A measurement, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reading<T> {
    /// The measured value.
    Known(T),
    /// Why it is missing.
    Unavailable(Cause),
}

impl<T> Reading<T> {
    /// The value, if there is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(v) => Some(v),
            Self::Unavailable(_) => None,
        }
    }

    /// Whether it is missing because the producer broke down.
    pub fn has_failed(&self) -> bool {
        matches!(self, Self::Unavailable(cause) if cause.is_failure())
    }
}

/// One field's text after normalisation. The raw text is the revision's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NormalisedText {
    /// The field.
    pub field: TextField,
    /// The normalised text: NFKC, invisible and control characters removed, look-alikes folded, leet and spaced-out
    /// letters undone where that makes words.
    pub text: String,
    /// Share of the raw text's letters that normalisation changed, 0 to 1.
    pub disguise: f64,
    /// What was undone, such as `zero_width`, `homoglyph`, `leet`, `spaced`, `mixed_script`.
    pub changes: Vec<Disguise>,
}

named_enum!(
    /// A way of hiding text from machines.
    Disguise {
        /// Zero-width and other invisible characters.
        Invisible = "invisible",
        /// Letters of another script that look alike (UTS 39).
        Homoglyph = "homoglyph",
        /// Scripts mixed inside one word.
        MixedScript = "mixed_script",
        /// Digits and signs for letters.
        Leet = "leet",
        /// Letters spaced or dotted out.
        Spaced = "spaced",
        /// Stacked combining marks.
        Combining = "combining",
        /// Styled letters (full-width, mathematical, circled).
        Styled = "styled",
    }
);

/// A list entry found in a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ListMatch {
    /// The list.
    #[schema(value_type = String)]
    pub list: Shared,
    /// The entry's value.
    #[schema(value_type = String)]
    pub term: Shared,
    /// The field.
    pub field: TextField,
    /// First byte in the raw text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Found in the normalised text only.
    pub disguised: bool,
}

/// One field's scores under one head: calibrated probabilities, 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldScore {
    /// The field.
    pub field: TextField,
    /// Score of the raw text.
    pub raw: f64,
    /// Score of the normalised text; equal to `raw` when normalisation changed nothing.
    pub normalised: f64,
}

/// One head's scores over an ad.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PolicyScore {
    /// The highest of all readings: what `score(policy)` is in a rule.
    pub value: f64,
    /// The field with the highest reading.
    pub field: TextField,
    /// The highest `normalised - raw` over the fields: what `gap(policy)` is in a rule.
    pub gap: f64,
    /// All readings.
    pub fields: Vec<FieldScore>,
}

/// A detected language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DetectedLanguage {
    /// The language.
    pub language: Language,
    /// The detector's confidence, 0 to 1.
    pub confidence: f64,
}

/// Everything measured about one revision: enough to evaluate any release's rules again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Signals {
    /// What produced them: normaliser, detector, encoder, heads, kernel, precision and build. Equal fingerprints give bit-equal signals.
    pub engine: Engine,
    /// Normalised texts, one for every non-empty field.
    pub texts: Vec<NormalisedText>,
    /// Language of the joined text.
    pub language: Reading<DetectedLanguage>,
    /// Scores by head. A head that the release names and the model lacks is `unavailable(no_model)`.
    pub scores: BTreeMap<PolicyCode, Reading<PolicyScore>>,
    /// List entries found.
    pub matches: Vec<ListMatch>,
    /// By list of examples: how near the ad's text comes to it. Lists that no rule asks for are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub similarities: BTreeMap<String, Reading<Similarity>>,
}

impl Signals {
    /// The producers that broke down on this ad; `encoder` is the one that read it.
    pub fn failed(&self, encoder: Producer) -> BTreeSet<Producer> {
        let scores = self.scores.values().any(Reading::has_failed);
        let likeness = self.similarities.values().any(Reading::has_failed);
        let read = (scores || likeness).then_some(encoder);
        read.into_iter().chain(self.language.has_failed().then_some(Producer::Language)).collect()
    }
}

/// How near an ad's text comes to the nearest example of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Similarity {
    /// Cosine of the two texts' vectors, the highest over fields, readings and examples: -1 to 1, near 1 for texts that
    /// mean the same.
    pub value: f64,
    /// The example, shortened.
    pub example: String,
    /// The field that comes nearest.
    pub field: TextField,
}

/// Identity of what measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Engine {
    /// Version of the normaliser.
    pub normaliser: String,
    /// Language detector and version.
    pub detector: String,
    /// Digest of the encoder file.
    pub encoder: Option<Digest>,
    /// Digest of the heads with their calibration.
    pub heads: Option<Digest>,
    /// Numeric kernel and precision, such as `candle-0.11 f32`.
    pub kernel: String,
    /// Version of Adjudge and target architecture.
    pub build: String,
}
