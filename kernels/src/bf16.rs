//! Linear layers in bfloat16: operands of 16 bits, sums in f32 (AVX-512 BF16).
//!
//! Called by `network` for kernels of precision bf16, and for the down projections of int8. Inputs are rounded to the
//! nearest even on the way in; a sum adds pairs of products from first to last, whatever comes beside it.

use crate::{
    buffer::Buffer,
    lanes::{LANES, avx512::Avx512},
    linear::Then,
    weights::Linear,
};
use std::arch::{asm, x86_64::*};

const ROWS: usize = 8;
const VECTORS: usize = 3;
const PANEL: usize = VECTORS * LANES;

/// Packed weights: panel by panel, two inputs by two, output by output; the last panel is filled up with zeros.
pub(crate) struct Packed {
    pub inputs: usize,
    pub outputs: usize,
    weights: Buffer<u16>,
    bias: Buffer<f32>,
}

/// The nearest bfloat16, half to even; for finite numbers.
fn round(x: f32) -> u16 {
    let bits = x.to_bits();
    ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16) as u16
}

impl Packed {
    /// Packs; outputs and inputs must be multiples of [`LANES`].
    pub(crate) fn new(linear: &Linear) -> Self {
        let outputs = linear.bias.len();
        let inputs = linear.weight.len() / outputs;
        let columns = outputs.next_multiple_of(PANEL);
        let (mut weights, mut bias) = (Buffer::new(columns * inputs), Buffer::new(columns));
        for (output, row) in linear.weight.chunks_exact(inputs).enumerate() {
            let base = output / PANEL * PANEL * inputs + output % PANEL * 2;
            for (input, &weight) in row.iter().enumerate() {
                weights[base + input / 2 * PANEL * 2 + input % 2] = round(weight);
            }
        }
        bias[..outputs].copy_from_slice(&linear.bias);
        Self { inputs, outputs, weights, bias }
    }
}

/// `out = a W^T + b`, then [`Then`]; `narrow` is working memory.
///
/// # Safety
/// The processor must have the features below.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx2,fma")]
pub(crate) unsafe fn linear(packed: &Packed, a: &[f32], out: &mut [f32], then: Then, narrow: &mut Buffer<u16>) {
    let Packed { inputs, outputs, .. } = *packed;
    let rows = a.len() / inputs;
    assert!(a.len() == rows * inputs && out.len() == rows * outputs, "whole rows");
    assert!(inputs.is_multiple_of(LANES) && outputs.is_multiple_of(LANES), "whole vectors");
    assert!(packed.weights.len() >= outputs.next_multiple_of(PANEL) * inputs, "all panels");
    narrow.fit(a.len());
    for at in (0..a.len()).step_by(LANES) {
        // SAFETY: both slices are as long, a multiple of sixteen.
        unsafe { store_rounded(narrow.as_mut_ptr().add(at), _mm512_loadu_ps(a.as_ptr().add(at))) }
    }
    for column in (0..outputs).step_by(PANEL) {
        let vectors = VECTORS.min((outputs - column) / LANES);
        for row in (0..rows).step_by(ROWS) {
            let tile = Tile {
                // SAFETY: rows and columns are within the slices by the asserts above.
                a: unsafe { narrow.as_ptr().add(row * inputs) },
                // SAFETY: as above.
                weights: unsafe { packed.weights.as_ptr().add(column * inputs) },
                // SAFETY: as above.
                bias: unsafe { packed.bias.as_ptr().add(column) },
                // SAFETY: as above.
                to: unsafe { out.as_mut_ptr().add(row * outputs + column) },
                inputs,
                outputs,
                vectors,
                then,
            };
            // SAFETY: the tile lies within the slices, and the features are this function's own.
            unsafe {
                match rows - row {
                    1 => tile.run::<1>(),
                    2 => tile.run::<2>(),
                    3 => tile.run::<3>(),
                    4 => tile.run::<4>(),
                    5 => tile.run::<5>(),
                    6 => tile.run::<6>(),
                    7 => tile.run::<7>(),
                    _ => tile.run::<8>(),
                }
            }
        }
    }
}

/// Where a tile's operands lie.
struct Tile {
    a: *const u16,
    weights: *const u16,
    bias: *const f32,
    to: *mut f32,
    inputs: usize,
    outputs: usize,
    vectors: usize,
    then: Then,
}

impl Tile {
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx2,fma")]
    unsafe fn run<const R: usize>(&self) {
        // SAFETY: `R` rows of inputs and outputs, and a whole panel of weights and biases, as the caller vouches.
        unsafe {
            let mut sums = [[_mm512_setzero_ps(); VECTORS]; R];
            for row in &mut sums {
                for (j, sum) in row.iter_mut().enumerate() {
                    *sum = _mm512_loadu_ps(self.bias.add(j * LANES));
                }
            }
            // Two bfloat16 at a time look like one f32 to loads and broadcasts.
            let (a, pairs) = (self.a.cast::<f32>(), self.inputs / 2);
            let mut weights = self.weights.cast::<f32>();
            for t in 0..pairs {
                let mut w = [_mm512_setzero_ps(); VECTORS];
                for (j, weight) in w.iter_mut().enumerate() {
                    *weight = _mm512_loadu_ps(weights.add(j * LANES));
                }
                weights = weights.add(PANEL);
                for (r, row) in sums.iter_mut().enumerate() {
                    let input = _mm512_set1_ps(a.add(r * pairs + t).read_unaligned());
                    for (sum, weight) in row.iter_mut().zip(w) {
                        *sum = dot(*sum, input, weight);
                    }
                }
            }
            for (r, row) in sums.iter().enumerate() {
                for (j, sum) in row.iter().enumerate() {
                    if j < self.vectors {
                        _mm512_storeu_ps(self.to.add(r * self.outputs + j * LANES), *sum);
                    }
                }
            }
            if self.then == Then::Gelu {
                super::linear::gelu_tile::<Avx512>(self.to, self.outputs, R, self.vectors);
            }
        }
    }
}

/// `sum + x.odd * y.odd + x.even * y.even` in each lane. Written out because the intrinsic's operand type makes some
/// compilers fail on it.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn dot(mut sum: __m512, x: __m512, y: __m512) -> __m512 {
    // SAFETY: one instruction on registers; the feature is there.
    unsafe {
        asm!("vdpbf16ps {0}, {1}, {2}", inout(zmm_reg) sum, in(zmm_reg) x, in(zmm_reg) y,
             options(pure, nomem, nostack, preserves_flags));
    }
    sum
}

/// Sixteen numbers as bfloat16.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16,avx512vl")]
unsafe fn store_rounded(to: *mut u16, v: __m512) {
    let rounded: __m256i;
    // SAFETY: one instruction on registers, and a store of sixteen values that the caller vouches for.
    unsafe {
        asm!("vcvtneps2bf16 {0}, {1}", out(ymm_reg) rounded, in(zmm_reg) v,
             options(pure, nomem, nostack, preserves_flags));
        _mm256_storeu_si256(to.cast(), rounded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Capabilities, Precision, reference::Random};

    #[test]
    fn products_are_those_of_rounded_operands() {
        if !Capabilities::here().narrow(Precision::Bf16) {
            return;
        }
        let exact = |x: f32| f64::from(f32::from_bits(u32::from(round(x)) << 16));
        for (seed, (rows, inputs, outputs)) in
            [(1, 16, 16), (9, 64, 96), (13, 48, 80), (8, 32, 48)].into_iter().enumerate()
        {
            let mut random = Random(seed as u64);
            let layer = Linear { weight: random.numbers(inputs * outputs, 1.0), bias: random.numbers(outputs, 1.0) };
            let a = random.numbers(rows * inputs, 3.0);
            let mut out = vec![0.0; rows * outputs];
            // SAFETY: the feature was looked for above.
            unsafe { linear(&Packed::new(&layer), &a, &mut out, Then::Store, &mut Buffer::default()) }
            for (index, &found) in out.iter().enumerate() {
                let (a, w) =
                    (&a[index / outputs * inputs..][..inputs], &layer.weight[index % outputs * inputs..][..inputs]);
                let sum: f64 = a.iter().zip(w).map(|(&a, &w)| exact(a) * exact(w)).sum();
                let expected = sum + f64::from(layer.bias[index % outputs]);
                assert!((f64::from(found) - expected).abs() < 1e-4, "{found} is not {expected}");
            }
        }
    }
}
