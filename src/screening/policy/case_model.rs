//! Signals for cases: as screening makes them, one text at a time, without a server.
//!
//! Called by `adjudge policy test` and by the test suite. It must never score what the encoder does not cover.

use super::{cases::Case, compile::CompiledRelease};
use crate::{
    domain::{
        digest::Digest,
        policy::PolicyCode,
        signal::{Cause, Engine, Signals},
    },
    inference::{DefaultModel, Embedding, Encoder, Heads, InferenceError, default_encoder, default_model},
    screening::{
        normalise::NORMALISER_VERSION,
        signals::{ScoreText, likeness::banks, measure},
    },
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

/// What scores cases: an encoder and its heads with their thresholds.
pub struct CaseModel {
    encoder: Arc<Encoder>,
    heads: Heads,
    heads_digest: Digest,
    /// Vectors of examples by text: every case compares with the same.
    examples: Mutex<HashMap<String, Embedding>>,
    /// Score at which `flagged(policy)` holds, by head.
    pub thresholds: BTreeMap<PolicyCode, f64>,
}

impl CaseModel {
    /// The model inside the binary.
    ///
    /// # Errors
    /// When the embedded files do not belong together.
    pub fn shipped() -> Result<Self, InferenceError> {
        let DefaultModel { heads, digest, thresholds, .. } = default_model()?;
        Ok(Self { encoder: default_encoder()?, heads, heads_digest: digest, examples: Mutex::default(), thresholds })
    }

    /// The signals of a case's ad.
    pub fn signals(&self, case: &Case, release: &CompiledRelease) -> Signals {
        let measured =
            measure(&case.content, &case.facts.advertiser.external_id, &release.lists, case.facts.evaluated_at);
        let languages = &self.encoder.header().languages;
        let texts = measured.texts_to_score(languages);
        let embed = |text: &ScoreText| self.encoder.embed(&text.text).map(Arc::new).map_err(|_| Cause::Failed);
        let embeddings: Result<Vec<Embedding>, Cause> = texts.iter().map(embed).collect();
        let banks = banks(&release.bundle.lists, &release.banks_wanted, |text| self.example(text));
        measured.finish(embeddings, languages, Some(&self.heads), &release.heads_wanted, &banks, self.identity())
    }

    fn example(&self, text: &str) -> Result<Embedding, Cause> {
        let mut known = self.examples.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(vectors) = known.get(text) {
            return Ok(Arc::clone(vectors));
        }
        let vectors = Arc::new(self.encoder.embed(text).map_err(|_| Cause::Failed)?);
        known.insert(text.to_owned(), Arc::clone(&vectors));
        Ok(vectors)
    }

    /// Cases are not stored, so their signals name only what tells runs apart.
    fn identity(&self) -> Engine {
        Engine {
            normaliser: NORMALISER_VERSION.into(),
            detector: String::new(),
            encoder: Some(self.encoder.digest()),
            heads: Some(self.heads_digest),
            kernel: String::new(),
            build: String::new(),
        }
    }
}
