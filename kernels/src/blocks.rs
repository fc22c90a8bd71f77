//! Stored blocks widened to f32 values: 32 signed bytes (Q8_0) or 32 half bytes (Q4_0) under one half-precision scale, as
//! ggml lays them out.
//!
//! Called when an encoder is loaded, millions of values at a time, which is why it stands here and is optimised in every
//! build. It must never widen a block whose scale is not finite.

use half::f16;

/// Values in a block.
pub const BLOCK_VALUES: usize = 32;
/// Bytes of a Q8_0 block: a half-precision scale, little endian, and a signed byte a value.
pub const Q8_BLOCK_BYTES: usize = 2 + BLOCK_VALUES;
/// Bytes of a Q4_0 block: a half-precision scale, little endian, and two values a byte: the first sixteen values in the
/// low halves, the others in the high ones, each 8 above what it stands for.
pub const Q4_BLOCK_BYTES: usize = 2 + BLOCK_VALUES / 2;

/// Expands Q8_0 blocks to f32 values; `None` when the bytes are no whole number of blocks or a scale is not finite.
pub fn expand_q8(bytes: &[u8]) -> Option<Vec<f32>> {
    expand::<Q8_BLOCK_BYTES>(bytes, |block, scale, out| {
        for (value, byte) in out.iter_mut().zip(&block[2..]) {
            *value = f32::from(byte.cast_signed()) * scale;
        }
    })
}

/// Expands Q4_0 blocks to f32 values; `None` when the bytes are no whole number of blocks or a scale is not finite.
pub fn expand_q4(bytes: &[u8]) -> Option<Vec<f32>> {
    expand::<Q4_BLOCK_BYTES>(bytes, |block, scale, out| {
        let (low, high) = out.split_at_mut(BLOCK_VALUES / 2);
        for ((byte, low), high) in block[2..].iter().zip(low).zip(high) {
            *low = (f32::from(byte & 15) - 8.0) * scale;
            *high = (f32::from(byte >> 4) - 8.0) * scale;
        }
    })
}

fn expand<const BYTES: usize>(bytes: &[u8], widen: impl Fn(&[u8; BYTES], f32, &mut [f32])) -> Option<Vec<f32>> {
    let (blocks, []) = bytes.as_chunks::<BYTES>() else { return None };
    let mut values = vec![0.0_f32; blocks.len() * BLOCK_VALUES];
    for (block, out) in blocks.iter().zip(values.chunks_exact_mut(BLOCK_VALUES)) {
        let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
        if !scale.is_finite() {
            return None;
        }
        widen(block, scale, out);
    }
    Some(values)
}
