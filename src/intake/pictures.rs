//! Base64 to an image that is known to be one: size, format and pixel bounds before a single pixel is decoded.
//!
//! Called by the checks. It must never decode what its header says is too large, and never keep what did not decode.

use super::StoredImage;
use crate::domain::{ad::AssetRef, digest::Digest};
use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use image::{ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// Most bytes of one image.
const BYTES: usize = 5 * 1024 * 1024;

/// Most pixels of one image.
const PIXELS: u64 = 40_000_000;

/// Most pixels on a side.
const SIDE: u32 = 10_000;

/// Most memory that decoding one image may take: the largest one allowed, at 8 bytes a pixel, and some room.
const MEMORY: u64 = 8 * PIXELS + 64 * 1024 * 1024;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

type Refused = (&'static str, String);

/// Decodes base64 and the image in it.
pub(super) fn decode(text: &str) -> Result<StoredImage, Refused> {
    if text.starts_with("data:") {
        return Err(("not_base64", "must be base64 alone; remove what is before and with the comma".to_owned()));
    }
    if text.len() / 4 * 3 > BYTES + 3 {
        return Err(too_large(text.len() / 4 * 3));
    }
    let bytes = BASE64.decode(text).map_err(|_| ("not_base64", "is not base64 (RFC 4648, section 4)".to_owned()))?;
    if bytes.len() > BYTES {
        return Err(too_large(bytes.len()));
    }
    let (media_type, width, height) = whole(&bytes)?;
    let asset = AssetRef {
        digest: Digest::of(&bytes),
        media_type: media_type.to_owned(),
        width,
        height,
        bytes: bytes.len() as u64,
    };
    Ok(StoredImage { asset, bytes: bytes.into() })
}

/// Decodes an image to know that it is one; gives its type, width and height.
pub(super) fn whole(bytes: &[u8]) -> Result<(&'static str, u32, u32), Refused> {
    let (format, media_type) = sniff(bytes)?;
    let reader = || ImageReader::with_format(Cursor::new(bytes), format);
    let broken = |_| ("not_an_image", format!("starts like {media_type} and cannot be decoded"));
    let (width, height) = reader().into_dimensions().map_err(broken)?;
    if width > SIDE || height > SIDE || u64::from(width) * u64::from(height) > PIXELS {
        let detail = format!("must have at most {PIXELS} pixels and {SIDE} on a side; it is {width} by {height}");
        return Err(("image_too_large", detail));
    }
    let mut bounded = reader();
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    bounded.limits(limits);
    bounded.decode().map_err(broken)?;
    Ok((media_type, width, height))
}

fn too_large(bytes: usize) -> Refused {
    ("image_too_large", format!("must be at most {BYTES} bytes; it has {bytes}"))
}

fn sniff(bytes: &[u8]) -> Result<(ImageFormat, &'static str), Refused> {
    match image::guess_format(bytes) {
        Ok(ImageFormat::Png) => Ok((ImageFormat::Png, "image/png")),
        Ok(ImageFormat::Jpeg) => Ok((ImageFormat::Jpeg, "image/jpeg")),
        Ok(ImageFormat::Gif) => Ok((ImageFormat::Gif, "image/gif")),
        Ok(ImageFormat::WebP) => Ok((ImageFormat::WebP, "image/webp")),
        _ => Err(("not_an_image", "is not a PNG, JPEG, GIF or WebP image".to_owned())),
    }
}
