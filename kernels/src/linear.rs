//! Linear layers over weights that were packed once: panels as wide as the register tile, read from front to back.
//!
//! Called by `network` through `ops`. It must never split a sum.

use crate::{
    buffer::Buffer,
    lanes::{LANES, Lanes},
    math::gelu,
    tile::{Product, product},
    weights::Linear,
};

/// What follows the product.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Nothing.
    Store,
    /// GELU.
    Gelu,
}

/// Packed f32 weights.
pub(crate) struct Packed {
    /// Numbers in, numbers out.
    pub inputs: usize,
    pub outputs: usize,
    /// Columns of a panel; the last panel may hold fewer outputs, the rest is zero.
    pub panel: usize,
    /// Panel by panel, input by input, output by output.
    pub weights: Buffer<f32>,
    pub bias: Buffer<f32>,
}

impl Packed {
    /// Packs for a tile that is `panel` columns wide. `outputs` must be a multiple of [`LANES`].
    pub(crate) fn new(linear: &Linear, panel: usize) -> Self {
        let outputs = linear.bias.len();
        let inputs = linear.weight.len() / outputs;
        let panels = outputs.div_ceil(panel);
        let mut weights = Buffer::new(panels * panel * inputs);
        for (output, row) in linear.weight.chunks_exact(inputs).enumerate() {
            let base = output / panel * panel * inputs + output % panel;
            for (input, &weight) in row.iter().enumerate() {
                weights[base + input * panel] = weight;
            }
        }
        let mut bias = Buffer::new(panels * panel);
        bias[..outputs].copy_from_slice(&linear.bias);
        Self { inputs, outputs, panel, weights, bias }
    }
}

/// `out = a W^T + b`, then [`Then`]. `a` holds whole rows of `inputs`, `out` as many of `outputs`.
///
/// # Safety
/// As [`Lanes`].
#[inline(always)]
pub(crate) unsafe fn linear<L: Lanes>(packed: &Packed, a: &[f32], out: &mut [f32], then: Then) {
    let Packed { inputs, outputs, panel, .. } = *packed;
    let rows = a.len() / inputs;
    assert!(a.len() == rows * inputs && out.len() == rows * outputs, "whole rows");
    assert!(panel == L::VECTORS * LANES && outputs.is_multiple_of(LANES), "packed for this tile");
    assert!(packed.weights.len() >= outputs.div_ceil(panel) * panel * inputs, "all panels");
    for column in (0..outputs).step_by(panel) {
        let vectors = L::VECTORS.min((outputs - column) / LANES);
        for row in (0..rows).step_by(L::ROWS) {
            let count = L::ROWS.min(rows - row);
            // SAFETY: `count` rows of `a` and `out` from `row` on, and `vectors` vectors of columns from `column` on, are
            // within the slices by the asserts above.
            unsafe {
                let to = out.as_mut_ptr().add(row * outputs + column);
                let p = Product {
                    a: a.as_ptr().add(row * inputs),
                    a_stride: inputs,
                    b: packed.weights.as_ptr().add(column * inputs),
                    b_stride: panel,
                    bias: packed.bias.as_ptr().add(column),
                    c: to,
                    c_stride: outputs,
                    inputs,
                };
                product::<L>(p, count, vectors);
                if then == Then::Gelu {
                    // The tile is still in the nearest cache.
                    gelu_tile::<L>(to, outputs, count, vectors);
                }
            }
        }
    }
}

/// GELU over a tile that was just written.
///
/// # Safety
/// As [`Lanes`]; the tile has these rows and vectors.
#[inline(always)]
pub(crate) unsafe fn gelu_tile<L: Lanes>(to: *mut f32, stride: usize, rows: usize, vectors: usize) {
    for r in 0..rows {
        for j in 0..vectors {
            // SAFETY: the caller's tile has these rows and vectors.
            unsafe {
                let at = to.add(r * stride + j * LANES);
                L::store(at, gelu::<L>(L::load(at)));
            }
        }
    }
}

/// Rows that one call of `gemm` sees. Always the same number, zeros below the last row: its order of additions follows
/// from the sizes it is given, and must not follow from how many rows came together.
const BLOCK: usize = 32;

/// As [`linear`], with the product by the `gemm` crate, which brings kernels of its own for many processors.
pub(crate) fn linear_portable<L: Lanes>(packed: &Packed, a: &[f32], out: &mut [f32], then: Then) {
    let Packed { inputs, outputs, panel, .. } = *packed;
    let rows = a.len() / inputs;
    assert!(a.len() == rows * inputs && out.len() == rows * outputs, "whole rows");
    assert!(panel == LANES && outputs.is_multiple_of(LANES), "packed for this tile");
    let (mut from, mut to) = (vec![0.0_f32; BLOCK * inputs], vec![0.0_f32; BLOCK * outputs]);
    for row in (0..rows).step_by(BLOCK) {
        let count = BLOCK.min(rows - row);
        from[..count * inputs].copy_from_slice(&a[row * inputs..(row + count) * inputs]);
        from[count * inputs..].fill(0.0);
        for line in to.chunks_exact_mut(outputs) {
            line.copy_from_slice(&packed.bias[..outputs]);
        }
        for column in (0..outputs).step_by(panel) {
            // SAFETY: the pointers and strides describe BLOCK x panel of `to`, BLOCK x inputs of `from`, and one panel of
            // the weights, inputs x panel, all within their buffers; `to` overlaps neither.
            unsafe {
                gemm::gemm(
                    BLOCK,
                    panel,
                    inputs,
                    to.as_mut_ptr().add(column),
                    1,
                    outputs as isize,
                    true,
                    from.as_ptr(),
                    1,
                    inputs as isize,
                    packed.weights.as_ptr().add(column * inputs),
                    1,
                    panel as isize,
                    1.0_f32,
                    1.0_f32,
                    false,
                    false,
                    false,
                    gemm::Parallelism::None,
                );
            }
        }
        let result = &mut out[row * outputs..(row + count) * outputs];
        result.copy_from_slice(&to[..count * outputs]);
        if then == Then::Gelu {
            for at in (0..result.len()).step_by(LANES) {
                // SAFETY: plain lanes need no feature, and a row is whole vectors.
                unsafe {
                    let at = result.as_mut_ptr().add(at);
                    L::store(at, gelu::<L>(L::load(at)));
                }
            }
        }
    }
}
