//! The live release: its number, its bundle and when it went live.
//!
//! Called by `web::console::policies` and the pages' head. It must never return a draft.

use crate::domain::{
    Millis, ReleaseId,
    release::{Bundle, ReleaseNumber},
};

/// The live release.
#[derive(Debug, Clone)]
pub struct ReleaseView {
    /// Its id.
    pub id: ReleaseId,
    /// Its number.
    pub number: ReleaseNumber,
    /// When it went live.
    pub published_at: Option<Millis>,
    /// Who published it.
    pub created_by: String,
    /// What it holds.
    pub bundle: Bundle,
}
