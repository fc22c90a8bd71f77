//! An ad for trying out gets its outcome, from what its external id asks for or from a real screening.
//!
//! Called by `flows::screen` in place of storing a screening. It leaves an outcome, its event and audit rows, and nothing
//! else: no screening, finding, decision, round or count, so that no queue, statistic, backtest, label or breaker can meet
//! it. No person is ever asked.

use super::{
    App, Error,
    live::Live,
    steps::{audit, decide::project, outcome, screen_job::ScreenJob},
};
use crate::{
    domain::{
        Effect, PolicyCode,
        audit::Actor,
        decision::DisclosedFinding,
        finding::Constraint,
        role::Scope,
        sandbox::{REVIEW_MS, Script},
        screening::{Evaluation, Trigger},
        verdict::{Conclusion, Serving},
    },
    store::{
        ads,
        ads::StoredRevision,
        jobs,
        jobs::{Claimed, JobName, NewJob},
    },
};
use serde_json::json;

/// The policy that scripted findings name, and the age of a scripted limit.
const POLICY: &str = "alcohol";
const ADULT: u8 = 18;

/// What is concluded, what may serve, and why.
type Concluded = (Conclusion, Serving, Vec<DisclosedFinding>);

/// Gives a sandbox ad its outcome, and ends its job.
pub(super) async fn settle(
    app: &App,
    job: &Claimed,
    live: &Live,
    revision: &StoredRevision,
    trigger: &Trigger,
    evaluation: &Evaluation,
) -> Result<(), Error> {
    let now = app.clock.now();
    app.db
        .write("sandbox", async |tx| {
            jobs::finish(tx, job.id, job.token).await?;
            let ad = ads::ad(tx, revision.ad).await?.ok_or(Error::NotFound)?;
            if ad.withdrawn_at.is_some() || ad.outcome.revision != revision.id {
                return Ok(());
            }
            let script = Script::of(&ad.outcome.external_id);
            let waited = matches!(trigger, Trigger::Recovered { .. });
            let bundle = &live.release.bundle;
            let (conclusion, serving, findings) = match script {
                Some(script) => scripted(script, waited)?,
                None => (
                    evaluation.verdict.conclusion,
                    outcome::disclosed_serving(&evaluation.verdict.serving, bundle),
                    outcome::disclosed(&evaluation.findings, bundle),
                ),
            };
            let system = Scope::system(Actor::System(live.release.id.to_string()));
            audit::record(app, tx, &system, "sandbox.concluded", ad.id, json!({"conclusion": conclusion}), now).await?;
            if conclusion == Conclusion::Review {
                let ends = now.plus(REVIEW_MS);
                if script.is_some() {
                    let next = ScreenJob { revision: revision.id, trigger: Trigger::Recovered { at: ends } };
                    let mut job = NewJob::now(app.clock.new_id(), JobName::Screen, next.dedup_key(), &next, now)?;
                    job.run_at = ends;
                    jobs::enqueue(tx, &job, now).await?;
                }
                let next = outcome::in_review(&ad, revision.id, false, script.map(|_| ends));
                return project(app, tx, &ad, next, now).await;
            }
            let next = outcome::tried(&ad, revision.id, conclusion, serving, findings, now);
            project(app, tx, &ad, next, now).await
        })
        .await
}

/// What a script says. `waited` is true once the time of a review is over.
fn scripted(script: Script, waited: bool) -> Result<Concluded, Error> {
    let policy: PolicyCode = POLICY.parse().map_err(|_| Error::Internal("a policy code".into()))?;
    let eligible = Serving { eligible: true, ..Serving::default() };
    let finding = |effect, constraints| DisclosedFinding {
        policy: policy.clone(),
        title: "Sandbox".into(),
        effect,
        clause_version: 1,
        evidence: vec![],
        constraints,
        fix_hint: Some("Nothing is wrong: the external id of this sandbox ad asks for this outcome.".into()),
    };
    Ok(match script {
        Script::Review if !waited => (Conclusion::Review, Serving::default(), vec![]),
        Script::Approve | Script::Review => (Conclusion::Approve, eligible, vec![]),
        Script::Limit => {
            let serving = Serving { min_age: Some(ADULT), because: vec![policy.clone()], ..eligible };
            let limit = finding(Effect::Limited, vec![Constraint::MinAge { years: ADULT }]);
            (Conclusion::Limited, serving, vec![limit])
        }
        Script::Reject => {
            let serving = Serving { because: vec![policy.clone()], ..Serving::default() };
            (Conclusion::Prohibited, serving, vec![finding(Effect::Prohibited, vec![])])
        }
    })
}
