//! Linear layers in eight bits: inputs as unsigned bytes, weights as signed ones, sums in whole numbers (AVX-512 VNNI).
//!
//! Called by `network` for kernels of precision int8. Each row has its own scale and zero, each output its own scale, so
//! a row depends on nothing beside it, and whole-number sums are exact in any order. Inputs that reach far are made
//! smaller and their weights larger by the same factor (smoothing), which samples decide once, at load.

use crate::{
    buffer::Buffer,
    lanes::{LANES, Lanes as _, avx512::Avx512},
    linear::Then,
    weights::Linear,
};
use std::arch::x86_64::*;

const ROWS: usize = 8;
const VECTORS: usize = 3;
const PANEL: usize = VECTORS * LANES;

/// Packed weights: panel by panel, four inputs by four, output by output; the last panel is filled up with zeros.
pub(crate) struct Packed {
    pub inputs: usize,
    pub outputs: usize,
    weights: Buffer<i8>,
    /// One an output: what a step of its weights is worth.
    steps: Buffer<f32>,
    /// One an output: the sum of its weights, which is what a row's zero adds.
    sums: Buffer<i32>,
    bias: Buffer<f32>,
    /// One an input: what to multiply it by.
    smoothing: Buffer<f32>,
}

/// A row's bytes are `value / step + zero`.
#[derive(Clone, Copy, Default)]
struct Row {
    step: f32,
    zero: i32,
}

/// Working memory.
#[derive(Default)]
pub(crate) struct Bytes {
    bytes: Buffer<u8>,
    rows: Vec<Row>,
}

impl Packed {
    /// Packs; `reach` holds the largest magnitude of each input that samples showed, or nothing. Outputs and inputs must be
    /// multiples of [`LANES`]. Sums must be short enough, see [`crate::narrow::check`].
    pub(crate) fn new(linear: &Linear, reach: &[f32]) -> Self {
        let outputs = linear.bias.len();
        let inputs = linear.weight.len() / outputs;
        let mut factors = vec![1.0_f32; inputs];
        if reach.len() == inputs {
            let mut largest = vec![0.0_f32; inputs];
            for row in linear.weight.chunks_exact(inputs) {
                largest.iter_mut().zip(row).for_each(|(most, weight)| *most = most.max(weight.abs()));
            }
            for ((factor, most), reach) in factors.iter_mut().zip(largest).zip(reach) {
                // Input and weight share the burden: both end up reaching the square root of the product.
                *factor = (reach.max(1e-5) / most.max(1e-5)).sqrt();
            }
        }
        let columns = outputs.next_multiple_of(PANEL);
        let (mut weights, mut bias) = (Buffer::new(columns * inputs), Buffer::new(columns));
        let (mut steps, mut sums) = (Buffer::<f32>::new(columns), Buffer::<i32>::new(columns));
        for (output, row) in linear.weight.chunks_exact(inputs).enumerate() {
            let base = output / PANEL * PANEL * inputs + output % PANEL * 4;
            let largest = row.iter().zip(&factors).map(|(w, f)| (w * f).abs()).fold(0.0, f32::max);
            let step = (largest / 127.0).max(f32::MIN_POSITIVE);
            steps[output] = step;
            for (input, (weight, factor)) in row.iter().zip(&factors).enumerate() {
                let byte = (weight * factor / step).round_ties_even().clamp(-127.0, 127.0) as i8;
                weights[base + input / 4 * PANEL * 4 + input % 4] = byte;
                sums[output] += i32::from(byte);
            }
        }
        bias[..outputs].copy_from_slice(&linear.bias);
        let mut smoothing = Buffer::new(inputs);
        smoothing.iter_mut().zip(factors).for_each(|(smooth, factor)| *smooth = 1.0 / factor);
        Self { inputs, outputs, weights, steps, sums, bias, smoothing }
    }
}

/// `out = a W^T + b`, then [`Then`]; `bytes` is working memory.
///
/// # Safety
/// The processor must have the features below.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma")]
pub(crate) unsafe fn linear(packed: &Packed, a: &[f32], out: &mut [f32], then: Then, bytes: &mut Bytes) {
    let Packed { inputs, outputs, .. } = *packed;
    let rows = a.len() / inputs;
    assert!(a.len() == rows * inputs && out.len() == rows * outputs, "whole rows");
    assert!(inputs.is_multiple_of(LANES) && outputs.is_multiple_of(LANES), "whole vectors");
    assert!(packed.weights.len() >= outputs.next_multiple_of(PANEL) * inputs, "all panels");
    let Bytes { bytes, rows: scales } = bytes;
    bytes.fit(a.len());
    scales.clear();
    for (row, to) in a.chunks_exact(inputs).zip(bytes.chunks_exact_mut(inputs)) {
        // SAFETY: both are one row of `inputs`, as the smoothing is.
        scales.push(unsafe { quantise(row, &packed.smoothing, to) });
    }
    for column in (0..outputs).step_by(PANEL) {
        let vectors = VECTORS.min((outputs - column) / LANES);
        for row in (0..rows).step_by(ROWS) {
            let tile = Tile { packed, column, rows: &scales[row..], vectors, then };
            // SAFETY: rows and columns are within the slices by the asserts above, and the features are this function's.
            unsafe {
                let (a, to) = (bytes.as_ptr().add(row * inputs), out.as_mut_ptr().add(row * outputs + column));
                match rows - row {
                    1 => tile.run::<1>(a, to),
                    2 => tile.run::<2>(a, to),
                    3 => tile.run::<3>(a, to),
                    4 => tile.run::<4>(a, to),
                    5 => tile.run::<5>(a, to),
                    6 => tile.run::<6>(a, to),
                    7 => tile.run::<7>(a, to),
                    _ => tile.run::<8>(a, to),
                }
            }
        }
    }
}

/// Smooths one row and writes its bytes. Zero is always a byte of its own, so that an input of zero adds nothing.
///
/// # Safety
/// The slices must be equally long, a multiple of sixteen.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma")]
unsafe fn quantise(row: &[f32], smoothing: &[f32], to: &mut [u8]) -> Row {
    // SAFETY: offsets stay below the common length.
    unsafe {
        let smoothed = |at: usize| {
            _mm512_mul_ps(_mm512_loadu_ps(row.as_ptr().add(at)), _mm512_loadu_ps(smoothing.as_ptr().add(at)))
        };
        let (mut least, mut most) = (_mm512_setzero_ps(), _mm512_setzero_ps());
        for at in (0..row.len()).step_by(LANES) {
            let v = smoothed(at);
            least = _mm512_min_ps(least, v);
            most = _mm512_max_ps(most, v);
        }
        let least = -Avx512::largest(_mm512_sub_ps(_mm512_setzero_ps(), least));
        let most = Avx512::largest(most);
        let step = ((most - least) / 255.0).max(1e-30);
        let zero = (-least / step).round_ties_even() as i32;
        let (inverse, offset) = (_mm512_set1_ps(1.0 / step), _mm512_set1_epi32(zero));
        for at in (0..row.len()).step_by(LANES) {
            let whole = _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(smoothed(at), inverse)), offset);
            let bytes = _mm512_cvtusepi32_epi8(_mm512_max_epi32(whole, _mm512_setzero_si512()));
            _mm_storeu_si128(to.as_mut_ptr().add(at).cast(), bytes);
        }
        Row { step, zero }
    }
}

/// A tile of the product: some rows times one panel.
struct Tile<'a> {
    packed: &'a Packed,
    column: usize,
    rows: &'a [Row],
    vectors: usize,
    then: Then,
}

impl Tile<'_> {
    /// # Safety
    /// `a` must point to `R` rows of bytes, `to` to as many rows of outputs.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma")]
    unsafe fn run<const R: usize>(&self, a: *const u8, to: *mut f32) {
        let Packed { inputs, outputs, .. } = *self.packed;
        // SAFETY: as the caller vouches; weights, steps, sums and biases hold whole panels.
        unsafe {
            let mut sums = [[_mm512_setzero_si512(); VECTORS]; R];
            let mut weights = self.packed.weights.as_ptr().add(self.column * inputs);
            let (a, quads) = (a.cast::<i32>(), inputs / 4);
            for t in 0..quads {
                let mut w = [_mm512_setzero_si512(); VECTORS];
                for (j, weight) in w.iter_mut().enumerate() {
                    *weight = _mm512_loadu_si512(weights.add(j * 64).cast());
                }
                weights = weights.add(PANEL * 4);
                for (r, row) in sums.iter_mut().enumerate() {
                    let input = _mm512_set1_epi32(a.add(r * quads + t).read_unaligned());
                    for (sum, weight) in row.iter_mut().zip(w) {
                        *sum = _mm512_dpbusd_epi32(*sum, input, weight);
                    }
                }
            }
            for j in 0..VECTORS {
                if j >= self.vectors {
                    break;
                }
                let at = self.column + j * LANES;
                let steps = _mm512_loadu_ps(self.packed.steps.as_ptr().add(at));
                let bias = _mm512_loadu_ps(self.packed.bias.as_ptr().add(at));
                let total = _mm512_loadu_si512(self.packed.sums.as_ptr().add(at).cast());
                for (r, row) in sums.iter().enumerate() {
                    let Row { step, zero } = self.rows[r];
                    let sum = _mm512_sub_epi32(row[j], _mm512_mullo_epi32(total, _mm512_set1_epi32(zero)));
                    let step = _mm512_mul_ps(steps, _mm512_set1_ps(step));
                    let value = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), step, bias);
                    _mm512_storeu_ps(to.add(r * outputs + j * LANES), value);
                }
            }
            if self.then == Then::Gelu {
                super::linear::gelu_tile::<Avx512>(to, outputs, R, self.vectors);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Capabilities, Precision, reference::Random};

    #[test]
    fn products_are_near_the_exact_ones_and_zero_is_exact() {
        if !Capabilities::here().narrow(Precision::Int8) {
            return;
        }
        for (seed, (rows, inputs, outputs)) in
            [(1, 16, 16), (9, 64, 96), (13, 48, 80), (8, 384, 48)].into_iter().enumerate()
        {
            let mut random = Random(seed as u64);
            let layer = Linear { weight: random.numbers(inputs * outputs, 1.0), bias: random.numbers(outputs, 1.0) };
            let mut a = random.numbers(rows * inputs, 3.0);
            // One input reaches far; smoothing keeps the others' bytes fine.
            a.iter_mut().step_by(inputs).for_each(|x| *x *= 30.0);
            let mut reach = vec![3.0; inputs];
            reach[0] = 90.0;
            let packed = Packed::new(&layer, &reach);
            let (mut out, mut memory) = (vec![0.0; rows * outputs], Bytes::default());
            // SAFETY: the features were looked for above.
            unsafe { linear(&packed, &a, &mut out, Then::Store, &mut memory) }
            let (mut error, mut size) = (0.0, 0.0);
            for (index, &found) in out.iter().enumerate() {
                let (a, w) =
                    (&a[index / outputs * inputs..][..inputs], &layer.weight[index % outputs * inputs..][..inputs]);
                let sum: f64 = a.iter().zip(w).map(|(&a, &w)| f64::from(a) * f64::from(w)).sum();
                error += (f64::from(found - layer.bias[index % outputs]) - sum).powi(2);
                size += sum.powi(2);
            }
            assert!(error < 4e-4 * size, "{error} of {size}");
            // SAFETY: as above.
            unsafe { linear(&packed, &vec![0.0; rows * inputs], &mut out, Then::Store, &mut memory) }
            assert!(out.chunks_exact(outputs).all(|row| row == &layer.bias[..]), "zero adds nothing");
        }
    }
}
