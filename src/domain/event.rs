//! Events: state changes worth telling a submitter, in the order the sealer gives them.
//!
//! Written by flows in the commit of the change, read by the cursor and by notifications. It must never hold
//! personal data, nor anything disclosure withholds.

use super::{
    advertiser::Standing,
    certificate::CertificateState,
    decision::{Notice, Outcome},
    id::{AdId, AdvertiserId, CertificateId, EventId, RevisionId},
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
}

impl EventKind {
    /// The dotted type, as receivers filter by it.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::AdSubmitted { .. } => "ad.submitted",
            Self::AdRevised { .. } => "ad.revised",
            Self::AdWithdrawn { .. } => "ad.withdrawn",
            Self::AdOutcome { .. } => "ad.outcome",
            Self::AdvertiserUpdated { .. } => "advertiser.updated",
            Self::AdvertiserCertificate { .. } => "advertiser.certificate",
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
