//! Open rounds are screened again under the release that just went live.
//!
//! Called by the `rescreen` job, once a release. It only enqueues: the screenings are jobs of their own.

use super::{App, Error, steps::screen_job::ScreenJob};
use crate::{
    domain::{ReleaseId, RevisionId, screening::Trigger},
    store::{
        jobs,
        jobs::{Claimed, JobName, NewJob},
        releases,
    },
};
use serde::{Deserialize, Serialize};

/// Payload of the `rescreen` job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RescreenJob {
    /// The release that went live.
    pub release: ReleaseId,
}

impl RescreenJob {
    /// One job a release.
    pub fn dedup_key(&self) -> String {
        format!("rescreen:{}", self.release)
    }
}

/// Enqueues one screening for every revision with an open round, and finishes the job.
pub async fn rescreen(app: &App, job: &Claimed) -> Result<(), Error> {
    let RescreenJob { release } = job.payload()?;
    let now = app.clock.now();
    app.live.refresh(&app.db).await?;
    app.db
        .write("rescreen", async |tx| {
            jobs::finish(tx, job.id, job.token).await?;
            for revision in releases::open_rounds(tx).await? {
                let job = ScreenJob { revision: RevisionId(revision), trigger: Trigger::Released { release } };
                let job = NewJob::now(app.clock.new_id(), JobName::Screen, job.dedup_key(), &job, now)?;
                jobs::enqueue(tx, &job, now).await?;
            }
            Ok(())
        })
        .await
}
