//! Reports: somebody outside says that an ad breaks a policy.
//!
//! Taken by `POST /v1/reports`, answered by the round that they hasten or open. What may tell who reported is kept apart
//! from the rest: it must never be in an event, an audit row or a log.

use super::{
    id::{AdId, DecisionId, ReportId, RevisionId, RoundId, SubmitterId},
    policy::PolicyCode,
    role::Role,
    time::Millis,
};
use crate::named_enum;

named_enum!(
    /// Who reports.
    Reporter {
        /// Somebody who saw the ad.
        User = "user",
        /// Somebody whose rights the ad is said to infringe.
        RightsHolder = "rights_holder",
        /// A trusted flagger (DSA, article 22).
        TrustedFlagger = "trusted_flagger",
        /// An authority's order (DSA, article 9).
        Authority = "authority",
    }
);

named_enum!(
    /// Where a report stands.
    ReportState {
        /// It waits for people.
        Open = "open",
        /// It has its outcome.
        Decided = "decided",
    }
);

named_enum!(
    /// What came of a report.
    ReportOutcome {
        /// The ad was rejected or limited.
        Restricted = "restricted",
        /// The ad was found to break nothing.
        NoBreach = "no_breach",
        /// The ad was changed or taken back before anybody decided.
        Gone = "gone",
    }
);

impl Reporter {
    /// Who this role may speak for. Flaggers and authorities are certified: only a key of their own says so.
    pub const fn of_role(role: Role) -> &'static [Self] {
        match role {
            Role::Submitter => &[Self::User, Self::RightsHolder],
            Role::TrustedFlagger => &[Self::TrustedFlagger],
            Role::Authority => &[Self::Authority],
            Role::Reviewer | Role::Lead | Role::PolicyEditor | Role::Analyst | Role::Admin => &[],
        }
    }

    /// How far ahead of an ordinary deadline such a report moves a task, ms; `times` is how many of them there are. Many
    /// users together come before a rights holder, and never before an order.
    pub fn ahead_ms(self, times: i64) -> i64 {
        match self {
            Self::User => (30 + 10 * times.clamp(0, 12)) * Millis::MINUTE,
            Self::RightsHolder => 2 * Millis::HOUR,
            Self::TrustedFlagger => 12 * Millis::HOUR,
            Self::Authority => 72 * Millis::HOUR,
        }
    }
}

/// A report, without what may tell who reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// The ad's submitter.
    pub submitter: SubmitterId,
    /// The ad.
    pub ad: AdId,
    /// The revision that was the ad's newest.
    pub revision: RevisionId,
    /// Who sent it: a submitter, or a flagger's or an authority's key.
    pub sender: String,
    /// Who reports.
    pub reporter: Reporter,
    /// The policy that is said to be broken.
    pub policy: PolicyCode,
    /// Where it stands.
    pub state: ReportState,
    /// What came of it.
    pub outcome: Option<ReportOutcome>,
    /// The round that answers it.
    pub round: Option<RoundId>,
    /// The decision that did.
    pub decision: Option<DecisionId>,
    /// How often it was sent.
    pub times: i64,
    /// When it came in.
    pub created_at: Millis,
    /// When it was decided.
    pub decided_at: Option<Millis>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_users_come_before_a_rights_holder_and_never_before_an_order() {
        assert!(Reporter::User.ahead_ms(1) < Reporter::RightsHolder.ahead_ms(1));
        assert!(Reporter::User.ahead_ms(1_000_000) > Reporter::RightsHolder.ahead_ms(1));
        assert!(Reporter::User.ahead_ms(1_000_000) < Reporter::TrustedFlagger.ahead_ms(1));
        assert!(Reporter::TrustedFlagger.ahead_ms(1) < Reporter::Authority.ahead_ms(1));
    }
}
