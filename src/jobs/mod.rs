//! The runner of background work, and one file a job.
//!
//! Started by `cli::serve` and `cli::worker`, stepped by the suite. A job claims rows under a lease, calls one flow,
//! and puts back what failed. It must never do work that a flow does not.

mod backtest;
mod breaker;
mod certificate;
mod deliver;
mod effect;
mod expire;
mod fan_out;
mod housekeeping;
mod lapse;
mod notes;
mod publish;
mod recover;
mod refresh;
mod report;
mod rescreen;
mod runner;
mod screen;
mod seal;
mod sweep;
mod train;

pub use runner::{Runner, step};
