//! The engine: an encoder on its own threads, behind one bounded queue and a memory of recent vectors.
//!
//! Flows await [`Engine::embed`]. Each thread takes a few waiting texts at a time, about as many as are fastest together;
//! when nothing else waits, idle threads help with them, so that one text alone is fast too. It must never block an async
//! thread, and overload is an answer ([`EngineError::Busy`]), not a wait.

use super::{
    encoder::{Encoder, Spent},
    error::InferenceError,
    lru::Lru,
    packed::{CHUNK_TOKENS, Crew, Help},
};
use crate::{
    domain::digest::Digest,
    platform::{clock::Stopwatch, metrics::EncoderSeconds},
};
use std::{
    collections::{HashMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    thread,
};
use tokio::sync::oneshot;

/// A text's windows, each a vector of length 1.
pub type Embedding = Arc<Vec<Vec<f32>>>;

/// Sizes of an engine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EngineOptions {
    /// Threads, each with a few texts at a time.
    pub threads: usize,
    /// Texts that may wait; one call cannot bring more new texts than this.
    pub queue: usize,
    /// Tokens that may wait, estimated from the texts' lengths.
    pub queue_tokens: usize,
    /// Seconds after which a text that still waits is answered [`EngineError::Busy`].
    pub patience: f64,
    /// Windows remembered; a window of a 384-wide encoder is 1.5 KB.
    pub remembered: usize,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { threads: 2, queue: 1024, queue_tokens: 1 << 20, patience: 120.0, remembered: 16_384 }
    }
}

/// Why there is no embedding.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum EngineError {
    /// The queue is full, or a text waited too long in it.
    #[error("the classifier is busy: try again in a moment")]
    Busy,
    /// A text could not be embedded.
    #[error("the classifier failed: {0}")]
    Failed(String),
    /// The engine was stopped.
    #[error("the classifier has been stopped")]
    Stopped,
}

/// What the vectors depend on besides the text; parts of `domain::signal::Engine`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Digest of the encoder file.
    pub encoder: Digest,
    /// See [`Encoder::kernel`].
    pub kernel: String,
    /// Version of Adjudge and target architecture.
    pub build: String,
}

/// A handle; clones share the threads, which end when the last handle is dropped.
#[derive(Clone)]
pub struct Engine(Arc<Owner>);

/// Ends the threads when the last handle goes; the threads themselves hold only the inner part.
struct Owner {
    shared: Arc<Shared>,
    fingerprint: Fingerprint,
}

struct Shared {
    embed: Box<EmbedFn>,
    options: EngineOptions,
    seconds: OnceLock<EncoderSeconds>,
    queue: Mutex<Queue>,
    wake: Condvar,
    memory: Mutex<Lru<Digest, Embedding>>,
}

/// A text's windows or why there are none.
type Windows = Result<Vec<Vec<f32>>, InferenceError>;
/// Texts to as many answers.
type EmbedFn = dyn Fn(&[&str], &Crew) -> (Vec<Windows>, Spent) + Send + Sync;

/// About as many tokens as the text has, known before it is tokenised.
fn tokens(text: &str) -> usize {
    2 + text.len() / 4
}

#[derive(Default)]
struct Queue {
    items: VecDeque<Item>,
    help: VecDeque<Help>,
    /// Threads that wait for work.
    idle: usize,
    stopped: bool,
}

impl Queue {
    fn tokens(&self) -> usize {
        self.items.iter().map(|item| tokens(&item.text)).sum()
    }
}

/// What a thread does next.
enum Work {
    /// Embed texts, with so many threads.
    Texts(Vec<Item>, usize),
    Help(Help),
}

struct Item {
    key: Digest,
    text: String,
    waiting: Stopwatch,
    answer: oneshot::Sender<Result<Embedding, EngineError>>,
}

impl Item {
    /// A caller that has left wants no answer.
    fn tell(self, answer: Result<Embedding, EngineError>) {
        let _ = self.answer.send(answer);
    }
}

enum Pending {
    Known(Embedding),
    Waiting(oneshot::Receiver<Result<Embedding, EngineError>>),
}

impl Engine {
    /// Starts the threads. Computes the kernel's probe vectors first, so call it off the async threads.
    ///
    /// # Errors
    /// [`InferenceError::Start`] when the system gives no thread, or whatever the probe failed with.
    pub fn start(encoder: Arc<Encoder>, options: EngineOptions) -> Result<Self, InferenceError> {
        let fingerprint = Fingerprint {
            encoder: encoder.digest(),
            kernel: encoder.kernel()?,
            build: format!("adjudge {} {}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH),
        };
        Self::start_with(Box::new(move |texts, crew| encoder.embed_with(texts, crew)), fingerprint, options)
    }

    fn start_with(
        embed: Box<EmbedFn>,
        fingerprint: Fingerprint,
        options: EngineOptions,
    ) -> Result<Self, InferenceError> {
        let shared = Arc::new(Shared {
            embed,
            options: EngineOptions { threads: options.threads.max(1), ..options },
            seconds: OnceLock::new(),
            queue: Mutex::default(),
            wake: Condvar::new(),
            memory: Mutex::new(Lru::new(options.remembered)),
        });
        // Made before the threads, so that a failure half way stops those already running.
        let owner = Owner { shared: Arc::clone(&shared), fingerprint };
        for index in 0..options.threads.max(1) {
            let shared = Arc::clone(&shared);
            let name = format!("encoder-{index}");
            thread::Builder::new().name(name).spawn(move || shared.work()).map_err(InferenceError::Start)?;
        }
        Ok(Self(Arc::new(owner)))
    }

    /// The texts' embeddings, in their order. Equal texts are computed once. Dropping the future gives up the texts that
    /// no thread has begun.
    ///
    /// # Errors
    /// [`EngineError::Busy`] at once when the queue has no room for all new texts; [`EngineError::Failed`] when one text
    /// could not be embedded; [`EngineError::Stopped`] after [`Engine::stop`].
    pub async fn embed(&self, texts: Vec<String>) -> Result<Vec<Embedding>, EngineError> {
        let (pending, places) = self.0.shared.submit(texts)?;
        let mut embeddings = Vec::with_capacity(pending.len());
        for one in pending {
            embeddings.push(match one {
                Pending::Known(embedding) => embedding,
                Pending::Waiting(answer) => answer.await.map_err(|_| EngineError::Stopped)??,
            });
        }
        Ok(places.into_iter().map(|place| Arc::clone(&embeddings[place])).collect())
    }

    /// Says where times are counted; the first call counts.
    pub fn measured_by(&self, seconds: EncoderSeconds) {
        let _ = self.0.shared.seconds.set(seconds);
    }

    /// What the vectors depend on besides the text.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.0.fingerprint
    }

    /// Texts waiting now.
    pub fn waiting(&self) -> usize {
        lock(&self.0.shared.queue).items.len()
    }

    /// Ends the threads after the texts they are at; those waiting answer [`EngineError::Stopped`].
    pub fn stop(&self) {
        self.0.shared.stop();
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

impl Shared {
    /// Finds known embeddings and queues the other texts, all or none. Returns one entry a different text, and for each
    /// given text its entry's index.
    fn submit(&self, texts: Vec<String>) -> Result<(Vec<Pending>, Vec<usize>), EngineError> {
        let mut index_of = HashMap::new();
        let mut places = Vec::with_capacity(texts.len());
        let mut pending = Vec::new();
        let mut new = Vec::new();
        for text in texts {
            let key = Digest::of(text.as_bytes());
            let place = *index_of.entry(key).or_insert_with(|| {
                pending.push(match lock(&self.memory).get(&key) {
                    Some(embedding) => Pending::Known(embedding),
                    None => {
                        let (answer, waiting) = oneshot::channel();
                        new.push(Item { key, text, waiting: Stopwatch::start(), answer });
                        Pending::Waiting(waiting)
                    }
                });
                pending.len() - 1
            });
            places.push(place);
        }
        let mut queue = lock(&self.queue);
        if queue.stopped {
            return Err(EngineError::Stopped);
        }
        let brought: usize = new.iter().map(|item| tokens(&item.text)).sum();
        let EngineOptions { queue: most, queue_tokens, .. } = self.options;
        let full = |queue: &Queue| {
            queue.items.len() + new.len() > most || queue.tokens().saturating_add(brought) > queue_tokens
        };
        if full(&queue) {
            // Texts whose callers left hold their places until a thread comes by; look before refusing.
            queue.items.retain(|item| !item.answer.is_closed());
            if full(&queue) {
                return Err(EngineError::Busy);
            }
        }
        queue.items.extend(new);
        drop(queue);
        self.wake.notify_all();
        Ok((pending, places))
    }

    /// A thread's life.
    fn work(&self) {
        // Within a pool of only this thread, the matrix products run here and nowhere else. Without the pool (the system
        // refused it) they would share threads: slower, and still the same numbers.
        let _own_pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        while let Some(work) = self.next() {
            let (items, threads) = match work {
                Work::Texts(items, threads) => (items, threads),
                Work::Help(help) => {
                    // Whoever asked sees that the work stopped, and answers for it.
                    let _ = catch_unwind(AssertUnwindSafe(help));
                    continue;
                }
            };
            let mut new = Vec::new();
            for item in items {
                let waited = item.waiting.seconds();
                if let Some(seconds) = self.seconds.get() {
                    seconds.queue.observe(waited);
                }
                // The text may have been computed for somebody else while it waited.
                let known = lock(&self.memory).get(&item.key);
                match known {
                    _ if item.answer.is_closed() => {}
                    Some(embedding) => item.tell(Ok(embedding)),
                    None if waited > self.options.patience => item.tell(Err(EngineError::Busy)),
                    None => new.push(item),
                }
            }
            if !new.is_empty() {
                self.compute(new, threads);
            }
        }
    }

    /// Computes and answers. Texts go together; when that panics, each goes alone, so that only the guilty one fails.
    fn compute(&self, items: Vec<Item>, threads: usize) {
        let texts: Vec<&str> = items.iter().map(|item| &*item.text).collect();
        let recruit = |help| {
            lock(&self.queue).help.push_back(help);
            self.wake.notify_one();
        };
        let crew = Crew { threads, recruit: &recruit };
        let together = catch_unwind(AssertUnwindSafe(|| (self.embed)(&texts, &crew)));
        match together {
            Ok((answers, spent)) => {
                if let Some(seconds) = self.seconds.get() {
                    seconds.tokenise.observe(spent.tokenise);
                    seconds.infer.observe(spent.infer);
                }
                items.into_iter().zip(answers).for_each(|(item, windows)| self.answer(item, windows));
            }
            Err(_) => match <[Item; 1]>::try_from(items) {
                Ok([item]) => {
                    tracing::error!(text = %item.key, "the encoder panicked");
                    item.tell(Err(EngineError::Failed("the encoder stopped on this text".to_owned())));
                }
                Err(items) => items.into_iter().for_each(|item| self.compute(vec![item], 1)),
            },
        }
    }

    fn answer(&self, item: Item, windows: Windows) {
        let answer = windows.map_err(|error| EngineError::Failed(error.to_string())).map(|windows| {
            let weight = windows.len();
            let embedding = Arc::new(windows);
            lock(&self.memory).insert(item.key, Arc::clone(&embedding), weight);
            embedding
        });
        item.tell(answer);
    }

    /// What to do next; waits for something, `None` after a stop. No thread takes more than its share of what waits, so
    /// that few texts are spread over all threads; one that takes the last may have the idle ones' help.
    fn next(&self) -> Option<Work> {
        let mut queue = lock(&self.queue);
        loop {
            if queue.stopped {
                return None;
            }
            if let Some(help) = queue.help.pop_front() {
                return Some(Work::Help(help));
            }
            let share = CHUNK_TOKENS.min(queue.tokens() / self.options.threads);
            if let Some(first) = queue.items.pop_front() {
                let mut taken = tokens(&first.text);
                let mut items = vec![first];
                while let Some(next) = queue.items.pop_front_if(|next| taken + tokens(&next.text) <= share) {
                    taken += tokens(&next.text);
                    items.push(next);
                }
                let threads = if queue.items.is_empty() { 1 + queue.idle } else { 1 };
                return Some(Work::Texts(items, threads));
            }
            queue.idle += 1;
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
            queue.idle -= 1;
        }
    }

    fn stop(&self) {
        let mut queue = lock(&self.queue);
        queue.stopped = true;
        // Dropping the senders answers those who wait.
        queue.items.clear();
        queue.help.clear();
        drop(queue);
        self.wake.notify_all();
    }
}

/// No lock here is held while code that can panic runs half way through a change, so a poisoned one is still whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
