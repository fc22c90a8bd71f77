//! What a submitter in observe mode decided itself, and where Adjudge concluded otherwise.
//!
//! Told by `POST /v1/decisions/external`, compared by the store's view. It must never be read by rules, nor become a
//! label: what others decided is no truth of ours.

use super::{delivery::NamedAd, id::AdId, metrics::Estimate, policy::PolicyCode, time::Millis, verdict::Conclusion};
use crate::named_enum;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

named_enum!(
    /// What a submitter decided about an ad.
    ExternalOutcome {
        /// It serves.
        Approved = "approved",
        /// It serves under limits.
        Limited = "limited",
        /// It does not serve.
        Rejected = "rejected",
    }
);

/// A submitter's own decision about the newest content of one of its ads.
#[derive(Debug, Clone, PartialEq)]
pub struct ExternalDecision {
    /// The ad.
    pub ad: NamedAd,
    /// What was decided.
    pub outcome: ExternalOutcome,
    /// For which policies; may be empty.
    pub policies: BTreeSet<PolicyCode>,
    /// When; `None` is now.
    pub decided_at: Option<Millis>,
}

/// Both decisions about one content.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The ad.
    pub ad: AdId,
    /// The submitter's id for it.
    pub external_id: String,
    /// What the submitter decided.
    pub theirs: ExternalOutcome,
    /// For which policies.
    pub their_policies: BTreeSet<PolicyCode>,
    /// What was concluded here; `None` while a person must look.
    pub ours: Option<Conclusion>,
    /// For which policies.
    pub our_policies: BTreeSet<PolicyCode>,
    /// When they decided.
    pub decided_at: Millis,
}

/// Decisions counted by what each side said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Confusion {
    /// Both say yes.
    pub both: u64,
    /// Only Adjudge says yes.
    pub only_ours: u64,
    /// Only the submitter says yes.
    pub only_theirs: u64,
    /// Neither says yes.
    pub neither: u64,
}

impl Confusion {
    fn add(&mut self, ours: bool, theirs: bool) {
        *match (ours, theirs) {
            (true, true) => &mut self.both,
            (true, false) => &mut self.only_ours,
            (false, true) => &mut self.only_theirs,
            (false, false) => &mut self.neither,
        } += 1;
    }

    /// Decisions counted.
    pub fn n(&self) -> u64 {
        self.both + self.only_ours + self.only_theirs + self.neither
    }

    /// The share in which both say the same.
    pub fn agreement(&self) -> Option<Estimate> {
        share(self.both + self.neither, self.n())
    }

    /// Of what Adjudge says yes to, the share that the submitter does, too.
    pub fn confirmed(&self) -> Option<Estimate> {
        share(self.both, self.both + self.only_ours)
    }

    /// Of what the submitter says yes to, the share that Adjudge does, too.
    pub fn found(&self) -> Option<Estimate> {
        share(self.both, self.both + self.only_theirs)
    }
}

fn share(part: u64, n: u64) -> Option<Estimate> {
    Estimate::wilson(part as f64 / n as f64, n as f64)
}

/// All decisions of a submitter beside those made here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Contents that both decided.
    pub compared: u64,
    /// Contents that wait for a person here.
    pub waiting: u64,
    /// Whether an ad may not serve, or only under limits.
    pub restricted: Confusion,
    /// The same by policy, where the submitter told any policies at all.
    pub policies: BTreeMap<PolicyCode, Confusion>,
}

/// Counts decisions. A restriction without policies says nothing of any policy, so it counts for none.
pub fn tally<'c>(all: impl Iterator<Item = &'c Compared> + Clone) -> Tally {
    let decided = |c: &&Compared| c.ours.is_some();
    let told = |c: &&Compared| c.theirs == ExternalOutcome::Approved || !c.their_policies.is_empty();
    let codes: BTreeSet<&PolicyCode> =
        all.clone().filter(decided).flat_map(|c| c.their_policies.iter().chain(&c.our_policies)).collect();
    let mut tally = Tally::default();
    for one in all.clone() {
        match one.ours {
            None => tally.waiting += 1,
            Some(ours) => {
                tally.compared += 1;
                tally.restricted.add(ours != Conclusion::Approve, one.theirs != ExternalOutcome::Approved);
            }
        }
    }
    for code in codes {
        let counts = tally.policies.entry(code.clone()).or_default();
        for one in all.clone().filter(decided).filter(told) {
            counts.add(one.our_policies.contains(code), one.their_policies.contains(code));
        }
    }
    tally
}

impl Compared {
    /// Whether the two differ in what may serve.
    pub fn differs(&self) -> bool {
        let same = |ours| match self.theirs {
            ExternalOutcome::Approved => ours == Conclusion::Approve,
            ExternalOutcome::Limited => ours == Conclusion::Limited,
            ExternalOutcome::Rejected => ours == Conclusion::Prohibited,
        };
        self.ours.is_some_and(|ours| !same(ours))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn compared(theirs: ExternalOutcome, their: &str, ours: Option<Conclusion>, our: &str) -> Compared {
        let codes = |text: &str| text.split_whitespace().map(|c| c.parse().unwrap()).collect();
        Compared {
            ad: AdId(uuid::Uuid::nil()),
            external_id: "x".into(),
            theirs,
            their_policies: codes(their),
            ours,
            our_policies: codes(our),
            decided_at: Millis(0),
        }
    }

    #[test]
    fn what_is_undecided_or_untold_counts_for_nothing() {
        use Conclusion::{Approve, Limited, Prohibited};
        use ExternalOutcome::{Approved, Rejected};
        let all = [
            compared(Rejected, "scam", Some(Prohibited), "scam weapons"),
            compared(Rejected, "", Some(Prohibited), "weapons"),
            compared(Approved, "", Some(Limited), "gambling"),
            compared(Approved, "", Some(Approve), ""),
            compared(Rejected, "scam", None, ""),
            compared(Rejected, "scam", Some(Approve), ""),
        ];
        let tally = tally(all.iter());
        assert_eq!((tally.compared, tally.waiting), (5, 1));
        assert_eq!(tally.restricted, Confusion { both: 2, only_ours: 1, only_theirs: 1, neither: 1 });
        let of = |code: &str| tally.policies[&code.parse::<PolicyCode>().unwrap()];
        assert_eq!(of("scam"), Confusion { both: 1, only_ours: 0, only_theirs: 1, neither: 2 });
        assert_eq!(of("weapons"), Confusion { both: 0, only_ours: 1, only_theirs: 0, neither: 3 });
        assert!(of("gambling").agreement().is_some_and(|e| (e.value - 0.75).abs() < 1e-9 && e.low < 0.75));
        assert_eq!(all.iter().filter(|c| c.differs()).count(), 2);
    }
}
