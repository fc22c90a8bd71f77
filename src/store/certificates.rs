//! Certificates, with the rounds and decisions about them. Their subject is the advertiser.
//!
//! Called by flows, screening and pages. One waits at most for an advertiser and kind: a unique index on `waiting_key`
//! holds it. Every change of state is a compare-and-set on the state before. It must never show one outside the scope.

use super::{
    StoreError, Tx, db,
    db::Run,
    entities::{certificate, decision, judgement, round, task},
};
use crate::domain::{
    AdId, AdvertiserId, CertificateId, DecisionId, JudgementId, Millis, QueueId, ReleaseId, RevisionId, RoundId,
    SubmitterId, TaskId, UserId,
    ad::AdContent,
    certificate::{Certificate, CertificateState},
    decision::{Automation, DecidedBy, DecisionState},
    review::{Judgement, RoundState, RoundTrigger, SubjectKind, TaskKind, TaskState},
    role::Scope,
    verdict::Conclusion,
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

fn row(c: &Certificate) -> Result<certificate::Model, StoreError> {
    let waits = c.state == CertificateState::Submitted;
    Ok(certificate::Model {
        id: c.id.0,
        advertiser_id: c.advertiser.0,
        submitter_id: c.submitter.0,
        kind: c.kind.clone(),
        countries: serde_json::to_string(&c.countries).map_err(StoreError::damaged("countries"))?,
        document: c.document.clone(),
        note: c.note.clone(),
        valid_until: c.valid_until.map(|t| t.0),
        state: c.state.as_str().into(),
        reason: c.reason.clone(),
        waiting_key: waits.then(|| format!("{}:{}", c.advertiser, c.kind)),
        round_id: c.round.map(|r| r.0),
        decision_id: c.decision.map(|d| d.0),
        created_at: c.created_at.0,
        decided_at: c.decided_at.map(|t| t.0),
    })
}

fn from_row(row: certificate::Model) -> Result<Certificate, StoreError> {
    Ok(Certificate {
        id: CertificateId(row.id),
        advertiser: AdvertiserId(row.advertiser_id),
        submitter: SubmitterId(row.submitter_id),
        kind: row.kind,
        countries: serde_json::from_str(&row.countries).map_err(StoreError::damaged("countries"))?,
        document: row.document,
        note: row.note,
        valid_until: row.valid_until.map(Millis),
        state: row.state.parse()?,
        reason: row.reason,
        round: row.round_id.map(RoundId),
        decision: row.decision_id.map(DecisionId),
        created_at: Millis(row.created_at),
        decided_at: row.decided_at.map(Millis),
    })
}

/// Adds a certificate. A second one that waits for the same advertiser and kind is [`StoreError::Taken`].
pub async fn add(tx: &Tx, new: &Certificate) -> Result<(), StoreError> {
    db::insert(tx, row(new)?).await
}

/// Opens the round about a certificate with its one task, in the place of the order that `rank` says.
pub async fn open_round(
    tx: &Tx,
    about: &Certificate,
    id: RoundId,
    task: TaskId,
    queue: QueueId,
    rank: i64,
    deadline: Millis,
) -> Result<(), StoreError> {
    let now = about.created_at;
    let new = round::Model {
        id: id.0,
        subject_kind: SubjectKind::Advertiser.as_str().into(),
        subject_id: about.advertiser.0,
        ad_id: None,
        revision_id: None,
        submitter_id: about.submitter.0,
        advertiser_id: Some(about.advertiser.0),
        trigger_kind: RoundTrigger::Certificate.as_str().into(),
        state: RoundState::Open.as_str().into(),
        open_key: Some(open_key(about)),
        screening_id: None,
        queue_id: queue.0,
        answers_wanted: 1,
        sampling_probability: 1.0,
        rank,
        deadline: Some(deadline.0),
        decision_id: None,
        opened_at: now.0,
        resolved_at: None,
    };
    db::insert(tx, new).await?;
    let new = task::Model {
        id: task.0,
        round_id: id.0,
        queue_id: queue.0,
        kind: TaskKind::Primary.as_str().into(),
        state: TaskState::Open.as_str().into(),
        rank,
        deadline: Some(deadline.0),
        lease_user_id: None,
        lease_token: None,
        lease_since: None,
        lease_until: 0,
        draft: None,
        draft_user_id: None,
        created_at: now.0,
        completed_at: None,
    };
    db::insert(tx, new).await?;
    let sql = "UPDATE certificate SET round_id = $1 WHERE id = $2";
    db::execute(tx, sql, vec![id.0.into(), about.id.0.into()]).await.map(|_| ())
}

fn open_key(about: &Certificate) -> String {
    format!("{}:{}:{}", about.advertiser, RoundTrigger::Certificate, about.kind)
}

/// Opens a resolved round again, for an undo.
pub async fn reopen_round(tx: &Tx, about: &Certificate) -> Result<bool, StoreError> {
    let Some(round) = about.round else { return Ok(false) };
    let sql = "UPDATE round SET state = 'open', open_key = $1, decision_id = NULL, resolved_at = NULL
               WHERE id = $2 AND state = 'resolved'";
    Ok(db::execute(tx, sql, vec![open_key(about).into(), round.0.into()]).await? == 1)
}

/// A certificate in scope.
pub async fn get(on: &impl Run, scope: &Scope, id: CertificateId) -> Result<Option<Certificate>, StoreError> {
    one(on, scope, "id = $1", id.0.into()).await
}

/// The certificate that a round is about.
pub async fn of_round(on: &impl Run, round: RoundId) -> Result<Option<Certificate>, StoreError> {
    let found: Option<certificate::Model> =
        db::row(on, "SELECT * FROM certificate WHERE round_id = $1", vec![round.0.into()]).await?;
    found.map(from_row).transpose()
}

/// The certificate that a task is about, if it is about one.
pub async fn of_task(on: &impl Run, scope: &Scope, task: TaskId) -> Result<Option<Certificate>, StoreError> {
    one(on, scope, "round_id = (SELECT t.round_id FROM task t WHERE t.id = $1)", task.0.into()).await
}

async fn one(on: &impl Run, scope: &Scope, condition: &str, value: Value) -> Result<Option<Certificate>, StoreError> {
    let mut values = vec![value];
    let mut sql = format!("SELECT * FROM certificate WHERE {condition}");
    if let Some(submitter) = scope.submitter {
        values.push(submitter.0.into());
        sql += " AND submitter_id = $2";
    }
    let found: Option<certificate::Model> = db::row(on, &sql, values).await?;
    found.map(from_row).transpose()
}

/// All certificates of an advertiser, newest first.
pub async fn of_advertiser(on: &impl Run, advertiser: AdvertiserId) -> Result<Vec<Certificate>, StoreError> {
    let sql = "SELECT * FROM certificate WHERE advertiser_id = $1 ORDER BY created_at DESC, id DESC LIMIT 200";
    let rows: Vec<certificate::Model> = db::rows(on, sql, vec![advertiser.0.into()]).await?;
    rows.into_iter().map(from_row).collect()
}

/// Moves a certificate on from one state; says whether it was in it. `decided_at` is kept where it is `None`.
pub async fn change(
    tx: &Tx,
    id: CertificateId,
    from: CertificateState,
    to: CertificateState,
    reason: &str,
    decided_at: Option<Millis>,
) -> Result<bool, StoreError> {
    let sql = "UPDATE certificate SET state = $1, reason = $2, decided_at = COALESCE($3, decided_at),
               waiting_key = NULL WHERE id = $4 AND state = $5";
    let values =
        vec![to.as_str().into(), reason.into(), decided_at.map(|t| t.0).into(), id.0.into(), from.as_str().into()];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// A person's answer about a certificate, and the decision that it makes.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The judgement.
    pub judgement: JudgementId,
    /// The decision.
    pub decision: DecisionId,
    /// The task.
    pub task: TaskId,
    /// The round.
    pub round: RoundId,
    /// Who answered.
    pub user: UserId,
    /// What was said.
    pub body: Judgement,
    /// Whether it shall count.
    pub conclusion: Conclusion,
    /// The release in force.
    pub release: ReleaseId,
    /// When the task was claimed.
    pub started_at: Millis,
    /// When it was answered.
    pub at: Millis,
    /// When it takes effect.
    pub effective_at: Millis,
}

/// Adds a judgement and its pending decision, and notes the decision with the certificate.
pub async fn answer(tx: &Tx, about: &Certificate, new: &Answered) -> Result<(), StoreError> {
    let given = judgement::Model {
        id: new.judgement.0,
        task_id: new.task.0,
        round_id: new.round.0,
        user_id: new.user.0,
        active_task: Some(new.task.0),
        active_answer: Some(format!("{}:{}", new.round, new.user)),
        outcome: new.body.outcome.as_str().into(),
        body: serde_json::to_string(&new.body).map_err(StoreError::damaged("judgement"))?,
        shown: r#"{"blind":false}"#.into(),
        started_at: new.started_at.0,
        created_at: new.at.0,
        undone_at: None,
    };
    db::insert(tx, given).await?;
    let decided = decision::Model {
        id: new.decision.0,
        subject_kind: SubjectKind::Advertiser.as_str().into(),
        subject_id: about.advertiser.0,
        ad_id: None,
        revision_id: None,
        round_id: Some(new.round.0),
        screening_id: None,
        judgement_id: Some(new.judgement.0),
        release_id: new.release.0,
        conclusion: new.conclusion.as_str().into(),
        decided_by: DecidedBy::Person.as_str().into(),
        user_id: Some(new.user.0),
        automation: Automation::NotAutomated.as_str().into(),
        ground: None,
        territory: None,
        ends_at: about.valid_until.map(|t| t.0),
        findings: "[]".into(),
        serving: "{}".into(),
        supersedes: about.decision.map(|d| d.0),
        state: DecisionState::Pending.as_str().into(),
        effective_at: new.effective_at.0,
        created_at: new.at.0,
    };
    db::insert(tx, decided).await?;
    let sql = "UPDATE certificate SET decision_id = $1, reason = $2 WHERE id = $3";
    let values = vec![new.decision.0.into(), new.body.note.clone().into(), about.id.0.into()];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// A decision about a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// Whether it shall count.
    pub conclusion: Conclusion,
    /// Where the decision stands.
    pub state: DecisionState,
    /// Who decided.
    pub user: Option<UserId>,
    /// The judgement it came of.
    pub judgement: Option<JudgementId>,
    /// When it takes or took effect.
    pub effective_at: Millis,
}

/// The decision about a certificate, if somebody made one.
pub async fn decision_of(on: &impl Run, about: &Certificate) -> Result<Option<Decided>, StoreError> {
    let Some(id) = about.decision else { return Ok(None) };
    let found: Option<decision::Model> = db::row(on, "SELECT * FROM decision WHERE id = $1", vec![id.0.into()]).await?;
    let read = |row: decision::Model| {
        Ok(Decided {
            conclusion: row.conclusion.parse()?,
            state: row.state.parse()?,
            user: row.user_id.map(UserId),
            judgement: row.judgement_id.map(JudgementId),
            effective_at: Millis(row.effective_at),
        })
    };
    found.map(read).transpose()
}

/// An advertiser's ads that are not withdrawn, by id after one, with their newest content.
pub async fn ads_after(
    on: &impl Run,
    advertiser: AdvertiserId,
    after: Option<AdId>,
    limit: u32,
) -> Result<Vec<(AdId, RevisionId, AdContent)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        revision_id: Uuid,
        content: String,
    }
    let sql = format!(
        "SELECT a.id, v.id AS revision_id, v.content FROM ad a JOIN revision v ON v.id = a.latest_revision_id
         WHERE a.advertiser_id = $1 AND a.withdrawn_at IS NULL AND NOT a.sandbox AND a.id > $2 ORDER BY a.id LIMIT {limit}"
    );
    let after = after.map_or(Uuid::nil(), |a| a.0);
    let rows: Vec<Row> = db::rows(on, &sql, vec![advertiser.0.into(), after.into()]).await?;
    rows.into_iter()
        .map(|r| {
            let content = serde_json::from_str(&r.content).map_err(StoreError::damaged("content"))?;
            Ok((AdId(r.id), RevisionId(r.revision_id), content))
        })
        .collect()
}
