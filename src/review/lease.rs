//! Leases: how long a person has a task to themselves, and what a task shows its judge.
//!
//! Called by flows and pages. The rules themselves are compare-and-set statements of the store, since only the
//! database can decide between two who ask at once:
//! - an open task without a live lease can be claimed, and each claim has a token of its own;
//! - whoever presents holder and token may renew, answer, skip or give back, also after the lease ran out, as long as
//!   nobody else claimed: a closed laptop frees the task, and loses nobody's work when no one took it;
//! - nobody answers a round twice, and who settles a disagreement had no part in it: otherwise a majority would be one
//!   person's opinion counted twice.

use crate::domain::{review::TaskKind, time::Millis};

/// How long a lease lasts without a heartbeat where its queue does not say, in milliseconds.
pub const LEASE_MS: i64 = 2 * Millis::MINUTE;

/// Whether a task of this kind hides scores and findings from its judge, so that the answer owes nothing to them.
pub const fn hides_findings(kind: TaskKind) -> bool {
    matches!(kind, TaskKind::Blind | TaskKind::Golden)
}
