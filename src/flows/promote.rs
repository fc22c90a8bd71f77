//! A trained model goes live: a minor release with its heads and thresholds, and open rounds are screened again. A model
//! on the encoder that the process starts with takes the first place, one on an added encoder the second.
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
    domain::{
        ModelId,
        draft::Origin,
        release::{Bundle, ReleaseNumber, SecondModel},
        role::Scope,
    },
    inference::Heads,
    store::{
        Tx, encoders, releases,
        releases::{ModelState, StoredModel},
    },
};

/// Makes a candidate, or a model that was live before, live; returns the new release's number. Every process loads it
/// within a second.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when the model is live already, belongs to an encoder that is neither running
/// nor added, or somebody else published meanwhile.
pub async fn promote(app: &App, scope: &Scope, id: ModelId) -> Result<ReleaseNumber, Error> {
    // Loaded before anything is published: a release that no process can load must not go live.
    let encoder = releases::model(&app.db, id).await?.ok_or(Error::NotFound)?.encoder;
    let is_added = encoders::encoder(&app.db, encoder).await?.is_some();
    let _running = if is_added { Some(app.live.encoders().running(encoder).await?) } else { None };
    let number = app.db.write("promote", async |tx| promote_in(app, tx, scope, id).await).await?;
    app.live.refresh(&app.db).await?;
    app.wake.notify_waiters();
    Ok(number)
}

async fn promote_in(app: &App, tx: &Tx, scope: &Scope, id: ModelId) -> Result<ReleaseNumber, Error> {
    let model = releases::model(tx, id).await?.ok_or(Error::NotFound)?;
    if model.state == ModelState::Live {
        return Err(Error::conflict("already_live", "This model is live already."));
    }
    Heads::from_bytes(&model.heads).map_err(|e| Error::Internal(format!("{id}: {e}")))?;
    let live = pack::release_or_live(tx, None).await?;
    let (first, second) = places(app, tx, &live.bundle, model).await?;
    let files = pack::files_of(tx, &live).await?;
    let (_, bundle) = pack::read(&files, first.as_ref()).map_err(|problems| {
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Error::conflict("rules_do_not_fit", format!("The release's rules cannot run with it: {}", all.join("; ")))
    })?;
    // What the files say of sampling is not asked again: only the model changes.
    let bundle = Bundle { sampling: live.bundle.sampling, second, ..bundle };
    let next = Next {
        bundle,
        files: &files,
        queues: vec![],
        origin: Origin::Model { model: id },
        created_by: scope.actor.id().to_owned(),
    };
    Ok(go_live(app, tx, scope, &live, next, None, app.clock.now()).await?.number)
}

/// The release's first and second model once `model` has its encoder's place.
async fn places(
    app: &App,
    tx: &Tx,
    live: &Bundle,
    model: StoredModel,
) -> Result<(Option<StoredModel>, Option<SecondModel>), Error> {
    if model.encoder == app.first.digest() {
        return Ok((Some(model), live.second.clone()));
    }
    if encoders::encoder(tx, model.encoder).await?.is_none() {
        let what = "This model's heads belong to an encoder that is not here; import it, or train a candidate with one \
                    that is.";
        return Err(Error::conflict("other_encoder", what));
    }
    let first = match live.model {
        Some(first) => releases::model(tx, first).await?,
        None => None,
    };
    Ok((first, Some(SecondModel { model: model.id, encoder: model.encoder, thresholds: model.thresholds })))
}
