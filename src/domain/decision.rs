//! Decisions and the outcome that submitters see.
//!
//! Made by flows from judgements or a release's verdict; append-only. It must never be edited: a later decision supersedes.

use super::{
    finding::{Constraint, Effect, Evidence},
    id::{AdId, DecisionId, RevisionId},
    policy::PolicyCode,
    status::{ApprovalStatus, ReviewStatus},
    time::Millis,
    verdict::Serving,
};
use crate::named_enum;
use serde::{Deserialize, Serialize};

named_enum!(
    /// Who concluded.
    DecidedBy {
        /// A release, without a person.
        Release = "release",
        /// One person or several.
        Person = "person",
    }
);

named_enum!(
    /// Whether a decision has reached the outside.
    DecisionState {
        /// Inside its grace time.
        Pending = "pending",
        /// In effect.
        Effective = "effective",
        /// Undone inside its grace time; left no outside trace.
        Undone = "undone",
        /// Overtaken before it took effect (withdrawn, revised).
        Lapsed = "lapsed",
    }
);

named_enum!(
    /// Ground of a restriction (DSA).
    Ground {
        /// Against the law.
        Illegal = "illegal_content",
        /// Against the terms.
        Incompatible = "incompatible_content",
    }
);

named_enum!(
    /// How far machines decided (DSA `automated_decision`).
    Automation {
        /// No person.
        Fully = "fully",
        /// A person, helped by scores.
        Partially = "partially",
        /// A person who saw no scores.
        NotAutomated = "not_automated",
    }
);

/// A finding as submitters may see it, after the policy's disclosure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DisclosedFinding {
    /// The policy.
    pub policy: PolicyCode,
    /// Its title.
    pub title: String,
    /// What the finding does.
    pub effect: Effect,
    /// The clause's version.
    pub clause_version: u32,
    /// Words that were found, where disclosure is full.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Limits on serving.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<Constraint>,
    /// How to fix it, where disclosure is full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_hint: Option<String>,
}

/// A restriction in words for the advertiser, as far as disclosure allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Notice {
    /// The language it is written in (ISO 639-1).
    pub language: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// What submitters see of an ad's state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Outcome {
    /// The ad.
    pub id: AdId,
    /// The submitter's id for it.
    pub external_id: String,
    /// The newest revision.
    pub revision: RevisionId,
    /// The revision that serves, if one does.
    pub serving_revision: Option<RevisionId>,
    /// How far review has come.
    pub review_status: ReviewStatus,
    /// What may serve.
    pub approval_status: ApprovalStatus,
    /// What may serve, in detail.
    pub serving: Serving,
    /// Why.
    pub findings: Vec<DisclosedFinding>,
    /// Who concluded, once somebody did.
    pub decided_by: Option<DecidedBy>,
    /// When that took effect.
    pub decided_at: Option<Millis>,
    /// The decision in effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionId>,
    /// When an open review is expected to end.
    pub expected_by: Option<Millis>,
    /// Where the advertiser can appeal the decision, for whoever has the link; only where the installation has a public
    /// address, and only about a restriction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal_url: Option<String>,
    /// Only grows: of two outcomes of one ad the greater version is the later.
    pub outcome_version: i64,
    /// The ad is for trying out only: nothing of it is real.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub sandbox: bool,
}
