//! Residual connection and layer norm in one pass over a row.

use crate::{
    lanes::{LANES, Lanes},
    weights::Norm,
};

/// `x = norm(x + residual)` for each row; without a residual, `x = norm(x)`.
///
/// # Safety
/// As [`Lanes`].
#[inline(always)]
pub(crate) unsafe fn add_norm<L: Lanes>(x: &mut [f32], residual: Option<&[f32]>, norm: &Norm, epsilon: f32) {
    let width = norm.scale.len();
    assert!(width.is_multiple_of(LANES) && norm.shift.len() == width && width > 0, "a norm is whole vectors wide");
    assert!(x.len().is_multiple_of(width) && residual.is_none_or(|r| r.len() == x.len()), "rows as wide as the norm");
    let (scale, shift) = (norm.scale.as_ptr(), norm.shift.as_ptr());
    for start in (0..x.len()).step_by(width) {
        let row = x[start..start + width].as_mut_ptr();
        // SAFETY: all offsets are below `width`, within the row, the residual's row and the norm.
        unsafe {
            let mut sum = L::splat(0.0);
            for at in (0..width).step_by(LANES) {
                let mut v = L::load(row.add(at));
                if let Some(residual) = residual {
                    v = L::add(v, L::load(residual.as_ptr().add(start + at)));
                    L::store(row.add(at), v);
                }
                sum = L::add(sum, v);
            }
            let mean = L::splat(L::sum(sum) / width as f32);
            let mut squares = L::splat(0.0);
            for at in (0..width).step_by(LANES) {
                let v = L::sub(L::load(row.add(at)), mean);
                squares = L::fma(v, v, squares);
            }
            let inverse = L::splat(1.0 / (L::sum(squares) / width as f32 + epsilon).sqrt());
            for at in (0..width).step_by(LANES) {
                let v = L::mul(L::sub(L::load(row.add(at)), mean), inverse);
                L::store(row.add(at), L::fma(v, L::load(scale.add(at)), L::load(shift.add(at))));
            }
        }
    }
}
