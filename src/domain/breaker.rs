//! Breakers: what stands between a signal that fails widely and a flood of tasks that nobody can answer.
//!
//! Moved by `screening::breaker`, kept by `store::breakers`, obeyed by screening, shown to leads. A breaker must never
//! let an ad through: while it is not closed, the ads that need its signal wait.

use super::{signal::Producer, time::Millis};
use crate::named_enum;

named_enum!(
    /// Where a breaker stands.
    BreakerState {
        /// The signal works; ads are routed.
        Closed = "closed",
        /// The signal fails widely; ads that need it wait.
        Open = "open",
        /// Ads wait, and one is being measured to see whether the signal is back.
        HalfOpen = "half_open",
    }
);

/// When breakers open and close.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakerLimits {
    /// Share of failures at which a breaker opens, 0 to 1.
    pub share: f64,
    /// Fewest screenings in the window that say anything.
    pub fewest: u32,
    /// How far back screenings count, ms.
    pub window_ms: i64,
    /// Pause between two tries to measure while it is open, ms.
    pub probe_ms: i64,
    /// Measured ads in a row that close it.
    pub successes: u32,
}

impl Default for BreakerLimits {
    fn default() -> Self {
        Self { share: 0.5, fewest: 20, window_ms: 5 * Millis::MINUTE, probe_ms: 15 * Millis::SECOND, successes: 3 }
    }
}

/// Screenings of the window that asked for a signal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub screenings: u64,
    /// Those in which it failed.
    pub failed: u64,
}

/// One signal's breaker, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    /// What it guards.
    pub signal: Producer,
    /// Where it stands.
    pub state: BreakerState,
    /// Grows with every move, so that of two processes one moves it.
    pub version: i64,
    /// Since when failures belong to the trouble; the last trouble's once closed.
    pub since: Option<Millis>,
    /// When it opened last.
    pub opened_at: Option<Millis>,
    /// When it closed last.
    pub closed_at: Option<Millis>,
    /// When somebody may next try to measure.
    pub next_probe_at: Option<Millis>,
    /// Tries since it opened.
    pub probes: u32,
    /// Of these, successes in a row.
    pub streak: u32,
    /// What it opened on.
    pub counts: Counts,
    /// Screenings that were held back since it opened.
    pub held: u64,
}

impl Breaker {
    /// A signal that never failed widely.
    pub fn closed(signal: Producer) -> Self {
        Self {
            signal,
            state: BreakerState::Closed,
            version: 0,
            since: None,
            opened_at: None,
            closed_at: None,
            next_probe_at: None,
            probes: 0,
            streak: 0,
            counts: Counts::default(),
            held: 0,
        }
    }

    /// Whether ads that need the signal are routed.
    pub fn is_closed(&self) -> bool {
        self.state == BreakerState::Closed
    }
}
