//! Judgements, the decisions that come of them, and the labels they teach.
//!
//! Called by flows. Judgements and decisions are never edited: an undone judgement keeps its row and loses its place
//! (`active_task`, `active_answer`), a decision only moves from pending to effective, undone or lapsed.

use super::{
    StoreError, Tx, db,
    db::Run,
    entities::{decision, finding_answer, judgement, label},
};
use crate::domain::{
    AdId, DecisionId, Finding, JudgementId, LabelId, Millis, PolicyCode, ReleaseId, RevisionId, RoundId, ScreeningId,
    TaskId, UserId,
    decision::{Automation, DecidedBy, DecisionState, Ground},
    digest::Digest,
    label::{LabelSource, LabelValue},
    review::{Judgement, Shown, SubjectKind, TaskKind},
    verdict::{Conclusion, Serving, Verdict},
};
use sea_orm::FromQueryResult;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A judgement as kept.
#[derive(Debug, Clone)]
pub struct StoredJudgement {
    /// Its id.
    pub id: JudgementId,
    /// The task it answers.
    pub task: TaskId,
    /// The task's kind.
    pub kind: TaskKind,
    /// The round.
    pub round: RoundId,
    /// Who answered.
    pub user: UserId,
    /// The answer.
    pub judgement: Judgement,
    /// What was seen.
    pub shown: Shown,
    /// When the task was claimed.
    pub started_at: Millis,
    /// When it was answered.
    pub created_at: Millis,
    /// When it was undone.
    pub undone_at: Option<Millis>,
}

/// Adds a judgement. A task answered before, or a person who answered the round before, is [`StoreError::Taken`].
pub async fn add(tx: &Tx, new: &StoredJudgement) -> Result<(), StoreError> {
    let row = judgement::Model {
        id: new.id.0,
        task_id: new.task.0,
        round_id: new.round.0,
        user_id: new.user.0,
        active_task: Some(new.task.0),
        active_answer: Some(format!("{}:{}", new.round, new.user)),
        outcome: new.judgement.outcome.as_str().into(),
        body: serde_json::to_string(&new.judgement).map_err(StoreError::damaged("judgement"))?,
        shown: serde_json::to_string(&new.shown).map_err(StoreError::damaged("shown"))?,
        started_at: new.started_at.0,
        created_at: new.created_at.0,
        undone_at: None,
    };
    db::insert(tx, row).await?;
    let answers = new.judgement.answers.iter().map(|given| finding_answer::Model {
        judgement_id: new.id.0,
        finding_id: given.finding.0,
        answer: given.answer.as_str().into(),
    });
    db::insert_many(tx, answers.collect()).await
}

#[derive(FromQueryResult)]
struct JudgementRow {
    id: Uuid,
    task_id: Uuid,
    kind: String,
    round_id: Uuid,
    user_id: Uuid,
    body: String,
    shown: String,
    started_at: i64,
    created_at: i64,
    undone_at: Option<i64>,
}

const SELECT: &str =
    "SELECT j.id, j.task_id, t.kind, j.round_id, j.user_id, j.body, j.shown, j.started_at, j.created_at,
                      j.undone_at FROM judgement j JOIN task t ON t.id = j.task_id";

/// A judgement by id.
pub async fn get(on: &impl Run, id: JudgementId) -> Result<Option<StoredJudgement>, StoreError> {
    let row = db::row::<JudgementRow>(on, &format!("{SELECT} WHERE j.id = $1"), vec![id.0.into()]).await?;
    row.map(judgement_from).transpose()
}

/// The standing judgements of a round, oldest first.
pub async fn of_round(on: &impl Run, round: RoundId) -> Result<Vec<StoredJudgement>, StoreError> {
    let sql = format!("{SELECT} WHERE j.round_id = $1 AND j.undone_at IS NULL ORDER BY j.created_at, j.id");
    db::rows::<JudgementRow>(on, &sql, vec![round.0.into()]).await?.into_iter().map(judgement_from).collect()
}

fn judgement_from(row: JudgementRow) -> Result<StoredJudgement, StoreError> {
    Ok(StoredJudgement {
        id: JudgementId(row.id),
        task: TaskId(row.task_id),
        kind: row.kind.parse()?,
        round: RoundId(row.round_id),
        user: UserId(row.user_id),
        judgement: serde_json::from_str(&row.body).map_err(StoreError::damaged("judgement"))?,
        shown: serde_json::from_str(&row.shown).map_err(StoreError::damaged("shown"))?,
        started_at: Millis(row.started_at),
        created_at: Millis(row.created_at),
        undone_at: row.undone_at.map(Millis),
    })
}

/// Takes a judgement's place away, once.
pub async fn undo(tx: &Tx, id: JudgementId, now: Millis) -> Result<bool, StoreError> {
    let sql = "UPDATE judgement SET undone_at = $1, active_task = NULL, active_answer = NULL WHERE id = $2 AND undone_at IS NULL";
    Ok(db::execute(tx, sql, vec![now.0.into(), id.0.into()]).await? == 1)
}

/// A decision as kept.
#[derive(Debug, Clone)]
pub struct StoredDecision {
    /// Its id.
    pub id: DecisionId,
    /// The ad.
    pub ad: AdId,
    /// The revision decided.
    pub revision: RevisionId,
    /// The round it came of, where people decided.
    pub round: Option<RoundId>,
    /// The screening it rests on.
    pub screening: Option<ScreeningId>,
    /// The judgement that completed the round.
    pub judgement: Option<JudgementId>,
    /// The release in force.
    pub release: ReleaseId,
    /// Conclusion and what serves.
    pub verdict: Verdict,
    /// Findings that stand.
    pub findings: Vec<Finding>,
    /// Who concluded.
    pub decided_by: DecidedBy,
    /// The person, where one completed it.
    pub user: Option<UserId>,
    /// How far machines decided.
    pub automation: Automation,
    /// Ground of a restriction.
    pub ground: Option<Ground>,
    /// The decision it replaces.
    pub supersedes: Option<DecisionId>,
    /// Whether it reached the outside.
    pub state: DecisionState,
    /// When it does.
    pub effective_at: Millis,
    /// When it was made.
    pub created_at: Millis,
}

/// Adds a decision.
pub async fn add_decision(tx: &Tx, new: &StoredDecision) -> Result<(), StoreError> {
    let row = decision::Model {
        id: new.id.0,
        subject_kind: SubjectKind::Revision.as_str().into(),
        subject_id: new.revision.0,
        ad_id: Some(new.ad.0),
        revision_id: Some(new.revision.0),
        round_id: new.round.map(|r| r.0),
        screening_id: new.screening.map(|s| s.0),
        judgement_id: new.judgement.map(|j| j.0),
        release_id: new.release.0,
        conclusion: new.verdict.conclusion.as_str().into(),
        decided_by: new.decided_by.as_str().into(),
        user_id: new.user.map(|u| u.0),
        automation: new.automation.as_str().into(),
        ground: new.ground.map(|g| g.as_str().into()),
        territory: None,
        ends_at: None,
        findings: serde_json::to_string(&new.findings).map_err(StoreError::damaged("findings"))?,
        serving: serde_json::to_string(&new.verdict.serving).map_err(StoreError::damaged("serving"))?,
        supersedes: new.supersedes.map(|d| d.0),
        state: new.state.as_str().into(),
        effective_at: new.effective_at.0,
        created_at: new.created_at.0,
    };
    db::insert(tx, row).await
}

/// A decision by id.
pub async fn decision(on: &impl Run, id: DecisionId) -> Result<Option<StoredDecision>, StoreError> {
    let row: Option<decision::Model> = db::row(on, "SELECT * FROM decision WHERE id = $1", vec![id.0.into()]).await?;
    row.map(decision_from).transpose()
}

/// All decisions about an ad, newest first.
pub async fn decisions_of_ad(on: &impl Run, ad: AdId) -> Result<Vec<StoredDecision>, StoreError> {
    let sql = "SELECT * FROM decision WHERE ad_id = $1 ORDER BY created_at DESC, id DESC LIMIT 200";
    let rows: Vec<decision::Model> = db::rows(on, sql, vec![ad.0.into()]).await?;
    rows.into_iter().map(decision_from).collect()
}

/// Whether a person's decision on the revision stands (pending or effective).
pub async fn decided_by_person(on: &impl Run, revision: RevisionId) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM decision WHERE revision_id = $1 AND decided_by = 'person' AND state IN ('pending', 'effective')";
    Ok(db::number(on, sql, vec![revision.0.into()]).await? > 0)
}

fn decision_from(row: decision::Model) -> Result<StoredDecision, StoreError> {
    let missing = |what: &'static str| StoreError::Damaged { what, cause: "missing in a decision".into() };
    let conclusion: Conclusion = row.conclusion.parse()?;
    let serving: Serving = serde_json::from_str(&row.serving).map_err(StoreError::damaged("serving"))?;
    Ok(StoredDecision {
        id: DecisionId(row.id),
        ad: AdId(row.ad_id.ok_or_else(|| missing("ad"))?),
        revision: RevisionId(row.revision_id.ok_or_else(|| missing("revision"))?),
        round: row.round_id.map(RoundId),
        screening: row.screening_id.map(ScreeningId),
        judgement: row.judgement_id.map(JudgementId),
        release: ReleaseId(row.release_id),
        verdict: Verdict { conclusion, serving },
        findings: serde_json::from_str(&row.findings).map_err(StoreError::damaged("findings"))?,
        decided_by: row.decided_by.parse()?,
        user: row.user_id.map(UserId),
        automation: row.automation.parse()?,
        ground: row.ground.map(|g| g.parse()).transpose()?,
        supersedes: row.supersedes.map(DecisionId),
        state: row.state.parse()?,
        effective_at: Millis(row.effective_at),
        created_at: Millis(row.created_at),
    })
}

/// Moves a pending decision on, once: whoever changes the row first has it.
pub async fn settle(tx: &Tx, id: DecisionId, to: DecisionState) -> Result<bool, StoreError> {
    let sql = "UPDATE decision SET state = $1 WHERE id = $2 AND state = 'pending'";
    Ok(db::execute(tx, sql, vec![to.as_str().into(), id.0.into()]).await? == 1)
}

/// Lapses all pending decisions about an ad (it was revised or withdrawn).
pub async fn lapse(tx: &Tx, ad: AdId) -> Result<u64, StoreError> {
    let sql = "UPDATE decision SET state = $1 WHERE ad_id = $2 AND state = 'pending'";
    db::execute(tx, sql, vec![DecisionState::Lapsed.as_str().into(), ad.0.into()]).await
}

/// A label to be kept.
#[derive(Debug, Clone)]
pub struct NewLabel {
    /// Its id.
    pub id: LabelId,
    /// The revision, or `None` with a text.
    pub revision: Option<RevisionId>,
    /// The text, where there is no revision.
    pub text: Option<String>,
    /// The policy.
    pub policy: PolicyCode,
    /// Version of its clause.
    pub clause_version: u32,
    /// What it says.
    pub value: LabelValue,
    /// Where it comes from.
    pub source: LabelSource,
    /// What a split must not cut: the advertiser's external id, or the data set.
    pub group: String,
    /// The judgement it came of.
    pub judgement: Option<JudgementId>,
    /// Who judged.
    pub user: Option<UserId>,
    /// No scores were seen.
    pub blind: bool,
    /// Probability that the subject was drawn.
    pub sampling_probability: f64,
}

impl NewLabel {
    /// What an imported label says, and of which text: equal ones are one.
    pub fn digest(&self) -> Digest {
        let text = self.text.as_deref().unwrap_or_default();
        statement(text, &self.policy.to_string(), self.value.as_str(), self.source.as_str(), &self.group)
    }
}

fn statement(text: &str, policy: &str, value: &str, source: &str, group: &str) -> Digest {
    Digest::of_parts(&[text, policy, value, source, group].map(str::as_bytes))
}

/// What every label says that came from outside, as [`NewLabel::digest`] sums it up.
pub async fn imported(on: &impl Run) -> Result<BTreeSet<Digest>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        text: String,
        policy: String,
        value: String,
        source: String,
        group_key: String,
    }
    let sql = "SELECT text, policy, value, source, group_key FROM label
               WHERE judgement_id IS NULL AND revision_id IS NULL AND text IS NOT NULL";
    let rows: Vec<Row> = db::rows(on, sql, vec![]).await?;
    Ok(rows.iter().map(|r| statement(&r.text, &r.policy, &r.value, &r.source, &r.group_key)).collect())
}

/// Adds labels.
pub async fn add_labels(tx: &Tx, new: &[NewLabel], now: Millis) -> Result<(), StoreError> {
    let rows = new
        .iter()
        .map(|l| label::Model {
            id: l.id.0,
            subject_kind: SubjectKind::Revision.as_str().into(),
            revision_id: l.revision.map(|r| r.0),
            text: l.text.clone(),
            policy: l.policy.to_string(),
            clause_version: i32::try_from(l.clause_version).unwrap_or(i32::MAX),
            value: l.value.as_str().into(),
            source: l.source.as_str().into(),
            group_key: l.group.clone(),
            judgement_id: l.judgement.map(|j| j.0),
            user_id: l.user.map(|u| u.0),
            blind: l.blind,
            propagated: false,
            sampling_probability: l.sampling_probability,
            created_at: now.0,
        })
        .collect();
    db::insert_many(tx, rows).await
}
