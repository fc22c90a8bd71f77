//! Functions of one number, sixteen at a time: the exponential and the GELU of BERT.
//!
//! Polynomials and one division, so that every instruction set computes the same bits.

use crate::lanes::Lanes;

/// Powers of e, for arguments up to 88; below -87 it stays at e^-87, which is nothing beside a sum of at least one. Within
/// 2 units in the last place: 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2] (coefficients of the Cephes library).
///
/// # Safety
/// As [`Lanes`].
#[inline(always)]
pub(crate) unsafe fn exp<L: Lanes>(x: L::V) -> L::V {
    const POLYNOMIAL: [f32; 5] = [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];
    // ln 2 in two parts: the first has few bits, so that its product with n is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    // SAFETY: the caller promises the features.
    unsafe {
        let x = L::max(L::min(x, L::splat(88.0)), L::splat(-87.0));
        let n = L::nearest(L::mul(x, L::splat(std::f32::consts::LOG2_E)));
        let r = L::fma(n, L::splat(-LN_2_HIGH), x);
        let r = L::fma(n, L::splat(-LN_2_LOW), r);
        let mut p = L::splat(1.987_569_1e-4);
        for c in POLYNOMIAL {
            p = L::fma(p, r, L::splat(c));
        }
        let p = L::fma(p, L::mul(r, r), L::add(r, L::splat(1.0)));
        L::mul(p, L::pow2(n))
    }
}

/// `x * (1 + erf(x / sqrt 2)) / 2`, within 1e-6 of the exact value for |x| up to 6. The error function is z P(z^2) / Q(z^2)
/// on |z| <= 3.9, fitted to 1.5e-8 (weighted least squares, Lawson's iteration), and 1 beyond.
///
/// # Safety
/// As [`Lanes`].
#[inline(always)]
pub(crate) unsafe fn gelu<L: Lanes>(x: L::V) -> L::V {
    // At zero the error function rises by 2 / sqrt pi.
    const RISE: f32 = std::f32::consts::FRAC_2_SQRT_PI;
    const P: [f32; 6] = [2.050_385_8e-6, 2.874_570_5e-4, 3.836_873_2e-3, 5.296_690_8e-2, 1.919_409_6e-1, RISE];
    const Q: [f32; 6] = [3.823_071_5e-5, 1.181_733_6e-3, 1.510_919_8e-2, 1.147_581_8e-1, 5.034_35e-1, 1.0];
    // SAFETY: the caller promises the features.
    unsafe {
        let z = L::mul(x, L::splat(std::f32::consts::FRAC_1_SQRT_2));
        let z = L::max(L::min(z, L::splat(3.9)), L::splat(-3.9));
        let s = L::mul(z, z);
        let (mut p, mut q) = (L::splat(P[0]), L::splat(Q[0]));
        for i in 1..P.len() {
            p = L::fma(p, s, L::splat(P[i]));
            q = L::fma(q, s, L::splat(Q[i]));
        }
        let erf = L::div(L::mul(z, p), q);
        let half = L::mul(x, L::splat(0.5));
        L::fma(half, erf, half)
    }
}
