//! What can go wrong with a model file or a text, as one sentence each.
//!
//! Made in this room, mapped by the callers' error tables. It must never carry a text's content.

use std::path::PathBuf;

/// Why a model could not be made or loaded, or a text not embedded.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// A file is shorter, longer or other than its own header says, or its checksum differs.
    #[error("the {kind} file is damaged ({problem}): fetch or import it again")]
    Damaged {
        /// `encoder` or `heads`.
        kind: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The model is of a kind that this version cannot run.
    #[error("this model cannot be used: {0}")]
    Unsupported(String),
    /// Parts that the architecture needs are not there.
    #[error("the model lacks {}", .0.join(", "))]
    Missing(Vec<String>),
    /// The heads were trained on another encoder's vectors.
    #[error("the heads belong to another encoder ({heads}) than the loaded one ({encoder}): train them again")]
    WrongEncoder {
        /// The encoder the heads name.
        heads: crate::domain::digest::Digest,
        /// The encoder at hand.
        encoder: crate::domain::digest::Digest,
    },
    /// The text has more tokens than all windows together hold. Scoring a part of it would pass the rest unseen.
    #[error("the text is longer than the encoder reads ({tokens} tokens, at most {limit}): shorten it")]
    TextTooLong {
        /// Tokens counted, or bytes where the text was too long to count.
        tokens: usize,
        /// Tokens that fit.
        limit: usize,
    },
    /// The tokenizer refused its own file or a text.
    #[error("the tokenizer failed: {0}")]
    Tokenizer(String),
    /// A tensor operation failed.
    #[error("the encoder failed: {0}")]
    Compute(#[from] candle_core::Error),
    /// Arithmetic gave no number, or a thread stopped half way.
    #[error("the encoder failed: {0}")]
    Arithmetic(&'static str),
    /// The processor lacks the instructions for a precision.
    #[error("{0}; use f32")]
    Precision(#[from] adjudge_kernels::Unsupported),
    /// The system gave no thread.
    #[error("cannot start the encoder's threads: {0}")]
    Start(std::io::Error),
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
}

impl InferenceError {
    /// The tokenizer gives ids that the network does not know, or more than it reads.
    pub(crate) fn foreign_tokenizer() -> Self {
        Self::Unsupported("its tokenizer does not fit its network".to_owned())
    }

    pub(crate) fn damaged(kind: &'static str, problem: impl Into<String>) -> Self {
        Self::Damaged { kind, problem: problem.into() }
    }
}
