//! A network with its weights packed for one kernel, and the layer's arithmetic for a few rows.
//!
//! Made once when an encoder is loaded; run by `session`. Weights are never changed afterwards.

use crate::{
    attention::{Heads, Scratch},
    buffer::Buffer,
    capabilities::{Kernel, Precision},
    linear::Then,
    narrow::{self, Narrow, Product, Reach, Weighed},
    ops::{self, Ops},
    weights::{Linear, Misfit, Norm, Shape, Weights},
};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
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
    attention_input: Weighed,
    attention_output: Weighed,
    attention_norm: Norm,
    up: Weighed,
    down: Weighed,
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
    pub narrow: Narrow,
}

/// Finished sessions' memory that is kept; more would only be there after a burst.
const SPARES: usize = 16;

impl Network {
    /// Packs the weights. From `samples`, the ids of some usual texts, int8 learns how far each input reaches; the other
    /// precisions do not look at them.
    ///
    /// # Errors
    /// [`Misfit::Shape`] for sizes that the kernels do not compute, [`Misfit::Tensor`] when a tensor's length is wrong,
    /// [`Misfit::Ids`] for samples that are no texts of this network.
    pub fn new(shape: Shape, weights: Weights, kernel: Kernel, samples: &[Vec<u32>]) -> Result<Self, Misfit> {
        let ops = ops::of(kernel.isa());
        let reach = match kernel.precision() {
            Precision::Int8 if !samples.is_empty() => {
                let exact = Kernel::new(kernel.isa(), Precision::F32).map_err(|_| Misfit::Shape)?;
                let exact = Arc::new(Self::with_ops(shape, weights.clone(), exact, ops, &Reach::new())?);
                crate::session::reach(&exact, samples)?
            }
            _ => Reach::new(),
        };
        Self::with_ops(shape, weights, kernel, ops, &reach)
    }

    pub(crate) fn with_ops(
        shape: Shape,
        weights: Weights,
        kernel: Kernel,
        ops: &'static Ops,
        reach: &[[Vec<f32>; 4]],
    ) -> Result<Self, Misfit> {
        shape.check()?;
        weights.check(&shape)?;
        narrow::check(&shape, kernel)?;
        let scale = (1.0 / (shape.head_width() as f64).sqrt()) as f32;
        let layers = weights
            .layers
            .into_iter()
            .enumerate()
            .map(|(index, layer)| {
                let pack = |linear: &Linear, product: Product| {
                    let reach = reach.get(index).map_or(&[][..], |layer| &layer[product as usize]);
                    Weighed::new(linear, product, kernel, ops.panel, reach)
                };
                let scaled = |numbers: &[f32]| numbers.iter().map(|x| x * scale).collect::<Vec<_>>();
                let input = Linear {
                    weight: [&scaled(&layer.query.weight), &*layer.key.weight, &*layer.value.weight].concat(),
                    bias: [&scaled(&layer.query.bias), &*layer.key.bias, &*layer.value.bias].concat(),
                };
                PackedLayer {
                    attention_input: pack(&input, Product::AttentionInput),
                    attention_output: pack(&layer.attention_output, Product::AttentionOutput),
                    attention_norm: layer.attention_norm,
                    up: pack(&layer.up, Product::Up),
                    down: pack(&layer.down, Product::Down),
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
    pub(crate) fn project(&self, layer: usize, x: &[f32], qkv: &mut [f32], desk: &mut Desk) {
        desk.narrow.look(layer, Product::AttentionInput, x, self.shape.hidden);
        self.linear(&self.layers[layer].attention_input, x, qkv, Then::Store, &mut desk.narrow);
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
    pub(crate) fn finish_layer(&self, index: usize, x: &mut [f32], desk: &mut Desk) {
        let layer = &self.layers[index];
        let (hidden, epsilon) = (self.shape.hidden, self.shape.epsilon);
        let rows = x.len() / hidden;
        let Desk { mixed, attended, wide, narrow, .. } = desk;
        attended.fit(rows * hidden);
        wide.fit(rows * self.shape.intermediate);
        let mixed = &mixed[..rows * hidden];
        narrow.look(index, Product::AttentionOutput, mixed, hidden);
        self.linear(&layer.attention_output, mixed, attended, Then::Store, narrow);
        // SAFETY: the kernel proves that the processor has the instruction set.
        unsafe { (self.ops.add_norm)(attended, Some(x), &layer.attention_norm, epsilon) }
        narrow.look(index, Product::Up, attended, hidden);
        self.linear(&layer.up, attended, wide, Then::Gelu, narrow);
        narrow.look(index, Product::Down, wide, self.shape.intermediate);
        self.linear(&layer.down, wide, x, Then::Store, narrow);
        // SAFETY: as above.
        unsafe { (self.ops.add_norm)(x, Some(attended), &layer.output_norm, epsilon) }
    }

    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_variables, reason = "only narrow products need memory"))]
    fn linear(&self, weights: &Weighed, a: &[f32], out: &mut [f32], then: Then, narrow: &mut Narrow) {
        // SAFETY: the kernel proves that the processor has the instruction set, and weights are narrow only where it
        // proves the narrow instructions.
        unsafe {
            match weights {
                Weighed::F32(packed) => (self.ops.linear)(packed, a, out, then),
                #[cfg(target_arch = "x86_64")]
                Weighed::Bf16(packed) => crate::bf16::linear(packed, a, out, then, &mut narrow.halves),
                #[cfg(target_arch = "x86_64")]
                Weighed::Int8(packed) => crate::int8::linear(packed, a, out, then, &mut narrow.bytes),
            }
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("kernel", &self.kernel).field("shape", &self.shape).finish_non_exhaustive()
    }
}
