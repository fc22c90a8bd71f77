//! A model: an encoder with the heads that were trained on its vectors.
//!
//! Built by flows from the database's active model, or from the embedded default; read by screening. It must never pair
//! heads with an encoder they were not trained on.

use super::{encoder::Encoder, error::InferenceError, grams, heads::Heads};
use crate::domain::{digest::Digest, policy::PolicyCode};
use std::{collections::BTreeMap, sync::Arc};

/// An encoder and the heads over it.
#[derive(Debug, Clone)]
pub struct Model {
    encoder: Arc<Encoder>,
    heads: Heads,
    heads_digest: Digest,
}

impl Model {
    /// Pairs them.
    ///
    /// # Errors
    /// [`InferenceError::WrongEncoder`] when the heads name another encoder, [`InferenceError::Damaged`] when they are not
    /// as wide as its vectors.
    pub fn new(encoder: Arc<Encoder>, heads: Heads) -> Result<Self, InferenceError> {
        if heads.encoder != encoder.digest() {
            return Err(InferenceError::WrongEncoder { heads: heads.encoder, encoder: encoder.digest() });
        }
        if heads.dimensions != encoder.dimensions() {
            return Err(InferenceError::damaged("heads", format!("they are {} wide", heads.dimensions)));
        }
        let heads_digest = heads.digest()?;
        Ok(Self { encoder, heads, heads_digest })
    }

    /// The encoder.
    pub fn encoder(&self) -> &Arc<Encoder> {
        &self.encoder
    }

    /// The heads.
    pub fn heads(&self) -> &Heads {
        &self.heads
    }

    /// Digest of the heads with their calibration.
    pub fn heads_digest(&self) -> Digest {
        self.heads_digest
    }

    /// Every policy's highest probability over a text's windows.
    pub fn score(&self, text: &str, windows: &[Vec<f32>]) -> BTreeMap<PolicyCode, f64> {
        let grams = grams::of_windows(text, windows.len());
        self.heads.heads.iter().map(|(code, head)| (code.clone(), head.highest(windows, &grams))).collect()
    }
}
