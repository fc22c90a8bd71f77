//! The ads that live are screened again under a new release: in an order, a page at a time, under daily caps.
//!
//! Begun by publishing and by breaking glass; walked by the `sweep` job, which asks for one page of screenings, waits
//! until they are done, counts what they caused, and goes on. Killed at any moment, it goes on where it was. It must
//! never ask for more than its caps leave, nor decide anything itself.

use super::{
    App, Error,
    drafts::require,
    steps::{audit, screen_job::ScreenJob},
};
use crate::{
    domain::{
        AdContent, Millis, ReleaseId, RevisionId, SweepId,
        audit::Actor,
        draft::{Origin, SweepFilter, SweepOrder, SweepPlan, SweepState},
        policy::{List, ListEntry, ListKind},
        role::{Permission, Scope},
        screening::Trigger,
    },
    screening::signals::{CompiledLists, list_matches},
    store::{
        Tx, delivery,
        delivery::Reach,
        jobs,
        jobs::{Claimed, JobName, NewJob},
        releases, sweeps,
        sweeps::StoredSweep,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;

/// Ads asked for at once.
const PAGE: i64 = 50;
/// Ads read at once while the sweep is listed.
const LISTED_AT_ONCE: u64 = 1_000;
/// Tasks that one screening makes at most: three for overlap and a blind one.
const TASKS_OF_ONE: i64 = 4;
/// Pause while a page is being screened, ms.
const PAUSE_MS: i64 = 200;
/// Pause while a cap is reached, ms.
const CAPPED_MS: i64 = 5 * Millis::MINUTE;

/// Payload of the `sweep` job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SweepJob {
    /// The sweep.
    pub sweep: SweepId,
}

/// Begins a sweep, in the commit that makes it needed.
#[expect(clippy::too_many_arguments, reason = "one row; a struct would only rename the arguments")]
pub(super) async fn begin(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    id: SweepId,
    release: ReleaseId,
    plan: SweepPlan,
    filter: Option<SweepFilter>,
    now: Millis,
) -> Result<(), Error> {
    let sweep = StoredSweep {
        id,
        release,
        state: SweepState::Running,
        plan,
        filter,
        total: None,
        done: 0,
        waits_until: None,
        created_by: scope.actor.id().to_owned(),
        created_at: now,
        finished_at: None,
    };
    sweeps::add(tx, &sweep).await?;
    again(app, tx, id, now, now).await?;
    audit::record(app, tx, scope, "sweep.begun", id, json!({"release": release, "plan": plan}), now).await
}

async fn again(app: &App, tx: &Tx, id: SweepId, at: Millis, now: Millis) -> Result<(), Error> {
    let mut job = NewJob::now(app.clock.new_id(), JobName::Sweep, format!("sweep:{id}"), &SweepJob { sweep: id }, now)?;
    job.run_at = at;
    Ok(jobs::enqueue(tx, &job, now).await?)
}

/// Stops a sweep. What it did stands.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it is over; [`Error::Forbidden`].
pub async fn stop_sweep(app: &App, scope: &Scope, id: SweepId) -> Result<(), Error> {
    require(scope, Permission::Publish, "Your roles do not permit stopping a sweep. Ask a policy editor.")?;
    let now = app.clock.now();
    app.db
        .write("stop_sweep", async |tx| {
            let sweep = sweeps::sweep(tx, id).await?.ok_or(Error::NotFound)?;
            let done = sweep.done;
            let stopped = StoredSweep { state: SweepState::Stopped, finished_at: Some(now), ..sweep };
            if !sweeps::advance(tx, &stopped).await? {
                return Err(Error::conflict("sweep_over", "This sweep is over already."));
            }
            // The job that waits for its caps has nothing to wait for any more.
            jobs::hurry(tx, &format!("sweep:{id}"), now).await?;
            audit::record(app, tx, scope, "sweep.stopped", id, json!({"done": done}), now).await
        })
        .await
}

/// One step of a sweep: lists its ads, or asks for its next page once the one before is screened and the caps allow.
///
/// # Errors
/// The store's.
pub async fn step(app: &App, job: &Claimed) -> Result<(), Error> {
    let SweepJob { sweep: id } = job.payload()?;
    let now = app.clock.now();
    let Some(sweep) = sweeps::sweep(&app.db, id).await?.filter(|s| s.state == SweepState::Running) else {
        return app
            .db
            .write("sweep_over", async |tx| jobs::finish(tx, job.id, job.token).await.map_err(Error::from))
            .await;
    };
    // A page asked for under the release before would be screened by it.
    app.live.refresh(&app.db).await?;
    match sweep.total {
        None => {
            let listed = ordered(app, &sweep).await?;
            app.db
                .write("sweep_list", async |tx| {
                    jobs::finish(tx, job.id, job.token).await?;
                    sweeps::list(tx, id, 0, &listed).await?;
                    let next = StoredSweep { total: i64::try_from(listed.len()).ok(), ..sweep.clone() };
                    sweeps::advance(tx, &next).await?;
                    again(app, tx, id, now, now).await
                })
                .await
        }
        Some(total) => page(app, job, sweep, total, now).await,
    }
}

/// Every ad of the sweep, in its order. The order is that of this moment: what is delivered while the sweep runs does not
/// move an ad, so that a sweep that was interrupted goes on exactly where it was.
async fn ordered(app: &App, sweep: &StoredSweep) -> Result<Vec<RevisionId>, Error> {
    let wanted = Wanted::of(sweep.filter.as_ref())?;
    let now = app.clock.now();
    let reaches = match sweep.plan.order {
        SweepOrder::Delivery => delivery::reaches(&app.db, now).await?,
        SweepOrder::Newest => HashMap::new(),
    };
    let mut found: Vec<((Reach, i64), RevisionId)> = vec![];
    let mut before = None;
    loop {
        let ads = sweeps::live_ads(&app.db, before, LISTED_AT_ONCE).await?;
        let Some(last) = ads.last() else { break };
        before = Some(last.revision);
        for ad in ads.iter().filter(|ad| wanted.holds(&ad.content, now)) {
            // Amounts of all currencies are compared as they are: the order needs to be good, not exact.
            let budget = ad.content.budget.as_ref().map_or(0, |b| b.micros);
            found.push(((reaches.get(&ad.ad).copied().unwrap_or_default(), budget), ad.revision));
        }
    }
    if sweep.plan.order == SweepOrder::Delivery {
        found.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    }
    let mut all = rejected_meanwhile(app, sweep).await?;
    all.extend(found.into_iter().map(|(_, revision)| revision));
    Ok(all)
}

/// A sweep after a rollback also looks at what the releases since then rejected by themselves, and first of all at that.
async fn rejected_meanwhile(app: &App, sweep: &StoredSweep) -> Result<Vec<RevisionId>, Error> {
    let release = releases::release(&app.db, sweep.release).await?.ok_or(Error::NotFound)?;
    let Some(Origin::Rollback { of }) = release.origin else { return Ok(vec![]) };
    let old = releases::release(&app.db, of).await?.ok_or(Error::NotFound)?;
    Ok(sweeps::rejected_since(&app.db, old.retired_at.unwrap_or(old.created_at)).await?)
}

async fn page(app: &App, job: &Claimed, sweep: StoredSweep, total: i64, now: Millis) -> Result<(), Error> {
    let id = sweep.id;
    let key =
        |revision: &RevisionId| ScreenJob { revision: *revision, trigger: Trigger::Sweep { sweep: id } }.dedup_key();
    let asked = sweeps::page(&app.db, id, (sweep.done - PAGE).max(0), PAGE.min(sweep.done)).await?;
    let keys: Vec<String> = asked.iter().map(key).collect();
    let running = jobs::waiting_of(&app.db, &keys).await?;
    let room = room(app, &sweep, now).await?;
    let finished = sweep.done >= total && running == 0;
    let next = if running == 0 { sweeps::page(&app.db, id, sweep.done, PAGE.min(room)).await? } else { vec![] };
    let pause = if running > 0 || room > 0 { PAUSE_MS } else { CAPPED_MS };
    app.db
        .write("sweep_page", async |tx| {
            jobs::finish(tx, job.id, job.token).await?;
            for revision in &next {
                let job = ScreenJob { revision: *revision, trigger: Trigger::Sweep { sweep: id } };
                let job = NewJob::now(app.clock.new_id(), JobName::Screen, job.dedup_key(), &job, now)?;
                jobs::enqueue(tx, &job, now).await?;
            }
            let waits = (!finished && running == 0 && room == 0).then(|| now.plus(CAPPED_MS));
            let ahead = StoredSweep {
                done: sweep.done + i64::try_from(next.len()).unwrap_or_default(),
                state: if finished { SweepState::Done } else { SweepState::Running },
                finished_at: finished.then_some(now),
                waits_until: waits,
                ..sweep.clone()
            };
            if !sweeps::advance(tx, &ahead).await? || finished {
                if finished {
                    let system = Scope::system(Actor::System("sweep".into()));
                    audit::record(app, tx, &system, "sweep.done", id, json!({"ads": total}), now).await?;
                }
                return Ok(());
            }
            again(app, tx, id, now.plus(pause), now).await
        })
        .await?;
    app.wake.notify_waiters();
    Ok(())
}

/// How many more ads may be asked for now: each may become a rejection, or tasks.
async fn room(app: &App, sweep: &StoredSweep, now: Millis) -> Result<i64, Error> {
    if sweep.plan.tasks_a_day.is_none() && sweep.plan.rejections_a_day.is_none() {
        return Ok(PAGE);
    }
    let caused = sweeps::caused(&app.db, sweep.id, now.plus(-Millis::DAY)).await?;
    // While anything is left of a cap, one ad may go: a cap below what one ad can make is overshot by that ad alone.
    let left = |cap: Option<u32>, used: i64, each: i64| {
        cap.map_or(PAGE, |cap| match i64::from(cap) - used {
            ..=0 => 0,
            left => (left / each).max(1),
        })
    };
    let rejections = left(sweep.plan.rejections_a_day, caused.rejected, 1);
    Ok(left(sweep.plan.tasks_a_day, caused.tasks, TASKS_OF_ONE).min(rejections))
}

/// Which ads a filter lets through.
/// `None` is all.
pub(super) struct Wanted(Option<CompiledLists>);

impl Wanted {
    pub(super) fn of(filter: Option<&SweepFilter>) -> Result<Self, Error> {
        let Some(filter) = filter else { return Ok(Self(None)) };
        let (kind, value) = match filter {
            SweepFilter::Domain(domain) => (ListKind::Domains, domain.clone()),
            SweepFilter::Image(digest) => (ListKind::ImageHashes, digest.to_string()),
            SweepFilter::Phrase(phrase) => (ListKind::Phrases, phrase.clone()),
        };
        let entries = vec![ListEntry { value, negative: false, note: String::new(), until: None }];
        let list = List { name: "wanted".into(), kind, entries };
        CompiledLists::compile(&[list]).map(|lists| Self(Some(lists))).map_err(|e| Error::Internal(e.to_string()))
    }

    pub(super) fn holds(&self, content: &AdContent, now: Millis) -> bool {
        self.0.as_ref().is_none_or(|lists| !list_matches(content, "", lists, now).is_empty())
    }
}
