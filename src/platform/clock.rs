//! The clock and the maker of ids: the only place that reads time and draws ids.
//!
//! Handed to flows and jobs. It must never be read inside a transaction body more than once: one moment a commit.

use crate::domain::{Millis, id::TypedId};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};
use uuid::{ContextV7, Timestamp, Uuid};

/// Where time comes from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
    ids: Arc<std::sync::Mutex<ContextV7>>,
}

#[derive(Clone, Debug)]
enum Source {
    System,
    Test(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self { source: Source::System, ids: Arc::default() }
    }

    /// A clock that stands still until it is moved. For tests.
    pub fn standing_at(start: Millis) -> Self {
        Self { source: Source::Test(Arc::new(AtomicI64::new(start.0))), ids: Arc::default() }
    }

    /// Moves a test clock forward; does nothing to the machine's.
    pub fn advance(&self, ms: i64) {
        if let Source::Test(at) = &self.source {
            at.fetch_add(ms, Ordering::SeqCst);
        }
    }

    /// This moment.
    pub fn now(&self) -> Millis {
        match &self.source {
            Source::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Source::Test(at) => Millis(at.load(Ordering::SeqCst)),
        }
    }

    /// A new id. Ids of one process grow, also within a millisecond.
    pub fn new_id<I: TypedId>(&self) -> I {
        I::from_uuid(self.new_uuid())
    }

    /// A new UUIDv7 at this moment.
    pub fn new_uuid(&self) -> Uuid {
        let now = self.now().0.max(0).unsigned_abs();
        let context = self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*context, now / 1000, ((now % 1000) * 1_000_000) as u32))
    }
}

/// Measures how long something took. It is for logs and metrics only: nothing may be decided by it.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Seconds since the start.
    pub fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
