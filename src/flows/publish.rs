//! A draft goes live, now or at a set time: checked, by somebody who wrote none of it, with or without a sweep of the
//! ads that live.
//!
//! Called by the Releases pages, by `adjudge policy apply --publish` and, for a set time, by the `publish` job. It must
//! never publish a draft that is behind the live release: what was published meanwhile would be lost.

use super::{
    App, Error,
    drafts::{last_test, not_open, require, stale},
    steps::{
        audit,
        go_live::{Next, go_live},
        pack,
    },
    sweep,
};
use crate::{
    domain::{
        DraftId, Millis, ReleaseId, SweepId,
        audit::Actor,
        draft::{DraftState, EditKind, Origin, PublishPlan},
        release::{ReleaseNumber, ReleaseState},
        role::{Permission, Scope},
    },
    inference::Heads,
    store::{
        Tx, drafts,
        drafts::StoredDraft,
        jobs,
        jobs::{Claimed, JobName, NewJob},
        releases,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The farthest that a set time may lie ahead.
const FARTHEST_MS: i64 = 366 * Millis::DAY;

/// What publishing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// It is live.
    Live {
        /// The release.
        release: ReleaseId,
        /// Its number.
        number: ReleaseNumber,
        /// The sweep that began.
        sweep: Option<SweepId>,
    },
    /// It goes live at this time.
    Scheduled(Millis),
}

/// Payload of the `publish` job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PublishJob {
    /// The draft.
    pub draft: DraftId,
    /// The version that was scheduled.
    pub version: i64,
}

/// Publishes a draft as the caller saw it, or schedules it.
///
/// # Errors
/// [`Error::Forbidden`] for who wrote part of it; [`Error::Conflict`] `behind`, `has_problems`, `cases_fail`,
/// `stale_draft`, `not_open`; [`Error::Invalid`] for a time in the past; [`Error::NotFound`].
pub async fn publish_draft(
    app: &App,
    scope: &Scope,
    id: DraftId,
    version: i64,
    plan: PublishPlan,
) -> Result<Published, Error> {
    require(scope, Permission::Publish, "Your roles do not permit publishing. Ask a policy editor.")?;
    let now = app.clock.now();
    if let Some(at) = plan.effective_at.filter(|at| *at <= now || at.0 - now.0 > FARTHEST_MS) {
        let detail = format!("Give a time after now and within a year; {at} is not.");
        return Err(Error::invalid("/effective_at", "bad_time", detail));
    }
    let done = app
        .db
        .write("publish_draft", async |tx| {
            let draft = publishable(tx, scope, id, version).await?;
            proved(tx, &draft, &plan).await?;
            match plan.effective_at {
                None => publish_in(app, tx, scope, &draft, &plan, scope.actor.id(), now).await,
                Some(at) => schedule_in(app, tx, scope, &draft, plan, at, now).await,
            }
        })
        .await?;
    app.live.refresh(&app.db).await?;
    app.wake.notify_waiters();
    Ok(done)
}

/// Calls a set time off; the draft is open again.
///
/// # Errors
/// [`Error::Conflict`] when it is not scheduled or somebody changed it meanwhile; [`Error::NotFound`].
pub async fn call_off(app: &App, scope: &Scope, id: DraftId, version: i64) -> Result<(), Error> {
    require(scope, Permission::Publish, "Your roles do not permit publishing. Ask a policy editor.")?;
    let now = app.clock.now();
    app.db
        .write("call_off", async |tx| {
            let draft = drafts::draft(tx, id).await?.ok_or(Error::NotFound)?;
            if draft.state != DraftState::Scheduled {
                return Err(Error::conflict("not_scheduled", "This draft is not scheduled."));
            }
            if draft.version != version {
                return Err(stale());
            }
            reopen(app, tx, scope, draft, None, now).await
        })
        .await
}

/// The `publish` job: the set time has come. What forbids publishing now opens the draft again and says why.
///
/// # Errors
/// The store's; a draft that cannot go live is no error.
pub async fn publish_scheduled(app: &App, job: &Claimed) -> Result<(), Error> {
    let PublishJob { draft: id, version } = job.payload()?;
    let now = app.clock.now();
    let scope = Scope::system(Actor::System("publish".into()));
    let scheduled = |draft: &StoredDraft| draft.state == DraftState::Scheduled && draft.version == version;
    let done = app
        .db
        .write("publish_scheduled", async |tx| {
            jobs::finish(tx, job.id, job.token).await?;
            let Some(draft) = drafts::draft(tx, id).await?.filter(scheduled) else { return Ok(()) };
            let plan = draft.plan.unwrap_or(PublishPlan { sweep: None, effective_at: None, despite_cases: false });
            let by = draft.planned_by.clone().unwrap_or_default();
            publish_in(app, tx, &scope, &draft, &plan, &by, now).await.map(|_| ())
        })
        .await;
    match done {
        Ok(()) => {}
        Err(Error::Conflict { detail, .. }) => {
            let notice = format!("It did not go live at the set time. {detail}");
            app.db
                .write("publish_missed", async |tx| {
                    jobs::finish(tx, job.id, job.token).await?;
                    let Some(draft) = drafts::draft(tx, id).await?.filter(scheduled) else { return Ok(()) };
                    reopen(app, tx, &scope, draft, Some(notice.clone()), now).await
                })
                .await?;
        }
        Err(other) => return Err(other),
    }
    app.live.refresh(&app.db).await?;
    app.wake.notify_waiters();
    Ok(())
}

async fn reopen(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    draft: StoredDraft,
    notice: Option<String>,
    now: Millis,
) -> Result<(), Error> {
    let missed = notice.is_some();
    let next = StoredDraft {
        version: draft.version + 1,
        updated_at: now,
        state: DraftState::Open,
        plan: None,
        planned_by: None,
        notice,
        ..draft
    };
    if !drafts::change(tx, &next, scope.actor.id(), EditKind::Moved, None).await? {
        return Err(stale());
    }
    let action = if missed { "draft.publishing_missed" } else { "draft.publishing_called_off" };
    audit::record(app, tx, scope, action, next.id, json!({"version": next.version}), now).await
}

/// A draft that this caller may publish, at the version they saw.
async fn publishable(tx: &Tx, scope: &Scope, id: DraftId, version: i64) -> Result<StoredDraft, Error> {
    let draft = drafts::draft(tx, id).await?.ok_or(Error::NotFound)?;
    if !matches!(draft.state, DraftState::Open | DraftState::Shadow | DraftState::Canary) {
        return Err(Error::conflict("not_open", not_open(draft.state)));
    }
    if draft.version != version {
        return Err(stale());
    }
    // At the command line, whoever reviews the folder's history is the second person.
    if scope.actor != Actor::Operator && drafts::is_author(tx, id, scope.actor.id()).await? {
        return Err(Error::Forbidden("You wrote part of this draft. Somebody else has to publish it."));
    }
    Ok(draft)
}

/// Refuses a draft whose cases failed or were not run, unless the plan says so.
async fn proved(tx: &Tx, draft: &StoredDraft, plan: &PublishPlan) -> Result<(), Error> {
    if plan.despite_cases {
        return Ok(());
    }
    match last_test(tx, draft).await? {
        Some(test) if test.failed == 0 => Ok(()),
        Some(test) => Err(Error::conflict(
            "cases_fail",
            format!("{} of {} cases fail. Mend them, or publish despite them.", test.failed, test.run),
        )),
        None => Err(Error::conflict("cases_not_run", "The cases were not run on this version. Run them first.")),
    }
}

async fn schedule_in(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    draft: &StoredDraft,
    plan: PublishPlan,
    at: Millis,
    now: Millis,
) -> Result<Published, Error> {
    if draft.state != DraftState::Open {
        return Err(Error::conflict("not_open", not_open(draft.state)));
    }
    checked(tx, draft).await?;
    let next = StoredDraft {
        version: draft.version + 1,
        updated_at: now,
        state: DraftState::Scheduled,
        plan: Some(plan),
        planned_by: Some(scope.actor.id().to_owned()),
        notice: None,
        ..draft.clone()
    };
    if !drafts::change(tx, &next, scope.actor.id(), EditKind::Moved, None).await? {
        return Err(stale());
    }
    let job = PublishJob { draft: draft.id, version: next.version };
    let key = format!("publish:{}:{}", draft.id, next.version);
    let mut job = NewJob::now(app.clock.new_id(), JobName::Publish, key, &job, now)?;
    job.run_at = at;
    jobs::enqueue(tx, &job, now).await?;
    let details = json!({"version": next.version, "at": at, "plan": plan});
    audit::record(app, tx, scope, "draft.scheduled", draft.id, details, now).await?;
    Ok(Published::Scheduled(at))
}

/// The files and what they make, once nothing is wrong with them.
async fn checked(
    tx: &Tx,
    draft: &StoredDraft,
) -> Result<(crate::domain::draft::PackTexts, crate::screening::policy::Pack, crate::domain::release::Bundle), Error> {
    let files = drafts::files(tx, draft.id).await?;
    let model = match draft.model {
        Some(id) => Some(releases::model(tx, id).await?.ok_or(Error::NotFound)?),
        None => None,
    };
    if let Some(model) = &model {
        Heads::from_bytes(&model.heads).map_err(|e| Error::Internal(format!("{}: {e}", model.id)))?;
    }
    let (pack, bundle) = pack::read(&files, model.as_ref()).map_err(|problems| {
        let first = problems.first().map(ToString::to_string).unwrap_or_default();
        Error::conflict("has_problems", format!("{} problems are to be mended first: {first}", problems.len()))
    })?;
    Ok((files, pack, bundle))
}

async fn publish_in(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    draft: &StoredDraft,
    plan: &PublishPlan,
    published_by: &str,
    now: Millis,
) -> Result<Published, Error> {
    let live = pack::release_or_live(tx, None).await?;
    if draft.base != live.id {
        let detail =
            format!("Release {} went live since this draft began. Bring the draft up to it first.", live.number);
        return Err(Error::conflict("behind", detail));
    }
    let (files, pack, bundle) = checked(tx, draft).await?;
    let frozen = match draft.release {
        Some(id) => releases::release(tx, id)
            .await?
            .filter(|r| r.bundle == bundle && matches!(r.state, ReleaseState::Shadow | ReleaseState::Canary)),
        None => None,
    };
    if let (None, Some(left)) = (&frozen, draft.release) {
        releases::retire(tx, left, now).await?;
    }
    let sweep_id = plan.sweep.is_some().then(|| app.clock.new_id::<SweepId>());
    let origin = Origin::Draft { draft: draft.id, published_by: published_by.to_owned(), sweep: sweep_id };
    let next = Next { bundle, files: &files, queues: pack.queues.all(), origin, created_by: draft.created_by.clone() };
    let release = go_live(app, tx, scope, &live, next, frozen.as_ref(), now).await?;
    if let (Some(id), Some(plan)) = (sweep_id, plan.sweep) {
        sweep::begin(app, tx, scope, id, release.id, plan, None, now).await?;
    }
    let over = StoredDraft {
        version: draft.version + 1,
        updated_at: now,
        state: DraftState::Published,
        release: Some(release.id),
        notice: None,
        ..draft.clone()
    };
    if !drafts::change(tx, &over, scope.actor.id(), EditKind::Moved, None).await? {
        return Err(stale());
    }
    let details = json!({"release": release.id, "plan": plan, "published_by": published_by});
    audit::record(app, tx, scope, "draft.published", draft.id, details, now).await?;
    Ok(Published::Live { release: release.id, number: release.number, sweep: sweep_id })
}
