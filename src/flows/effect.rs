//! A decision whose grace time is over takes effect: the ad's outcome changes and its submitter is told.
//!
//! Called by the `effect` job. A decision that was undone, or about content that is no longer the ad's, changes
//! nothing. It must never run before `effective_at`: the job's `run_at` is that moment.

use super::{
    App, Error,
    steps::{appeal, in_effect::in_effect},
};
use crate::{
    domain::{DecisionId, audit::Actor, decision::DecisionState, role::Scope},
    store::{ads, jobs, jobs::Claimed, judgements, releases},
};
use serde::{Deserialize, Serialize};

/// Payload of the `effect` job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EffectJob {
    /// The decision.
    pub decision: DecisionId,
}

impl EffectJob {
    /// One job a decision.
    pub fn dedup_key(&self) -> String {
        format!("effect:{}", self.decision)
    }
}

/// Lets the decision take effect and finishes the job, in one commit.
pub async fn take_effect(app: &App, job: &Claimed) -> Result<(), Error> {
    let id = job.payload::<EffectJob>()?.decision;
    let now = app.clock.now();
    let scope = Scope::system(Actor::System("effect".into()));
    let concluded = app
        .db
        .write("effect", async |tx| {
            jobs::finish(tx, job.id, job.token).await?;
            let Some(decision) = judgements::decision(tx, id).await? else { return Ok(None) };
            if decision.state != DecisionState::Pending {
                return Ok(None);
            }
            let ad = ads::ad(tx, decision.ad).await?.ok_or(Error::NotFound)?;
            if ad.withdrawn_at.is_some() || ad.outcome.revision != decision.revision {
                judgements::settle(tx, id, DecisionState::Lapsed).await?;
                return Ok(None);
            }
            if !judgements::settle(tx, id, DecisionState::Effective).await? {
                return Ok(None);
            }
            let release = releases::release(tx, decision.release).await?.ok_or(Error::NotFound)?;
            let next = appeal::decided(app, tx, &ad, &decision, &release.bundle, now).await?;
            in_effect(app, tx, &scope, &ad, &decision, &release.bundle, next, now).await?;
            appeal::conclude(app, tx, &scope, &ad, &decision, now).await?;
            Ok::<_, Error>(Some((decision.decided_by, decision.verdict.conclusion)))
        })
        .await?;
    if let Some((by, conclusion)) = concluded {
        app.metrics.decisions.with_label_values(&[by.as_str(), conclusion.as_str()]).inc();
    }
    Ok(())
}
