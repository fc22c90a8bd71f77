//! Self-attention of one text, without its output product: queries, keys and values in, mixed values out.
//!
//! A text's rows lie together, so there is no padding and no mask. The queries come scaled already.

use crate::{
    buffer::Buffer,
    lanes::{LANES, Lanes},
    math::exp,
    tile::{Product, product},
};
use std::ops::Range;

/// Memory that is used again.
#[derive(Default)]
pub(crate) struct Scratch {
    /// One head's keys, a column a token.
    keys: Buffer<f32>,
    /// A tile's scores, a row a query.
    scores: Buffer<f32>,
}

/// Sizes of attention.
#[derive(Clone, Copy)]
pub(crate) struct Heads {
    /// How many.
    pub count: usize,
    /// Width of one; a multiple of sixteen.
    pub width: usize,
}

/// Mixes the values for the queries `rows` of one text. `qkv` holds the whole text: a row a token, queries then keys then
/// values, each `count * width` wide. `out` takes one row of that width for each of `rows`.
///
/// # Safety
/// As [`Lanes`].
#[inline(always)]
pub(crate) unsafe fn attend<L: Lanes>(
    qkv: &[f32],
    rows: Range<usize>,
    heads: Heads,
    out: &mut [f32],
    scratch: &mut Scratch,
) {
    let (width, hidden) = (heads.width, heads.count * heads.width);
    let stride = 3 * hidden;
    assert!(width.is_multiple_of(LANES) && hidden > 0, "heads are whole vectors wide");
    let tokens = qkv.len() / stride;
    assert!(qkv.len() == tokens * stride && rows.end <= tokens && out.len() == rows.len() * hidden, "rows of one text");
    let padded = tokens.next_multiple_of(LANES);
    scratch.keys.fit(width * padded);
    scratch.scores.fit(L::ROWS * padded);
    for head in 0..heads.count {
        let column = head * width;
        transpose(&qkv[hidden + column..], stride, tokens, padded, &mut scratch.keys);
        for first in (rows.start..rows.end).step_by(L::ROWS) {
            let count = L::ROWS.min(rows.end - first);
            let scores = scratch.scores.as_mut_ptr();
            // SAFETY: the products read `count` queries, all keys and all values of one head, and write `count` rows of
            // `padded` scores and of `width` outputs; the asserts above hold them within their slices.
            unsafe {
                let queries = Product {
                    a: qkv.as_ptr().add(first * stride + column),
                    a_stride: stride,
                    b: scratch.keys.as_ptr(),
                    b_stride: padded,
                    bias: std::ptr::null(),
                    c: scores,
                    c_stride: padded,
                    inputs: width,
                };
                across::<L>(queries, count, padded);
                let mut inverses = [0.0_f32; 8];
                for (r, inverse) in inverses.iter_mut().enumerate().take(count) {
                    *inverse = softmax::<L>(scores.add(r * padded), tokens, padded);
                }
                let to = out.as_mut_ptr().add((first - rows.start) * hidden + column);
                let values = Product {
                    a: scores,
                    a_stride: padded,
                    b: qkv.as_ptr().add(2 * hidden + column),
                    b_stride: stride,
                    bias: std::ptr::null(),
                    c: to,
                    c_stride: hidden,
                    inputs: tokens,
                };
                across::<L>(values, count, width);
                for (r, inverse) in inverses.iter().enumerate().take(count) {
                    for at in (0..width).step_by(LANES) {
                        let at = to.add(r * hidden + at);
                        L::store(at, L::mul(L::load(at), L::splat(*inverse)));
                    }
                }
            }
        }
    }
}

/// A product over all of `width` columns, as many at a time as the tile is wide.
#[inline(always)]
unsafe fn across<L: Lanes>(p: Product, rows: usize, width: usize) {
    for column in (0..width).step_by(LANES * L::VECTORS) {
        let vectors = L::VECTORS.min((width - column) / LANES);
        // SAFETY: the caller describes operands that are `width` columns wide.
        unsafe { product::<L>(Product { b: p.b.add(column), c: p.c.add(column), ..p }, rows, vectors) }
    }
}

/// Keys as columns: number `d` of token `t` goes to `d * padded + t`; columns beyond the tokens are zero.
#[inline(always)]
fn transpose(keys: &[f32], stride: usize, tokens: usize, padded: usize, out: &mut [f32]) {
    let width = out.len() / padded;
    for (t, key) in keys.chunks(stride).take(tokens).enumerate() {
        for (column, &number) in out.chunks_exact_mut(padded).zip(&key[..width]) {
            column[t] = number;
        }
    }
    for column in out.chunks_exact_mut(padded) {
        column[tokens..].fill(0.0);
    }
}

/// Turns one row of scores into weights that are not yet divided by their sum, and returns one over the sum.
#[inline(always)]
unsafe fn softmax<L: Lanes>(row: *mut f32, tokens: usize, padded: usize) -> f32 {
    // SAFETY: the row holds `padded` scores, of which `tokens` count.
    unsafe {
        // Columns beyond the text weigh nothing.
        for beyond in tokens..padded {
            *row.add(beyond) = f32::NEG_INFINITY;
        }
        let mut largest = L::load(row);
        for at in (LANES..padded).step_by(LANES) {
            largest = L::max(largest, L::load(row.add(at)));
        }
        let largest = L::splat(L::largest(largest));
        let mut sum = L::splat(0.0);
        for at in (0..padded).step_by(LANES) {
            let weight = exp::<L>(L::sub(L::load(row.add(at)), largest));
            sum = L::add(sum, weight);
            L::store(row.add(at), weight);
        }
        1.0 / L::sum(sum)
    }
}
