//! The live release as a process holds it: compiled rules and lists, the model's heads, the queues.
//!
//! Loaded at start and again within a second of a new generation. A release that does not load is refused and the old
//! one stays. It must never be changed in place: readers hold an `Arc` of what they began with.

use super::{
    Error,
    encoders::{Encoders, RunningEncoder},
    steps::pack::spec,
};
use crate::{
    domain::{QueueId, ReleaseId, digest::Digest, place::Language, release::SecondModel},
    inference::Heads,
    screening::{
        policy::CompiledRelease,
        routing::QueueSet,
        signals::{Banks, CompiledLists},
    },
    store::{
        Db, encoders,
        releases::{self, RELEASE_GENERATION, StoredRelease},
    },
};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::sync::{Mutex, OnceCell};

/// A release's model on a second encoder. The encoder itself is loaded at first use, so that commands which score
/// nothing need not wait for it.
pub struct Second {
    /// Digest of the encoder.
    pub encoder: Digest,
    /// Languages it covers.
    pub languages: Arc<[Language]>,
    /// The heads over it.
    pub heads: Heads,
    /// Digest of those heads.
    pub heads_digest: Digest,
    running: OnceCell<Arc<RunningEncoder>>,
}

impl Second {
    /// The encoder, loaded.
    ///
    /// # Errors
    /// As [`Encoders::running`].
    pub async fn running(&self, encoders: &Encoders) -> Result<&Arc<RunningEncoder>, Error> {
        self.running.get_or_try_init(|| encoders.running(self.encoder)).await
    }
}

/// A release, ready to screen with.
pub struct Live {
    /// As stored.
    pub release: StoredRelease,
    /// Its rules.
    pub compiled: CompiledRelease,
    /// Its lists.
    pub lists: Arc<CompiledLists>,
    /// Its model's heads; `None` where it names no model.
    pub heads: Option<Heads>,
    /// Digest of those heads.
    pub heads_digest: Option<Digest>,
    /// Its model for languages that the first encoder does not cover.
    pub second: Option<Second>,
    /// Its lists of examples as vectors, by the encoder that made them; empty until an ad is compared with them.
    pub banks: Mutex<BTreeMap<Digest, Arc<Banks>>>,
    /// Queues to route to.
    pub queues: QueueSet,
    /// Ids of those queues by name.
    pub queue_ids: BTreeMap<String, QueueId>,
}

/// The current one, shared by all threads of the process.
#[derive(Clone)]
pub struct LiveRelease {
    current: Arc<RwLock<Current>>,
    encoders: Encoders,
    /// Releases that were asked for by id, the newest last: compiling one takes a while, and pages ask for few.
    asked: Arc<RwLock<Vec<Arc<Live>>>>,
}

struct Current {
    generation: i64,
    live: Arc<Live>,
    beside: Arc<[Arc<Live>]>,
}

/// Most releases besides the live one that a process keeps compiled.
const KEPT: usize = 4;

impl LiveRelease {
    /// Loads the live release; there must be one.
    pub async fn load(db: &Db, encoders: Encoders) -> Result<Self, Error> {
        let generation = releases::generation(db, RELEASE_GENERATION).await?;
        let stored = releases::live(db).await?.ok_or_else(|| Error::Internal("there is no live release".into()))?;
        let live = Arc::new(build(db, stored).await?);
        let beside = build_beside(db).await?;
        let current = Arc::new(RwLock::new(Current { generation, live, beside }));
        Ok(Self { current, encoders, asked: Arc::default() })
    }

    /// The process's loaded encoders beside the first.
    pub fn encoders(&self) -> &Encoders {
        &self.encoders
    }

    /// Loads what the live release needs and is not loaded yet, so that a process which cannot screen does not start.
    ///
    /// # Errors
    /// As [`Encoders::running`].
    pub async fn warm(&self) -> Result<(), Error> {
        warm(&self.get(), &self.encoders).await
    }

    /// What to screen and judge with now.
    pub fn get(&self) -> Arc<Live> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).live)
    }

    /// The shadows and the canary that run beside it.
    pub fn beside(&self) -> Arc<[Arc<Live>]> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).beside)
    }

    /// Any stored release, ready to evaluate with.
    pub async fn release(&self, db: &Db, id: ReleaseId) -> Result<Arc<Live>, Error> {
        let (live, beside) = (self.get(), self.beside());
        let asked = self.asked.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut known = std::iter::once(&live).chain(beside.iter()).chain(&asked);
        if let Some(known) = known.find(|l| l.release.id == id) {
            return Ok(Arc::clone(known));
        }
        let loaded = Arc::new(load_release(db, id).await?);
        let mut asked = self.asked.write().unwrap_or_else(PoisonError::into_inner);
        if asked.len() >= KEPT {
            asked.remove(0);
        }
        asked.push(Arc::clone(&loaded));
        Ok(loaded)
    }

    /// Loads the release again if its generation has grown; says whether it did.
    pub async fn refresh(&self, db: &Db) -> Result<bool, Error> {
        let generation = releases::generation(db, RELEASE_GENERATION).await?;
        let known = self.current.read().unwrap_or_else(PoisonError::into_inner).generation;
        if generation == known {
            return Ok(false);
        }
        let stored = releases::live(db).await?.ok_or_else(|| Error::Internal("there is no live release".into()))?;
        let live = Arc::new(build(db, stored).await?);
        warm(&live, &self.encoders).await?;
        tracing::info!(release = %live.release.number, "release is live in this process");
        let beside = build_beside(db).await?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Current { generation, live, beside };
        Ok(true)
    }
}

/// Any stored release, ready to evaluate with: for replay.
pub async fn load_release(db: &Db, id: ReleaseId) -> Result<Live, Error> {
    let stored = releases::release(db, id).await?.ok_or(Error::NotFound)?;
    build(db, stored).await
}

/// One that does not load is left out: it must not keep the live release from going on.
async fn build_beside(db: &Db) -> Result<Arc<[Arc<Live>]>, Error> {
    let mut all = vec![];
    for stored in releases::beside(db).await? {
        let number = stored.number;
        match build(db, stored).await {
            Ok(built) => all.push(Arc::new(built)),
            Err(error) => tracing::error!(release = %number, %error, "a shadow or canary could not be loaded"),
        }
    }
    Ok(all.into())
}

async fn warm(live: &Live, encoders: &Encoders) -> Result<(), Error> {
    match &live.second {
        Some(second) => second.running(encoders).await.map(drop),
        None => Ok(()),
    }
}

async fn build(db: &Db, release: StoredRelease) -> Result<Live, Error> {
    let broken = |what: &str, why: String| Error::Internal(format!("release {}: {what}: {why}", release.number));
    let compiled = CompiledRelease::compile(&release.bundle).map_err(|problems| {
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        broken("rules", all.join("; "))
    })?;
    let lists = Arc::clone(&compiled.lists);
    let (mut heads, mut heads_digest) = (None, None);
    if let Some(id) = release.bundle.model {
        let model = releases::model(db, id).await?.ok_or_else(|| broken("model", format!("{id} is missing")))?;
        heads = Some(Heads::from_bytes(&model.heads).map_err(|e| broken("model", e.to_string()))?);
        heads_digest = Some(model.digest);
    }
    let second = match &release.bundle.second {
        Some(named) => Some(second(db, named).await.map_err(|why| broken("second model", why.to_string()))?),
        None => None,
    };
    let stored_queues = releases::queues(db).await?;
    let queue_ids = stored_queues.iter().map(|q| (q.name.clone(), q.id)).collect();
    let specs = stored_queues.into_iter().map(spec);
    let queues = QueueSet::new(specs.collect());
    Ok(Live { compiled, lists, heads, heads_digest, second, banks: Mutex::default(), queues, queue_ids, release })
}

async fn second(db: &Db, named: &SecondModel) -> Result<Second, Error> {
    let missing = |what: String| Error::Internal(format!("{what} is missing"));
    let model = releases::model(db, named.model).await?.ok_or_else(|| missing(named.model.to_string()))?;
    let encoder = encoders::encoder(db, named.encoder).await?;
    let encoder = encoder.ok_or_else(|| missing(format!("encoder {}", named.encoder)))?;
    let damaged = |e: crate::inference::InferenceError| Error::Internal(e.to_string());
    let heads = Heads::from_bytes(&model.heads).map_err(damaged)?;
    if heads.encoder != named.encoder || heads.dimensions != encoder.dimensions {
        return Err(Error::Internal(format!("{} does not belong to encoder {}", named.model, named.encoder)));
    }
    Ok(Second {
        encoder: named.encoder,
        languages: encoder.languages.into(),
        heads,
        heads_digest: model.digest,
        running: OnceCell::new(),
    })
}
