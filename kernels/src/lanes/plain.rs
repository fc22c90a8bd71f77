//! The lanes in plain Rust: what runs where no kernel fits, and with FMA emulated, the reference that the others must equal.

use super::{LANES, Lanes};

/// Plain lanes; `FUSED` rounds `fma` once, as hardware does, which is slow where there is no such instruction.
#[derive(Clone, Copy)]
pub(crate) struct Plain<const FUSED: bool>;

type V = [f32; LANES];

#[inline(always)]
fn each(a: V, b: V, f: impl Fn(f32, f32) -> f32) -> V {
    std::array::from_fn(|i| f(a[i], b[i]))
}

/// Adding and taking away 1.5 x 2^23 leaves no room for a fraction: the sum rounds half to even.
const ROUNDER: f32 = 12_582_912.0;

#[inline(always)]
fn fold(a: V, f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut a = a;
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            a[i] = f(a[i], a[i + half]);
        }
        half /= 2;
    }
    a[0]
}

// SAFETY: needs no processor feature; pointers are the caller's promise.
unsafe impl<const FUSED: bool> Lanes for Plain<FUSED> {
    type V = V;
    const ROWS: usize = 4;
    const VECTORS: usize = 1;

    #[inline(always)]
    unsafe fn splat(x: f32) -> V {
        [x; LANES]
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> V {
        // SAFETY: the caller promises sixteen readable values.
        unsafe { from.cast::<V>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, v: V) {
        // SAFETY: the caller promises sixteen writable values.
        unsafe { to.cast::<V>().write_unaligned(v) }
    }
    #[inline(always)]
    unsafe fn add(a: V, b: V) -> V {
        each(a, b, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn sub(a: V, b: V) -> V {
        each(a, b, |a, b| a - b)
    }
    #[inline(always)]
    unsafe fn mul(a: V, b: V) -> V {
        each(a, b, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn div(a: V, b: V) -> V {
        each(a, b, |a, b| a / b)
    }
    #[inline(always)]
    unsafe fn max(a: V, b: V) -> V {
        each(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    unsafe fn min(a: V, b: V) -> V {
        each(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    unsafe fn fma(a: V, b: V, c: V) -> V {
        std::array::from_fn(|i| if FUSED { a[i].mul_add(b[i], c[i]) } else { a[i] * b[i] + c[i] })
    }
    #[inline(always)]
    unsafe fn nearest(a: V) -> V {
        a.map(|x| (x + ROUNDER) - ROUNDER)
    }
    #[inline(always)]
    unsafe fn pow2(a: V) -> V {
        a.map(|x| f32::from_bits(((x as i32 + 127) << 23).cast_unsigned()))
    }
    #[inline(always)]
    unsafe fn sum(a: V) -> f32 {
        fold(a, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn largest(a: V) -> f32 {
        fold(a, |a, b| if a > b { a } else { b })
    }
}
