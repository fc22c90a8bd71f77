//! The only room that knows sea-orm: entities, writes by flows, read views, jobs, sealer, sessions, models.
//!
//! Flows write through [`Db::write`], pages and handlers read through `views`. It must never decide anything: it keeps
//! what flows concluded.

pub mod accounts;
pub mod ads;
pub mod appeals;
pub mod backtests;
pub mod blocks;
pub mod breakers;
pub mod certificates;
mod db;
pub mod deliveries;
pub mod delivery;
pub mod drafts;
pub mod encoders;
pub mod entities;
mod error;
pub mod external;
pub mod iab;
mod iab_seal;
pub mod idempotency;
pub mod jobs;
pub mod judgements;
pub mod keys;
pub mod migrate;
pub mod outbox;
pub mod probe;
pub mod releases;
pub mod reports;
pub mod request_notes;
pub mod rounds;
pub mod screenings;
pub mod sealer;
pub mod shadows;
pub mod snapshots;
pub mod statements;
pub mod sweeps;
pub mod trainings;
pub mod views;
pub mod webhooks;

pub use db::{Db, MaybeTransient, Run, Tx};
pub use error::StoreError;
