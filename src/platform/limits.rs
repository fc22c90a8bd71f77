//! How much one caller may ask: a bucket for each, filled evenly over a minute (GCRA).
//!
//! Called by the guards of the API. In memory: a restart forgives, and each process counts for itself. It must never
//! read the machine's clock but through [`Clock`].

use super::Clock;
use governor::{
    Quota, RateLimiter,
    clock::{Clock as Ticking, Reference},
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use std::{collections::HashMap, num::NonZeroU32, sync::Mutex, time::Duration};
use uuid::Uuid;

/// What is left of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Requests a window.
    pub quota: u32,
    /// Seconds of the window.
    pub window_s: u32,
    /// Requests that could be made now.
    pub remaining: u32,
    /// Seconds until the whole quota is there again.
    pub reset_s: u32,
}

/// Nothing is left; come back later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// Requests a window.
    pub quota: u32,
    /// Seconds of the window.
    pub window_s: u32,
    /// Seconds until one more request is allowed, at least one.
    pub wait_s: u32,
}

impl From<Spent> for Left {
    fn from(spent: Spent) -> Self {
        Self { quota: spent.quota, window_s: spent.window_s, remaining: 0, reset_s: spent.wait_s }
    }
}

/// The buckets, by caller.
#[derive(Debug)]
pub struct Limits {
    clock: Clock,
    buckets: Mutex<HashMap<Uuid, Bucket>>,
}

/// Seconds of the window.
const MINUTE_S: u32 = 60;

/// Callers remembered; beyond that all buckets begin anew. Only callers with a key have one.
const MOST: usize = 100_000;

type Limiter = RateLimiter<NotKeyed, InMemoryState, Ticks, StateInformationMiddleware>;

#[derive(Debug)]
struct Bucket {
    per_minute: NonZeroU32,
    limiter: Limiter,
}

/// Our clock in governor's terms: time since the epoch.
#[derive(Debug, Clone)]
struct Ticks(Clock);

impl Ticking for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(self.0.now().0.max(0).unsigned_abs())
    }
}

impl Limits {
    /// Buckets that fill by a clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock, buckets: Mutex::default() }
    }

    /// Takes one request from a caller's bucket of so many a minute. `None` where there is no limit: zero is none.
    pub fn take(&self, caller: Uuid, per_minute: u32) -> Option<Result<Left, Spent>> {
        let per_minute = NonZeroU32::new(per_minute)?;
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if buckets.len() >= MOST && !buckets.contains_key(&caller) {
            buckets.clear();
        }
        let fresh = || Bucket {
            per_minute,
            limiter: RateLimiter::direct_with_clock(Quota::per_minute(per_minute), Ticks(self.clock.clone()))
                .with_middleware(),
        };
        let bucket = buckets.entry(caller).or_insert_with(fresh);
        if bucket.per_minute != per_minute {
            *bucket = fresh();
        }
        let quota = per_minute.get();
        Some(match bucket.limiter.check() {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity().min(quota);
                let missing = u64::from(quota - remaining) * u64::from(MINUTE_S);
                let reset_s = u32::try_from(missing.div_ceil(u64::from(quota))).unwrap_or(MINUTE_S);
                Ok(Left { quota, window_s: MINUTE_S, remaining, reset_s })
            }
            Err(early) => {
                let wait = early.earliest_possible().duration_since(Ticks(self.clock.clone()).now());
                let wait_s = u32::try_from(wait.as_u64().div_ceil(1_000_000_000)).unwrap_or(MINUTE_S).max(1);
                Err(Spent { quota, window_s: MINUTE_S, wait_s })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::Millis;

    #[test]
    fn a_bucket_empties_and_fills_by_the_clock() {
        let clock = Clock::standing_at(Millis(1_000_000));
        let limits = Limits::new(clock.clone());
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for remaining in [2, 1, 0] {
            let left = limits.take(one, 3).unwrap().unwrap();
            assert_eq!((left.quota, left.remaining, left.reset_s), (3, remaining, (3 - remaining) * 20));
        }
        assert_eq!(limits.take(one, 3), Some(Err(Spent { quota: 3, window_s: 60, wait_s: 20 })));
        assert!(limits.take(other, 3).unwrap().is_ok(), "each caller has a bucket of its own");
        clock.advance(19_999);
        assert_eq!(limits.take(one, 3).unwrap().unwrap_err().wait_s, 1);
        clock.advance(1);
        assert_eq!(limits.take(one, 3).unwrap().unwrap().remaining, 0);
        assert_eq!(limits.take(one, 4).unwrap().unwrap().remaining, 3, "another number is another bucket");
        assert_eq!(limits.take(one, 0), None, "zero is no limit");
    }
}
