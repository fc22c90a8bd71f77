//! A training run that somebody asked for on the Models page: where it stands, and how far it is.
//!
//! Written by `flows::training`, shown by the Models page. It must never say that a run is done before its candidate is
//! there: both are one commit.

use super::{digest::Digest, id::ModelId, id::TrainingId, time::Millis};
use crate::named_enum;

named_enum!(
    /// Life of a training run.
    TrainingState {
        /// Waits or runs. At most one does.
        Running = "running",
        /// Made a candidate.
        Done = "done",
        /// Made none; the notice says why.
        Failed = "failed",
    }
);

named_enum!(
    /// What a running training is at.
    TrainingStage {
        /// Nobody has begun it yet.
        Waiting = "waiting",
        /// Labels are read and split.
        Reading = "reading",
        /// Texts become vectors.
        Embedding = "embedding",
        /// Heads are fitted and measured.
        Fitting = "fitting",
    }
);

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is at.
    pub stage: TrainingStage,
    /// Texts embedded so far.
    pub done: u64,
    /// Texts to embed; 0 until they are counted.
    pub total: u64,
}

impl Progress {
    /// A run that nobody has begun.
    pub const WAITING: Self = Self { stage: TrainingStage::Waiting, done: 0, total: 0 };
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Training {
    /// Its id.
    pub id: TrainingId,
    /// The added encoder that it reads texts with; `None` for the one that processes start with.
    pub encoder: Option<Digest>,
    /// Life.
    pub state: TrainingState,
    /// How far it is.
    pub progress: Progress,
    /// Why it failed.
    pub notice: Option<String>,
    /// The candidate.
    pub model: Option<ModelId>,
    /// Who asked.
    pub created_by: String,
    /// When.
    pub created_at: Millis,
    /// When it ended.
    pub finished_at: Option<Millis>,
}
