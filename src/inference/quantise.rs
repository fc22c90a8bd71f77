//! Matrices stored as blocks of 32 values with one half-precision scale: Q8_0 (signed bytes, a quarter of the f32 size)
//! and Q4_0 (four bits, an eighth), both as ggml lays them out.
//!
//! Called when an encoder is imported; loading widens them in the kernels. They are storage formats only: all arithmetic is
//! f32 on the expanded values. It must never turn a value that is not finite into one that is.

use half::f16;

pub use adjudge_kernels::blocks::{BLOCK_VALUES, Q4_BLOCK_BYTES, Q8_BLOCK_BYTES as BLOCK_BYTES, expand_q4, expand_q8};

/// Values that cannot be stored as blocks.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotQuantisable {
    /// Rows must be whole blocks.
    #[error("{0} values are not a whole number of blocks of {BLOCK_VALUES}")]
    Ragged(usize),
    /// A value is NaN, infinite, or beyond what a half-precision scale reaches.
    #[error("a value is not finite or too large")]
    NotFinite,
}

/// Stores values as blocks. Each value comes back within half a step (1/254 of its block's largest magnitude), plus what
/// the scale loses in half precision.
///
/// # Errors
/// When the values are no whole number of blocks or not all finite.
pub fn quantise(values: &[f32]) -> Result<Vec<u8>, NotQuantisable> {
    if !values.len().is_multiple_of(BLOCK_VALUES) {
        return Err(NotQuantisable::Ragged(values.len()));
    }
    let mut bytes = Vec::with_capacity(values.len() / BLOCK_VALUES * BLOCK_BYTES);
    for block in values.chunks_exact(BLOCK_VALUES) {
        if block.iter().any(|v| !v.is_finite()) {
            return Err(NotQuantisable::NotFinite);
        }
        let largest = block.iter().fold(0.0_f32, |largest, v| largest.max(v.abs()));
        let stored_scale = f16::from_f32(largest / 127.0);
        let scale = stored_scale.to_f32();
        if !scale.is_finite() {
            return Err(NotQuantisable::NotFinite);
        }
        // Dividing by the scale as stored, not as computed, keeps its rounding out of the values.
        let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
        bytes.extend_from_slice(&stored_scale.to_le_bytes());
        bytes.extend(block.iter().map(|v| ((v * inverse).round().clamp(-127.0, 127.0) as i8).cast_unsigned()));
    }
    Ok(bytes)
}

/// Stores values as Q4_0 blocks. Values that came out of such blocks come back to the bit; for others four bits are
/// coarse (a sixteenth of a block's largest magnitude), so weights that were not stored so before should not be.
///
/// # Errors
/// When the values are no whole number of blocks or not all finite.
pub fn quantise_q4(values: &[f32]) -> Result<Vec<u8>, NotQuantisable> {
    if !values.len().is_multiple_of(BLOCK_VALUES) {
        return Err(NotQuantisable::Ragged(values.len()));
    }
    let mut bytes = Vec::with_capacity(values.len() / BLOCK_VALUES * Q4_BLOCK_BYTES);
    for block in values.chunks_exact(BLOCK_VALUES) {
        if block.iter().any(|v| !v.is_finite()) {
            return Err(NotQuantisable::NotFinite);
        }
        // The value of largest magnitude becomes -8 steps exactly, whatever its sign.
        let extreme = block.iter().fold(0.0_f32, |extreme, v| if v.abs() > extreme.abs() { *v } else { extreme });
        let stored_scale = f16::from_f32(extreme / -8.0);
        let scale = stored_scale.to_f32();
        if !scale.is_finite() {
            return Err(NotQuantisable::NotFinite);
        }
        let steps = |v: f32| if scale == 0.0 { 8 } else { ((v / scale).round() + 8.0).clamp(0.0, 15.0) as u8 };
        bytes.extend_from_slice(&stored_scale.to_le_bytes());
        let (low, high) = block.split_at(BLOCK_VALUES / 2);
        bytes.extend(low.iter().zip(high).map(|(low, high)| steps(*low) | steps(*high) << 4));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn values_come_back_within_half_a_step() {
        let values: Vec<f32> = (0..320).map(|i| (i as f32 * 0.37).sin() * 10.0_f32.powi(i / 64 - 3)).collect();
        let back = expand_q8(&quantise(&values).unwrap()).unwrap();
        for (block, out) in values.chunks(BLOCK_VALUES).zip(back.chunks(BLOCK_VALUES)) {
            let largest = block.iter().fold(0.0_f32, |a, v| a.max(v.abs()));
            // Half a step, and 127 times the scale's own rounding error (2^-11 of it) at the block's edge.
            let bound = largest / 254.0 + largest / 2048.0;
            for (a, b) in block.iter().zip(out) {
                assert!((a - b).abs() <= bound, "{a} became {b}, more than {bound} away");
            }
        }
    }

    #[test]
    fn a_block_of_zeros_stays_zero() {
        assert_eq!(expand_q8(&quantise(&[0.0; 32]).unwrap()).unwrap(), [0.0; 32]);
    }

    #[test]
    fn what_has_no_faithful_form_is_refused() {
        assert_eq!(quantise(&[1.0; 31]), Err(NotQuantisable::Ragged(31)));
        assert_eq!(quantise(&[f32::NAN; 32]), Err(NotQuantisable::NotFinite));
        assert_eq!(quantise(&[f32::MAX; 32]), Err(NotQuantisable::NotFinite));
        assert_eq!(expand_q8(&[0; BLOCK_BYTES + 1]), None);
        let mut infinite_scale = [0; BLOCK_BYTES];
        infinite_scale[..2].copy_from_slice(&f16::INFINITY.to_le_bytes());
        assert_eq!(expand_q8(&infinite_scale), None);
    }

    #[test]
    fn four_bit_blocks_come_back_to_the_bit() {
        // As ggml writes them: the value of largest magnitude is eight steps below zero, the scale of either sign.
        let mut bytes = Vec::new();
        for block in 0..64_u32 {
            let scale = f16::from_f32(if block % 2 == 0 { 0.013 } else { -0.7 } * (block + 1) as f32);
            bytes.extend_from_slice(&scale.to_le_bytes());
            bytes.push(if block % 3 == 0 { 0x50 } else { 0x0b });
            bytes.extend((0..15_u32).map(|i| ((i * 37 + block * 11) % 256) as u8));
        }
        let values = expand_q4(&bytes).unwrap();
        assert_eq!(values[0].abs().max(values[16].abs()), 8.0 * f16::from_f32(0.013).to_f32());
        let again = quantise_q4(&values).unwrap();
        assert_eq!(expand_q4(&again).unwrap(), values);
        assert_eq!(quantise_q4(&[0.0; 32]).unwrap().len(), Q4_BLOCK_BYTES);
        assert_eq!(expand_q4(&quantise_q4(&[0.0; 32]).unwrap()).unwrap(), [0.0; 32]);
        assert_eq!(quantise_q4(&[1.0; 31]), Err(NotQuantisable::Ragged(31)));
        assert_eq!(quantise_q4(&[f32::INFINITY; 32]), Err(NotQuantisable::NotFinite));
        assert_eq!(expand_q4(&[0; Q4_BLOCK_BYTES + 1]), None);
    }
}
