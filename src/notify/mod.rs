//! What the outside is told in words: statements of reasons, and notices to advertisers.
//!
//! Called by flows with facts captured when a decision takes effect. It is pure: it must never read a clock or a
//! database, nor say what a policy's disclosure withholds.

pub mod notice;
pub mod statement;

#[cfg(test)]
mod fixture;
