//! A breaker's moves: it opens on the counts of a window, is probed now and then, and closes on a row of successes.
//!
//! Called by `flows::steps::breaker` and `flows::probe`, which compare and set what comes out. Pure: counts and a moment
//! in, the next state out. It must never close without a measurement that worked.

use crate::domain::{
    breaker::{Breaker, BreakerLimits, BreakerState, Counts},
    time::Millis,
};

/// The breaker opened, where the window's counts ask for it and it was closed.
pub fn opened(breaker: &Breaker, counts: Counts, limits: &BreakerLimits, now: Millis) -> Option<Breaker> {
    let enough = counts.screenings >= u64::from(limits.fewest.max(1));
    // Compared as a product: no division by a window without screenings.
    let wide = counts.failed as f64 >= limits.share * counts.screenings as f64 && counts.failed > 0;
    (breaker.is_closed() && enough && wide).then(|| Breaker {
        state: BreakerState::Open,
        version: breaker.version + 1,
        since: Some(now.plus(-limits.window_ms)),
        opened_at: Some(now),
        next_probe_at: Some(now.plus(limits.probe_ms)),
        probes: 0,
        streak: 0,
        counts,
        held: 0,
        ..breaker.clone()
    })
}

/// The breaker as whoever may probe it now takes it; `None` while nobody may. A probe that was begun and never ended,
/// because its process died, may be begun again after the usual pause.
pub fn probing(breaker: &Breaker, limits: &BreakerLimits, now: Millis) -> Option<Breaker> {
    let due = breaker.next_probe_at.is_none_or(|at| at <= now);
    (!breaker.is_closed() && due).then(|| Breaker {
        state: BreakerState::HalfOpen,
        version: breaker.version + 1,
        next_probe_at: Some(now.plus(limits.probe_ms)),
        probes: breaker.probes.saturating_add(1),
        ..breaker.clone()
    })
}

/// The breaker after a probe.
pub fn probed(breaker: &Breaker, measured: bool, limits: &BreakerLimits, now: Millis) -> Breaker {
    let streak = if measured { breaker.streak.saturating_add(1) } else { 0 };
    let next = Breaker { version: breaker.version + 1, streak, ..breaker.clone() };
    match (measured, streak >= limits.successes.max(1)) {
        (false, _) => Breaker { state: BreakerState::Open, next_probe_at: Some(now.plus(limits.probe_ms)), ..next },
        // What worked once is tried again at once.
        (true, false) => Breaker { next_probe_at: Some(now), ..next },
        (true, true) => Breaker { state: BreakerState::Closed, closed_at: Some(now), next_probe_at: None, ..next },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::domain::signal::Producer;

    const LIMITS: BreakerLimits =
        BreakerLimits { share: 0.5, fewest: 4, window_ms: 60_000, probe_ms: 1_000, successes: 2 };
    const NOW: Millis = Millis(1_000_000);

    fn counts(failed: u64, screenings: u64) -> Counts {
        Counts { screenings, failed }
    }

    fn open() -> Breaker {
        opened(&Breaker::closed(Producer::Encoder), counts(4, 4), &LIMITS, NOW).unwrap()
    }

    #[test]
    fn it_opens_at_the_share_of_enough_screenings_and_not_before() {
        let closed = Breaker::closed(Producer::Encoder);
        for (failed, screenings, opens) in [
            (0, 0, false),
            (3, 3, false),
            (0, 100, false),
            (1, 4, false),
            (2, 4, true),
            (49, 100, false),
            (50, 100, true),
        ] {
            let next = opened(&closed, counts(failed, screenings), &LIMITS, NOW);
            assert_eq!(next.is_some(), opens, "{failed} of {screenings}");
        }
        let open = open();
        assert_eq!((open.state, open.version), (BreakerState::Open, 1));
        assert_eq!((open.since, open.opened_at), (Some(Millis(940_000)), Some(NOW)));
        assert_eq!(opened(&open, counts(9, 9), &LIMITS, NOW), None, "one that is open does not open again");
        let never = BreakerLimits { share: 0.0, fewest: 0, ..LIMITS };
        assert_eq!(opened(&closed, counts(0, 5), &never, NOW), None, "without a failure nothing opens");
    }

    #[test]
    fn one_process_probes_and_a_probe_that_was_lost_is_begun_again() {
        let open = open();
        assert_eq!(probing(&open, &LIMITS, NOW.plus(999)), None);
        let half = probing(&open, &LIMITS, NOW.plus(1_000)).unwrap();
        assert_eq!((half.state, half.version, half.probes), (BreakerState::HalfOpen, 2, 1));
        assert_eq!(probing(&half, &LIMITS, NOW.plus(1_001)), None, "somebody is at it");
        assert_eq!(probing(&half, &LIMITS, NOW.plus(2_000)).unwrap().probes, 2);
        assert_eq!(probing(&Breaker::closed(Producer::Encoder), &LIMITS, NOW), None);
    }

    #[test]
    fn a_row_of_successes_closes_it_and_one_failure_begins_anew() {
        let half = probing(&open(), &LIMITS, NOW.plus(1_000)).unwrap();
        let at = NOW.plus(1_100);
        let once = probed(&half, true, &LIMITS, at);
        assert_eq!((once.state, once.streak, once.next_probe_at), (BreakerState::HalfOpen, 1, Some(at)));
        let again = probing(&once, &LIMITS, at).unwrap();
        let failed = probed(&again, false, &LIMITS, at);
        assert_eq!((failed.state, failed.streak), (BreakerState::Open, 0));
        assert_eq!(failed.next_probe_at, Some(at.plus(1_000)));
        let closed = probed(&again, true, &LIMITS, at);
        assert_eq!((closed.state, closed.closed_at, closed.next_probe_at), (BreakerState::Closed, Some(at), None));
        assert_eq!(closed.opened_at, Some(NOW), "what it closed on is remembered");
        assert!(opened(&closed, counts(4, 4), &LIMITS, at).is_some(), "it can open again");
    }
}
