//! A draft is run over stored screenings: asked for, run by a job that shows how far it is, stopped, kept with its report.
//!
//! Called by the Releases pages and, without a draft, by `adjudge policy backtest`. It reads screenings in chunks and
//! evaluates each chunk on all cores while the next one is read. It must never decide about an ad, nor measure one again.

use super::{
    App, Error,
    drafts::{draft, model_of, require},
    steps::{audit, pack},
};
use crate::{
    domain::{
        BacktestId, DraftId, Millis, ReleaseId, RevisionId,
        backtest::{BacktestReport, BacktestState, Window},
        policy::PolicyCode,
        release::Bundle,
        role::{Permission, Scope},
        verdict::Conclusion,
    },
    screening::backtest::{Backtest, Human, StoredRow, Tally},
    store::{
        Db, backtests,
        backtests::{ScreenedRow, StoredBacktest},
        drafts as stored, jobs,
        jobs::{Claimed, JobName, NewJob},
        releases,
    },
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// Screenings read at once.
const CHUNK: u64 = 2_000;
/// How long a running backtest holds its job without a sign of life, ms.
const LEASE_MS: i64 = 30 * Millis::SECOND;
/// Most screenings of one backtest.
const MOST: u64 = 5_000_000;

const MAY_NOT: &str = "Your roles do not permit backtests. Ask a policy editor.";

/// Payload of the `backtest` job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BacktestJob {
    /// The backtest.
    pub backtest: BacktestId,
}

/// The screenings of the last days.
pub fn last_days(now: Millis, days: u32) -> Window {
    Window { from: now.plus(-i64::from(days) * Millis::DAY), to: now.plus(1), most: MOST }
}

/// Asks for a backtest of a draft as it is now, over the last days.
///
/// # Errors
/// [`Error::Conflict`] `has_problems` for a draft that does not compile; [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn start_backtest(app: &App, scope: &Scope, id: DraftId, days: u32) -> Result<BacktestId, Error> {
    require(scope, Permission::EditPolicies, MAY_NOT)?;
    if !(1..=3_650).contains(&days) {
        return Err(Error::invalid("/days", "bad_days", "Give a number of days from 1 to 3650."));
    }
    let draft = draft(&app.db, id).await?;
    let model = model_of(&app.db, &draft).await?;
    let files = stored::files(&app.db, id).await?;
    let read = tokio::task::spawn_blocking(move || pack::read(&files, model.as_ref())).await;
    let (_, bundle) = read.map_err(|e| Error::Internal(e.to_string()))?.map_err(|problems| {
        Error::conflict("has_problems", format!("{} problems are to be mended first.", problems.len()))
    })?;
    let now = app.clock.now();
    let backtest = StoredBacktest {
        id: app.clock.new_id::<BacktestId>(),
        draft: id,
        draft_version: draft.version,
        state: BacktestState::Running,
        window: last_days(now, days),
        total: None,
        done: 0,
        notice: None,
        created_by: scope.actor.id().to_owned(),
        created_at: now,
        finished_at: None,
    };
    app.db
        .write("start_backtest", async |tx| {
            backtests::add(tx, &backtest, &bundle).await?;
            let job = BacktestJob { backtest: backtest.id };
            let key = format!("backtest:{}", backtest.id);
            let job = NewJob::now(app.clock.new_id(), JobName::Backtest, key, &job, now)?;
            jobs::enqueue(tx, &job, now).await?;
            let details = json!({"draft": id, "version": draft.version});
            audit::record(app, tx, scope, "backtest.asked", backtest.id, details, now).await
        })
        .await?;
    app.wake.notify_waiters();
    Ok(backtest.id)
}

/// Stops a running backtest.
///
/// # Errors
/// [`Error::Conflict`] when it is over; [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn cancel_backtest(app: &App, scope: &Scope, id: BacktestId) -> Result<(), Error> {
    require(scope, Permission::EditPolicies, MAY_NOT)?;
    let now = app.clock.now();
    app.db
        .write("cancel_backtest", async |tx| {
            backtests::backtest(tx, id).await?.ok_or(Error::NotFound)?;
            if !backtests::end(tx, id, BacktestState::Cancelled, None, None, now).await? {
                return Err(Error::conflict("backtest_over", "This backtest is over already."));
            }
            audit::record(app, tx, scope, "backtest.cancelled", id, json!({}), now).await
        })
        .await
}

/// The `backtest` job.
///
/// # Errors
/// The store's. A backtest that cannot run ends with the reason.
pub async fn step(app: &App, job: &Claimed) -> Result<(), Error> {
    let BacktestJob { backtest: id } = job.payload()?;
    let running = backtests::backtest(&app.db, id).await?.filter(|b| b.state == BacktestState::Running);
    let bundle = match &running {
        Some(_) => backtests::bundle(&app.db, id).await?,
        None => None,
    };
    let outcome = match (&running, bundle) {
        (Some(backtest), Some(bundle)) => {
            let progress = async |done: i64, total: i64| {
                let until = app.clock.now().plus(LEASE_MS);
                app.db
                    .write("backtest_progress", async |tx| {
                        jobs::renew(tx, job.id, job.token, until).await?;
                        backtests::advance(tx, id, done, total).await.map_err(Error::from)
                    })
                    .await
            };
            Some(run(&app.db, &bundle, backtest.window, progress).await)
        }
        _ => None,
    };
    let now = app.clock.now();
    app.db
        .write("end_backtest", async |tx| {
            jobs::finish(tx, job.id, job.token).await?;
            match &outcome {
                Some(Ok(Some(report))) => {
                    backtests::end(tx, id, BacktestState::Done, Some(report), None, now).await?;
                }
                Some(Err(Error::Conflict { detail, .. })) => {
                    backtests::end(tx, id, BacktestState::Failed, None, Some(detail), now).await?;
                }
                // It was cancelled, or ended before.
                Some(Ok(None)) | None => {}
                Some(Err(other)) => {
                    tracing::error!(backtest = %id, error = %other, "a backtest could not run");
                    let said = "It could not run; the server's log says why.";
                    backtests::end(tx, id, BacktestState::Failed, None, Some(said), now).await?;
                }
            }
            Ok(())
        })
        .await
}

/// Runs a bundle over the screenings of a window. `progress` is told how many of how many are done, and says whether to
/// go on; `None` when it said no.
///
/// # Errors
/// [`Error::Conflict`] `has_problems`; the store's.
pub async fn run(
    db: &Db,
    bundle: &Bundle,
    window: Window,
    mut progress: impl AsyncFnMut(i64, i64) -> Result<bool, Error>,
) -> Result<Option<BacktestReport>, Error> {
    let mut then: BTreeMap<ReleaseId, Bundle> = BTreeMap::new();
    for id in backtests::releases_in(db, &window).await? {
        if let Some(release) = releases::release(db, id).await? {
            then.insert(id, release.bundle);
        }
    }
    let compiled = {
        let bundle = bundle.clone();
        blocking(move || Backtest::new(&bundle, &then)).await?
    };
    let backtest = Arc::new(compiled.map_err(|problems| {
        Error::conflict("has_problems", format!("{} problems are to be mended first.", problems.len()))
    })?);
    let people = Arc::new(People { decided: backtests::decided(db).await?, labels: backtests::labels(db).await? });
    let total = backtests::count(db, &window).await?;
    if !progress(0, total).await? {
        return Ok(None);
    }
    let (mut tally, mut done) = (Tally::default(), 0u64);
    let mut next = backtests::chunk(db, &window, None, CHUNK.min(window.most)).await?;
    while let Some(last) = next.last() {
        let below = (last.at, last.screening);
        done += next.len() as u64;
        let (backtest, people) = (Arc::clone(&backtest), Arc::clone(&people));
        let evaluated = tokio::task::spawn_blocking(move || evaluate(&backtest, &people, next));
        let left = window.most.saturating_sub(done).min(CHUNK);
        // The next chunk is read while this one is evaluated.
        let read =
            async { if left == 0 { Ok(vec![]) } else { backtests::chunk(db, &window, Some(below), left).await } };
        let (evaluated, read) = tokio::join!(evaluated, read);
        let part = evaluated.map_err(|e| Error::Internal(e.to_string()))?;
        tally = tally.merge(part.map_err(|e| Error::Internal(format!("a stored screening does not parse: {e}")))?);
        next = read?;
        if !progress(i64::try_from(done).unwrap_or(i64::MAX), total).await? {
            return Ok(None);
        }
    }
    Ok(Some(tally.report(window, backtest.searched_again())))
}

/// What people said, by revision.
struct People {
    decided: HashMap<RevisionId, (Conclusion, f64)>,
    labels: HashMap<RevisionId, Vec<(PolicyCode, bool, f64)>>,
}

impl People {
    fn about(&self, revision: RevisionId) -> Human {
        Human {
            decided: self.decided.get(&revision).copied(),
            labels: self.labels.get(&revision).cloned().unwrap_or_default(),
        }
    }
}

fn evaluate(backtest: &Backtest, people: &People, rows: Vec<ScreenedRow>) -> Result<Tally, serde_json::Error> {
    let one = |mut tally: Tally, row: ScreenedRow| {
        let human = people.about(row.revision);
        let row = StoredRow {
            screening: row.screening,
            ad: row.ad,
            advertiser: row.advertiser,
            release: row.release,
            conclusion: row.conclusion,
            at: row.at,
            content: row.content,
            signals: row.signals,
            facts: row.facts,
            evaluation: row.evaluation,
        };
        let judged = backtest.judge(&row)?;
        tally.add(&row, &judged, &human);
        Ok(tally)
    };
    rows.into_par_iter().try_fold(Tally::default, one).try_reduce(Tally::default, |a, b| Ok(a.merge(b)))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(e.to_string()))
}
