//! Events: state changes worth telling a submitter, in the order the sealer gives them.
//!
//! Written by flows in the commit of the change, read by the cursor and by notifications. It must never hold
//! personal data, nor anything disclosure withholds.

use super::{
    advertiser::Standing,
    appeal::{AppealState, Appellant},
    certificate::CertificateState,
    decision::{Notice, Outcome},
    id::{AdId, AdvertiserId, AppealId, CertificateId, DecisionId, EventId, ReportId, RevisionId},
    policy::PolicyCode,
    report::{ReportOutcome, Reporter},
    time::Millis,
};
use serde::{Deserialize, Serialize};

/// What happened. Add a variant here with its payload, and its snapshot in the suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", content = "data")]
pub enum EventKind {
    /// An ad was accepted.
    #[serde(rename = "ad.submitted")]
    AdSubmitted {
        /// The ad.
        ad: AdId,
        /// The submitter's id for it.
        external_id: String,
        /// Its first revision.
        revision: RevisionId,
    },
    /// An ad's content changed.
    #[serde(rename = "ad.revised")]
    AdRevised {
        /// The ad.
        ad: AdId,
        /// The submitter's id for it.
        external_id: String,
        /// The new revision.
        revision: RevisionId,
    },
    /// An ad was taken back.
    #[serde(rename = "ad.withdrawn")]
    AdWithdrawn {
        /// The ad, as it stands now.
        outcome: Box<Outcome>,
    },
    /// An ad's statuses, serving or findings changed.
    #[serde(rename = "ad.outcome")]
    AdOutcome {
        /// The ad, as it stands now.
        outcome: Box<Outcome>,
        /// For a restriction: what to tell the advertiser, in their language.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notice: Option<Box<Notice>>,
    },
    /// An advertiser's facts or standing changed.
    #[serde(rename = "advertiser.updated")]
    AdvertiserUpdated {
        /// The advertiser.
        advertiser: AdvertiserId,
        /// The submitter's id for it.
        external_id: String,
        /// Its standing now.
        standing: Standing,
    },
    /// A decision was contested.
    #[serde(rename = "appeal.opened")]
    AppealOpened {
        /// The appeal.
        appeal: AppealId,
        /// The ad.
        ad: AdId,
        /// The submitter's id for it.
        external_id: String,
        /// The decision contested.
        decision: DecisionId,
        /// Who contests it.
        appellant: Appellant,
        /// When it shall be decided.
        due: Millis,
    },
    /// An appeal ended.
    #[serde(rename = "appeal.decided")]
    AppealDecided {
        /// The appeal.
        appeal: AppealId,
        /// The ad.
        ad: AdId,
        /// The submitter's id for it.
        external_id: String,
        /// The decision that was contested.
        decision: DecisionId,
        /// What came of it.
        result: AppealState,
        /// The decision that took its place, where a person decided.
        result_decision: Option<DecisionId>,
    },
    /// A certificate was submitted, decided, or lapsed.
    #[serde(rename = "advertiser.certificate")]
    AdvertiserCertificate {
        /// The advertiser.
        advertiser: AdvertiserId,
        /// The submitter's id for it.
        external_id: String,
        /// The certificate.
        certificate: CertificateId,
        /// What it certifies.
        kind: String,
        /// Where it stands now.
        state: CertificateState,
        /// Why it was refused; empty otherwise.
        reason: String,
    },
    /// Somebody reported an ad, and it was decided.
    #[serde(rename = "report.decided")]
    ReportDecided {
        /// The report.
        report: ReportId,
        /// The ad.
        ad: AdId,
        /// The submitter's id for it.
        external_id: String,
        /// What kind of reporter it was.
        reporter: Reporter,
        /// The policy that was said to be broken.
        policy: PolicyCode,
        /// What came of it.
        outcome: ReportOutcome,
        /// The decision that it rests on, where there is one.
        decision: Option<DecisionId>,
    },
}

impl EventKind {
    /// Every dotted type, for filters. A test holds that none is missing.
    pub const TYPES: &'static [&'static str] = &[
        "ad.submitted",
        "ad.revised",
        "ad.withdrawn",
        "ad.outcome",
        "advertiser.updated",
        "appeal.opened",
        "appeal.decided",
        "advertiser.certificate",
        "report.decided",
    ];

    /// The dotted type, as receivers filter by it.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::AdSubmitted { .. } => "ad.submitted",
            Self::AdRevised { .. } => "ad.revised",
            Self::AdWithdrawn { .. } => "ad.withdrawn",
            Self::AdOutcome { .. } => "ad.outcome",
            Self::AppealOpened { .. } => "appeal.opened",
            Self::AppealDecided { .. } => "appeal.decided",
            Self::AdvertiserUpdated { .. } => "advertiser.updated",
            Self::AdvertiserCertificate { .. } => "advertiser.certificate",
            Self::ReportDecided { .. } => "report.decided",
        }
    }
}

/// A sealed event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Event {
    /// Its id; a receiver that saw it can drop it.
    pub id: EventId,
    /// Its dense position, from 1: the cursor.
    pub position: i64,
    /// When it happened.
    pub timestamp: Millis,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use utoipa::PartialSchema as _;

    #[test]
    fn filters_know_every_type() {
        let schema = serde_json::to_value(EventKind::schema()).unwrap();
        let mut described = vec![];
        for variant in schema["oneOf"].as_array().unwrap() {
            described.push(variant["properties"]["type"]["enum"][0].as_str().unwrap().to_owned());
        }
        assert_eq!(described, EventKind::TYPES);
    }
}
