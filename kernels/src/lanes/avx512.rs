//! The lanes on AVX-512: one register holds all sixteen.

use super::Lanes;
use std::arch::x86_64::*;

/// AVX-512 F, BW, VL and DQ.
#[derive(Clone, Copy)]
pub(crate) struct Avx512;

/// The upper eight lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn upper(a: __m512) -> __m256 {
    _mm512_extractf32x8_ps::<1>(a)
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn sum(a: __m512) -> f32 {
    super::avx2::sum_of_eight(_mm256_add_ps(_mm512_castps512_ps256(a), upper(a)))
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn largest(a: __m512) -> f32 {
    super::avx2::largest_of_eight(_mm256_max_ps(_mm512_castps512_ps256(a), upper(a)))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn pow2(a: __m512) -> __m512 {
    let biased = _mm512_add_epi32(_mm512_cvtps_epi32(a), _mm512_set1_epi32(127));
    _mm512_castsi512_ps(_mm512_slli_epi32::<23>(biased))
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

// SAFETY: the operations are the ones that the trait describes, each one instruction or a fixed sequence.
unsafe impl Lanes for Avx512 {
    type V = __m512;
    // 24 accumulators, 3 weights and a broadcast input fill 28 of 32 registers.
    const ROWS: usize = 8;
    const VECTORS: usize = 3;

    lane!(splat(x: f32) -> __m512 = _mm512_set1_ps(x));
    lane!(load(from: *const f32) -> __m512 = _mm512_loadu_ps(from));
    lane!(store(to: *mut f32, v: __m512) -> () = _mm512_storeu_ps(to, v));
    lane!(add(a: __m512, b: __m512) -> __m512 = _mm512_add_ps(a, b));
    lane!(sub(a: __m512, b: __m512) -> __m512 = _mm512_sub_ps(a, b));
    lane!(mul(a: __m512, b: __m512) -> __m512 = _mm512_mul_ps(a, b));
    lane!(div(a: __m512, b: __m512) -> __m512 = _mm512_div_ps(a, b));
    lane!(max(a: __m512, b: __m512) -> __m512 = _mm512_max_ps(a, b));
    lane!(min(a: __m512, b: __m512) -> __m512 = _mm512_min_ps(a, b));
    lane!(fma(a: __m512, b: __m512, c: __m512) -> __m512 = _mm512_fmadd_ps(a, b, c));
    lane!(nearest(a: __m512) -> __m512 = _mm512_roundscale_ps::<8>(a));
    lane!(pow2(a: __m512) -> __m512 = pow2(a));
    lane!(sum(a: __m512) -> f32 = sum(a));
    lane!(largest(a: __m512) -> f32 = largest(a));
}
