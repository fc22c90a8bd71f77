//! The lanes on NEON (aarch64): four registers of four.

use super::Lanes;
use std::arch::aarch64::*;

/// NEON.
#[derive(Clone, Copy)]
pub(crate) struct Neon;

type V = [float32x4_t; 4];

/// One of the trait's functions, as an expression of intrinsics on each quarter.
macro_rules! quarters {
    ($name:ident($a:ident, $b:ident) = $body:expr) => {
        #[inline(always)]
        unsafe fn $name(a: V, b: V) -> V {
            // SAFETY: the caller promises NEON.
            std::array::from_fn(|i| unsafe {
                let ($a, $b) = (a[i], b[i]);
                $body
            })
        }
    };
    ($name:ident($a:ident) = $body:expr) => {
        #[inline(always)]
        unsafe fn $name(a: V) -> V {
            // SAFETY: the caller promises NEON.
            a.map(|$a| unsafe { $body })
        }
    };
}

// SAFETY: the operations are the ones that the trait describes, on each quarter.
unsafe impl Lanes for Neon {
    type V = V;
    // 24 accumulators, 4 weights and a broadcast input fill 29 of 32 registers.
    const ROWS: usize = 6;
    const VECTORS: usize = 1;

    #[inline(always)]
    unsafe fn splat(x: f32) -> V {
        // SAFETY: the caller promises NEON.
        unsafe { [vdupq_n_f32(x); 4] }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> V {
        // SAFETY: the caller promises NEON and sixteen readable values.
        std::array::from_fn(|i| unsafe { vld1q_f32(from.add(4 * i)) })
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, v: V) {
        for (i, quarter) in v.into_iter().enumerate() {
            // SAFETY: the caller promises NEON and sixteen writable values.
            unsafe { vst1q_f32(to.add(4 * i), quarter) }
        }
    }
    quarters!(add(x, y) = vaddq_f32(x, y));
    quarters!(sub(x, y) = vsubq_f32(x, y));
    quarters!(mul(x, y) = vmulq_f32(x, y));
    quarters!(div(x, y) = vdivq_f32(x, y));
    quarters!(max(x, y) = vmaxq_f32(x, y));
    quarters!(min(x, y) = vminq_f32(x, y));
    quarters!(nearest(x) = vrndnq_f32(x));
    quarters!(pow2(x) = vreinterpretq_f32_s32(vshlq_n_s32::<23>(vaddq_s32(vcvtq_s32_f32(x), vdupq_n_s32(127)))));
    #[inline(always)]
    unsafe fn fma(a: V, b: V, c: V) -> V {
        // SAFETY: the caller promises NEON.
        std::array::from_fn(|i| unsafe { vfmaq_f32(c[i], a[i], b[i]) })
    }
    #[inline(always)]
    unsafe fn sum(a: V) -> f32 {
        // SAFETY: the caller promises NEON.
        unsafe {
            let four = vaddq_f32(vaddq_f32(a[0], a[2]), vaddq_f32(a[1], a[3]));
            let two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
            vget_lane_f32::<0>(two) + vget_lane_f32::<1>(two)
        }
    }
    #[inline(always)]
    unsafe fn largest(a: V) -> f32 {
        // SAFETY: the caller promises NEON.
        unsafe { vmaxvq_f32(vmaxq_f32(vmaxq_f32(a[0], a[2]), vmaxq_f32(a[1], a[3]))) }
    }
}
