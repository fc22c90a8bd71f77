//! Queues with their depth, and a person's own last answers.
//!
//! Called by the home page and, for the undo bar, by every page. It must never show another person's answers.

use super::ads::headline;
use crate::{
    domain::{
        AdId, JudgementId, Millis, QueueId, TaskId, UserId,
        decision::DecisionState,
        review::{JudgementOutcome, TaskKind},
        role::{Permission, Scope},
    },
    store::{Db, StoreError, db, releases, rounds::scope_condition},
};
use sea_orm::{FromQueryResult, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// One queue as the home page shows it.
#[derive(Debug, Clone)]
pub struct QueueRow {
    /// Its id.
    pub id: QueueId,
    /// Its name for people.
    pub title: String,
    /// Open tasks, leased ones included.
    pub open: i64,
    /// Tasks that somebody works on now.
    pub leased: i64,
    /// When the oldest open task was made.
    pub oldest_at: Option<Millis>,
    /// The earliest deadline of an open task.
    pub next_deadline: Option<Millis>,
    /// Open tasks past their deadline.
    pub overdue: i64,
}

/// One of the person's own answers.
#[derive(Debug, Clone)]
pub struct OwnJudgement {
    /// Its id.
    pub id: JudgementId,
    /// The task answered.
    pub task: TaskId,
    /// What kind of task it was.
    pub kind: TaskKind,
    /// The ad it was about.
    pub ad: AdId,
    /// The submitter's id for the ad.
    pub external_id: String,
    /// The ad's headline, for recognition.
    pub headline: String,
    /// What was asked for.
    pub outcome: JudgementOutcome,
    /// When.
    pub at: Millis,
    /// Until when it can be undone without an outside trace; `None` once it cannot, or was.
    pub undo_until: Option<Millis>,
    /// Whether it was taken back.
    pub undone: bool,
}

/// Every queue in scope, in order, empty ones included.
pub async fn queues(on: &Db, scope: &Scope, now: Millis) -> Result<Vec<QueueRow>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        queue_id: Uuid,
        n: i64,
        leased: i64,
        overdue: i64,
        oldest: Option<i64>,
        deadline: Option<i64>,
    }
    let mut values: Vec<Value> = vec![now.0.into()];
    let mut condition = scope_condition(scope, &mut values);
    if !scope.permits(Permission::Adjudicate) {
        condition += " AND t.kind <> 'adjudication'";
    }
    // CAST: Postgres sums to NUMERIC, which is no i64.
    let sql = format!(
        "SELECT t.queue_id, COUNT(*) AS n, MIN(t.created_at) AS oldest, MIN(t.deadline) AS deadline,
                CAST(SUM(CASE WHEN t.lease_until >= $1 THEN 1 ELSE 0 END) AS BIGINT) AS leased,
                CAST(SUM(CASE WHEN t.deadline < $1 THEN 1 ELSE 0 END) AS BIGINT) AS overdue
         FROM task t JOIN round r ON r.id = t.round_id WHERE t.state = 'open' AND {condition} GROUP BY t.queue_id"
    );
    let found = db::rows::<Row>(on, &sql, values).await?;
    let mut found: BTreeMap<Uuid, Row> = found.into_iter().map(|row| (row.queue_id, row)).collect();
    let mut queues = releases::queues(on).await?;
    queues.retain(|q| scope.queues.as_ref().is_none_or(|allowed| allowed.contains(&q.id)));
    queues.sort_by_key(|q| q.rank);
    let row = |q: releases::StoredQueue| {
        let open = found.remove(&q.id.0);
        let open = open.as_ref();
        QueueRow {
            id: q.id,
            title: q.title,
            open: open.map_or(0, |o| o.n),
            leased: open.map_or(0, |o| o.leased),
            oldest_at: open.and_then(|o| o.oldest).map(Millis),
            next_deadline: open.and_then(|o| o.deadline).map(Millis),
            overdue: open.map_or(0, |o| o.overdue),
        }
    };
    Ok(queues.into_iter().map(row).collect())
}

/// The person's own last answers, newest first. `grace_ms` is how long an answer that decided nothing yet can be undone.
pub async fn own(on: &Db, user: UserId, grace_ms: i64, limit: u32) -> Result<Vec<OwnJudgement>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        task_id: Uuid,
        kind: String,
        ad_id: Uuid,
        external_id: String,
        content: String,
        outcome: String,
        created_at: i64,
        undone_at: Option<i64>,
        decision_state: Option<String>,
        decided_by: Option<Uuid>,
        effective_at: Option<i64>,
    }
    let sql = format!(
        "SELECT j.id, j.task_id, t.kind, a.id AS ad_id, a.external_id, v.content, j.outcome, j.created_at, j.undone_at,
                d.state AS decision_state, d.user_id AS decided_by, d.effective_at
         FROM judgement j JOIN task t ON t.id = j.task_id JOIN round r ON r.id = j.round_id
         JOIN ad a ON a.id = r.ad_id JOIN revision v ON v.id = r.revision_id
         LEFT JOIN decision d ON d.id = r.decision_id
         WHERE j.user_id = $1 ORDER BY j.created_at DESC, j.id DESC LIMIT {limit}"
    );
    let own = |row: Row| -> Result<OwnJudgement, StoreError> {
        let undo_until = match (row.undone_at, &row.decision_state) {
            (Some(_), _) => None,
            (None, None) => Some(Millis(row.created_at).plus(grace_ms)),
            (None, Some(state)) => {
                let mine = row.decided_by == Some(user.0) && state.parse::<DecisionState>()? == DecisionState::Pending;
                row.effective_at.filter(|_| mine).map(Millis)
            }
        };
        Ok(OwnJudgement {
            id: JudgementId(row.id),
            task: TaskId(row.task_id),
            kind: row.kind.parse()?,
            ad: AdId(row.ad_id),
            external_id: row.external_id,
            headline: headline(&row.content)?,
            outcome: row.outcome.parse()?,
            at: Millis(row.created_at),
            undo_until,
            undone: row.undone_at.is_some(),
        })
    };
    db::rows::<Row>(on, &sql, vec![user.0.into()]).await?.into_iter().map(own).collect()
}
