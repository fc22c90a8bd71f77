//! Ads: the list, and one ad with its revisions, screenings, decisions and events.
//!
//! Called by `web::console::ads` and the task page. It must never leave the caller's submitter.

use crate::domain::{
    AdContent, AdId, AdvertiserId, ApprovalStatus, DecisionId, Millis, ReviewStatus, RevisionId, RoundId, ScreeningId,
    TaskId,
    decision::{Automation, DecidedBy, DecisionState},
    finding::Finding,
    release::ReleaseNumber,
    review::{JudgementOutcome, RoundState, RoundTrigger, TaskKind, TaskState},
    screening::{RuleTrace, Trigger},
    signal::Signals,
    verdict::{Conclusion, Serving},
};

/// One ad in a list.
#[derive(Debug, Clone)]
pub struct AdLine {
    /// The ad.
    pub id: AdId,
    /// The submitter's id for it.
    pub external_id: String,
    /// Newest headline, or body where there is none.
    pub headline: String,
    /// The advertiser's name.
    pub advertiser: String,
    /// How far review has come.
    pub review_status: ReviewStatus,
    /// What may serve.
    pub approval_status: ApprovalStatus,
    /// When it was submitted.
    pub created_at: Millis,
}

/// What the list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct AdFilter {
    /// Only this review status.
    pub review_status: Option<ReviewStatus>,
    /// Only this approval status.
    pub approval_status: Option<ApprovalStatus>,
    /// An id, an external id, or the start of an advertiser's name; empty is all.
    pub text: String,
    /// Only ads older than this one.
    pub before: Option<AdId>,
    /// Rows wanted, 1 to 200.
    pub limit: u32,
}

/// One ad with its history.
#[derive(Debug, Clone)]
pub struct AdView {
    /// The line of the list.
    pub line: AdLine,
    /// The submitter's name.
    pub submitter: String,
    /// The advertiser.
    pub advertiser: AdvertiserId,
    /// The revision that serves.
    pub serving_revision: Option<RevisionId>,
    /// What may serve, as submitters see it.
    pub serving: Serving,
    /// Grows with every change that submitters see.
    pub outcome_version: i64,
    /// When it was last changed.
    pub updated_at: Millis,
    /// Revisions, newest first.
    pub revisions: Vec<RevisionView>,
    /// Screenings, newest first.
    pub screenings: Vec<ScreeningView>,
    /// Decisions, newest first.
    pub decisions: Vec<DecisionView>,
    /// Rounds, newest first.
    pub rounds: Vec<RoundView>,
    /// Events, newest first.
    pub events: Vec<EventView>,
}

/// One revision.
#[derive(Debug, Clone)]
pub struct RevisionView {
    /// Its id.
    pub id: RevisionId,
    /// Its number within the ad, from 1.
    pub number: i32,
    /// Its content.
    pub content: AdContent,
    /// When it was submitted.
    pub created_at: Millis,
}

/// One screening.
#[derive(Debug, Clone)]
pub struct ScreeningView {
    /// Its id.
    pub id: ScreeningId,
    /// The number of the revision screened.
    pub revision_number: i32,
    /// Why it ran.
    pub trigger: Trigger,
    /// The release that ran.
    pub release: ReleaseNumber,
    /// What it concluded.
    pub conclusion: Conclusion,
    /// Measurements.
    pub signals: Signals,
    /// Findings.
    pub findings: Vec<Finding>,
    /// What became of every rule.
    pub trace: Vec<RuleTrace>,
    /// When.
    pub created_at: Millis,
}

/// One decision.
#[derive(Debug, Clone)]
pub struct DecisionView {
    /// Its id.
    pub id: DecisionId,
    /// The number of the revision decided.
    pub revision_number: Option<i32>,
    /// What was concluded.
    pub conclusion: Conclusion,
    /// Who concluded.
    pub decided_by: DecidedBy,
    /// The person's name, where it was one.
    pub user: Option<String>,
    /// How far machines decided.
    pub automation: Automation,
    /// The release that mapped it.
    pub release: ReleaseNumber,
    /// Findings it rests on.
    pub findings: Vec<Finding>,
    /// Whether it reached the outside.
    pub state: DecisionState,
    /// The decision it overtook.
    pub supersedes: Option<DecisionId>,
    /// When it takes or took effect.
    pub effective_at: Millis,
    /// When it was made.
    pub created_at: Millis,
}

/// One round with its tasks.
#[derive(Debug, Clone)]
pub struct RoundView {
    /// Its id.
    pub id: RoundId,
    /// Why it was opened.
    pub trigger: RoundTrigger,
    /// Where it stands.
    pub state: RoundState,
    /// When it was opened.
    pub opened_at: Millis,
    /// Its tasks.
    pub tasks: Vec<TaskLine>,
}

/// One task of a round, with its answer.
#[derive(Debug, Clone)]
pub struct TaskLine {
    /// Its id.
    pub id: TaskId,
    /// What kind it is.
    pub kind: TaskKind,
    /// Where it stands.
    pub state: TaskState,
    /// Who answered.
    pub user: Option<String>,
    /// What was asked for.
    pub outcome: Option<JudgementOutcome>,
    /// Their words.
    pub note: String,
}

/// One event, sealed or about to be.
#[derive(Debug, Clone)]
pub struct EventView {
    /// Dense position, once sealed.
    pub position: Option<i64>,
    /// Dotted type.
    pub type_name: String,
    /// When it happened.
    pub created_at: Millis,
}
