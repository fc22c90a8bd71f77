//! The only room that knows sea-orm: entities, writes by flows, read views, jobs, sealer, sessions, models.
//!
//! Flows write through [`Db::write`], pages and handlers read through `views`. It must never decide anything: it keeps
//! what flows concluded.

mod db;
pub mod entities;
mod error;
pub mod migrate;

pub use db::{Db, MaybeTransient, Tx};
pub use error::StoreError;
