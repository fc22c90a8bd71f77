//! Encoders: the one that a process starts with, and those added to the installation as a file. Each is loaded when
//! something is read with it; an added one goes when no release needs it.
//!
//! Called by `adjudge model import`, the live release, screening, training and promotion. It must never load one twice,
//! nor one whose bytes are not what was added.

use super::{App, Error, steps::audit};
use crate::{
    domain::{digest::Digest, place::Language, role::Scope},
    inference::{Encoder, Engine, EngineOptions, InferenceError, Precision, Source},
    platform::{Blobs, blobs::BlobError, metrics::EncoderSeconds},
    store::{Db, StoreError, encoders, encoders::StoredEncoder},
};
use bytes::Bytes;
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};
use tokio::sync::{Mutex, OnceCell};

/// A loaded encoder on its threads.
pub struct RunningEncoder {
    /// The model's name.
    pub name: String,
    /// Languages it may score.
    pub languages: Arc<[Language]>,
    /// The engine.
    pub engine: Engine,
    /// The encoder itself, for what is asked of it outside its queue.
    pub encoder: Arc<Encoder>,
}

/// The encoder that a process starts with. What it covers is known at once, the rest when something is read with it, so
/// that commands which score nothing need not wait for it. Cheap to clone.
#[derive(Clone)]
pub struct First(Arc<Known>);

struct Known {
    name: String,
    digest: Digest,
    languages: Arc<[Language]>,
    source: Source,
    precision: Precision,
    options: EngineOptions,
    seconds: EncoderSeconds,
    running: OnceCell<RunningEncoder>,
}

impl First {
    /// Reads what the file says of itself. Times are counted in `seconds`.
    ///
    /// # Errors
    /// As [`Source::facts`].
    pub fn new(
        source: Source,
        precision: Precision,
        options: EngineOptions,
        seconds: EncoderSeconds,
    ) -> Result<Self, InferenceError> {
        let facts = source.facts()?;
        let (name, digest, languages) = (facts.header.name, facts.digest, facts.header.languages.into());
        Ok(Self(Arc::new(Known {
            name,
            digest,
            languages,
            source,
            precision,
            options,
            seconds,
            running: OnceCell::new(),
        })))
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Digest of its file.
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// Languages it covers.
    pub fn languages(&self) -> &Arc<[Language]> {
        &self.0.languages
    }

    /// The encoder on its threads; takes some tenths of a second the first time.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be loaded or the system gives no thread.
    pub async fn running(&self) -> Result<&RunningEncoder, Error> {
        let load = async || {
            let known = Arc::clone(&self.0);
            let loaded = tokio::task::spawn_blocking(move || {
                let running = RunningEncoder::start(known.source.load(known.precision)?, known.options)?;
                running.engine.measured_by(known.seconds.clone());
                Ok::<_, InferenceError>(running)
            });
            let loaded = loaded.await.map_err(|e| Error::Internal(format!("loading the encoder stopped: {e}")))?;
            loaded.map_err(|e| Error::Internal(format!("the encoder: {e}")))
        };
        self.0.running.get_or_try_init(load).await
    }

    /// Ends its threads, where it was loaded.
    pub fn stop(&self) {
        if let Some(running) = self.0.running.get() {
            running.engine.stop();
        }
    }
}

/// The added ones that the process has loaded. Cheap to clone.
#[derive(Clone)]
pub struct Encoders {
    blobs: Blobs,
    options: EngineOptions,
    loaded: Arc<Mutex<HashMap<Digest, Weak<RunningEncoder>>>>,
}

impl Encoders {
    /// None loaded yet.
    pub fn new(blobs: Blobs, options: EngineOptions) -> Self {
        Self { blobs, options, loaded: Arc::default() }
    }

    /// An added encoder, loaded; takes seconds the first time. It lives as long as somebody holds it.
    ///
    /// # Errors
    /// [`Error::Internal`] when its file is gone, damaged or of a later version.
    pub async fn running(&self, digest: Digest) -> Result<Arc<RunningEncoder>, Error> {
        // Held while loading, so that two who ask at once wait for one.
        let mut loaded = self.loaded.lock().await;
        if let Some(running) = loaded.get(&digest).and_then(Weak::upgrade) {
            return Ok(running);
        }
        let bytes = self.blobs.get(digest).await.map_err(|e| match e {
            BlobError::Missing(_) => Error::Internal(format!("the file of encoder {digest} is gone: import it again")),
            other => other.into(),
        })?;
        let options = self.options;
        let load = move || RunningEncoder::start(Arc::new(Encoder::load(&bytes)?), options);
        let running = tokio::task::spawn_blocking(load)
            .await
            .map_err(|e| Error::Internal(format!("loading encoder {digest} stopped: {e}")))?
            .map_err(|e| Error::Internal(format!("encoder {digest}: {e}")))?;
        let running = Arc::new(running);
        loaded.retain(|_, known| known.strong_count() > 0);
        loaded.insert(digest, Arc::downgrade(&running));
        Ok(running)
    }
}

impl RunningEncoder {
    fn start(encoder: Arc<Encoder>, options: EngineOptions) -> Result<Self, InferenceError> {
        let header = encoder.header();
        let (name, languages) = (header.name.clone(), header.languages.clone().into());
        Ok(Self { name, languages, engine: Engine::start(Arc::clone(&encoder), options)?, encoder })
    }
}

/// Adds an encoder file to the installation; the same file again changes nothing. It scores nothing until a model on it
/// is live.
///
/// # Errors
/// [`Error::Conflict`] when the file is no encoder that this version can run.
pub async fn add(app: &App, scope: &Scope, bytes: Vec<u8>) -> Result<StoredEncoder, Error> {
    let bytes = Bytes::from(bytes);
    let checked = bytes.clone();
    let encoder = tokio::task::spawn_blocking(move || Encoder::load(&checked))
        .await
        .map_err(|e| Error::Internal(format!("loading the encoder stopped: {e}")))?
        .map_err(|e| Error::conflict("not_an_encoder", e.to_string()))?;
    let header = encoder.header();
    let new = StoredEncoder {
        digest: encoder.digest(),
        name: header.name.clone(),
        languages: header.languages.clone(),
        dimensions: encoder.dimensions(),
        licence: header.licence.clone(),
        size: bytes.len() as u64,
        created_by: scope.actor.id().to_owned(),
        created_at: app.clock.now(),
    };
    drop(encoder);
    app.blobs.put(new.digest, bytes).await?;
    let added = app
        .db
        .write("add_encoder", async |tx| {
            encoders::add(tx, &new).await?;
            let details = json!({"name": new.name, "size": new.size});
            audit::record(app, tx, scope, "encoder.added", new.digest, details, new.created_at).await
        })
        .await;
    match added {
        Ok(()) => Ok(new),
        Err(Error::Store(StoreError::Taken(_))) => {
            encoders::encoder(&app.db, new.digest).await?.ok_or_else(|| Error::Internal("an encoder vanished".into()))
        }
        Err(other) => Err(other),
    }
}

/// The added encoder that a person means: by name, by digest, or by the first eight or more digits of one.
///
/// # Errors
/// [`Error::Conflict`] when none is meant, or more than one.
pub async fn find(db: &Db, named: &str) -> Result<StoredEncoder, Error> {
    let all = encoders::encoders(db).await?;
    let means = |e: &&StoredEncoder| {
        let digits = named.strip_prefix("sha256:").unwrap_or(named);
        e.name == named || (digits.len() >= 8 && e.digest.hex().starts_with(digits))
    };
    let mut meant = all.iter().filter(means);
    let what = match (meant.next(), meant.next()) {
        (Some(one), None) => return Ok(one.clone()),
        (Some(_), Some(_)) => format!("More than one added encoder is called {named}; give the digest instead."),
        (None, _) if all.is_empty() => {
            "This installation has no added encoder; `adjudge model import` adds one.".to_owned()
        }
        (None, _) => {
            let names: Vec<&str> = all.iter().map(|e| e.name.as_str()).collect();
            format!("No added encoder is called {named}; there are: {}.", names.join(", "))
        }
    };
    Err(Error::conflict("no_such_encoder", what))
}
