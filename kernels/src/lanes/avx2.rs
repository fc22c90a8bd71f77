//! The lanes on AVX2 with FMA: two registers of eight.

use super::Lanes;
use std::arch::x86_64::*;

/// AVX2 and FMA.
#[derive(Clone, Copy)]
pub(crate) struct Avx2;

/// Lanes 0 to 7, lanes 8 to 15.
#[derive(Clone, Copy)]
pub(crate) struct Pair(__m256, __m256);

/// Lane i with lane i + 4, then 2, then 1.
macro_rules! fold_eight {
    ($a:expr, $op:ident, $last:ident) => {{
        let four = $op(_mm256_castps256_ps128($a), _mm256_extractf128_ps::<1>($a));
        let two = $op(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32($last(two, _mm_shuffle_ps::<1>(two, two)))
    }};
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn sum_of_eight(a: __m256) -> f32 {
    fold_eight!(a, _mm_add_ps, _mm_add_ss)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn largest_of_eight(a: __m256) -> f32 {
    fold_eight!(a, _mm_max_ps, _mm_max_ss)
}

#[inline]
#[target_feature(enable = "avx2")]
fn pow2(a: __m256) -> __m256 {
    let biased = _mm256_add_epi32(_mm256_cvtps_epi32(a), _mm256_set1_epi32(127));
    _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased))
}

/// One of the trait's functions, as an expression of intrinsics.
macro_rules! lane {
    ($name:ident($($arg:ident: $kind:ty),*) -> $out:ty = $body:expr) => {
        #[inline(always)]
        unsafe fn $name($($arg: $kind),*) -> $out {
            // SAFETY: the caller promises the features, and pointers to sixteen values.
            unsafe { $body }
        }
    };
}

// SAFETY: the operations are the ones that the trait describes, on either half.
unsafe impl Lanes for Avx2 {
    type V = Pair;
    // 12 accumulators, 2 weights and a broadcast input fill 15 of 16 registers.
    const ROWS: usize = 6;
    const VECTORS: usize = 1;

    lane!(splat(x: f32) -> Pair = Pair(_mm256_set1_ps(x), _mm256_set1_ps(x)));
    lane!(load(from: *const f32) -> Pair = Pair(_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))));
    lane!(store(to: *mut f32, v: Pair) -> () = { _mm256_storeu_ps(to, v.0); _mm256_storeu_ps(to.add(8), v.1) });
    lane!(add(a: Pair, b: Pair) -> Pair = Pair(_mm256_add_ps(a.0, b.0), _mm256_add_ps(a.1, b.1)));
    lane!(sub(a: Pair, b: Pair) -> Pair = Pair(_mm256_sub_ps(a.0, b.0), _mm256_sub_ps(a.1, b.1)));
    lane!(mul(a: Pair, b: Pair) -> Pair = Pair(_mm256_mul_ps(a.0, b.0), _mm256_mul_ps(a.1, b.1)));
    lane!(div(a: Pair, b: Pair) -> Pair = Pair(_mm256_div_ps(a.0, b.0), _mm256_div_ps(a.1, b.1)));
    lane!(max(a: Pair, b: Pair) -> Pair = Pair(_mm256_max_ps(a.0, b.0), _mm256_max_ps(a.1, b.1)));
    lane!(min(a: Pair, b: Pair) -> Pair = Pair(_mm256_min_ps(a.0, b.0), _mm256_min_ps(a.1, b.1)));
    lane!(fma(a: Pair, b: Pair, c: Pair) -> Pair = Pair(_mm256_fmadd_ps(a.0, b.0, c.0), _mm256_fmadd_ps(a.1, b.1, c.1)));
    lane!(nearest(a: Pair) -> Pair = Pair(_mm256_round_ps::<8>(a.0), _mm256_round_ps::<8>(a.1)));
    lane!(pow2(a: Pair) -> Pair = Pair(pow2(a.0), pow2(a.1)));
    lane!(sum(a: Pair) -> f32 = sum_of_eight(_mm256_add_ps(a.0, a.1)));
    lane!(largest(a: Pair) -> f32 = largest_of_eight(_mm256_max_ps(a.0, a.1)));
}
