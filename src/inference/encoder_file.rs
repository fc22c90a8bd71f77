//! The encoder file: one file with everything an encoder needs (weights, tokenizer, shape, what languages it covers).
//!
//! ```text
//! 8 bytes   magic "ADJENC\r\n"
//! 4 bytes   format version, little endian
//! 4 bytes   length of the header, little endian
//! header    JSON: [`Header`]
//! tokenizer the tokenizer's own JSON, `header.tokenizer_bytes` long
//! tensors   in the order of `header.tensors`, without gaps: f32 little endian, or Q8_0 or Q4_0 blocks
//! 32 bytes  SHA-256 of everything before
//! ```
//!
//! Version 2 knows a prefix and Q4_0; a file that uses neither is written as version 1.
//!
//! Written by `import`, read by `encoder`. The file is an upload or a download: every length is checked before it is used,
//! a damaged file is an error, and nothing here may panic or allocate more than the file's size asks for.

use super::{
    error::InferenceError,
    quantise::{self, BLOCK_BYTES, BLOCK_VALUES, Q4_BLOCK_BYTES},
};
use crate::domain::{digest::Digest, place::Language};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

const MAGIC: &[u8; 8] = b"ADJENC\r\n";
const VERSION: u32 = 2;
/// Magic, version and header length.
const PREFIX_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 32;
/// A header of a BERT with a hundred layers is far below this.
const MAX_HEADER_BYTES: usize = 4 << 20;

/// How a text's vector comes from its tokens' vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The mean over all tokens, special ones too, then scaled to length 1.
    Mean,
}

/// The network's family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// Post-norm BERT with erf-GELU and absolute positions.
    Bert,
}

/// The network's shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Width of a token's vector.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads a layer.
    pub attention_heads: usize,
    /// Width of the feed-forward part.
    pub intermediate: usize,
    /// Number of token ids.
    pub vocabulary: usize,
    /// Longest sequence, special tokens included.
    pub max_positions: usize,
    /// Rows of the token type table.
    pub token_types: usize,
    /// Added to the variance in layer norms.
    pub layer_norm_epsilon: f64,
}

/// How a tensor is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// Four bytes a value.
    F32,
    /// Blocks of 32 values in 34 bytes.
    Q8_0,
    /// Blocks of 32 values in 18 bytes.
    Q4_0,
}

/// One entry of the tensor table. Offsets follow from the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TensorEntry {
    /// Its name in the source model.
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Its storage.
    pub storage: Storage,
}

/// What the file says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The model's name.
    pub name: String,
    /// Its family.
    pub architecture: Architecture,
    /// Its shape.
    pub shape: Shape,
    /// Its pooling.
    pub pooling: Pooling,
    /// Languages whose texts it may score; others are `unavailable(language_not_covered)`.
    pub languages: Vec<Language>,
    /// Longest window a text is cut into, special tokens included; at most `shape.max_positions`.
    pub max_window: usize,
    /// What the model wants to read before every text, such as `query:`; empty for most.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Licence of the weights (SPDX).
    pub licence: String,
    /// SHA-256 of the weights file it was made from.
    pub weights: Digest,
    /// Length of the tokenizer's JSON.
    pub tokenizer_bytes: usize,
    /// The tensors, in the order they are stored.
    pub tensors: Vec<TensorEntry>,
}

/// A tensor's dimensions and values, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// Dimensions.
    pub shape: Vec<usize>,
    /// Values.
    pub values: Vec<f32>,
}

/// A parsed file.
#[derive(Debug)]
pub struct EncoderFile<'a> {
    /// Header.
    pub header: Header,
    /// The tokenizer's JSON.
    pub tokenizer: &'a [u8],
    /// Digest of the whole file.
    pub digest: Digest,
    tensors: BTreeMap<String, (TensorEntry, &'a [u8])>,
}

fn damaged(problem: impl Into<String>) -> InferenceError {
    InferenceError::damaged("encoder", problem)
}

/// Bytes a tensor takes, or `None` when its shape is no shape of this storage.
fn stored_bytes(entry: &TensorEntry) -> Option<usize> {
    let count = entry.shape.iter().try_fold(1_usize, |count, &d| count.checked_mul(d)).filter(|&count| count > 0)?;
    match entry.storage {
        Storage::F32 => count.checked_mul(4),
        Storage::Q8_0 => blocks(count)?.checked_mul(BLOCK_BYTES),
        Storage::Q4_0 => blocks(count)?.checked_mul(Q4_BLOCK_BYTES),
    }
}

fn blocks(count: usize) -> Option<usize> {
    count.is_multiple_of(BLOCK_VALUES).then_some(count / BLOCK_VALUES)
}

impl<'a> EncoderFile<'a> {
    /// Parses and checks a whole file.
    ///
    /// # Errors
    /// [`InferenceError::Damaged`] when any part of it is not as the format says, [`InferenceError::Unsupported`] when it
    /// is of a later version.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, InferenceError> {
        let short = || damaged("it ends too early");
        if !bytes.starts_with(MAGIC) {
            return Err(damaged("it is no encoder file"));
        }
        let (content, checksum) =
            bytes.len().checked_sub(CHECKSUM_BYTES).and_then(|at| bytes.split_at_checked(at)).ok_or_else(short)?;
        let number = |at: usize| {
            let field = content.get(at..at + 4).and_then(|f| f.try_into().ok()).ok_or_else(short)?;
            Ok::<_, InferenceError>(u32::from_le_bytes(field))
        };
        match number(8)? {
            1..=VERSION => {}
            later => {
                return Err(InferenceError::Unsupported(format!("encoder file format {later}, known is {VERSION}")));
            }
        }
        let mut hasher = Sha256::new_with_prefix(content);
        if hasher.clone().finalize().as_slice() != checksum {
            return Err(damaged("its checksum differs"));
        }
        hasher.update(checksum);
        let digest = Digest(hasher.finalize().into());

        let header_bytes = usize::try_from(number(12)?).unwrap_or(usize::MAX);
        if header_bytes > MAX_HEADER_BYTES {
            return Err(damaged("its header is too long"));
        }
        let (header, rest) = content[PREFIX_BYTES..].split_at_checked(header_bytes).ok_or_else(short)?;
        let header: Header = serde_json::from_slice(header).map_err(|e| damaged(format!("its header: {e}")))?;
        let (tokenizer, mut rest) = rest.split_at_checked(header.tokenizer_bytes).ok_or_else(short)?;

        let mut tensors = BTreeMap::new();
        for entry in &header.tensors {
            let length = stored_bytes(entry).ok_or_else(|| damaged(format!("the shape of {}", entry.name)))?;
            let (data, after) = rest.split_at_checked(length).ok_or_else(short)?;
            rest = after;
            if tensors.insert(entry.name.clone(), (entry.clone(), data)).is_some() {
                return Err(damaged(format!("it has {} twice", entry.name)));
            }
        }
        if !rest.is_empty() {
            return Err(damaged("it goes on after the last tensor"));
        }
        Ok(Self { header, tokenizer, digest, tensors })
    }

    /// One tensor, expanded to f32; `None` when the file has none of that name.
    ///
    /// # Errors
    /// [`InferenceError::Damaged`] when a value is not finite.
    pub fn tensor(&self, name: &str) -> Result<Option<Values>, InferenceError> {
        let Some((entry, data)) = self.tensors.get(name) else { return Ok(None) };
        let values = match entry.storage {
            Storage::F32 => {
                let values: Vec<f32> =
                    data.as_chunks().0.iter().map(|four: &[u8; 4]| f32::from_le_bytes(*four)).collect();
                values.iter().all(|v| v.is_finite()).then_some(values)
            }
            Storage::Q8_0 => quantise::expand_q8(data),
            Storage::Q4_0 => quantise::expand_q4(data),
        };
        let values = values.ok_or_else(|| damaged(format!("{name} holds values that are not finite")))?;
        Ok(Some(Values { shape: entry.shape.clone(), values }))
    }
}

/// Writes a file. `header.tokenizer_bytes` and `header.tensors` are filled in from what is handed over, so equal inputs
/// give equal bytes.
///
/// # Errors
/// [`InferenceError::Unsupported`] when a tensor cannot be stored as asked.
pub fn write(
    mut header: Header,
    tokenizer: &[u8],
    tensors: &[(String, Storage, Values)],
) -> Result<Vec<u8>, InferenceError> {
    header.tokenizer_bytes = tokenizer.len();
    header.tensors = tensors
        .iter()
        .map(|(name, storage, v)| TensorEntry { name: name.clone(), shape: v.shape.clone(), storage: *storage })
        .collect();
    let json = serde_json::to_vec(&header).map_err(|e| InferenceError::Unsupported(e.to_string()))?;
    let json_bytes = u32::try_from(json.len()).ok().filter(|_| json.len() <= MAX_HEADER_BYTES);
    let json_bytes =
        json_bytes.ok_or_else(|| InferenceError::Unsupported("its tensor table is too long".to_owned()))?;

    let mut bytes = Vec::new();
    bytes.extend_from_slice(MAGIC);
    let newer = !header.prefix.is_empty() || header.tensors.iter().any(|t| t.storage == Storage::Q4_0);
    bytes.extend_from_slice(&(if newer { VERSION } else { 1 }).to_le_bytes());
    bytes.extend_from_slice(&json_bytes.to_le_bytes());
    bytes.extend_from_slice(&json);
    bytes.extend_from_slice(tokenizer);
    for (name, storage, tensor) in tensors {
        let stored = match storage {
            Storage::F32 => Ok(tensor.values.iter().flat_map(|v| v.to_le_bytes()).collect()),
            Storage::Q8_0 => quantise::quantise(&tensor.values),
            Storage::Q4_0 => quantise::quantise_q4(&tensor.values),
        };
        bytes.extend(stored.map_err(|problem| InferenceError::Unsupported(format!("{name}: {problem}")))?);
    }
    let checksum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&checksum);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    type Change = fn(&mut Header);

    fn header() -> Header {
        Header {
            name: "tiny".to_owned(),
            architecture: Architecture::Bert,
            shape: Shape {
                hidden: 32,
                layers: 1,
                attention_heads: 2,
                intermediate: 64,
                vocabulary: 10,
                max_positions: 128,
                token_types: 2,
                layer_norm_epsilon: 1e-12,
            },
            pooling: Pooling::Mean,
            languages: vec!["en".parse().unwrap()],
            max_window: 128,
            prefix: String::new(),
            licence: "MIT".to_owned(),
            weights: Digest::of(b"weights"),
            tokenizer_bytes: 0,
            tensors: Vec::new(),
        }
    }

    fn file(tensors: &[(&str, Storage, Vec<usize>, Vec<f32>)]) -> Vec<u8> {
        let tensors: Vec<_> = tensors
            .iter()
            .map(|(name, storage, shape, values)| {
                ((*name).to_owned(), *storage, Values { shape: shape.clone(), values: values.clone() })
            })
            .collect();
        write(header(), b"{}", &tensors).unwrap()
    }

    /// A file with its header changed and its checksum right: damage that only the structure shows.
    fn with_header(file: &[u8], change: Change) -> Vec<u8> {
        let mut header = EncoderFile::parse(file).unwrap().header;
        let old_length = u32::from_le_bytes(file[12..16].try_into().unwrap()) as usize;
        change(&mut header);
        let json = serde_json::to_vec(&header).unwrap();
        let mut bytes = file[..12].to_vec();
        bytes.extend_from_slice(&(json.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&json);
        bytes.extend_from_slice(&file[PREFIX_BYTES + old_length..file.len() - CHECKSUM_BYTES]);
        sealed(bytes)
    }

    fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
        let checksum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&checksum);
        bytes
    }

    #[test]
    fn what_is_written_is_read_back() {
        let values: Vec<f32> = (0..64).map(|i| i as f32 / 64.0 - 0.5).collect();
        let bytes = file(&[
            ("matrix", Storage::Q8_0, vec![2, 32], values.clone()),
            ("bias", Storage::F32, vec![3], vec![0.1, -0.2, 0.3]),
        ]);
        let parsed = EncoderFile::parse(&bytes).unwrap();
        assert_eq!(parsed.digest, Digest::of(&bytes));
        assert_eq!(parsed.tokenizer, b"{}");
        assert_eq!(parsed.tensor("bias").unwrap().unwrap().values, [0.1, -0.2, 0.3]);
        let matrix = parsed.tensor("matrix").unwrap().unwrap();
        assert_eq!(matrix.shape, [2, 32]);
        assert!(matrix.values.iter().zip(&values).all(|(a, b)| (a - b).abs() < 0.003));
        assert_eq!(parsed.tensor("absent").unwrap(), None);
    }

    #[test]
    fn damage_behind_a_right_checksum_is_found() {
        let bytes = file(&[("bias", Storage::F32, vec![3], vec![0.1, -0.2, 0.3])]);
        let damages: [(&str, Change); 7] = [
            ("a tokenizer longer than the file", |h| h.tokenizer_bytes = usize::MAX),
            ("a tensor longer than the file", |h| h.tensors[0].shape = vec![1 << 40]),
            ("a size beyond all numbers", |h| h.tensors[0].shape = vec![usize::MAX, usize::MAX]),
            ("an empty tensor", |h| h.tensors[0].shape = vec![0]),
            ("half a block", |h| h.tensors[0].storage = Storage::Q8_0),
            ("a tensor twice", |h| {
                h.tensors[0].shape = vec![1];
                h.tensors = vec![h.tensors[0].clone(), h.tensors[0].clone()];
            }),
            ("bytes after the last tensor", |h| h.tensors[0].shape = vec![2]),
        ];
        for (what, change) in damages {
            let damaged = with_header(&bytes, change);
            assert!(matches!(EncoderFile::parse(&damaged), Err(InferenceError::Damaged { .. })), "{what}");
        }
        let mut garbled = bytes[..bytes.len() - CHECKSUM_BYTES].to_vec();
        garbled[PREFIX_BYTES] = b'[';
        assert!(matches!(EncoderFile::parse(&sealed(garbled)), Err(InferenceError::Damaged { .. })));
    }

    #[test]
    fn a_later_format_is_named_as_such() {
        let mut bytes = file(&[]);
        bytes[8] = 3;
        assert!(matches!(EncoderFile::parse(&bytes), Err(InferenceError::Unsupported(_))));
    }

    #[test]
    fn values_that_are_no_numbers_are_refused() {
        let bytes = file(&[("bias", Storage::F32, vec![2], vec![0.1, f32::NAN])]);
        assert!(EncoderFile::parse(&bytes).unwrap().tensor("bias").is_err());
        let matrix = Values { shape: vec![1, 32], values: vec![f32::INFINITY; 32] };
        assert!(write(header(), b"{}", &[("matrix".to_owned(), Storage::Q8_0, matrix)]).is_err());
    }
}
