//! A network with its weights packed for one kernel, and the layer's arithmetic for a few rows.
//!
//! Made once when an encoder is loaded; run by `session`. Weights are never changed afterwards.

use crate::{
    attention::{Heads, Scratch},
    buffer::Buffer,
    capabilities::Kernel,
    linear::{Packed, Then},
    ops::{self, Ops},
    weights::{Linear, Misfit, Norm, Shape, Weights},
};
use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

/// Rows that go through a whole layer together: few enough that their activations stay in the second cache, enough that
/// reading the weights costs little.
pub(crate) const BLOCK: usize = 64;

/// A loaded network.
pub struct Network {
    kernel: Kernel,
    pub(crate) ops: &'static Ops,
    pub(crate) shape: Shape,
    words: Vec<f32>,
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<PackedLayer>,
    /// Memory of finished sessions.
    spare: Mutex<Vec<Memory>>,
}

struct PackedLayer {
    /// Queries (scaled by 1 / sqrt of a head's width), keys and values in one product.
    attention_input: Packed,
    attention_output: Packed,
    attention_norm: Norm,
    up: Packed,
    down: Packed,
    output_norm: Norm,
}

/// Memory that sessions hand on.
#[derive(Default)]
pub(crate) struct Memory {
    pub rows: [Buffer<f32>; 3],
    pub desks: Vec<Desk>,
}

/// One thread's working memory.
#[derive(Default)]
pub(crate) struct Desk {
    attention: Scratch,
    mixed: Buffer<f32>,
    attended: Buffer<f32>,
    wide: Buffer<f32>,
}

/// Finished sessions' memory that is kept; more would only be there after a burst.
const SPARES: usize = 16;

impl Network {
    /// Packs the weights.
    ///
    /// # Errors
    /// [`Misfit::Shape`] for sizes that the kernels do not compute, [`Misfit::Tensor`] when a tensor's length is wrong.
    pub fn new(shape: Shape, weights: Weights, kernel: Kernel) -> Result<Self, Misfit> {
        Self::with_ops(shape, weights, kernel, ops::of(kernel.isa()))
    }

    pub(crate) fn with_ops(shape: Shape, weights: Weights, kernel: Kernel, ops: &'static Ops) -> Result<Self, Misfit> {
        shape.check()?;
        weights.check(&shape)?;
        let pack = |linear: &Linear| Packed::new(linear, ops.panel);
        let scale = (1.0 / (shape.head_width() as f64).sqrt()) as f32;
        let layers = weights
            .layers
            .into_iter()
            .map(|layer| {
                let scaled = |numbers: &[f32]| numbers.iter().map(|x| x * scale).collect::<Vec<_>>();
                let input = Linear {
                    weight: [&scaled(&layer.query.weight), &*layer.key.weight, &*layer.value.weight].concat(),
                    bias: [&scaled(&layer.query.bias), &*layer.key.bias, &*layer.value.bias].concat(),
                };
                PackedLayer {
                    attention_input: pack(&input),
                    attention_output: pack(&layer.attention_output),
                    attention_norm: layer.attention_norm,
                    up: pack(&layer.up),
                    down: pack(&layer.down),
                    output_norm: layer.output_norm,
                }
            })
            .collect();
        let Weights { words, positions, norm, .. } = weights;
        Ok(Self { kernel, ops, shape, words, positions, norm, layers, spare: Mutex::default() })
    }

    /// The kernel that the weights are packed for.
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// Its shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Number of layers.
    pub fn layers(&self) -> usize {
        self.layers.len()
    }

    /// Whether the ids are a text that the network can read.
    pub(crate) fn fits(&self, ids: &[u32]) -> bool {
        let known = ids.iter().all(|&id| (id as usize) < self.shape.vocabulary);
        !ids.is_empty() && ids.len() <= self.shape.positions && known
    }

    pub(crate) fn take_memory(&self) -> Memory {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub(crate) fn give_memory(&self, memory: Memory) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARES {
            spare.push(memory);
        }
    }

    /// Embeds one token at a position of its text.
    pub(crate) fn embed(&self, id: u32, position: usize, out: &mut [f32]) {
        let hidden = self.shape.hidden;
        let word = &self.words[id as usize * hidden..(id as usize + 1) * hidden];
        let place = &self.positions[position * hidden..(position + 1) * hidden];
        for ((out, word), place) in out.iter_mut().zip(word).zip(place) {
            *out = word + place;
        }
    }

    /// The norm after the embeddings.
    pub(crate) fn embedded(&self, x: &mut [f32]) {
        // SAFETY: the kernel proves that the processor has the instruction set.
        unsafe { (self.ops.add_norm)(x, None, &self.norm, self.shape.epsilon) }
    }

    /// Queries, keys and values of a layer.
    pub(crate) fn project(&self, layer: usize, x: &[f32], qkv: &mut [f32]) {
        self.linear(&self.layers[layer].attention_input, x, qkv, Then::Store);
    }

    /// Attention for some rows of one text, at `desk`'s rows from `at` on.
    pub(crate) fn attend(&self, qkv: &[f32], rows: std::ops::Range<usize>, at: usize, desk: &mut Desk) {
        let hidden = self.shape.hidden;
        desk.mixed.fit(BLOCK * hidden);
        let heads = Heads { count: self.shape.heads, width: self.shape.head_width() };
        let out = &mut desk.mixed[at * hidden..(at + rows.len()) * hidden];
        // SAFETY: the kernel proves that the processor has the instruction set.
        unsafe { (self.ops.attend)(qkv, rows, heads, out, &mut desk.attention) }
    }

    /// The rest of a layer for the rows that [`Network::attend`] left on the desk: `x` becomes the layer's output.
    pub(crate) fn finish_layer(&self, layer: usize, x: &mut [f32], desk: &mut Desk) {
        let layer = &self.layers[layer];
        let (hidden, epsilon) = (self.shape.hidden, self.shape.epsilon);
        let rows = x.len() / hidden;
        let Desk { mixed, attended, wide, .. } = desk;
        attended.fit(rows * hidden);
        wide.fit(rows * self.shape.intermediate);
        self.linear(&layer.attention_output, &mixed[..rows * hidden], attended, Then::Store);
        // SAFETY: the kernel proves that the processor has the instruction set.
        unsafe { (self.ops.add_norm)(attended, Some(x), &layer.attention_norm, epsilon) }
        self.linear(&layer.up, attended, wide, Then::Gelu);
        self.linear(&layer.down, wide, x, Then::Store);
        // SAFETY: as above.
        unsafe { (self.ops.add_norm)(x, Some(attended), &layer.output_norm, epsilon) }
    }

    fn linear(&self, packed: &Packed, a: &[f32], out: &mut [f32], then: Then) {
        // SAFETY: the kernel proves that the processor has the instruction set.
        unsafe { (self.ops.linear)(packed, a, out, then) }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("kernel", &self.kernel).field("shape", &self.shape).finish_non_exhaustive()
    }
}
