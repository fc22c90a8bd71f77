//! Taking work: the next task under a lease, keeping it with heartbeats, giving it back.
//!
//! Called by the console. Nobody gets a task that another person holds, has answered, or may not see; the database's
//! compare-and-set decides between two who ask at once.

use super::{App, Error, steps::audit, steps::work};
use crate::{
    domain::{Millis, QueueId, TaskId, UserId, role::Scope},
    store::{releases, rounds, rounds::Lease},
};
use serde_json::json;
use uuid::Uuid;

/// Candidates fetched at once: enough that a few lost races do not cost another query.
const CANDIDATES: u32 = 16;

/// A claimed task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The task.
    pub task: TaskId,
    /// The lease that answers must carry.
    pub token: Uuid,
    /// When it lapses without a heartbeat.
    pub until: Millis,
}

fn person(scope: &Scope) -> Result<UserId, Error> {
    scope.user.ok_or(Error::Forbidden("Only a signed-in person can take work."))
}

/// Claims the next task of a queue, or of all queues in order. A task that is held already is given again, so that a
/// reload does not lose it; one held from another queue is given back first.
pub async fn claim_next(app: &App, scope: &Scope, queue: Option<QueueId>) -> Result<Option<Claimed>, Error> {
    let user = person(scope)?;
    let now = app.clock.now();
    if let Some(held) = rounds::held_by(&app.db, user, now).await?
        && let Some(lease) = &held.lease
    {
        if queue.is_none_or(|q| q == held.queue) && rounds::in_scope(&app.db, scope, held.id).await? {
            return claim_again(app, held.id, lease, lease_ms(app, held.queue).await?).await;
        }
        release(app, scope, held.id, lease.token).await?;
    }
    for task in rounds::claimable(&app.db, scope, user, queue, now, CANDIDATES).await? {
        if let Some(claimed) = claim(app, scope, task).await? {
            return Ok(Some(claimed));
        }
    }
    Ok(None)
}

/// Claims one task by name, where nobody holds it. `None` when somebody was faster.
pub async fn claim(app: &App, scope: &Scope, task: TaskId) -> Result<Option<Claimed>, Error> {
    let user = person(scope)?;
    let now = app.clock.now();
    let about = work::task(&app.db, scope, task).await?;
    if let Some(lease) = about.lease.as_ref().filter(|l| l.user == user && l.until >= now) {
        return claim_again(app, task, lease, lease_ms(app, about.queue).await?).await;
    }
    if !rounds::claimable(&app.db, scope, user, None, now, u32::MAX >> 1).await?.contains(&task) {
        return Ok(None);
    }
    let until = now.plus(lease_ms(app, about.queue).await?);
    let lease = Lease { user, token: app.clock.new_uuid(), since: now, until };
    let taken = app
        .db
        .write("claim", async |tx| {
            let taken = rounds::take(tx, task, &lease, now).await?;
            if taken {
                audit::record(app, tx, scope, "task.claimed", task, json!({"round": about.round}), now).await?;
            }
            Ok::<_, Error>(taken)
        })
        .await?;
    Ok(taken.then_some(Claimed { task, token: lease.token, until }))
}

async fn claim_again(app: &App, task: TaskId, lease: &Lease, lease_ms: i64) -> Result<Option<Claimed>, Error> {
    let until = app.clock.now().plus(lease_ms).max(lease.until);
    let held = app
        .db
        .write("claim_again", async |tx| {
            rounds::set_lease_end(tx, task, lease.user, lease.token, until).await.map_err(Error::from)
        })
        .await?;
    Ok(held.then_some(Claimed { task, token: lease.token, until }))
}

/// Moves the end of a lease that is still one's own. Says until when it lasts now.
pub async fn heartbeat(app: &App, scope: &Scope, task: TaskId, token: Uuid) -> Result<Millis, Error> {
    let user = person(scope)?;
    let about = rounds::task(&app.db, task).await?.ok_or(Error::NotFound)?;
    let until = app.clock.now().plus(lease_ms(app, about.queue).await?);
    let held = app
        .db
        .write("heartbeat", async |tx| rounds::set_lease_end(tx, task, user, token, until).await.map_err(Error::from))
        .await?;
    if held { Ok(until) } else { Err(lost()) }
}

/// Gives a task back, so that others can take it at once. Giving back what is no longer held is no error.
pub async fn release(app: &App, scope: &Scope, task: TaskId, token: Uuid) -> Result<(), Error> {
    let user = person(scope)?;
    let now = app.clock.now();
    app.db
        .write("release_lease", async |tx| {
            if rounds::set_lease_end(tx, task, user, token, Millis(0)).await? {
                audit::record(app, tx, scope, "task.released", task, json!({}), now).await?;
            }
            Ok(())
        })
        .await
}

/// The page went away: a reload takes the lease up again with its first heartbeat, a closed tab frees it in seconds.
pub async fn leave(app: &App, scope: &Scope, task: TaskId, token: Uuid) -> Result<(), Error> {
    const RELOAD_MS: i64 = 4 * Millis::SECOND;
    let user = person(scope)?;
    let until = app.clock.now().plus(RELOAD_MS);
    app.db
        .write("leave", async |tx| {
            rounds::set_lease_end(tx, task, user, token, until).await.map(|_| ()).map_err(Error::from)
        })
        .await
}

/// Keeps what was typed. Works under a lapsed lease as well, so that no typed text is lost.
pub async fn save_draft(app: &App, scope: &Scope, task: TaskId, draft: &str) -> Result<(), Error> {
    const LONGEST: usize = 64 * 1024;
    let user = person(scope)?;
    if draft.len() > LONGEST {
        return Err(Error::invalid("/draft", "too_long", "must be at most 64 KiB"));
    }
    let kept = app
        .db
        .write("save_draft", async |tx| rounds::save_draft(tx, task, user, draft).await.map_err(Error::from))
        .await?;
    if kept { Ok(()) } else { Err(lost()) }
}

/// Gives a task back and is not offered it again.
pub async fn skip(app: &App, scope: &Scope, task: TaskId, token: Uuid) -> Result<(), Error> {
    let user = person(scope)?;
    let now = app.clock.now();
    app.db
        .write("skip", async |tx| {
            if !rounds::set_lease_end(tx, task, user, token, Millis(0)).await? {
                return Err(lost());
            }
            rounds::skip(tx, task, user, now).await?;
            audit::record(app, tx, scope, "task.skipped", task, json!({}), now).await
        })
        .await
}

/// The answer to whoever acts on a task that is no longer theirs.
pub fn lost() -> Error {
    Error::conflict(
        "lease_lost",
        "This task is no longer yours: it was answered, closed, or taken by somebody else. Your text is kept; claim the next task.",
    )
}

async fn lease_ms(app: &App, queue: QueueId) -> Result<i64, Error> {
    let queues = releases::queues(&app.db).await?;
    Ok(queues.iter().find(|q| q.id == queue).map_or(crate::review::lease::LEASE_MS, |q| q.lease_ms))
}
