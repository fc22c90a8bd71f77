//! What leaves the house in words: webhooks' bodies and when they are due, statements of reasons, notices to advertisers.
//!
//! Called by flows with what they fetched or captured when a decision takes effect. It is pure: it must never send, read a
//! clock or a database, nor say what a policy's disclosure withholds.

pub mod notice;
pub mod schedule;
pub mod statement;
pub mod webhook;

#[cfg(test)]
mod fixture;
