//! An ad in, a screening out: normalise, signals, policy, routing.

pub mod backtest;
pub mod breaker;
pub mod normalise;
pub mod policy;
pub mod routing;
pub mod signals;
