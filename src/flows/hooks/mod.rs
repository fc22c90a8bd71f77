//! Webhooks: their owners' changes, events on their way to them, and sending them again.
//!
//! Called by the API, the console and the `fan_out` and `deliver` jobs. Nothing is sent inside a transaction, and
//! nothing that was sent is forgotten before its receiver said that it has it.

pub mod endpoints;
pub mod fan_out;
pub mod replay;
pub mod send;
