//! One verb a file: what happens when somebody does something.
//!
//! Called by handlers, jobs and the command line with an [`App`] and a scope. A flow reads, asks the pure rooms, and
//! commits state, audit and outbox rows together. It must never render, parse bytes, or call another flow inside a
//! transaction.

pub mod accounts;
pub mod advertiser;
pub mod appeal;
pub mod await_events;
pub mod await_outcome;
pub mod backtest;
pub mod beside;
pub mod bootstrap;
pub mod break_glass;
pub mod certificates;
pub mod claim;
pub mod delivery;
pub mod drafts;
pub mod edit_list;
pub mod effect;
pub mod encoders;
mod error;
pub mod expire;
pub mod explain;
pub mod external;
pub mod hold;
pub mod hooks;
pub mod iab;
pub mod idempotency;
pub mod import_labels;
pub mod judge;
pub mod keys;
pub mod live;
pub mod note_requests;
pub mod probe;
pub mod promote;
pub mod publish;
pub mod recover;
pub mod replay;
pub mod reports;
pub mod rescreen;
pub mod rollback;
mod sandbox;
pub mod screen;
pub mod sign_in;
pub mod start_head;
pub mod steps;
pub mod submit;
pub mod sweep;
pub mod train;
pub mod training;
pub mod try_write;
pub mod undo;
pub mod validate;

pub mod why;
pub mod withdraw;

pub use error::Error;

use crate::{
    domain::place::Language,
    platform::{Blobs, Clock, Outbound, config::Settings, limits::Limits, metrics::Metrics},
    store::Db,
};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Everything a flow may use. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// Time and ids.
    pub clock: Clock,
    /// Bytes of images.
    pub blobs: Blobs,
    /// The encoder that the process starts with.
    pub first: encoders::First,
    /// The live release, compiled.
    pub live: live::LiveRelease,
    /// Settings.
    pub settings: Arc<Settings>,
    /// Requests to addresses that others choose.
    pub outbound: Outbound,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// Recent sign-in attempts.
    pub attempts: Arc<sign_in::Attempts>,
    /// How much each key may still ask.
    pub limits: Arc<Limits>,
    /// Whether the database took a write lately.
    pub tried: Arc<try_write::Tried>,
    /// Requests that wait to be kept.
    pub notes: Arc<note_requests::Notes>,
    /// Wakes this process's runner when a flow made work; other processes find it by polling.
    pub wake: Arc<Notify>,
    /// The process is asked to end: whoever waits for something answers now.
    pub stopping: CancellationToken,
    /// What this process holds the sealer's lease with.
    pub sealer_token: Uuid,
}

impl App {
    /// Loads every encoder that the live release scores with, so that a process which cannot screen does not start.
    ///
    /// # Errors
    /// As [`encoders::First::running`].
    pub async fn warm(&self) -> Result<(), Error> {
        self.first.running().await?;
        self.live.warm().await
    }

    /// Languages that the first encoder covers.
    pub fn languages(&self) -> &[Language] {
        self.first.languages()
    }
}
