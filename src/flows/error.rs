//! What a flow can answer besides success.
//!
//! Turned into HTTP answers by `web::error` and into exit codes by the command line. `Internal` holds the cause for
//! the log; it must never reach a user.

use crate::{
    domain::digest::NotCanonical,
    intake::Problem,
    platform::{blobs::BlobError, limits::Spent, secret::SecretError},
    store::{MaybeTransient, StoreError},
};

/// Why a flow did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fields are wrong; all of them are named.
    #[error("{} fields are wrong", .0.len())]
    Invalid(Vec<Problem>),
    /// Not there, or not in the caller's scope: callers cannot tell which.
    #[error("not found")]
    NotFound,
    /// The caller's roles do not permit it; the sentence says what would.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The state does not allow it; the sentence says what to do.
    #[error("{detail}")]
    Conflict {
        /// Stable name of the reason.
        code: &'static str,
        /// What to do.
        detail: String,
    },
    /// Too much at once; come back later.
    #[error("busy")]
    Busy {
        /// Seconds to wait.
        retry_after_s: u32,
    },
    /// A quota is spent; come back later.
    #[error("the quota {policy} is spent")]
    Quota {
        /// Its name, as the `RateLimit-Policy` header spells it.
        policy: &'static str,
        /// How much of it there is, and when again.
        spent: Spent,
    },
    /// Anything that is our fault.
    #[error("internal: {0}")]
    Internal(String),
    /// The store's, kept apart so that a transaction can be tried again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// A conflict with its code and what to do.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict { code, detail: detail.into() }
    }

    /// One wrong field.
    pub fn invalid(pointer: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem { pointer: pointer.into(), code, detail: detail.into() }])
    }
}

impl MaybeTransient for Error {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Store(e) if e.is_transient())
    }
}

impl From<NotCanonical> for Error {
    fn from(e: NotCanonical) -> Self {
        Self::Internal(e.to_string())
    }
}

impl From<BlobError> for Error {
    fn from(e: BlobError) -> Self {
        if e.is_full() {
            return Self::Store(StoreError::Full(e.to_string()));
        }
        Self::Internal(e.to_string())
    }
}

impl From<SecretError> for Error {
    fn from(e: SecretError) -> Self {
        Self::Internal(e.to_string())
    }
}
