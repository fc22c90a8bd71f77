//! What the machine gives: configuration, clock, secrets, blobs, telemetry, metrics.
//!
//! Used by every later room. It must never know what an ad is.

pub mod blobs;
pub mod clock;
pub mod config;
pub mod limits;
pub mod metrics;
pub mod remote;
pub mod secret;
pub mod telemetry;

pub use blobs::Blobs;
pub use clock::Clock;
