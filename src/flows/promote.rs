//! A trained model goes live: a minor release with its heads and thresholds, and open rounds are screened again.
//!
//! Called by the Models page and `adjudge model promote`. It must never change a rule, nor promote a model that the
//! release's rules cannot run with.

use super::{App, Error, rescreen::RescreenJob, steps::audit};
use crate::{
    domain::{
        ModelId, ReleaseId,
        release::{Bundle, ReleaseNumber, ReleaseState},
        role::Scope,
    },
    inference::Heads,
    screening::policy::CompiledRelease,
    store::{
        jobs,
        jobs::{JobName, NewJob},
        releases,
        releases::{ModelState, StoredRelease},
    },
};
use serde_json::json;

/// Makes a candidate, or a model that was live before, live; returns the new release's number. Every process loads it
/// within a second.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when the model is live already, belongs to another encoder, or somebody
/// else published meanwhile.
pub async fn promote(app: &App, scope: &Scope, id: ModelId) -> Result<ReleaseNumber, Error> {
    let number = app.db.write("promote", async |tx| promote_in(app, tx, scope, id).await).await?;
    app.live.refresh(&app.db).await?;
    app.wake.notify_waiters();
    Ok(number)
}

async fn promote_in(app: &App, tx: &crate::store::Tx, scope: &Scope, id: ModelId) -> Result<ReleaseNumber, Error> {
    let model = releases::model(tx, id).await?.ok_or(Error::NotFound)?;
    if model.state == ModelState::Live {
        return Err(Error::conflict("already_live", "This model is live already."));
    }
    if model.encoder != app.engine.fingerprint().encoder {
        let what = "This model's heads belong to another encoder; train a candidate with the running one.";
        return Err(Error::conflict("other_encoder", what));
    }
    Heads::from_bytes(&model.heads).map_err(|e| Error::Internal(format!("{id}: {e}")))?;
    let live = releases::live(tx).await?.ok_or_else(|| Error::Internal("there is no live release".into()))?;
    let bundle = Bundle { model: Some(id), thresholds: model.thresholds.clone(), ..live.bundle.clone() };
    if let Err(problems) = CompiledRelease::compile(&bundle) {
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        return Err(Error::conflict(
            "rules_do_not_fit",
            format!("The release's rules cannot run with it: {}", all.join("; ")),
        ));
    }
    let now = app.clock.now();
    let release = StoredRelease {
        id: app.clock.new_id::<ReleaseId>(),
        number: ReleaseNumber { minor: live.number.minor + 1, ..live.number },
        state: ReleaseState::Live,
        digest: bundle.digest()?,
        bundle,
        created_by: scope.actor.id().to_owned(),
        published_at: Some(now),
    };
    releases::publish(tx, &release, now).await?;
    if let Some(before) = live.bundle.model {
        releases::set_model_state(tx, before, ModelState::Live, ModelState::Retired).await?;
    }
    if !releases::set_model_state(tx, id, model.state, ModelState::Live).await? {
        return Err(Error::conflict("changed_meanwhile", "Somebody else promoted a model just now; look again."));
    }
    let job = RescreenJob { release: release.id };
    let job = NewJob::now(app.clock.new_id(), JobName::Rescreen, job.dedup_key(), &job, now)?;
    jobs::enqueue(tx, &job, now).await?;
    let details = json!({"model": id, "digest": model.digest, "number": release.number.to_string(),
                         "release": release.digest, "before": live.id});
    audit::record(app, tx, scope, "release.published", release.id, details, now).await?;
    Ok(release.number)
}
