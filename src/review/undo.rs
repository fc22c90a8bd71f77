//! Undo: a person takes back a decision before it reaches the outside.
//!
//! Called by flows that decide and undo. It must never remove anything: the decision stays with state `undone`, and
//! the round it came from opens again.

use crate::domain::{decision::DecisionState, id::UserId, time::Millis};

/// What of a decision matters to undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UndoView {
    /// Where it stands.
    pub state: DecisionState,
    /// The person whose judgement completed it; `None` for a release's.
    pub decided_by: Option<UserId>,
    /// When it takes effect.
    pub effective_at: Millis,
}

/// Why a decision cannot be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotUndo {
    /// Somebody else decided it, or no person did.
    #[error("Only the person who decided can undo.")]
    NotYours,
    /// It took effect: the outside may have seen it.
    #[error("The decision has taken effect. Ask a lead for a new decision on this ad.")]
    TooLate,
    /// It was undone or overtaken before.
    #[error("This decision was already taken back.")]
    AlreadyGone,
}

/// When a person's decision takes effect. Stopping what serves waits for nobody: harm goes on while it serves, and
/// a wrong stop can be corrected.
pub fn effective_at(decided_at: Millis, serves_now: bool, may_serve_after: bool, grace_ms: i64) -> Millis {
    let takedown = serves_now && !may_serve_after;
    decided_at.plus(if takedown { 0 } else { grace_ms.max(0) })
}

/// Whether `user` may undo the decision at `now`.
pub fn may_undo(decision: &UndoView, user: UserId, now: Millis) -> Result<(), CannotUndo> {
    match decision.state {
        _ if decision.decided_by != Some(user) => Err(CannotUndo::NotYours),
        DecisionState::Undone | DecisionState::Lapsed => Err(CannotUndo::AlreadyGone),
        DecisionState::Effective => Err(CannotUndo::TooLate),
        // The job that makes decisions effective may run late; the clock, not the job, ends the grace time.
        DecisionState::Pending if now >= decision.effective_at => Err(CannotUndo::TooLate),
        DecisionState::Pending => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::fixture::user;

    #[test]
    fn undo_is_for_the_same_person_within_the_grace_time() {
        let end = Millis(10_000);
        for (state, by, who, now, expected) in [
            (DecisionState::Pending, Some(user(1)), user(1), 9_999, Ok(())),
            (DecisionState::Pending, Some(user(1)), user(1), 10_000, Err(CannotUndo::TooLate)),
            (DecisionState::Pending, Some(user(1)), user(2), 0, Err(CannotUndo::NotYours)),
            (DecisionState::Pending, None, user(1), 0, Err(CannotUndo::NotYours)),
            (DecisionState::Effective, Some(user(1)), user(1), 0, Err(CannotUndo::TooLate)),
            (DecisionState::Undone, Some(user(1)), user(1), 0, Err(CannotUndo::AlreadyGone)),
            (DecisionState::Lapsed, Some(user(1)), user(1), 0, Err(CannotUndo::AlreadyGone)),
        ] {
            let view = UndoView { state, decided_by: by, effective_at: end };
            assert_eq!(may_undo(&view, who, Millis(now)), expected, "{state} by {by:?}, {who} at {now}");
        }
    }

    #[test]
    fn takedowns_take_effect_at_once() {
        const GRACE_MS: i64 = 10 * Millis::SECOND;
        let t = Millis(5);
        assert_eq!(effective_at(t, true, false, GRACE_MS), t);
        assert_eq!(effective_at(t, true, true, GRACE_MS), t.plus(GRACE_MS));
        assert_eq!(effective_at(t, false, false, GRACE_MS), t.plus(GRACE_MS));
        assert_eq!(effective_at(t, false, true, -1), t);
    }
}
