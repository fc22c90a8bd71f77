//! What the machine gives: configuration, clock, secrets, signatures, blobs, outbound HTTP, telemetry, metrics.
//!
//! Used by every later room. It must never know what an ad is.

pub mod blobs;
pub mod clock;
pub mod config;
pub mod limits;
pub mod link;
pub mod metrics;
pub mod outbound;
pub mod remote;
pub mod secret;
pub mod signature;
pub mod telemetry;

pub use blobs::Blobs;
pub use clock::Clock;
pub use outbound::Outbound;
