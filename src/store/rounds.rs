//! Rounds and their tasks: opening, claiming by compare-and-set, renewing, completing, cancelling, reopening.
//!
//! Called by flows. A task is somebody's only while its lease token is: every change names the token and checks how
//! many rows it changed. It must never offer work outside the caller's scope.

use super::{
    Db, StoreError, Tx, db,
    db::Run,
    entities::{round, task},
};
use crate::domain::{
    AdId, AdvertiserId, DecisionId, Millis, PolicyCode, QueueId, RevisionId, RoundId, ScreeningId, SubmitterId, TaskId,
    UserId,
    review::{RoundState, RoundTrigger, SubjectKind, TaskKind, TaskState},
    role::{Permission, Scope},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

/// A round as kept. Its subject is a revision; other kinds come with their flows.
#[derive(Debug, Clone)]
pub struct StoredRound {
    /// Its id.
    pub id: RoundId,
    /// The ad.
    pub ad: AdId,
    /// The revision asked about.
    pub revision: RevisionId,
    /// Whose ad it is.
    pub submitter: SubmitterId,
    /// The ad's advertiser.
    pub advertiser: AdvertiserId,
    /// Why it was opened.
    pub trigger: RoundTrigger,
    /// Where it stands.
    pub state: RoundState,
    /// The screening its tasks show.
    pub screening: ScreeningId,
    /// Its queue.
    pub queue: QueueId,
    /// Independent answers it takes.
    pub answers_wanted: u32,
    /// Probability that it was drawn; 1 when it was routed.
    pub sampling_probability: f64,
    /// Order among tasks; smaller first.
    pub rank: i64,
    /// When it shall be answered.
    pub deadline: Option<Millis>,
    /// The decision that came of it.
    pub decision: Option<DecisionId>,
    /// When it was opened.
    pub opened_at: Millis,
}

/// A lease on a task, live or lapsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Who holds it.
    pub user: UserId,
    /// What proves it.
    pub token: Uuid,
    /// When it was taken.
    pub since: Millis,
    /// When it lapses without a heartbeat.
    pub until: Millis,
}

/// A task as kept.
#[derive(Debug, Clone)]
pub struct StoredTask {
    /// Its id.
    pub id: TaskId,
    /// Its round.
    pub round: RoundId,
    /// Its queue.
    pub queue: QueueId,
    /// What kind of work.
    pub kind: TaskKind,
    /// Where it stands.
    pub state: TaskState,
    /// Its last lease.
    pub lease: Option<Lease>,
    /// Typed and not submitted, with whose it is.
    pub draft: Option<(UserId, String)>,
}

/// Opens a round with its tasks. One that is open already for the subject and trigger is [`StoreError::Taken`].
pub async fn open(
    tx: &Tx,
    new: &StoredRound,
    policies: &[PolicyCode],
    tasks: &[(TaskId, TaskKind)],
) -> Result<(), StoreError> {
    let row = round::Model {
        id: new.id.0,
        subject_kind: SubjectKind::Revision.as_str().into(),
        subject_id: new.revision.0,
        ad_id: Some(new.ad.0),
        revision_id: Some(new.revision.0),
        submitter_id: new.submitter.0,
        advertiser_id: Some(new.advertiser.0),
        trigger_kind: new.trigger.as_str().into(),
        state: RoundState::Open.as_str().into(),
        open_key: Some(open_key(new)),
        screening_id: Some(new.screening.0),
        queue_id: new.queue.0,
        answers_wanted: i32::try_from(new.answers_wanted).unwrap_or(i32::MAX),
        sampling_probability: new.sampling_probability,
        rank: new.rank,
        deadline: new.deadline.map(|d| d.0),
        decision_id: None,
        opened_at: new.opened_at.0,
        resolved_at: None,
    };
    db::insert(tx, row).await?;
    set_policies(tx, new.id, policies).await?;
    for (id, kind) in tasks {
        add_task(tx, *id, new, *kind, new.opened_at).await?;
    }
    Ok(())
}

fn open_key(round: &StoredRound) -> String {
    format!("{}:{}", round.revision, round.trigger)
}

/// Replaces the policy classes of a round; who may not see all of them is not offered its tasks.
pub async fn set_policies(tx: &Tx, round: RoundId, policies: &[PolicyCode]) -> Result<(), StoreError> {
    db::execute(tx, "DELETE FROM round_policy WHERE round_id = $1", vec![round.0.into()]).await?;
    for policy in policies {
        let sql = "INSERT INTO round_policy (round_id, policy) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        db::execute(tx, sql, vec![round.0.into(), policy.as_str().into()]).await?;
    }
    Ok(())
}

/// Adds one more task to a round, in the round's place of the order.
pub async fn add_task(tx: &Tx, id: TaskId, round: &StoredRound, kind: TaskKind, now: Millis) -> Result<(), StoreError> {
    let row = task::Model {
        id: id.0,
        round_id: round.id.0,
        queue_id: round.queue.0,
        kind: kind.as_str().into(),
        state: TaskState::Open.as_str().into(),
        rank: round.rank,
        deadline: round.deadline.map(|d| d.0),
        lease_user_id: None,
        lease_token: None,
        lease_since: None,
        lease_until: 0,
        draft: None,
        draft_user_id: None,
        created_at: now.0,
        completed_at: None,
    };
    db::insert(tx, row).await
}

/// A round about an ad by id; those about certificates are `certificates`' to read.
pub async fn round(on: &impl Run, id: RoundId) -> Result<Option<StoredRound>, StoreError> {
    let sql = "SELECT * FROM round WHERE id = $1 AND subject_kind = 'revision'";
    let row: Option<round::Model> = db::row(on, sql, vec![id.0.into()]).await?;
    row.map(round_from).transpose()
}

/// The open rounds of a revision.
pub async fn open_of_revision(on: &impl Run, revision: RevisionId) -> Result<Vec<StoredRound>, StoreError> {
    let sql = "SELECT * FROM round WHERE revision_id = $1 AND state = 'open'";
    let rows: Vec<round::Model> = db::rows(on, sql, vec![revision.0.into()]).await?;
    rows.into_iter().map(round_from).collect()
}

fn round_from(row: round::Model) -> Result<StoredRound, StoreError> {
    let missing = |what: &'static str| StoreError::Damaged { what, cause: "missing in a round".into() };
    Ok(StoredRound {
        id: RoundId(row.id),
        ad: AdId(row.ad_id.ok_or_else(|| missing("ad"))?),
        revision: RevisionId(row.revision_id.ok_or_else(|| missing("revision"))?),
        submitter: SubmitterId(row.submitter_id),
        advertiser: AdvertiserId(row.advertiser_id.ok_or_else(|| missing("advertiser"))?),
        trigger: row.trigger_kind.parse()?,
        state: row.state.parse()?,
        screening: ScreeningId(row.screening_id.ok_or_else(|| missing("screening"))?),
        queue: QueueId(row.queue_id),
        answers_wanted: u32::try_from(row.answers_wanted).unwrap_or(1),
        sampling_probability: row.sampling_probability,
        rank: row.rank,
        deadline: row.deadline.map(Millis),
        decision: row.decision_id.map(DecisionId),
        opened_at: Millis(row.opened_at),
    })
}

/// A task by id, whatever the scope: flows check the round against it with [`in_scope`].
pub async fn task(on: &impl Run, id: TaskId) -> Result<Option<StoredTask>, StoreError> {
    let row: Option<task::Model> = db::row(on, "SELECT * FROM task WHERE id = $1", vec![id.0.into()]).await?;
    row.map(task_from).transpose()
}

/// All tasks of a round.
pub async fn tasks_of(on: &impl Run, round: RoundId) -> Result<Vec<StoredTask>, StoreError> {
    let rows: Vec<task::Model> =
        db::rows(on, "SELECT * FROM task WHERE round_id = $1 ORDER BY id", vec![round.0.into()]).await?;
    rows.into_iter().map(task_from).collect()
}

fn task_from(row: task::Model) -> Result<StoredTask, StoreError> {
    let lease = match (row.lease_user_id, row.lease_token) {
        (Some(user), Some(token)) => Some(Lease {
            user: UserId(user),
            token,
            since: Millis(row.lease_since.unwrap_or(row.lease_until)),
            until: Millis(row.lease_until),
        }),
        _ => None,
    };
    Ok(StoredTask {
        id: TaskId(row.id),
        round: RoundId(row.round_id),
        queue: QueueId(row.queue_id),
        kind: row.kind.parse()?,
        state: row.state.parse()?,
        lease,
        draft: row.draft_user_id.map(UserId).zip(row.draft),
    })
}

/// The SQL condition, over `t` (task) and `r` (round), that holds for what the scope may see; adds to `values`.
pub(super) fn scope_condition(scope: &Scope, values: &mut Vec<Value>) -> String {
    let mut condition = String::from("1 = 1");
    if let Some(submitter) = scope.submitter {
        values.push(submitter.0.into());
        condition += &format!(" AND r.submitter_id = ${}", values.len());
    }
    if let Some(classes) = &scope.policy_classes {
        let first = values.len() + 1;
        values.extend(classes.iter().map(|c| Value::from(c.as_str())));
        let allowed = if classes.is_empty() {
            "1 = 1".to_owned()
        } else {
            format!("p.policy NOT IN ({})", db::placeholders(first, classes.len()))
        };
        condition += &format!(" AND NOT EXISTS (SELECT 1 FROM round_policy p WHERE p.round_id = r.id AND {allowed})");
    }
    if let Some(queues) = &scope.queues {
        let first = values.len() + 1;
        values.extend(queues.iter().map(|q| Value::from(q.0)));
        condition += &format!(" AND t.queue_id IN ({})", db::placeholders(first, queues.len().max(1)));
        if queues.is_empty() {
            condition = "1 = 0".into();
        }
    }
    condition
}

/// Whether the scope may see this task at all.
pub async fn in_scope(on: &impl Run, scope: &Scope, task: TaskId) -> Result<bool, StoreError> {
    let mut values = vec![task.0.into()];
    let condition = scope_condition(scope, &mut values);
    let sql =
        format!("SELECT COUNT(*) AS n FROM task t JOIN round r ON r.id = t.round_id WHERE t.id = $1 AND {condition}");
    Ok(db::number(on, &sql, values).await? > 0)
}

/// The next tasks that this person may claim, in order: open, not leased, not skipped, of a round they have not
/// answered, within their scope. Adjudications go to those who may settle them. An appeal goes to nobody who made the
/// decision, answered about the same content before, or contests the decision themselves.
pub async fn claimable(
    on: &Db,
    scope: &Scope,
    user: UserId,
    queue: Option<QueueId>,
    now: Millis,
    limit: u32,
) -> Result<Vec<TaskId>, StoreError> {
    #[derive(FromQueryResult)]
    struct Next {
        id: Uuid,
    }
    let mut values: Vec<Value> = vec![now.0.into(), user.0.into()];
    let mut condition = scope_condition(scope, &mut values);
    if let Some(queue) = queue {
        values.push(queue.0.into());
        condition += &format!(" AND t.queue_id = ${}", values.len());
    }
    if !scope.permits(Permission::Adjudicate) {
        condition += " AND t.kind <> 'adjudication'";
    }
    let sql = format!(
        "SELECT t.id AS id FROM task t JOIN round r ON r.id = t.round_id
         WHERE t.state = 'open' AND t.lease_until < $1 AND {condition}
         AND NOT EXISTS (SELECT 1 FROM task_skip s WHERE s.task_id = t.id AND s.user_id = $2)
         AND NOT EXISTS (SELECT 1 FROM judgement j WHERE j.round_id = t.round_id AND j.user_id = $2 AND j.undone_at IS NULL)
         AND NOT EXISTS (SELECT 1 FROM task o WHERE o.round_id = t.round_id AND o.id <> t.id AND o.state = 'open'
                         AND o.lease_user_id = $2 AND o.lease_until >= $1)
         AND (r.trigger_kind <> 'appeal' OR NOT (
              EXISTS (SELECT 1 FROM appeal p JOIN decision d ON d.id = p.decision_id
                      WHERE p.round_id = r.id AND (p.user_id = $2 OR d.user_id = $2))
              OR EXISTS (SELECT 1 FROM judgement e JOIN round b ON b.id = e.round_id
                         WHERE b.revision_id = r.revision_id AND b.id <> r.id AND b.trigger_kind <> 'quality'
                         AND e.user_id = $2 AND e.undone_at IS NULL)))
         ORDER BY t.rank, t.id LIMIT {limit}"
    );
    Ok(db::rows::<Next>(on, &sql, values).await?.into_iter().map(|n| TaskId(n.id)).collect())
}

/// The open task that this person holds a live lease on, if any.
pub async fn held_by(on: &Db, user: UserId, now: Millis) -> Result<Option<StoredTask>, StoreError> {
    let sql = "SELECT * FROM task WHERE lease_user_id = $1 AND lease_until >= $2 AND state = 'open' ORDER BY rank, id LIMIT 1";
    let row: Option<task::Model> = db::row(on, sql, vec![user.0.into(), now.0.into()]).await?;
    row.map(task_from).transpose()
}

/// Takes a task that nobody holds. Whoever changes the row first has it.
pub async fn take(tx: &Tx, task: TaskId, lease: &Lease, now: Millis) -> Result<bool, StoreError> {
    let sql = "UPDATE task SET lease_user_id = $1, lease_token = $2, lease_until = $3, lease_since = $5
               WHERE id = $4 AND state = 'open' AND lease_until < $5";
    let values = vec![lease.user.0.into(), lease.token.into(), lease.until.0.into(), task.0.into(), now.0.into()];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// Moves the end of a lease that is still held under this token (live, or lapsed and not taken by others).
pub async fn set_lease_end(
    tx: &Tx,
    task: TaskId,
    user: UserId,
    token: Uuid,
    until: Millis,
) -> Result<bool, StoreError> {
    let sql =
        "UPDATE task SET lease_until = $1 WHERE id = $2 AND state = 'open' AND lease_user_id = $3 AND lease_token = $4";
    Ok(db::execute(tx, sql, vec![until.0.into(), task.0.into(), user.0.into(), token.into()]).await? == 1)
}

/// Keeps what was typed. The draft outlives the lease; only its writer gets it back.
pub async fn save_draft(tx: &Tx, task: TaskId, user: UserId, draft: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE task SET draft = $1, draft_user_id = $2 WHERE id = $3 AND state = 'open'
               AND (lease_user_id = $2 OR draft_user_id = $2)";
    Ok(db::execute(tx, sql, vec![draft.into(), user.0.into(), task.0.into()]).await? == 1)
}

/// Does not offer the task to this person again.
pub async fn skip(tx: &Tx, task: TaskId, user: UserId, now: Millis) -> Result<(), StoreError> {
    let sql = "INSERT INTO task_skip (task_id, user_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    db::execute(tx, sql, vec![task.0.into(), user.0.into(), now.0.into()]).await.map(|_| ())
}

/// Takes a round for the rest of this transaction. Of two people who answer at once the second waits here and then sees
/// the first's answer; without it neither might see the round complete on a database with many writers.
pub async fn lock(tx: &Tx, round: RoundId) -> Result<(), StoreError> {
    db::execute(tx, "UPDATE round SET state = state WHERE id = $1", vec![round.0.into()]).await.map(|_| ())
}

/// Completes an open task under its lease token. A lost lease changes nothing and says false.
pub async fn complete(tx: &Tx, task: TaskId, user: UserId, token: Uuid, now: Millis) -> Result<bool, StoreError> {
    let sql = "UPDATE task SET state = 'done', completed_at = $1, lease_until = 0, draft = NULL, draft_user_id = NULL
               WHERE id = $2 AND state = 'open' AND lease_user_id = $3 AND lease_token = $4";
    Ok(db::execute(tx, sql, vec![now.0.into(), task.0.into(), user.0.into(), token.into()]).await? == 1)
}

/// Cancels the open tasks of a round; says how many.
pub async fn cancel_tasks(tx: &Tx, round: RoundId, now: Millis) -> Result<u64, StoreError> {
    let sql = "UPDATE task SET state = 'cancelled', completed_at = $1, lease_until = 0 WHERE round_id = $2 AND state = 'open'";
    db::execute(tx, sql, vec![now.0.into(), round.0.into()]).await
}

/// Cancels the open tasks of one kind in a round (an adjudication that is no longer asked for).
pub async fn cancel_kind(tx: &Tx, round: RoundId, kind: TaskKind, now: Millis) -> Result<u64, StoreError> {
    let sql = "UPDATE task SET state = 'cancelled', completed_at = $1, lease_until = 0
               WHERE round_id = $2 AND state = 'open' AND kind = $3";
    db::execute(tx, sql, vec![now.0.into(), round.0.into(), kind.as_str().into()]).await
}

/// Reopens an answered task for the one who undid the answer, under a fresh lease.
pub async fn reopen_task(tx: &Tx, task: TaskId, lease: &Lease) -> Result<bool, StoreError> {
    let sql =
        "UPDATE task SET state = 'open', completed_at = NULL, lease_user_id = $1, lease_token = $2, lease_until = $3
               WHERE id = $4 AND state = 'done'";
    let values = vec![lease.user.0.into(), lease.token.into(), lease.until.0.into(), task.0.into()];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// Reopens the tasks that a resolution at `at` cancelled.
pub async fn reopen_cancelled(tx: &Tx, round: RoundId, at: Millis) -> Result<u64, StoreError> {
    let sql = "UPDATE task SET state = 'open', completed_at = NULL WHERE round_id = $1 AND state = 'cancelled' AND completed_at = $2";
    db::execute(tx, sql, vec![round.0.into(), at.0.into()]).await
}

/// Closes an open round; `decision` is `None` where none came of it.
pub async fn close(
    tx: &Tx,
    round: RoundId,
    state: RoundState,
    decision: Option<DecisionId>,
    now: Millis,
) -> Result<bool, StoreError> {
    let sql = "UPDATE round SET state = $1, open_key = NULL, decision_id = $2, resolved_at = $3 WHERE id = $4 AND state = 'open'";
    let values = vec![state.as_str().into(), decision.map(|d| d.0).into(), now.0.into(), round.0.into()];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// The rounds of a revision that were cancelled at a moment, the oldest first.
pub async fn cancelled_at(on: &impl Run, revision: RevisionId, at: Millis) -> Result<Vec<StoredRound>, StoreError> {
    let sql = "SELECT * FROM round WHERE revision_id = $1 AND state = 'cancelled' AND resolved_at = $2
               ORDER BY opened_at, id";
    let rows: Vec<round::Model> = db::rows(on, sql, vec![revision.0.into(), at.0.into()]).await?;
    rows.into_iter().map(round_from).collect()
}

/// Opens a cancelled round again, as [`reopen`] does a resolved one.
pub async fn reopen_round(tx: &Tx, round: &StoredRound) -> Result<bool, StoreError> {
    let sql =
        "UPDATE round SET state = 'open', open_key = $1, resolved_at = NULL WHERE id = $2 AND state = 'cancelled'";
    Ok(db::execute(tx, sql, vec![open_key(round).into(), round.id.0.into()]).await? == 1)
}

/// Opens a resolved round again. Another round that took its place makes this [`StoreError::Taken`].
pub async fn reopen(tx: &Tx, round: &StoredRound) -> Result<bool, StoreError> {
    let sql = "UPDATE round SET state = 'open', open_key = $1, decision_id = NULL, resolved_at = NULL
               WHERE id = $2 AND state = 'resolved'";
    Ok(db::execute(tx, sql, vec![open_key(round).into(), round.id.0.into()]).await? == 1)
}

/// Shows a newer screening in an open round, and moves its tasks in the order.
pub async fn rescreened(
    tx: &Tx,
    round: RoundId,
    screening: ScreeningId,
    queue: QueueId,
    rank: i64,
    policies: &[PolicyCode],
) -> Result<(), StoreError> {
    let sql = "UPDATE round SET screening_id = $1, queue_id = $2, rank = $3 WHERE id = $4 AND state = 'open'";
    db::execute(tx, sql, vec![screening.0.into(), queue.0.into(), rank.into(), round.0.into()]).await?;
    let sql = "UPDATE task SET queue_id = $1, rank = $2 WHERE round_id = $3 AND state = 'open'";
    db::execute(tx, sql, vec![queue.0.into(), rank.into(), round.0.into()]).await?;
    set_policies(tx, round, policies).await
}

/// Moves an open round and its tasks ahead in the order; never back.
pub async fn hasten(tx: &Tx, round: RoundId, rank: i64) -> Result<(), StoreError> {
    let values = || vec![rank.into(), round.0.into()];
    db::execute(tx, "UPDATE round SET rank = $1 WHERE id = $2 AND state = 'open' AND rank > $1", values()).await?;
    let sql = "UPDATE task SET rank = $1 WHERE round_id = $2 AND state = 'open' AND rank > $1";
    db::execute(tx, sql, values()).await.map(|_| ())
}

/// Whether anybody works on the round: a live lease or a standing judgement.
pub async fn is_touched(on: &impl Run, round: RoundId, now: Millis) -> Result<bool, StoreError> {
    let sql = "SELECT (SELECT COUNT(*) FROM task WHERE round_id = $1 AND state = 'open' AND lease_until >= $2)
               + (SELECT COUNT(*) FROM judgement WHERE round_id = $1 AND undone_at IS NULL) AS n";
    Ok(db::number(on, sql, vec![round.0.into(), now.0.into()]).await? > 0)
}
