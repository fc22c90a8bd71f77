//! The operations of a forward pass for one instruction set, as a table of functions.
//!
//! `network` holds the table that belongs to its kernel. Here, and only here, generic code meets the attributes that let
//! the compiler use an instruction set; everything generic is inlined into these functions, and they stay small enough to
//! compile anywhere.

use crate::{
    attention::{self, Heads, Scratch},
    capabilities::Isa,
    lanes::{LANES, Lanes, plain::Plain},
    linear::{self, Packed, Then},
    norm,
    weights::Norm,
};
use std::ops::Range;

/// One instruction set's functions. All are unsafe to call for one reason: the processor must have the set.
pub(crate) struct Ops {
    /// Columns of a packed panel.
    pub panel: usize,
    /// [`linear::linear`].
    pub linear: unsafe fn(&Packed, &[f32], &mut [f32], Then),
    /// [`norm::add_norm`].
    pub add_norm: unsafe fn(&mut [f32], Option<&[f32]>, &Norm, f32),
    /// [`attention::attend`].
    pub attend: unsafe fn(&[f32], Range<usize>, Heads, &mut [f32], &mut Scratch),
}

/// Writes a table for one implementation of the lanes.
macro_rules! ops {
    ($table:ident, $module:ident, $lanes:ty, $linear:path $(, $features:literal)?) => {
        mod $module {
            use super::*;

            $(#[target_feature(enable = $features)])?
            unsafe fn linear(packed: &Packed, a: &[f32], out: &mut [f32], then: Then) {
                // SAFETY: this function's own contract is that of the lanes.
                #[allow(unused_unsafe)]
                unsafe { $linear(packed, a, out, then) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn add_norm(x: &mut [f32], residual: Option<&[f32]>, norm: &Norm, epsilon: f32) {
                // SAFETY: as above.
                unsafe { norm::add_norm::<$lanes>(x, residual, norm, epsilon) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn attend(qkv: &[f32], rows: Range<usize>, heads: Heads, out: &mut [f32], scratch: &mut Scratch) {
                // SAFETY: as above.
                unsafe { attention::attend::<$lanes>(qkv, rows, heads, out, scratch) }
            }

            pub(super) static OPS: Ops = Ops { panel: <$lanes>::VECTORS * LANES, linear, add_norm, attend };
        }
        use $module::OPS as $table;
    };
}

#[cfg(target_arch = "x86_64")]
use crate::lanes::{avx2::Avx2, avx512::Avx512};
#[cfg(target_arch = "x86_64")]
ops!(AVX512, avx512, Avx512, linear::linear::<Avx512>, "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma");
#[cfg(target_arch = "x86_64")]
ops!(AVX2, avx2, Avx2, linear::linear::<Avx2>, "avx2,fma");

#[cfg(target_arch = "aarch64")]
use crate::lanes::neon::Neon;
#[cfg(target_arch = "aarch64")]
ops!(NEON, neon, Neon, linear::linear::<Neon>, "neon");

ops!(PORTABLE, portable, Plain<false>, linear::linear_portable::<Plain<false>>);

#[cfg(test)]
ops!(FUSED, fused, Plain<true>, linear::linear::<Plain<true>>);

/// The table of an instruction set. One that this build does not know has no kernel, so nobody asks for it.
pub(crate) fn of(isa: Isa) -> &'static Ops {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => &AVX512,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => &AVX2,
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => &NEON,
        _ => &PORTABLE,
    }
}

/// Plain Rust with FMA emulated: what the instruction sets must equal to the bit.
#[cfg(test)]
pub(crate) fn fused() -> &'static Ops {
    &FUSED
}
