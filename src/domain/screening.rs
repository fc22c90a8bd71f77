//! A screening: one run of signals and rules over one revision, with all it needs to be replayed.
//!
//! Built by `screening`, stored by `flows::screen`, read by replay and pages. It must never be changed once stored.

use super::{
    advertiser::AdvertiserView,
    certificate::CertificateState,
    destination::DestinationFacts,
    finding::Finding,
    id::{CertificateId, ReleaseId, RevisionId, ScreeningId, SweepId},
    shared::Shared,
    signal::Signals,
    time::Millis,
    verdict::Verdict,
};
use serde::{Deserialize, Serialize};

/// How many revisions were submitted in each fixed window before `evaluated_at`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Window {
    /// In the last hour.
    pub h1: u32,
    /// In the last 24 hours.
    pub h24: u32,
    /// In the last 7 days.
    pub d7: u32,
}

/// Window counts, this revision included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WindowCounts {
    /// By the same advertiser.
    pub advertiser: Window,
    /// To the same registrable domain, by anybody.
    pub domain: Window,
    /// With the same image (the most frequent one of the ad), by anybody.
    pub image: Window,
    /// Rejections of the same advertiser's ads; `None` in screenings stored before they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denials: Option<Window>,
}

/// What a rule may know besides ad and signals, fetched by the flow and stored with the screening.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Facts {
    /// The clock for rules.
    pub evaluated_at: Millis,
    /// The advertiser.
    pub advertiser: AdvertiserView,
    /// Window counts.
    pub counts: WindowCounts,
    /// What was found behind the landing URL; `None` where nobody has fetched it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<DestinationFacts>,
}

/// What became of one rule, for the trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RuleTrace {
    /// `<policy>/<rule>`.
    #[schema(value_type = String)]
    pub rule: Shared,
    /// `true`, `false` or `unknown` (Kleene).
    pub truth: Truth,
    /// Whether the rule was only shadowing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
    /// Whether the advertiser is snoozed for the rule, so that it found nothing whatever its condition said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub snoozed: bool,
}

crate::named_enum!(
    /// Kleene's three truth values.
    Truth {
        /// False.
        False = "false",
        /// Not decidable from what is known.
        Unknown = "unknown",
        /// True.
        True = "true",
    }
);

/// What evaluating a release over signals and facts gives. A pure function of them: replay compares it to the bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evaluation {
    /// Findings, in rule order. Ids are made by the caller.
    pub findings: Vec<Finding>,
    /// The rules that did not end false, in rule order. All others of the release did, had expired, or do not act on
    /// this revision's share.
    pub trace: Vec<RuleTrace>,
    /// How many rules the release has that are live or shadow.
    #[serde(default)]
    pub rules: u32,
    /// The verdict.
    pub verdict: Verdict,
}

/// Why a revision was screened. Unique per revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trigger {
    /// It was submitted.
    Submitted,
    /// A release went live while its round was open.
    Released {
        /// That release.
        release: ReleaseId,
    },
    /// A release swept the ads that live.
    Sweep {
        /// The sweep.
        sweep: SweepId,
    },
    /// A failed signal recovered.
    Recovered {
        /// When.
        at: Millis,
    },
    /// Its submitter asked for another look at unchanged content.
    Touched {
        /// When.
        at: Millis,
    },
    /// A certificate of its advertiser came into force or lapsed.
    Certificate {
        /// Which one.
        certificate: CertificateId,
        /// What became of it.
        state: CertificateState,
    },
}

/// The trigger key of every screening that a sweep asked for.
pub fn sweep_key(sweep: SweepId) -> String {
    format!("sweep:{sweep}")
}

impl Trigger {
    /// Whether a sweep asked.
    pub fn is_sweep(&self) -> bool {
        matches!(self, Self::Sweep { .. })
    }

    /// The unique key of the trigger within a revision.
    pub fn key(&self) -> String {
        match self {
            Self::Submitted => "submitted".into(),
            Self::Released { release } => format!("released:{release}"),
            Self::Sweep { sweep } => sweep_key(*sweep),
            Self::Recovered { at } => format!("recovered:{}", at.0),
            Self::Touched { at } => format!("touched:{}", at.0),
            Self::Certificate { certificate, state } => format!("certificate:{certificate}:{state}"),
        }
    }
}

/// One stored screening.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Screening {
    /// Its id.
    pub id: ScreeningId,
    /// The revision screened.
    pub revision: RevisionId,
    /// Why.
    pub trigger: Trigger,
    /// The release whose rules ran.
    pub release: ReleaseId,
    /// Measurements.
    pub signals: Signals,
    /// Facts.
    pub facts: Facts,
    /// Conclusions.
    pub evaluation: Evaluation,
    /// When it was stored.
    pub created_at: Millis,
}
