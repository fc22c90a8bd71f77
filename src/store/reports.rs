//! Reports, and apart from them what may tell who reported.
//!
//! Called by `flows::reports` and the task page. One sender's reporter has one report an ad's revision and policy: a
//! unique key holds it. It must never show a report to another sender, nor its content to anybody but reviewers.

use super::{StoreError, Tx, db, db::Run};
use crate::domain::{
    AdId, DecisionId, Millis, ReportId, RevisionId, RoundId, SubmitterId,
    decision::DecisionState,
    report::{Report, ReportOutcome, ReportState, Reporter},
    review::RoundState,
    verdict::Conclusion,
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    submitter_id: Uuid,
    ad_id: Uuid,
    revision_id: Uuid,
    sender: String,
    reporter: String,
    policy: String,
    state: String,
    outcome: Option<String>,
    round_id: Option<Uuid>,
    decision_id: Option<Uuid>,
    times: i64,
    created_at: i64,
    decided_at: Option<i64>,
}

fn from_row(row: Row) -> Result<Report, StoreError> {
    let damaged = |e: crate::domain::policy::BadCode| StoreError::Damaged { what: "report", cause: e.to_string() };
    Ok(Report {
        id: ReportId(row.id),
        submitter: SubmitterId(row.submitter_id),
        ad: AdId(row.ad_id),
        revision: RevisionId(row.revision_id),
        sender: row.sender,
        reporter: row.reporter.parse()?,
        policy: row.policy.parse().map_err(damaged)?,
        state: row.state.parse()?,
        outcome: row.outcome.map(|o| o.parse()).transpose()?,
        round: row.round_id.map(RoundId),
        decision: row.decision_id.map(DecisionId),
        times: row.times,
        created_at: Millis(row.created_at),
        decided_at: row.decided_at.map(Millis),
    })
}

/// What may tell who reported, and what they say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The sender's name for the person.
    pub reference: String,
    /// How to reach them.
    pub contact: String,
    /// Their words.
    pub statement: String,
}

/// Adds a report. One of this key is [`StoreError::Taken`].
pub async fn add(tx: &Tx, new: &Report, dedup_key: &str, said: &Said) -> Result<(), StoreError> {
    let sql = "INSERT INTO report (id, submitter_id, ad_id, revision_id, sender, reporter, policy, dedup_key, state,
               round_id, times, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values = vec![
        new.id.0.into(),
        new.submitter.0.into(),
        new.ad.0.into(),
        new.revision.0.into(),
        new.sender.as_str().into(),
        new.reporter.as_str().into(),
        new.policy.as_str().into(),
        dedup_key.into(),
        new.state.as_str().into(),
        new.round.map(|r| r.0).into(),
        new.times.into(),
        new.created_at.0.into(),
    ];
    db::execute(tx, sql, values).await?;
    let sql = "INSERT INTO report_person (report_id, reference, contact, statement) VALUES ($1, $2, $3, $4)";
    let values = vec![
        new.id.0.into(),
        said.reference.as_str().into(),
        said.contact.as_str().into(),
        said.statement.as_str().into(),
    ];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// The report of this key.
pub async fn of_key(on: &impl Run, dedup_key: &str) -> Result<Option<Report>, StoreError> {
    let found: Option<Row> = db::row(on, "SELECT * FROM report WHERE dedup_key = $1", vec![dedup_key.into()]).await?;
    found.map(from_row).transpose()
}

/// A sender's report by id.
pub async fn report(on: &impl Run, sender: &str, id: ReportId) -> Result<Option<Report>, StoreError> {
    let sql = "SELECT * FROM report WHERE id = $1 AND sender = $2";
    let found: Option<Row> = db::row(on, sql, vec![id.0.into(), sender.into()]).await?;
    found.map(from_row).transpose()
}

/// Counts one more time that a report was sent.
pub async fn sent_again(tx: &Tx, id: ReportId) -> Result<(), StoreError> {
    db::execute(tx, "UPDATE report SET times = times + 1 WHERE id = $1", vec![id.0.into()]).await.map(|_| ())
}

/// How many people of one kind report what a round asks about.
pub async fn count(on: &impl Run, round: RoundId, reporter: Reporter) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM report WHERE round_id = $1 AND reporter = $2";
    db::number(on, sql, vec![round.0.into(), reporter.as_str().into()]).await
}

/// An open report whose round is over, with what became of that.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The report.
    pub report: Report,
    /// How its round ended.
    pub round: RoundState,
    /// The round's decision.
    pub decision: Option<(DecisionId, DecisionState, Conclusion)>,
}

/// Open reports whose rounds are over and whose decisions are no longer pending: at most `limit`.
pub async fn waiting(on: &impl Run, limit: u64) -> Result<Vec<Waiting>, StoreError> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
        round_state: String,
        decided: Option<Uuid>,
        decision_state: Option<String>,
        conclusion: Option<String>,
    }
    let sql = format!(
        "SELECT r.id, o.state AS round_state, d.id AS decided, d.state AS decision_state, d.conclusion
         FROM report r JOIN round o ON o.id = r.round_id LEFT JOIN decision d ON d.id = o.decision_id
         WHERE r.state = 'open' AND o.state <> 'open' AND (d.id IS NULL OR d.state <> 'pending')
         ORDER BY r.id LIMIT {limit}"
    );
    let mut all = vec![];
    for found in db::rows::<Found>(on, &sql, vec![]).await? {
        let row: Option<Row> = db::row(on, "SELECT * FROM report WHERE id = $1", vec![found.id.into()]).await?;
        let Some(row) = row else { continue };
        let decision = match (found.decided, found.decision_state, found.conclusion) {
            (Some(id), Some(state), Some(conclusion)) => Some((DecisionId(id), state.parse()?, conclusion.parse()?)),
            _ => None,
        };
        all.push(Waiting { report: from_row(row)?, round: found.round_state.parse()?, decision });
    }
    Ok(all)
}

/// Gives an open report its outcome; says whether it was open.
pub async fn decide(
    tx: &Tx,
    id: ReportId,
    outcome: ReportOutcome,
    decision: Option<DecisionId>,
    now: Millis,
) -> Result<bool, StoreError> {
    let sql = "UPDATE report SET state = $1, outcome = $2, decision_id = $3, decided_at = $4
               WHERE id = $5 AND state = 'open'";
    let values = vec![
        ReportState::Decided.as_str().into(),
        outcome.as_str().into(),
        decision.map(|d| d.0).into(),
        now.0.into(),
        id.0.into(),
    ];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// Lets another round answer an open report.
pub async fn moved(tx: &Tx, id: ReportId, round: RoundId) -> Result<bool, StoreError> {
    let sql = "UPDATE report SET round_id = $1 WHERE id = $2 AND state = 'open'";
    Ok(db::execute(tx, sql, vec![round.0.into(), id.0.into()]).await? == 1)
}

/// The reports that a round answers, with what their reporters say: the weightiest first, at most `limit`.
pub async fn of_round(on: &impl Run, round: RoundId, limit: u64) -> Result<Vec<(Report, String)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Words {
        statement: String,
    }
    let sql = format!(
        "SELECT * FROM report WHERE round_id = $1 ORDER BY CASE reporter WHEN 'authority' THEN 0
         WHEN 'trusted_flagger' THEN 1 WHEN 'rights_holder' THEN 2 ELSE 3 END, created_at, id LIMIT {limit}"
    );
    let mut all = vec![];
    for row in db::rows::<Row>(on, &sql, vec![round.0.into()]).await? {
        let sql = "SELECT statement FROM report_person WHERE report_id = $1";
        let said: Option<Words> = db::row(on, sql, vec![row.id.into()]).await?;
        all.push((from_row(row)?, said.map(|s| s.statement).unwrap_or_default()));
    }
    Ok(all)
}
