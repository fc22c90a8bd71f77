//! Q8_0: matrices stored as blocks of 32 signed bytes with one half-precision scale, a quarter of their f32 size.
//!
//! Called when an encoder is imported (`quantise`) and loaded (`expand`). It is a storage format only: all arithmetic is
//! f32 on the expanded values. It must never turn a value that is not finite into one that is.

use half::f16;

/// Values in a block.
pub const BLOCK_VALUES: usize = 32;
/// Bytes of a block: a half-precision scale, little endian, and a signed byte a value.
pub const BLOCK_BYTES: usize = 2 + BLOCK_VALUES;

/// Values that cannot be stored as Q8_0.
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

/// Expands blocks to f32 values; `None` when the bytes are no whole number of blocks or a scale is not finite.
pub fn expand(bytes: &[u8]) -> Option<Vec<f32>> {
    if !bytes.len().is_multiple_of(BLOCK_BYTES) {
        return None;
    }
    let mut values = vec![0.0_f32; bytes.len() / BLOCK_BYTES * BLOCK_VALUES];
    for (block, out) in bytes.chunks_exact(BLOCK_BYTES).zip(values.chunks_exact_mut(BLOCK_VALUES)) {
        let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
        if !scale.is_finite() {
            return None;
        }
        for (value, byte) in out.iter_mut().zip(&block[2..]) {
            *value = f32::from(byte.cast_signed()) * scale;
        }
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn values_come_back_within_half_a_step() {
        let values: Vec<f32> = (0..320).map(|i| (i as f32 * 0.37).sin() * 10.0_f32.powi(i / 64 - 3)).collect();
        let back = expand(&quantise(&values).unwrap()).unwrap();
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
        assert_eq!(expand(&quantise(&[0.0; 32]).unwrap()).unwrap(), [0.0; 32]);
    }

    #[test]
    fn what_has_no_faithful_form_is_refused() {
        assert_eq!(quantise(&[1.0; 31]), Err(NotQuantisable::Ragged(31)));
        assert_eq!(quantise(&[f32::NAN; 32]), Err(NotQuantisable::NotFinite));
        assert_eq!(quantise(&[f32::MAX; 32]), Err(NotQuantisable::NotFinite));
        assert_eq!(expand(&[0; BLOCK_BYTES + 1]), None);
        let mut infinite_scale = [0; BLOCK_BYTES];
        infinite_scale[..2].copy_from_slice(&f16::INFINITY.to_le_bytes());
        assert_eq!(expand(&infinite_scale), None);
    }
}
