//! Leases: who works on a task right now, for how long, and who may take it next.
//!
//! Called by flows when a task is claimed, kept alive, answered or released. It must never be the only guard: the
//! store repeats the token comparison inside its UPDATE, so that of two racing writers one changes no row.
//!
//! A lease that has run out keeps its token until somebody else claims the task. Its holder may therefore still renew
//! or answer: a closed laptop frees the task for others, and loses nobody's work when no one took it.

use crate::domain::{
    id::UserId,
    review::{TaskKind, TaskState},
    time::Millis,
};
use uuid::Uuid;

/// How long a lease lasts without a heartbeat, in milliseconds.
pub const LEASE_MS: i64 = 2 * Millis::MINUTE;

/// How often a page renews its lease, in milliseconds; three may get lost before the lease lapses.
pub const HEARTBEAT_MS: i64 = 30 * Millis::SECOND;

/// The last lease given on a task, live or lapsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseView {
    /// Who claimed it.
    pub holder: UserId,
    /// Secret of this claim; a later claim has another.
    pub token: Uuid,
    /// First moment at which others may claim the task.
    pub until: Millis,
}

/// Why a task cannot be renewed or answered under a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeaseLost {
    /// The task was answered or cancelled meanwhile.
    #[error("This task is closed. Copy your note if you need it and take the next task.")]
    Closed,
    /// Somebody else, or another tab, holds it now.
    #[error("Somebody else took this task after your lease ran out. Your text is kept; take the next task.")]
    Taken,
}

impl LeaseView {
    /// Whether the lease still keeps others away.
    pub fn is_live(&self, now: Millis) -> bool {
        now < self.until
    }
}

/// Whether anybody may claim the task now.
pub fn claimable(state: TaskState, lease: Option<&LeaseView>, now: Millis) -> bool {
    state == TaskState::Open && !lease.is_some_and(|l| l.is_live(now))
}

/// Whether this person may answer a task of the round at all. Answers to one round come from different people, and
/// who settles a disagreement had no part in it; otherwise a majority would be one person's opinion counted twice.
pub fn may_answer(user: UserId, answered_round: &[UserId]) -> bool {
    !answered_round.contains(&user)
}

/// A fresh lease from `now`.
pub fn grant(holder: UserId, token: Uuid, now: Millis) -> LeaseView {
    LeaseView { holder, token, until: now.plus(LEASE_MS) }
}

/// Checks that `user` may act on the task under `token`: for an answer, a heartbeat, a skip and a release alike.
pub fn hold(state: TaskState, lease: Option<&LeaseView>, user: UserId, token: Uuid) -> Result<(), LeaseLost> {
    match lease {
        _ if state != TaskState::Open => Err(LeaseLost::Closed),
        Some(l) if l.holder == user && l.token == token => Ok(()),
        _ => Err(LeaseLost::Taken),
    }
}

/// The lease after a heartbeat. Never shortens it: two heartbeats may arrive out of order.
pub fn renew(
    state: TaskState,
    lease: Option<&LeaseView>,
    user: UserId,
    token: Uuid,
    now: Millis,
) -> Result<LeaseView, LeaseLost> {
    hold(state, lease, user, token)?;
    let until = lease.map_or(now, |l| l.until).max(now.plus(LEASE_MS));
    Ok(LeaseView { holder: user, token, until })
}

/// Whether a task of this kind hides scores and findings from its judge.
pub const fn hides_findings(kind: TaskKind) -> bool {
    matches!(kind, TaskKind::Blind | TaskKind::Golden)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::review::fixture::user;

    const T0: Millis = Millis(1_000_000);

    fn lease() -> LeaseView {
        grant(user(1), Uuid::from_u128(7), T0)
    }

    #[test]
    fn a_task_is_claimable_when_open_and_not_under_a_live_lease() {
        let l = lease();
        let last = l.until.plus(-1);
        for (state, lease, now, expected) in [
            (TaskState::Open, None, T0, true),
            (TaskState::Open, Some(&l), T0, false),
            (TaskState::Open, Some(&l), last, false),
            (TaskState::Open, Some(&l), l.until, true),
            (TaskState::Done, None, T0, false),
            (TaskState::Cancelled, Some(&l), l.until, false),
        ] {
            assert_eq!(claimable(state, lease, now), expected, "{state} {lease:?} at {now}");
        }
    }

    #[test]
    fn only_holder_and_token_together_hold_a_task() {
        let l = lease();
        let other = Uuid::from_u128(8);
        for (state, lease, who, token, expected) in [
            (TaskState::Open, Some(&l), user(1), l.token, Ok(())),
            (TaskState::Open, Some(&l), user(2), l.token, Err(LeaseLost::Taken)),
            (TaskState::Open, Some(&l), user(1), other, Err(LeaseLost::Taken)),
            (TaskState::Open, None, user(1), l.token, Err(LeaseLost::Taken)),
            (TaskState::Done, Some(&l), user(1), l.token, Err(LeaseLost::Closed)),
        ] {
            assert_eq!(hold(state, lease, who, token), expected);
        }
    }

    #[test]
    fn a_heartbeat_extends_even_a_lapsed_lease_that_nobody_took_and_never_shortens_one() {
        let l = lease();
        let late = l.until.plus(Millis::HOUR);
        assert_eq!(renew(TaskState::Open, Some(&l), user(1), l.token, late).unwrap().until, late.plus(LEASE_MS));
        let reordered = renew(TaskState::Open, Some(&l), user(1), l.token, T0.plus(-5)).unwrap();
        assert_eq!(reordered.until, l.until);
    }

    #[test]
    fn nobody_answers_a_round_twice() {
        assert!(may_answer(user(1), &[user(2), user(3)]));
        assert!(!may_answer(user(2), &[user(2), user(3)]));
    }
}
