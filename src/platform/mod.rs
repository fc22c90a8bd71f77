//! What the machine gives: configuration, clock, password hashing, blobs, telemetry, metrics.
//!
//! Used by every later room. It must never know what an ad is.
