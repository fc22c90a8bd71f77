//! Which encoder reads an ad, and the signals that come of it: the first one where it covers the ad's language, else the
//! release's second where that does, else none and every score is unavailable.
//!
//! Called by screening, dry runs and replay. It must never score with heads of another encoder than the one that read.

use crate::{
    domain::{
        digest::Digest,
        place::Language,
        signal::{Cause, DetectedLanguage, Engine as EngineIdentity, Producer, Reading, Signals},
    },
    flows::{
        App, Error,
        live::{Live, Second},
    },
    inference::{Embedding, Encoder, Engine, EngineError, Heads},
    screening::{
        normalise::NORMALISER_VERSION,
        signals::{
            Banks, Measured, language,
            language::DETECTOR,
            likeness::{banks, example_texts},
        },
    },
};
use std::{collections::HashMap, sync::Arc};

/// Examples embedded in one call: enough to keep the encoder busy, few enough to let ads pass between.
const TOGETHER: usize = 64;

/// An encoder with its place in a release, for one ad.
pub struct Scorer {
    /// Digest of the encoder.
    pub encoder: Digest,
    /// What stands for it among the signals that can fail.
    pub producer: Producer,
    /// Languages it covers.
    pub languages: Arc<[Language]>,
    /// `None` where the encoder could not be loaded.
    engine: Option<(Engine, Arc<Encoder>)>,
}

/// The scorer for an ad in this language.
pub async fn scorer(app: &App, live: &Live, spoken: &Reading<DetectedLanguage>) -> Scorer {
    let first = app.languages();
    let falls_to = |second: &&Second| !language::covered(spoken, first) && language::covered(spoken, &second.languages);
    let (encoder, producer, languages, running) = match live.second.as_ref().filter(falls_to) {
        None => (app.first.digest(), Producer::Encoder, app.first.languages(), app.first.running().await),
        Some(second) => {
            let running = second.running(app.live.encoders()).await;
            (second.encoder, Producer::SecondEncoder, &second.languages, running.map(Arc::as_ref))
        }
    };
    let engine = match running {
        Ok(running) => Some((running.engine.clone(), Arc::clone(&running.encoder))),
        Err(error) => {
            tracing::error!(%error, %encoder, "an encoder could not be loaded; its languages are not scored");
            None
        }
    };
    Scorer { encoder, producer, languages: Arc::clone(languages), engine }
}

impl Scorer {
    /// A release's heads over this encoder with their digest. Heads that sit on another encoder would score noise.
    pub fn heads<'a>(&self, live: &'a Live) -> Option<(&'a Heads, Digest)> {
        let first = live.heads.as_ref().zip(live.heads_digest);
        let second = live.second.as_ref().map(|second| (&second.heads, second.heads_digest));
        [first, second].into_iter().flatten().find(|(heads, _)| heads.encoder == self.encoder)
    }

    /// The encoder itself, for what is asked of it outside its queue; `None` where it could not be loaded.
    pub fn reader(&self) -> Option<Arc<Encoder>> {
        self.engine.as_ref().map(|(_, encoder)| Arc::clone(encoder))
    }

    /// The texts to embed, in the order in which [`Scorer::signals`] wants their vectors.
    pub fn texts(&self, measured: &Measured) -> Vec<String> {
        measured.texts_to_score(&self.languages).into_iter().map(|t| t.text).collect()
    }

    /// Embeds texts; overload is an error to come back with, a failure is a cause to store.
    pub async fn embed(&self, texts: Vec<String>) -> Result<Result<Vec<Embedding>, Cause>, Error> {
        // The suite makes the encoder fail with `FAILPOINTS=embed_fails=return`.
        #[cfg(feature = "failpoints")]
        fail::fail_point!("embed_fails", |_| Ok(Err(Cause::Failed)));
        match &self.engine {
            Some((engine, _)) => embed(engine, texts).await,
            None => Ok(Err(Cause::Failed)),
        }
    }

    /// The lists of examples that a release's rules compare with, as this encoder's vectors: embedded once, then kept
    /// with the release.
    ///
    /// # Errors
    /// [`Error::Busy`] when the encoder has no room.
    pub async fn banks(&self, live: &Live) -> Result<Arc<Banks>, Error> {
        let (lists, wanted) = (&live.compiled.bundle.lists, &live.compiled.banks_wanted);
        if wanted.is_empty() {
            return Ok(Arc::default());
        }
        // Whoever comes while they are embedded waits for them instead of embedding them too.
        let mut kept = live.banks.lock().await;
        if let Some(banks) = kept.get(&self.encoder) {
            return Ok(Arc::clone(banks));
        }
        let texts = example_texts(lists, wanted);
        let mut vectors = HashMap::new();
        for some in texts.chunks(TOGETHER) {
            // A failure is a cause for the lists that it touches; they are tried again with the next ad.
            if let Ok(embedded) = self.embed(some.to_vec()).await? {
                vectors.extend(some.iter().map(String::as_str).zip(embedded));
            }
        }
        let made = banks(lists, wanted, |text| vectors.get(text).cloned().ok_or(Cause::Failed));
        let made = Arc::new(made);
        if made.values().all(Result::is_ok) {
            kept.insert(self.encoder, Arc::clone(&made));
        }
        Ok(made)
    }

    /// Signals from what was measured and embedded; a failed embedding is a missing signal, never a clean one.
    pub fn signals(
        &self,
        live: &Live,
        measured: Measured,
        embeddings: Result<Vec<Embedding>, Cause>,
        banks: &Banks,
    ) -> Signals {
        let fingerprint = self.engine.as_ref().map(|(engine, _)| engine.fingerprint());
        let heads = self.heads(live);
        let identity = EngineIdentity {
            normaliser: NORMALISER_VERSION.into(),
            detector: DETECTOR.into(),
            encoder: Some(self.encoder),
            heads: heads.map(|(_, digest)| digest),
            kernel: fingerprint.map_or_else(|| "not loaded".into(), |f| f.kernel.clone()),
            build: fingerprint.map(|f| f.build.clone()).unwrap_or_default(),
        };
        measured.finish(
            embeddings,
            &self.languages,
            heads.map(|(heads, _)| heads),
            &live.compiled.heads_wanted,
            banks,
            identity,
        )
    }
}

/// Embeds texts; overload is an error to come back with, a failure is a cause to store.
pub async fn embed(engine: &Engine, texts: Vec<String>) -> Result<Result<Vec<Embedding>, Cause>, Error> {
    match engine.embed(texts).await {
        Ok(embeddings) => Ok(Ok(embeddings)),
        Err(EngineError::Busy) => Err(Error::Busy { retry_after_s: 1 }),
        Err(EngineError::Stopped) => Err(Error::Internal("the encoder has been stopped".into())),
        Err(EngineError::Failed(why)) => {
            tracing::warn!(%why, "text could not be embedded");
            Ok(Err(Cause::Failed))
        }
    }
}

/// Signals of one ad alone.
///
/// # Errors
/// [`Error::Busy`] when the encoder has no room.
pub async fn score(app: &App, live: &Live, measured: Measured) -> Result<Signals, Error> {
    let scorer = scorer(app, live, &measured.language).await;
    let embeddings = scorer.embed(scorer.texts(&measured)).await?;
    let banks = scorer.banks(live).await?;
    Ok(scorer.signals(live, measured, embeddings, &banks))
}
