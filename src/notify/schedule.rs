//! What an attempt's result means, and when the next one is due.
//!
//! Called for each attempt that ended. The pauses are the published ones of Standard Webhooks; the jitter comes of the
//! delivery's id, so that the same attempt is always due at the same moment. It must never give up early.

use crate::domain::{
    Millis,
    digest::Digest,
    id::{DeliveryId, TypedId as _},
    webhook::Profile,
};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

/// Pauses after the first, second … attempt that failed, ms.
const STANDARD: [i64; 9] = [
    5 * Millis::SECOND,
    5 * Millis::MINUTE,
    30 * Millis::MINUTE,
    2 * Millis::HOUR,
    5 * Millis::HOUR,
    10 * Millis::HOUR,
    14 * Millis::HOUR,
    20 * Millis::HOUR,
    24 * Millis::HOUR,
];

/// The IAB's three more attempts, 30 s apart; after them the standard ones from 5 min on.
const IAB: [i64; 11] = [
    30 * Millis::SECOND,
    30 * Millis::SECOND,
    30 * Millis::SECOND,
    STANDARD[1],
    STANDARD[2],
    STANDARD[3],
    STANDARD[4],
    STANDARD[5],
    STANDARD[6],
    STANDARD[7],
    STANDARD[8],
];

/// The longest pause that a receiver's `Retry-After` is granted, ms.
const LONGEST_GRANT: i64 = 24 * Millis::HOUR;

/// The shortest and the longest pause for a receiver that says it has too much, ms.
const THROTTLE: (i64, i64) = (5 * Millis::SECOND, 10 * Millis::MINUTE);

/// What came back from a receiver.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reply<'a> {
    /// The status; `None` where there was no answer.
    pub status: Option<u16>,
    /// `Retry-After`, as sent.
    pub retry_after: Option<&'a str>,
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is received.
    Delivered,
    /// It is sent again at this moment.
    Again(Millis),
    /// It is given up.
    Dead,
    /// The receiver is gone: the address is disabled, and the delivery waits until it is enabled again.
    Gone,
}

/// What an attempt means for its delivery and for its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// For the delivery.
    pub next: Next,
    /// Nothing is sent to the address before this.
    pub throttle: Option<Millis>,
}

/// Reads the result of the attempt number `tries` (from 1) of a delivery. `failures` counts the attempts at the address
/// that failed in a row, this one not yet.
pub fn read(
    profile: Profile,
    delivery: DeliveryId,
    tries: u32,
    failures: u32,
    reply: Reply<'_>,
    now: Millis,
) -> Meaning {
    if received(profile, reply.status) {
        return Meaning { next: Next::Delivered, throttle: None };
    }
    if reply.status == Some(410) {
        return Meaning { next: Next::Gone, throttle: None };
    }
    let asked = reply.retry_after.and_then(|text| pause_of(text, now));
    let overloaded = matches!(reply.status, Some(429 | 502 | 504));
    let (shortest, longest) = THROTTLE;
    let growing = (shortest << failures.min(16)).min(longest);
    let throttle = match asked {
        // Only who says that it has too much speaks for everything it is sent.
        Some(asked) if overloaded || reply.status == Some(503) => Some(asked),
        _ => overloaded.then_some(growing),
    };
    let pauses: &[i64] = if profile == Profile::Iab { &IAB } else { &STANDARD };
    let pause = pauses.get(tries.saturating_sub(1) as usize);
    let next = match pause {
        None => Next::Dead,
        Some(pause) => {
            let pause = pause + jitter(delivery, tries, *pause);
            Next::Again(now.plus(pause.max(asked.unwrap_or(0)).max(throttle.unwrap_or(0))))
        }
    };
    Meaning { next, throttle: throttle.map(|pause| now.plus(pause)) }
}

/// Whether the receiver has it.
fn received(profile: Profile, status: Option<u16>) -> bool {
    match profile {
        Profile::Standard => matches!(status, Some(200..=299)),
        Profile::Iab => status == Some(204),
    }
}

/// Up to a tenth of the pause, the same for the same attempt.
fn jitter(delivery: DeliveryId, tries: u32, pause: i64) -> i64 {
    let digest = Digest::of_parts(&[delivery.uuid().as_bytes(), &tries.to_be_bytes()]);
    let share = i64::from(u16::from_be_bytes([digest.0[0], digest.0[1]]));
    pause / 10 * share / i64::from(u16::MAX)
}

/// `Retry-After` in seconds or as an HTTP date, as a pause in ms.
fn pause_of(text: &str, now: Millis) -> Option<i64> {
    let text = text.trim();
    let pause = match text.parse::<u32>() {
        Ok(seconds) => i64::from(seconds) * Millis::SECOND,
        Err(_) => {
            // An HTTP date is RFC 2822's, with GMT for its zone.
            let at = OffsetDateTime::parse(&text.replace("GMT", "+0000"), &Rfc2822).ok()?;
            Millis(at.unix_timestamp().checked_mul(Millis::SECOND)?).since(now)
        }
    };
    Some(pause.clamp(0, LONGEST_GRANT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const NOW: Millis = Millis(1_790_000_000_000);

    fn at(profile: Profile, tries: u32, status: Option<u16>, retry_after: Option<&str>) -> Meaning {
        let reply = Reply { status, retry_after };
        read(profile, DeliveryId(Uuid::from_u128(7)), tries, 0, reply, NOW)
    }

    #[test]
    fn pauses_are_the_published_ones_with_at_most_a_tenth_more() {
        let published = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        for (tries, seconds) in (1..).zip(published) {
            let Next::Again(due) = at(Profile::Standard, tries, Some(500), None).next else { panic!("try {tries}") };
            let pause = due.since(NOW);
            assert!(pause >= seconds * 1_000 && pause <= seconds * 1_100, "try {tries}: {pause}");
            assert_eq!(at(Profile::Standard, tries, None, None).next, Next::Again(due), "the same each time");
        }
        assert_eq!(at(Profile::Standard, 10, Some(500), None).next, Next::Dead, "ten attempts in all");
    }

    #[test]
    fn jitter_differs_between_deliveries() {
        let due = |n| read(Profile::Standard, DeliveryId(Uuid::from_u128(n)), 9, 0, Reply::default(), NOW).next;
        assert_ne!(due(1), due(2));
    }

    #[test]
    fn only_what_the_profile_names_is_success() {
        for (profile, status, received) in [
            (Profile::Standard, 200, true),
            (Profile::Standard, 204, true),
            (Profile::Standard, 299, true),
            (Profile::Standard, 302, false),
            (Profile::Standard, 404, false),
            (Profile::Iab, 204, true),
            (Profile::Iab, 200, false),
        ] {
            assert_eq!(at(profile, 1, Some(status), None).next == Next::Delivered, received, "{profile} {status}");
        }
        assert_eq!(at(Profile::Standard, 1, Some(410), None).next, Next::Gone);
        for tries in 1..=3 {
            let Next::Again(due) = at(Profile::Iab, tries, Some(200), None).next else { panic!("try {tries}") };
            assert!((30_000..=33_000).contains(&due.since(NOW)), "try {tries}");
        }
    }

    #[test]
    fn a_receiver_that_asks_for_a_pause_gets_it() {
        for (status, asked, least) in [
            (429, "120", 120_000),
            (503, "120", 120_000),
            (500, "120", 120_000),
            (429, "Mon, 21 Sep 2026 14:18:20 GMT", 300_000),
            (429, "99999999", LONGEST_GRANT),
            (429, "-5", 5_000),
            (429, "soon", 5_000),
        ] {
            let meaning = at(Profile::Standard, 1, Some(status), Some(asked));
            let Next::Again(due) = meaning.next else { panic!("{status}") };
            assert!(due.since(NOW) >= least && due.since(NOW) <= least + 1_000, "{status} {asked}: {}", due.since(NOW));
            assert_eq!(meaning.throttle.is_some(), status != 500, "{status}");
        }
        for status in [429, 502, 504] {
            let throttle = at(Profile::Standard, 1, Some(status), None).throttle;
            assert_eq!(throttle, Some(NOW.plus(5_000)), "{status}");
        }
        let busy = read(
            Profile::Standard,
            DeliveryId(Uuid::nil()),
            1,
            40,
            Reply { status: Some(502), retry_after: None },
            NOW,
        );
        assert_eq!(busy.throttle, Some(NOW.plus(THROTTLE.1)), "a pause has an end");
    }
}
