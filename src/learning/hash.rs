//! Stable 64-bit hashes and the uniform draws made from them.
//!
//! Called by de-duplication, splitting and the bootstrap. It must never change: a snapshot's split is frozen by it, and
//! the standard library's hashers promise nothing across versions.

/// FNV-1a over bytes, finished by an avalanche so that all 64 bits can be used.
pub(crate) fn of_bytes(bytes: &[u8]) -> u64 {
    let fnv = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
    mix(fnv)
}

/// The finaliser of splitmix64: a bijection whose every output bit depends on every input bit.
pub(crate) const fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A draw from `[0, 1)` that depends on seed and key alone.
pub(crate) fn uniform(seed: u64, key: &[u8]) -> f64 {
    (mix(of_bytes(key) ^ mix(seed)) >> 11) as f64 / (1_u64 << 53) as f64
}
