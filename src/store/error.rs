//! What can go wrong in the store.
//!
//! Flows turn these into their own errors; the text is for logs and never for users.

use crate::domain::{digest::NotCanonical, status::UnknownName};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique index says that the row is there already.
    #[error("already there: {0}")]
    Taken(String),
    /// Another transaction was faster; another try may succeed.
    #[error("conflict with another transaction")]
    Conflict,
    /// The job's lease lapsed and somebody else may have it.
    #[error("the lease was lost")]
    LeaseLost,
    /// The database cannot be reached or opened.
    #[error("cannot open the database: {0}")]
    Unreachable(String),
    /// There is no room left where the database is; nothing was changed.
    #[error("no room left: {0}")]
    Full(String),
    /// A stored document does not parse: the database was changed from outside, or by a newer version.
    #[error("stored {what} does not parse: {cause}")]
    Damaged {
        /// Which document.
        what: &'static str,
        /// Why.
        cause: String,
    },
    /// Anything else.
    #[error("database: {0}")]
    Failed(String),
}

impl StoreError {
    /// For documents read back.
    pub(crate) fn damaged(what: &'static str) -> impl Fn(serde_json::Error) -> Self {
        move |cause| Self::Damaged { what, cause: cause.to_string() }
    }
}

impl From<UnknownName> for StoreError {
    fn from(e: UnknownName) -> Self {
        Self::Damaged { what: "name", cause: e.to_string() }
    }
}

impl From<NotCanonical> for StoreError {
    fn from(e: NotCanonical) -> Self {
        Self::Failed(e.to_string())
    }
}
