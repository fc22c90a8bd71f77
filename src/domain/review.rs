//! Rounds, tasks and judgements: the shape of people's work.
//!
//! Called by `review` (state machines), flows and pages. It must never say who may do what: `role` does.

use super::{
    finding::Finding,
    id::{FindingId, ScreeningId},
    policy::PolicyCode,
    verdict::Conclusion,
};
use crate::named_enum;
use serde::{Deserialize, Serialize};

named_enum!(
    /// What a finding, round or decision is about.
    SubjectKind {
        /// One content of an ad.
        Revision = "revision",
        /// An image or video.
        Asset = "asset",
        /// A landing URL.
        Destination = "destination",
        /// An account.
        Advertiser = "advertiser",
    }
);

named_enum!(
    /// Why a round was opened. At most one is open per subject and trigger.
    RoundTrigger {
        /// A screening asked for a person.
        Screening = "screening",
        /// The content changed materially.
        Change = "change",
        /// Somebody reported it.
        Report = "report",
        /// The advertiser appealed.
        Appeal = "appeal",
        /// A blind or golden check.
        Quality = "quality",
        /// A new release swept decided ads.
        Sweep = "sweep",
        /// An advertiser's certificate was submitted.
        Certificate = "certificate",
    }
);

named_enum!(
    /// Where a round stands.
    RoundState {
        /// Waits for judgements.
        Open = "open",
        /// Resolved into a decision.
        Resolved = "resolved",
        /// Closed without one (withdrawn, superseded).
        Cancelled = "cancelled",
    }
);

named_enum!(
    /// What kind of work a task is.
    TaskKind {
        /// The first answer.
        Primary = "primary",
        /// One of several independent answers.
        Overlap = "overlap",
        /// Answered without scores and findings.
        Blind = "blind",
        /// Known truth.
        Golden = "golden",
        /// An appeal.
        Appeal = "appeal",
        /// A lead settles a disagreement or an escalation.
        Adjudication = "adjudication",
        /// Decided before, disputed now.
        Rereview = "rereview",
    }
);

named_enum!(
    /// Where a task stands. A lease is not a state: it lapses by the clock.
    TaskState {
        /// Can be claimed.
        Open = "open",
        /// Answered.
        Done = "done",
        /// Nobody needs to answer any more.
        Cancelled = "cancelled",
    }
);

named_enum!(
    /// A person's answer to one shown finding.
    Answer {
        /// The finding is right.
        Confirmed = "confirmed",
        /// The finding is wrong.
        Dismissed = "dismissed",
        /// Not looked at; says nothing.
        NotExamined = "not_examined",
    }
);

named_enum!(
    /// What a judgement asks for.
    JudgementOutcome {
        /// The ad may serve.
        Approve = "approve",
        /// The ad may serve under the findings' constraints.
        Limited = "limited",
        /// The ad may not serve.
        Reject = "reject",
        /// Somebody senior must decide.
        Escalate = "escalate",
    }
);

impl From<Conclusion> for Option<JudgementOutcome> {
    fn from(c: Conclusion) -> Self {
        match c {
            Conclusion::Approve => Some(JudgementOutcome::Approve),
            Conclusion::Limited => Some(JudgementOutcome::Limited),
            Conclusion::Prohibited => Some(JudgementOutcome::Reject),
            Conclusion::Review => None,
        }
    }
}

/// The answer to one shown finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FindingAnswer {
    /// The finding.
    pub finding: FindingId,
    /// The answer.
    pub answer: Answer,
}

/// What the person saw when answering; decides which labels count as blind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Shown {
    /// The screening shown; `None` where the task was not about an ad.
    #[serde(default)]
    pub screening: Option<ScreeningId>,
    /// Whether scores and findings were hidden.
    pub blind: bool,
}

/// One person's answer to one task, before it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Answers to the shown findings.
    pub answers: Vec<FindingAnswer>,
    /// Findings the person added.
    pub added: Vec<Finding>,
    /// Policies that a blind judge or adder looked at and found clean.
    pub examined_clean: Vec<PolicyCode>,
    /// What is asked for.
    pub outcome: JudgementOutcome,
    /// The person's words.
    pub note: String,
    /// Whether the outcome differs from what the release makes of the findings (needs a reason and a permission).
    pub overrides: bool,
}
