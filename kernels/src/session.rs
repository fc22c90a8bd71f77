//! A few texts on their way through a network, by one thread or several.
//!
//! Texts are packed row after row, without padding. The rows are cut into parts, and a layer's part is claimed by whoever
//! comes first, so that a thread may join late or never: one thread alone gets through. A layer's parts wait for all
//! parts of the layer before, because attention reads the keys and values of a whole text.

use crate::{
    buffer::Rows,
    narrow::Reach,
    network::{BLOCK, Desk, Memory, Network},
    weights::Misfit,
};
use std::{
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// Turns of a wait before it lets other threads of the machine run.
const SPINS: u32 = 4096;

/// Texts being read.
pub struct Session {
    network: Arc<Network>,
    texts: Vec<Vec<u32>>,
    /// First row of each text, and the number of rows at the end.
    starts: Vec<usize>,
    parts: usize,
    /// The residual stream, a row a token.
    x: Rows,
    /// Queries, keys and values: of even layers, of odd layers. Two, because a quick thread writes the next layer's while
    /// a slow one still reads.
    qkv: [Rows; 2],
    desks: Mutex<Vec<Desk>>,
    /// One entry for the embeddings, then one a layer.
    phases: Vec<Phase>,
    /// A thread panicked inside; the others must not wait for it.
    broken: AtomicBool,
}

#[derive(Default)]
struct Phase {
    claimed: AtomicUsize,
    done: AtomicUsize,
}

impl Session {
    /// Packs the texts for up to `parts` threads.
    ///
    /// # Errors
    /// [`Misfit::Ids`] when there is no text, or one that the network cannot read.
    pub fn new(network: &Arc<Network>, texts: Vec<Vec<u32>>, parts: usize) -> Result<Self, Misfit> {
        if texts.is_empty() || !texts.iter().all(|ids| network.fits(ids)) {
            return Err(Misfit::Ids);
        }
        let mut starts = vec![0];
        let mut rows = 0;
        for ids in &texts {
            rows += ids.len();
            starts.push(rows);
        }
        let hidden = network.shape.hidden;
        let Memory { rows: [x, even, odd], desks } = network.take_memory();
        Ok(Self {
            x: Rows::new(x, rows, hidden),
            qkv: [Rows::new(even, rows, 3 * hidden), Rows::new(odd, rows, 3 * hidden)],
            desks: Mutex::new(desks),
            phases: (0..=network.layers()).map(|_| Phase::default()).collect(),
            broken: AtomicBool::new(false),
            network: Arc::clone(network),
            parts: parts.clamp(1, rows),
            texts,
            starts,
        })
    }

    /// Tokens in all texts.
    pub fn tokens(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Works until all layers are done. Any number of threads may call it, at any time; each returns when nothing is left
    /// to do, which for all of them is the end of the last layer.
    pub fn work(&self) {
        let mut desk = lock(&self.desks).pop().unwrap_or_default();
        let alarm = Alarm(&self.broken);
        for (index, phase) in self.phases.iter().enumerate() {
            loop {
                let part = phase.claimed.fetch_add(1, Ordering::Relaxed);
                if part >= self.parts {
                    break;
                }
                self.run(index, part, &mut desk);
                phase.done.fetch_add(1, Ordering::Release);
            }
            let mut spins = 0;
            while phase.done.load(Ordering::Acquire) < self.parts {
                if self.broken.load(Ordering::Relaxed) {
                    return;
                }
                spins += 1;
                if spins < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
            }
        }
        std::mem::forget(alarm);
        lock(&self.desks).push(desk);
    }

    /// Rows of a part.
    fn rows(&self, part: usize) -> Range<usize> {
        let rows = self.tokens();
        rows * part / self.parts..rows * (part + 1) / self.parts
    }

    /// One phase of one part, a block of rows at a time.
    fn run(&self, phase: usize, part: usize, desk: &mut Desk) {
        let rows = self.rows(part);
        for start in rows.clone().step_by(BLOCK) {
            let block = start..rows.end.min(start + BLOCK);
            // SAFETY: parts are disjoint and each is claimed once a phase, so nobody else touches these rows of `x`.
            let x = unsafe { self.x.write(block.clone()) };
            match phase.checked_sub(1) {
                None => self.embed(&block, x),
                Some(layer) => {
                    self.attend(layer, &block, desk);
                    self.network.finish_layer(layer, x, desk);
                }
            }
            if phase < self.network.layers() {
                // SAFETY: as for `x`; those who read this buffer did so two phases ago, and all of the phase between is
                // done, or this phase would not have begun.
                let qkv = unsafe { self.qkv[phase % 2].write(block) };
                self.network.project(phase, x, qkv, desk);
            }
        }
    }

    fn embed(&self, block: &Range<usize>, x: &mut [f32]) {
        let hidden = self.network.shape.hidden;
        for (row, ids, first) in self.pieces(block) {
            for (offset, id) in self.texts[ids][first.clone()].iter().enumerate() {
                let at = (row + offset) * hidden;
                self.network.embed(*id, first.start + offset, &mut x[at..at + hidden]);
            }
        }
        self.network.embedded(x);
    }

    fn attend(&self, layer: usize, block: &Range<usize>, desk: &mut Desk) {
        for (row, text, rows) in self.pieces(block) {
            // SAFETY: this layer's keys and values were written in the phase before, which is done; the next layer's go to
            // the other buffer, and the one after next waits for this phase.
            let qkv = unsafe { self.qkv[layer % 2].read(self.starts[text]..self.starts[text + 1]) };
            self.network.attend(qkv, rows, row, desk);
        }
    }

    /// The texts that a block of rows touches: row within the block, text, and which of the text's tokens.
    fn pieces(&self, block: &Range<usize>) -> impl Iterator<Item = (usize, usize, Range<usize>)> {
        let block = block.clone();
        let first = self.starts.partition_point(|&start| start <= block.start) - 1;
        self.starts[first..].windows(2).enumerate().map_while(move |(n, bounds)| {
            let (start, end) = (bounds[0].max(block.start), bounds[1].min(block.end));
            (start < end).then(|| (start - block.start, first + n, start - bounds[0]..end - bounds[0]))
        })
    }

    /// The last layer's output, a row of `hidden` a token, for each text in order. `None` when a thread panicked or the
    /// work is not done.
    pub fn states(&self) -> Option<Vec<&[f32]>> {
        let done = self.phases.last().is_some_and(|phase| phase.done.load(Ordering::Acquire) == self.parts);
        if self.broken.load(Ordering::Relaxed) || !done {
            return None;
        }
        // SAFETY: the last phase is done, and nothing writes after it.
        let text = |bounds: &[usize]| unsafe { self.x.read(bounds[0]..bounds[1]) };
        Some(self.starts.windows(2).map(text).collect())
    }

    /// Each text's mean over its tokens, scaled to length 1. `None` as for [`Session::states`].
    pub fn vectors(&self) -> Option<Vec<Pooled>> {
        Some(self.states()?.into_iter().map(|rows| pool(rows, self.network.shape.hidden)).collect())
    }
}

/// A text's vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooled {
    /// Of length 1, where `length` is a normal number.
    pub vector: Vec<f32>,
    /// Length of the mean before it was scaled.
    pub length: f64,
}

/// Tokens are added from first to last, so the bits depend on the text alone.
fn pool(rows: &[f32], hidden: usize) -> Pooled {
    let mut sum = vec![0.0_f32; hidden];
    for row in rows.chunks_exact(hidden) {
        for (total, value) in sum.iter_mut().zip(row) {
            *total += value;
        }
    }
    let tokens = (rows.len() / hidden) as f32;
    let mean = sum.iter().map(|total| f64::from(total / tokens));
    let length = mean.clone().map(|v| v * v).sum::<f64>().sqrt();
    Pooled { vector: mean.map(|v| (v / length) as f32).collect(), length }
}

impl Drop for Session {
    /// Hands the memory to the next session.
    fn drop(&mut self) {
        let desks = std::mem::take(self.desks.get_mut().unwrap_or_else(PoisonError::into_inner));
        let [even, odd] = &mut self.qkv;
        let rows = [self.x.take(), even.take(), odd.take()];
        self.network.give_memory(Memory { rows, desks });
    }
}

/// How far the inputs of every product reach on the samples.
///
/// # Errors
/// [`Misfit::Ids`] for samples that are no texts of the network.
pub(crate) fn reach(network: &Arc<Network>, samples: &[Vec<u32>]) -> Result<Reach, Misfit> {
    let mut reach = Reach::new();
    for sample in samples {
        let session = Session::new(network, vec![sample.clone()], 1)?;
        let mut desk = lock(&session.desks).pop().unwrap_or_default();
        desk.narrow.reach = Some(reach);
        lock(&session.desks).push(desk);
        session.work();
        reach = lock(&session.desks).last_mut().and_then(|desk| desk.narrow.reach.take()).unwrap_or_default();
    }
    Ok(reach)
}

/// Says so when it is dropped by a panic.
struct Alarm<'a>(&'a AtomicBool);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
