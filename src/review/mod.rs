//! Rounds, leases, judgements and how they resolve: state machines without I/O.
//!
//! Called by flows, which fetch the rows, pass the time and store what comes back. It must never read a clock or a
//! database, and never say who is permitted what: `domain::role` does.

pub mod labels;
pub mod lease;
pub mod outcome;
pub mod resolve;
pub mod undo;

#[cfg(test)]
mod fixture;
