//! Training is asked for on the Models page and done by a job, which shows how far it is.
//!
//! Called by the Models page and by the `train` job. At most one run exists that has not ended. It must never make a
//! candidate twice for one press: candidate, end of run and end of job are one commit.

use super::{
    App, Error,
    drafts::require,
    steps::audit,
    train::{TrainRequest, train},
};
use crate::{
    domain::{
        Millis, TrainingId,
        audit::Actor,
        digest::Digest,
        role::{Permission, Scope},
        training::{Progress, Training, TrainingStage, TrainingState},
    },
    store::{
        StoreError, encoders, jobs,
        jobs::{Claimed, JobName, MAX_ATTEMPTS, NewJob},
        trainings,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{cell::Cell, time::Duration};

/// How long a run that shows no sign of life keeps its job, ms.
pub const LEASE_MS: i64 = 30 * Millis::SECOND;
/// Pause between two signs of life.
const BEAT: Duration = Duration::from_secs(1);

/// Payload of the `train` job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TrainJob {
    /// The run.
    pub training: TrainingId,
}

/// A run as `flows::train` sees it: what ends with the candidate's commit, and where it says how far it is.
#[derive(Debug)]
pub struct Background<'a> {
    /// The job.
    pub job: &'a Claimed,
    /// The run.
    pub training: TrainingId,
    /// Told to the database by the run's heartbeat.
    pub progress: Cell<Progress>,
}

impl Background<'_> {
    /// Says what the run is at.
    pub fn at(&self, stage: TrainingStage, done: u64, total: u64) {
        self.progress.set(Progress { stage, done, total });
    }
}

/// Asks for a candidate, with heads over an added encoder or over the one that processes start with.
///
/// # Errors
/// [`Error::Conflict`] `training_runs` while another run has not ended; [`Error::Invalid`] for an encoder that is not
/// here; [`Error::Forbidden`].
pub async fn ask(app: &App, scope: &Scope, encoder: Option<Digest>) -> Result<TrainingId, Error> {
    require(scope, Permission::Train, "Your roles do not permit training. Ask a policy editor.")?;
    if let Some(digest) = encoder
        && encoders::encoder(&app.db, digest).await?.is_none()
    {
        return Err(Error::invalid("/encoder", "no_such_encoder", "Choose an encoder that this installation has."));
    }
    let now = app.clock.now();
    let training = Training {
        id: app.clock.new_id(),
        encoder,
        state: TrainingState::Running,
        progress: Progress::WAITING,
        notice: None,
        model: None,
        created_by: scope.actor.id().to_owned(),
        created_at: now,
        finished_at: None,
    };
    let asked = app
        .db
        .write("ask_training", async |tx| {
            trainings::add(tx, &training).await?;
            let job = TrainJob { training: training.id };
            let job = NewJob::now(app.clock.new_id(), JobName::Train, format!("train:{}", training.id), &job, now)?;
            jobs::enqueue(tx, &job, now).await?;
            audit::record(app, tx, scope, "training.asked", training.id, json!({"encoder": encoder}), now).await
        })
        .await;
    match asked {
        Err(Error::Store(StoreError::Taken(_))) => {
            Err(Error::conflict("training_runs", "A training runs already. Wait until it has ended."))
        }
        other => {
            other?;
            app.wake.notify_waiters();
            Ok(training.id)
        }
    }
}

/// The `train` job.
///
/// # Errors
/// The store's, and [`Error::Busy`] while the encoder has no room. A run that cannot end otherwise ends with the reason.
pub async fn step(app: &App, job: &Claimed) -> Result<(), Error> {
    let TrainJob { training: id } = job.payload()?;
    let Some(training) = trainings::training(&app.db, id).await?.filter(|t| t.state == TrainingState::Running) else {
        return end(app, job, id, None).await;
    };
    if job.attempt > MAX_ATTEMPTS {
        return end(app, job, id, Some("It was begun many times and never ended; the server's log says more.")).await;
    }
    let run = Background { job, training: id, progress: Cell::new(training.progress) };
    let scope = Scope::system(Actor::User(training.created_by));
    let request = TrainRequest { encoder: training.encoder, ..TrainRequest::default() };
    let trained = tokio::select! {
        biased;
        trained = train(app, &scope, &request, Some(&run)) => trained.map(drop),
        lost = heartbeat(app, &run) => Err(Error::Store(lost)),
    };
    match trained {
        Ok(()) => Ok(()),
        // Somebody else has it, or it was ended.
        Err(Error::Store(StoreError::LeaseLost)) => Ok(()),
        Err(Error::Busy { retry_after_s }) if job.attempt < MAX_ATTEMPTS => Err(Error::Busy { retry_after_s }),
        Err(Error::Conflict { detail, .. }) => end(app, job, id, Some(&detail)).await,
        Err(error) => {
            tracing::error!(training = %id, %error, "a training could not run");
            end(app, job, id, Some("It could not run; the server's log says why.")).await
        }
    }
}

/// Keeps the job's lease and tells how far the run is, for as long as nobody else has it.
async fn heartbeat(app: &App, run: &Background<'_>) -> StoreError {
    loop {
        let (progress, until) = (run.progress.get(), app.clock.now().plus(LEASE_MS));
        let told = app
            .db
            .write("training_progress", async |tx| {
                jobs::renew(tx, run.job.id, run.job.token, until).await?;
                trainings::advance(tx, run.training, progress).await
            })
            .await;
        match told {
            Err(StoreError::LeaseLost) => return StoreError::LeaseLost,
            Err(error) => tracing::warn!(training = %run.training, %error, "a training's progress could not be told"),
            Ok(()) => {}
        }
        tokio::time::sleep(BEAT).await;
    }
}

/// Ends the job, and the run where it has no candidate.
async fn end(app: &App, job: &Claimed, id: TrainingId, notice: Option<&str>) -> Result<(), Error> {
    let now = app.clock.now();
    app.db
        .write("end_training", async |tx| {
            jobs::finish(tx, job.id, job.token).await?;
            if let Some(notice) = notice {
                trainings::end(tx, id, TrainingState::Failed, None, Some(notice), now).await?;
                let system = Scope::system(Actor::System("train".into()));
                audit::record(app, tx, &system, "training.failed", id, json!({}), now).await?;
            }
            Ok(())
        })
        .await
}
