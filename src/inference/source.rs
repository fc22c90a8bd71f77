//! Where a process's encoder comes from: the binary itself, or a file that somebody imported.
//!
//! Called when an installation is opened, for what the file says of itself, and again when something is read with it. It
//! must never expand a weight to answer the first question.

use super::{
    default::{DEFAULT_ENCODER, default_encoder_in},
    encoder::Encoder,
    encoder_file::{EncoderFile, Header},
    error::InferenceError,
};
use crate::domain::digest::Digest;
use adjudge_kernels::Precision;
use std::sync::Arc;

/// An encoder file's bytes, not loaded yet.
#[derive(Debug, Clone)]
pub enum Source {
    /// The one in the binary.
    Embedded,
    /// Those of a file.
    File(Arc<[u8]>),
}

/// What an encoder file says of itself.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Digest of the file.
    pub digest: Digest,
    /// Its header.
    pub header: Header,
}

impl Source {
    /// Checks the file's sum and reads its header; takes some hundredths of a second.
    ///
    /// # Errors
    /// [`InferenceError::Damaged`] or [`InferenceError::Unsupported`] for a file that is not what it should be.
    pub fn facts(&self) -> Result<Facts, InferenceError> {
        let bytes = match self {
            Self::Embedded => DEFAULT_ENCODER,
            Self::File(bytes) => bytes,
        };
        let file = EncoderFile::parse(bytes)?;
        Ok(Facts { digest: file.digest, header: file.header })
    }

    /// Loads the encoder.
    ///
    /// # Errors
    /// As [`Encoder::load_in`].
    pub fn load(&self, precision: Precision) -> Result<Arc<Encoder>, InferenceError> {
        match self {
            Self::Embedded => default_encoder_in(precision),
            Self::File(bytes) => Encoder::load_in(bytes, precision).map(Arc::new),
        }
    }
}
