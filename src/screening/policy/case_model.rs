//! Signals for cases: as screening makes them, one text at a time, without a server.
//!
//! Called by `adjudge policy test` and by the test suite. It must never score what the encoder does not cover.

use super::{cases::Case, compile::CompiledRelease};
use crate::{
    domain::signal::{Cause, Engine, Signals},
    inference::{Embedding, Encoder, Heads},
    screening::{
        normalise::NORMALISER_VERSION,
        signals::{Measured, measure},
    },
};
use std::sync::Arc;

/// What scores cases: an encoder and, once there are any, heads.
#[derive(Clone)]
pub struct CaseModel {
    encoder: Arc<Encoder>,
    heads: Option<Heads>,
}

impl CaseModel {
    /// A model; without heads every score is unavailable unless the case gives it.
    pub fn new(encoder: Arc<Encoder>, heads: Option<Heads>) -> Self {
        Self { encoder, heads }
    }

    /// The signals of a case's ad.
    pub fn signals(&self, case: &Case, release: &CompiledRelease) -> Signals {
        let measured = measure(&case.content, &case.facts.advertiser.external_id, &release.lists);
        let languages = &self.encoder.header().languages;
        let embeddings = match self.heads {
            Some(_) => self.embed(&measured),
            None => Err(Cause::NoModel),
        };
        measured.finish(embeddings, languages, self.heads.as_ref(), &release.heads_wanted, self.identity())
    }

    fn embed(&self, measured: &Measured) -> Result<Vec<Embedding>, Cause> {
        let texts = measured.texts_to_score(&self.encoder.header().languages);
        texts.iter().map(|t| self.encoder.embed(&t.text).map(Arc::new).map_err(|_| Cause::Failed)).collect()
    }

    /// Cases are not stored, so their signals name only what tells runs apart.
    fn identity(&self) -> Engine {
        Engine {
            normaliser: NORMALISER_VERSION.into(),
            detector: String::new(),
            encoder: Some(self.encoder.digest()),
            heads: self.heads.as_ref().and_then(|h| h.digest().ok()),
            kernel: String::new(),
            build: String::new(),
        }
    }
}
