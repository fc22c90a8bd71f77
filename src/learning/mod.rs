//! Labels to heads: merge, find near-duplicates, split, fit, calibrate, choose thresholds, evaluate, write the card.
//!
//! Called by `flows::train`, `cli::train` and `cli::model_evaluate`. It must never do I/O of its own, read a clock or draw unseeded
//! randomness: equal rows, settings and seeds give equal heads.

mod blend;
pub mod calibrate;
pub mod corpus;
pub mod dedupe;
pub mod disguise;
pub mod evaluate;
pub mod fit;
pub mod import;
mod one_policy;
mod parallel;
pub mod rated;
pub mod rows;
pub mod snapshot;
pub mod split;
pub mod start;
pub mod threshold;
pub mod train;

pub(crate) mod hash;
