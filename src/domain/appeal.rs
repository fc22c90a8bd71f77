//! Appeals: somebody contests a decision, and a person who had no part in it decides anew.
//!
//! Opened through the API, by a signed link, or by a lead on somebody's behalf. It must never be decided by a machine
//! alone: what an appeal came to is read off the decision of its round.

use super::{
    digest::Digest,
    finding::{Effect, Finding},
    id::{AdId, AdvertiserId, AppealId, DecisionId, RoundId, SubmitterId, UserId},
    time::Millis,
    verdict::{Conclusion, Verdict},
};
use crate::named_enum;

named_enum!(
    /// Where an appeal stands, and what it came to.
    AppealState {
        /// Waits for a person.
        Open = "open",
        /// The decision stands.
        Confirmed = "confirmed",
        /// Another restriction took the decision's place.
        Modified = "modified",
        /// The decision was wrong.
        Overturned = "overturned",
        /// Taken back by whoever opened it.
        Withdrawn = "withdrawn",
        /// The ad changed, or was withdrawn or blocked, before anybody decided.
        Lapsed = "lapsed",
    }
);

named_enum!(
    /// Who contests a decision.
    Appellant {
        /// The submitter, through the API.
        Submitter = "submitter",
        /// Whoever was handed the link, usually the advertiser.
        Advertiser = "advertiser",
        /// A lead who holds the decision to be wrong.
        Staff = "staff",
    }
);

/// A document that an appellant adds. Its bytes are in the blob store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The name it was sent under; for people only.
    pub name: String,
    /// What its bytes are, as found out by looking at them.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// Digest of the bytes.
    pub digest: Digest,
}

/// An appeal.
#[derive(Debug, Clone, PartialEq)]
pub struct Appeal {
    /// Its id.
    pub id: AppealId,
    /// The decision contested.
    pub decision: DecisionId,
    /// The ad.
    pub ad: AdId,
    /// Its advertiser.
    pub advertiser: AdvertiserId,
    /// Whose ad it is.
    pub submitter: SubmitterId,
    /// Who contests.
    pub appellant: Appellant,
    /// The person, where a lead opened it.
    pub user: Option<UserId>,
    /// What they say.
    pub statement: String,
    /// What they add, in order.
    pub attachments: Vec<Attachment>,
    /// Where it stands.
    pub state: AppealState,
    /// The round in which it is decided.
    pub round: Option<RoundId>,
    /// The decision that it came to.
    pub result: Option<DecisionId>,
    /// When it shall be decided.
    pub due: Millis,
    /// When it was opened.
    pub created_at: Millis,
    /// When it ended.
    pub decided_at: Option<Millis>,
}

/// What a second decision makes of the first. Fewer findings under the same outcome leave the decision standing; a new
/// one, or other limits, is another decision.
pub fn result(before: (&Verdict, &[Finding]), after: (&Verdict, &[Finding])) -> AppealState {
    let (was, is) = (before.0.conclusion, after.0.conclusion);
    let found_before = |f: &Finding| before.1.iter().any(|b| b.policy == f.policy);
    let breach = |f: &&Finding| f.effect > Effect::Descriptive;
    let same_limits = before.0.serving.excluded_countries == after.0.serving.excluded_countries
        && before.0.serving.only_countries == after.0.serving.only_countries
        && before.0.serving.min_age == after.0.serving.min_age
        && before.0.serving.needs_certificate == after.0.serving.needs_certificate;
    let limits_count = is == Conclusion::Limited;
    if was == is && (same_limits || !limits_count) && after.1.iter().filter(breach).all(found_before) {
        return AppealState::Confirmed;
    }
    match (was, is) {
        (Conclusion::Approve, Conclusion::Prohibited) => AppealState::Overturned,
        (was, Conclusion::Approve) if was != Conclusion::Approve => AppealState::Overturned,
        _ => AppealState::Modified,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::{id::FindingId, verdict::Serving};

    fn finding(policy: &str) -> Finding {
        Finding {
            id: FindingId(uuid::Uuid::nil()),
            policy: policy.parse().unwrap(),
            clause_version: 1,
            rule: None,
            effect: Effect::Prohibited,
            evidence: vec![],
            constraints: vec![],
            undecided: false,
        }
    }

    #[test]
    fn a_result_is_read_off_the_two_decisions() {
        use AppealState::{Confirmed, Modified, Overturned};
        use Conclusion::{Approve, Limited, Prohibited};
        let verdict = |conclusion, min_age| Verdict { conclusion, serving: Serving { min_age, ..Serving::default() } };
        for (was, policies, is, now, expected) in [
            ((Prohibited, None), &["adult", "scam"][..], (Prohibited, None), &["scam"][..], Confirmed),
            ((Prohibited, None), &["adult"], (Prohibited, Some(18)), &["adult"], Confirmed),
            ((Prohibited, None), &["adult"], (Prohibited, None), &["scam"], Modified),
            ((Prohibited, None), &["adult"], (Limited, Some(18)), &["adult"], Modified),
            ((Limited, Some(18)), &["adult"], (Limited, Some(18)), &["adult"], Confirmed),
            ((Limited, Some(18)), &["adult"], (Limited, Some(21)), &["adult"], Modified),
            ((Limited, Some(18)), &["adult"], (Approve, None), &[], Overturned),
            ((Prohibited, None), &["adult"], (Approve, None), &[], Overturned),
            ((Approve, None), &[], (Prohibited, None), &["adult"], Overturned),
            ((Approve, None), &[], (Limited, Some(18)), &["adult"], Modified),
            ((Approve, None), &[], (Approve, None), &[], Confirmed),
        ] {
            let (before, after) = (verdict(was.0, was.1), verdict(is.0, is.1));
            let found: Vec<Finding> = policies.iter().map(|p| finding(p)).collect();
            let finds: Vec<Finding> = now.iter().map(|p| finding(p)).collect();
            assert_eq!(result((&before, &found), (&after, &finds)), expected, "{was:?} {policies:?} {is:?} {now:?}");
        }
    }
}
