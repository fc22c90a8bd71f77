//! The encoder that a training run reads texts with, and the live heads over it.
//!
//! Called by training and by starting heads. It must never hand out heads of another encoder than the reader's.

use crate::{
    domain::{PolicyCode, digest::Digest, place::Language},
    flows::{App, Error, encoders::RunningEncoder},
    inference::{Engine, EngineError, Heads},
    store::{releases, releases::StoredModel},
};
use std::sync::Arc;

/// Texts embedded between two commits of the cache.
pub const CHUNK: usize = 64;

/// The encoder that a run embeds with.
pub struct Reader {
    /// The engine.
    pub engine: Engine,
    /// Languages it covers.
    pub languages: Arc<[Language]>,
    /// Its name, where no live model's card tells it.
    pub name: String,
    /// Kept, so that an added encoder stays loaded while the run lasts.
    _running: Option<Arc<RunningEncoder>>,
}

/// The added encoder of this digest, or the one that the process started with.
///
/// # Errors
/// As [`crate::flows::encoders::Encoders::running`].
pub async fn reader(app: &App, encoder: Option<Digest>) -> Result<Reader, Error> {
    let Some(digest) = encoder else {
        let RunningEncoder { engine, languages, name, .. } = app.first.running().await?;
        return Ok(Reader {
            engine: engine.clone(),
            languages: Arc::clone(languages),
            name: name.clone(),
            _running: None,
        });
    };
    let running = app.live.encoders().running(digest).await?;
    Ok(Reader {
        engine: running.engine.clone(),
        languages: Arc::clone(&running.languages),
        name: running.name.clone(),
        _running: Some(running),
    })
}

/// The live model, owned, so that fitting can leave the async threads.
pub struct LiveModel {
    /// Its heads.
    pub heads: Heads,
    /// As stored, with the thresholds that the release runs with.
    pub model: StoredModel,
}

/// The live release's model over this encoder with the thresholds that the release runs with. `None` without one: heads
/// of another encoder cannot read this encoder's vectors. Heads of policies in `without` are left out.
pub async fn live_model(app: &App, reader: &Reader, without: &[PolicyCode]) -> Result<Option<LiveModel>, Error> {
    let live = app.live.get();
    let (bundle, encoder) = (&live.release.bundle, reader.engine.fingerprint().encoder);
    let second = live.second.as_ref().zip(bundle.second.as_ref());
    let first = bundle.model.zip(live.heads.as_ref()).map(|(id, heads)| (id, heads, &bundle.thresholds));
    let second = second.map(|(second, named)| (named.model, &second.heads, &named.thresholds));
    let Some((id, heads, thresholds)) = [first, second].into_iter().flatten().find(|(_, h, _)| h.encoder == encoder)
    else {
        return Ok(None);
    };
    let mut model = releases::model(&app.db, id).await?.ok_or_else(|| Error::Internal(format!("{id} is missing")))?;
    model.thresholds.extend(thresholds.clone());
    let mut heads = heads.clone();
    heads.heads.retain(|policy, _| !without.contains(policy));
    model.thresholds.retain(|policy, _| !without.contains(policy));
    model.card.heads.retain(|policy, _| !without.contains(policy));
    Ok(Some(LiveModel { heads, model }))
}

/// Windows of the texts, with those left out that cannot be embedded.
///
/// # Errors
/// [`Error::Busy`] when the encoder has no room.
pub async fn embed_together<'a>(engine: &Engine, texts: &[&'a str]) -> Result<Vec<(&'a str, Vec<Vec<f32>>)>, Error> {
    let ask = async |texts: &[&'a str]| match engine.embed(texts.iter().map(ToString::to_string).collect()).await {
        Ok(all) => Ok(Some(texts.iter().copied().zip(all.iter().map(|w| w.to_vec())).collect::<Vec<_>>())),
        Err(EngineError::Failed(why)) => {
            tracing::warn!(%why, texts = texts.len(), "texts of labels could not be embedded together");
            Ok(None)
        }
        Err(EngineError::Busy) => Err(Error::Busy { retry_after_s: 30 }),
        Err(EngineError::Stopped) => Err(Error::Internal("the encoder has been stopped".into())),
    };
    if let Some(all) = ask(texts).await? {
        return Ok(all);
    }
    // One text fails the whole call: find out which, and do without it.
    let mut found = Vec::new();
    for text in texts {
        found.extend(ask(&[*text]).await?.into_iter().flatten());
    }
    Ok(found)
}

/// Runs minutes of arithmetic on a thread of its own. The runtime waits for its blocking threads when it ends; this one
/// goes with the process.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let (tell, told) = tokio::sync::oneshot::channel();
    // Whoever asked may have given up: then nobody hears the result.
    let thread = std::thread::Builder::new().name("training".into()).spawn(move || {
        // The suite makes a training stand still with `FAILPOINTS=training_thread=pause`.
        #[cfg(feature = "failpoints")]
        fail::fail_point!("training_thread");
        drop(tell.send(work()));
    });
    thread.map_err(|e| Error::Internal(format!("training could not begin: {e}")))?;
    told.await.map_err(|_| Error::Internal("training stopped".into()))
}
