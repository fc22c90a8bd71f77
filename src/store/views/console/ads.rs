//! Ads: the list, and one ad with its revisions, screenings, decisions and events.
//!
//! Called by `web::console::ads` and the task page. It must never leave the caller's submitter.

use crate::{
    domain::{
        AdContent, AdId, AdvertiserId, ApprovalStatus, DecisionId, Millis, ReviewStatus, RevisionId, RoundId,
        ScreeningId, TaskId,
        appeal::Appeal,
        decision::{Automation, DecidedBy, DecisionState},
        delivery::Delivered,
        finding::Finding,
        id::TypedId,
        release::ReleaseNumber,
        review::{JudgementOutcome, RoundState, RoundTrigger, TaskKind, TaskState},
        role::Scope,
        screening::{RuleTrace, Trigger},
        signal::Signals,
        verdict::{Conclusion, Serving},
    },
    store::{Db, StoreError, db},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

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
    /// What it delivered, as the submitter tells it.
    pub delivered: Delivered,
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
    /// Appeals, newest first.
    pub appeals: Vec<Appeal>,
    /// The decision in effect.
    pub decision: Option<DecisionId>,
    /// Where that decision can be appealed by whoever has the link.
    pub appeal_url: Option<String>,
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
    /// How many rules the release has that are live or shadow.
    pub rules: u32,
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

#[derive(FromQueryResult)]
struct Line {
    id: Uuid,
    external_id: String,
    content: String,
    name: String,
    review_status: String,
    approval_status: String,
    created_at: i64,
}

const LINES: &str = "SELECT a.id, a.external_id, v.content, o.name, a.review_status, a.approval_status, a.created_at
                     FROM ad a JOIN revision v ON v.id = a.latest_revision_id JOIN advertiser o ON o.id = a.advertiser_id";

pub(super) fn headline(content: &str) -> Result<String, StoreError> {
    let content: AdContent = serde_json::from_str(content).map_err(StoreError::damaged("content"))?;
    let creative = content.creative;
    Ok(if creative.headline.is_empty() { creative.body } else { creative.headline })
}

fn line(row: Line) -> Result<AdLine, StoreError> {
    Ok(AdLine {
        id: AdId(row.id),
        external_id: row.external_id,
        headline: headline(&row.content)?,
        advertiser: row.name,
        review_status: row.review_status.parse()?,
        approval_status: row.approval_status.parse()?,
        created_at: Millis(row.created_at),
    })
}

/// Conditions joined by AND, with the values that they name.
#[derive(Default)]
struct Conditions {
    said: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, before: &str, value: impl Into<Value>, after: &str) {
        self.values.push(value.into());
        self.said.push(format!("{before} ${}{after}", self.values.len()));
    }

    fn scope(&mut self, scope: &Scope) {
        if let Some(submitter) = scope.submitter {
            self.add("a.submitter_id =", submitter.uuid(), "");
        }
    }

    fn sql(&self) -> String {
        if self.said.is_empty() { "1 = 1".into() } else { self.said.join(" AND ") }
    }
}

/// Ads that fit, newest first.
pub async fn list(on: &Db, scope: &Scope, filter: &AdFilter) -> Result<Vec<AdLine>, StoreError> {
    let mut only = Conditions::default();
    only.scope(scope);
    if let Some(status) = filter.review_status {
        only.add("a.review_status =", status.as_str(), "");
    }
    if let Some(status) = filter.approval_status {
        only.add("a.approval_status =", status.as_str(), "");
    }
    if let Some(before) = filter.before {
        only.add("a.id <", before.uuid(), "");
    }
    let text = filter.text.trim();
    if let Ok(id) = text.parse::<AdId>() {
        only.add("a.id =", id.uuid(), "");
    } else if !text.is_empty() {
        let start = text.to_lowercase().replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
        only.add("(a.external_id =", text, "");
        only.values.push(format!("{start}%").into());
        let n = only.values.len();
        if let Some(last) = only.said.last_mut() {
            last.push_str(&format!(r" OR lower(o.name) LIKE ${n} ESCAPE '\')"));
        }
    }
    let sql = format!(
        "{LINES} WHERE NOT a.sandbox AND {} ORDER BY a.id DESC LIMIT {}",
        only.sql(),
        filter.limit.clamp(1, 200)
    );
    db::rows::<Line>(on, &sql, only.values).await?.into_iter().map(line).collect()
}

/// An advertiser's newest ads; whoever calls has checked the scope of the advertiser.
pub(super) async fn of_advertiser(on: &Db, advertiser: AdvertiserId, limit: u32) -> Result<Vec<AdLine>, StoreError> {
    let sql = format!("{LINES} WHERE a.advertiser_id = $1 ORDER BY a.id DESC LIMIT {limit}");
    db::rows::<Line>(on, &sql, vec![advertiser.uuid().into()]).await?.into_iter().map(line).collect()
}

/// An advertiser's newest ads besides one.
pub(super) async fn last_ads(
    on: &Db,
    scope: &Scope,
    advertiser: AdvertiserId,
    besides: AdId,
    limit: u32,
) -> Result<Vec<AdLine>, StoreError> {
    let mut only = Conditions::default();
    only.add("a.advertiser_id =", advertiser.uuid(), "");
    only.add("a.id <>", besides.uuid(), "");
    only.scope(scope);
    let sql = format!("{LINES} WHERE NOT a.sandbox AND {} ORDER BY a.id DESC LIMIT {limit}", only.sql());
    db::rows::<Line>(on, &sql, only.values).await?.into_iter().map(line).collect()
}
