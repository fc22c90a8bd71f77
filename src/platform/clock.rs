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
    /// The machine's clock, moved on by the milliseconds that a file holds. Only debug builds make one.
    #[cfg(debug_assertions)]
    Moved(Arc<std::path::PathBuf>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self { source: Source::System, ids: Arc::default() }
    }

    /// The clock that a process runs by: the machine's. A debug build moves it on by the milliseconds that stand in the
    /// file named by `ADJUDGE_TEST_CLOCK`, so that a test lets a day pass for a server of its own.
    pub fn of_process() -> Self {
        #[cfg(debug_assertions)]
        if let Some(file) = std::env::var_os("ADJUDGE_TEST_CLOCK") {
            return Self { source: Source::Moved(Arc::new(file.into())), ids: Arc::default() };
        }
        Self::system()
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
            Source::System => machine(),
            Source::Test(at) => Millis(at.load(Ordering::SeqCst)),
            #[cfg(debug_assertions)]
            Source::Moved(file) => {
                let by = std::fs::read_to_string(file.as_path()).ok().and_then(|text| text.trim().parse().ok());
                Millis(machine().0.saturating_add(by.unwrap_or(0)))
            }
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

fn machine() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
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
