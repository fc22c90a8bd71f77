//! The words of Adjudge as types: what an ad, a finding, a round or a decision is.
//!
//! Every other room imports this one; it imports none of them. It must never read a clock, draw a random
//! number, touch the network or a database: what it computes depends on its arguments alone.

pub mod ad;
pub mod advertiser;
pub mod appeal;
pub mod audit;
pub mod backtest;
pub mod breaker;
pub mod certificate;
pub mod decision;
pub mod delivery;
pub mod destination;
pub mod digest;
pub mod draft;
pub mod dsa;
pub mod event;
pub mod external;
pub mod finding;
pub mod iab;
pub mod id;
pub mod key;
pub mod label;
pub mod metrics;
pub mod place;
pub mod policy;
pub mod release;
pub mod report;
pub mod review;
pub mod role;
pub mod sandbox;
pub mod screening;
pub mod shared;
pub mod signal;
pub mod statement;
pub mod status;
pub mod submitter;
pub mod time;
pub mod training;
pub mod verdict;
pub mod webhook;

pub use ad::AdContent;
pub use finding::{Effect, Evidence, Finding};
pub use id::*;
pub use policy::PolicyCode;
pub use shared::Shared;
pub use status::{ApprovalStatus, ReviewStatus};
pub use time::Millis;
