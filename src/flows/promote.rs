//! A trained model goes live: a minor release with its heads and thresholds, and open rounds are screened again.
//!
//! Called by the Models page and `adjudge model promote`. It must never change a rule, nor promote a model that the
//! release's rules cannot run with.

use super::{
    App, Error,
    steps::{
        go_live::{Next, go_live},
        pack,
    },
};
use crate::{
    domain::{ModelId, draft::Origin, release::ReleaseNumber, role::Scope},
    inference::Heads,
    store::{releases, releases::ModelState},
};

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
    let live = pack::release_or_live(tx, None).await?;
    let files = pack::files_of(tx, &live).await?;
    let (_, bundle) = pack::read(&files, Some(&model)).map_err(|problems| {
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Error::conflict("rules_do_not_fit", format!("The release's rules cannot run with it: {}", all.join("; ")))
    })?;
    // What the files say of sampling is not asked again: only the model changes.
    let bundle = crate::domain::release::Bundle { sampling: live.bundle.sampling, ..bundle };
    let next = Next {
        bundle,
        files: &files,
        queues: vec![],
        origin: Origin::Model { model: id },
        created_by: scope.actor.id().to_owned(),
    };
    Ok(go_live(app, tx, scope, &live, next, None, app.clock.now()).await?.number)
}
