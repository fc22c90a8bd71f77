//! The only room that knows candle, the kernels and tokenizers: encoders, their file format, heads, and the engine that runs them.
//!
//! A text becomes one unit vector for each of its windows ([`Encoder::embed`]); a head turns a vector and the
//! text's n-grams into a calibrated probability ([`Head::probability`]); the [`Engine`] does the first on its own threads behind a bounded queue. Used by
//! screening, learning, flows and the command line. It must never know what an ad or a policy's rule is, and a score must
//! never depend on batch, order or number of threads.

pub mod bert;
pub mod default;
mod e5_pack;
pub mod encoder;
pub mod encoder_file;
pub mod engine;
mod error;
pub mod explain;
pub mod grams;
pub mod heads;
pub mod import;
mod import_source;
mod lru;
pub mod model;
pub mod packed;
pub mod quantise;
pub mod source;
pub mod tokenize;

pub use adjudge_kernels::Precision;
pub use default::{DefaultModel, default_encoder, default_encoder_in, default_model};
pub use encoder::{Encoder, TokenStates, mean, usual_precision};
pub use engine::{Embedding, Engine, EngineError, EngineOptions, Fingerprint};
pub use error::InferenceError;
pub use grams::Grams;
pub use heads::{GramWeights, Head, Heads, Platt};
pub use model::Model;
pub use source::Source;
