//! Weights in the kernel's precision, and how far the inputs of each product reach, which int8 is scaled by.
//!
//! Called by `network`. Narrow weights exist only where a kernel proves the instructions for them.

#[cfg(target_arch = "x86_64")]
use crate::buffer::Buffer;
use crate::{
    capabilities::{Kernel, Precision},
    linear::Packed,
    weights::{Linear, Misfit, Shape},
};

/// Working memory of narrow products, and what is looked at on the way.
#[derive(Default)]
pub(crate) struct Narrow {
    #[cfg(target_arch = "x86_64")]
    pub halves: Buffer<u16>,
    #[cfg(target_arch = "x86_64")]
    pub bytes: crate::int8::Bytes,
    /// Where it is wanted: for each product the largest magnitude of each of its inputs.
    pub reach: Option<Reach>,
}

/// By layer and [`Product`]; empty where nothing was seen.
pub(crate) type Reach = Vec<[Vec<f32>; 4]>;

/// A layer's products, as they are counted in [`Reach`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Product {
    AttentionInput,
    AttentionOutput,
    Up,
    Down,
}

/// Packed weights.
pub(crate) enum Weighed {
    F32(Packed),
    #[cfg(target_arch = "x86_64")]
    Bf16(crate::bf16::Packed),
    #[cfg(target_arch = "x86_64")]
    Int8(crate::int8::Packed),
}

#[cfg(target_arch = "x86_64")]
impl Weighed {
    pub(crate) fn new(linear: &Linear, product: Product, kernel: Kernel, panel: usize, reach: &[f32]) -> Self {
        match kernel.precision() {
            Precision::F32 => Self::F32(Packed::new(linear, panel)),
            // What GELU lets through is all on one side and reaches far: eight bits are too few for it.
            Precision::Int8 if product != Product::Down => Self::Int8(crate::int8::Packed::new(linear, reach)),
            Precision::Bf16 | Precision::Int8 => Self::Bf16(crate::bf16::Packed::new(linear)),
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
impl Weighed {
    /// No other kernel exists here than f32.
    pub(crate) fn new(linear: &Linear, _: Product, _: Kernel, panel: usize, _: &[f32]) -> Self {
        Self::F32(Packed::new(linear, panel))
    }
}

/// Whether the kernel's sums can be as long as the shape asks for.
pub(crate) fn check(shape: &Shape, kernel: Kernel) -> Result<(), Misfit> {
    /// Beyond 2^31 / (255 * 127) a sum of eight-bit products could overflow.
    const LONGEST: usize = 66_304;
    let fits = kernel.precision() != Precision::Int8 || shape.hidden.max(shape.intermediate) <= LONGEST;
    if fits { Ok(()) } else { Err(Misfit::Shape) }
}

impl Narrow {
    /// Notes how far a product's inputs reach, where that is wanted.
    pub(crate) fn look(&mut self, layer: usize, product: Product, inputs: &[f32], width: usize) {
        let Some(reach) = &mut self.reach else { return };
        if reach.len() <= layer {
            reach.resize_with(layer + 1, Default::default);
        }
        let seen = &mut reach[layer][product as usize];
        seen.resize(width, 0.0);
        for row in inputs.chunks_exact(width) {
            seen.iter_mut().zip(row).for_each(|(most, input)| *most = most.max(input.abs()));
        }
    }
}
