//! The register tile of a matrix product: a few rows of inputs times a few vectors of weights, all sums in registers.
//!
//! Called by `linear` and `attention`. Each output is summed over the inputs from first to last, so it depends on its own
//! row and weights alone, whatever the tile's height.

use crate::lanes::{LANES, Lanes};

/// Where a product's operands lie; strides count numbers.
#[derive(Clone, Copy)]
pub(crate) struct Product {
    /// Inputs: `rows` rows, `inputs` long.
    pub a: *const f32,
    /// From one row of `a` to the next.
    pub a_stride: usize,
    /// Weights: `inputs` rows of `VECTORS` vectors.
    pub b: *const f32,
    /// From one row of `b` to the next.
    pub b_stride: usize,
    /// What the sums begin with, one vector for each across; null for zero.
    pub bias: *const f32,
    /// Outputs.
    pub c: *mut f32,
    /// From one row of `c` to the next.
    pub c_stride: usize,
    /// Length of the sums.
    pub inputs: usize,
}

/// `R` rows times `N` vectors.
///
/// # Safety
/// As [`Lanes`]; the operands must be as [`Product`] says, and `c` must not overlap the others.
#[inline(always)]
unsafe fn tile<L: Lanes, const R: usize, const N: usize>(p: Product) {
    // SAFETY: the caller vouches for the pointers; every offset stays within the described operands.
    unsafe {
        let mut sums = [[L::splat(0.0); N]; R];
        if !p.bias.is_null() {
            for row in &mut sums {
                for (j, sum) in row.iter_mut().enumerate() {
                    *sum = L::load(p.bias.add(LANES * j));
                }
            }
        }
        let mut b = p.b;
        for t in 0..p.inputs {
            let mut weights = [L::splat(0.0); N];
            for (j, weight) in weights.iter_mut().enumerate() {
                *weight = L::load(b.add(LANES * j));
            }
            b = b.add(p.b_stride);
            for (r, row) in sums.iter_mut().enumerate() {
                let input = L::splat(*p.a.add(r * p.a_stride + t));
                for (sum, weight) in row.iter_mut().zip(weights) {
                    *sum = L::fma(input, weight, *sum);
                }
            }
        }
        for (r, row) in sums.iter().enumerate() {
            for (j, sum) in row.iter().enumerate() {
                L::store(p.c.add(r * p.c_stride + LANES * j), *sum);
            }
        }
    }
}

/// `rows` rows, at most [`Lanes::ROWS`].
///
/// # Safety
/// As [`tile`].
#[inline(always)]
unsafe fn rows<L: Lanes, const N: usize>(p: Product, rows: usize) {
    // SAFETY: passed on.
    unsafe {
        match rows {
            8 => tile::<L, 8, N>(p),
            7 => tile::<L, 7, N>(p),
            6 => tile::<L, 6, N>(p),
            5 => tile::<L, 5, N>(p),
            4 => tile::<L, 4, N>(p),
            3 => tile::<L, 3, N>(p),
            2 => tile::<L, 2, N>(p),
            _ => tile::<L, 1, N>(p),
        }
    }
}

/// `rows` rows (1 to [`Lanes::ROWS`]) times `vectors` vectors (1 to [`Lanes::VECTORS`]).
///
/// # Safety
/// As [`tile`], with `VECTORS` of [`Product::b`] being `vectors`.
#[inline(always)]
pub(crate) unsafe fn product<L: Lanes>(p: Product, count: usize, vectors: usize) {
    // SAFETY: passed on.
    unsafe {
        if L::VECTORS == 3 && vectors == 3 {
            rows::<L, 3>(p, count);
        } else if L::VECTORS == 3 && vectors == 2 {
            rows::<L, 2>(p, count);
        } else {
            rows::<L, 1>(p, count);
        }
    }
}
