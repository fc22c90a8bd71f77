//! Sixteen virtual lanes of f32: the one vocabulary in which all elementwise code and all reductions are written.
//!
//! Implemented for AVX-512 (one register), AVX2 (two), NEON (four) and plain Rust. The implementations must agree to the
//! bit: `fma` rounds once, `nearest` rounds half to even, and [`Lanes::sum`] adds halves onto halves in one fixed order.
//! Only the plain implementation for processors without FMA rounds twice in `fma`.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod plain;

/// Lanes in a vector.
pub(crate) const LANES: usize = 16;

/// Operations on sixteen lanes.
///
/// # Safety
/// Every function needs the processor features of its implementation, and pointers that are valid for sixteen values.
/// Functions are inlined into callers that enable the features; they must not be called from elsewhere.
pub(crate) unsafe trait Lanes: Copy {
    /// Sixteen values.
    type V: Copy;
    /// Rows of the register tile in a matrix product.
    const ROWS: usize;
    /// Vectors across the register tile; a panel of packed weights is this wide.
    const VECTORS: usize;

    /// All lanes the same.
    unsafe fn splat(x: f32) -> Self::V;
    /// Reads sixteen values, aligned or not.
    unsafe fn load(from: *const f32) -> Self::V;
    /// Writes sixteen values, aligned or not.
    unsafe fn store(to: *mut f32, v: Self::V);
    /// `a + b`
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
    /// `a - b`
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V;
    /// `a * b`
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V;
    /// `a / b`
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V;
    /// The larger; for finite numbers.
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V;
    /// The smaller; for finite numbers.
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V;
    /// `a * b + c`
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The nearest whole number, for magnitudes below 2^22.
    unsafe fn nearest(a: Self::V) -> Self::V;
    /// 2 to the power of whole numbers from -126 to 127.
    unsafe fn pow2(a: Self::V) -> Self::V;
    /// Sum of the lanes: the upper eight onto the lower eight, then four, two, one.
    unsafe fn sum(a: Self::V) -> f32;
    /// The largest lane.
    unsafe fn largest(a: Self::V) -> f32;
}
