//! Reads the packed form of multilingual-e5-small (`e5-small-q4.bin`): a vocabulary, and tensors as f32 or Q4_0 blocks.
//!
//! ```text
//! 4 bytes   magic "E5S1", then u32 version
//! i32 x 7   hidden, layers, attention heads, intermediate, vocabulary, positions, token types
//! f32, i32  layer norm epsilon, values in a block
//! i32 x 5   pieces of the vocabulary; ids of <s>, </s>, <pad>, <unk>
//! u64       bytes of all pieces; then u32 x (pieces + 1) offsets, f32 x pieces scores, the pieces
//! i32, u32  entries and bytes of the normaliser's table; then the table
//! i32       tensors; each: u16 and name, u8 type (0 f32, 1 Q4_0), u32 values, u64 offset from the file's start, u64 bytes
//! ```
//! All numbers are little endian.
//!
//! Called by `import`. The file is a download: every length and offset is checked before it is used, nothing is allocated
//! that the file does not hold, and it must never panic. The file's own scores and normaliser are not used: the
//! tokenizer comes as the JSON that the vocabulary is compared with.

use super::{
    encoder_file::{Shape, Storage, Values},
    error::InferenceError,
    quantise::{BLOCK_VALUES, Q4_BLOCK_BYTES, expand_q4},
};
use std::collections::BTreeMap;

/// What the file begins with.
pub(super) const MAGIC: &[u8; 4] = b"E5S1";
const VERSION: u32 = 1;
/// More tensors or pieces than any such model has.
const MAX_TENSORS: usize = 10_000;
const MAX_PIECES: usize = 4 << 20;

/// A parsed file.
#[derive(Debug)]
pub(super) struct E5Pack<'a> {
    /// The network's shape.
    pub(super) shape: Shape,
    /// Pieces of the vocabulary by id.
    pieces: Vec<&'a str>,
    /// Type, number of values and bytes of each tensor, by its name in the file.
    tensors: BTreeMap<String, (Storage, usize, &'a [u8])>,
}

fn damaged(problem: impl Into<String>) -> InferenceError {
    InferenceError::damaged("model", problem)
}

impl<'a> E5Pack<'a> {
    /// Parses and checks a whole file.
    ///
    /// # Errors
    /// [`InferenceError::Damaged`] when any part of it is not as the format says, [`InferenceError::Unsupported`] for
    /// another version or block size.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, InferenceError> {
        let mut at = Cursor { rest: bytes };
        if at.take(MAGIC.len())? != MAGIC {
            return Err(damaged("it is no packed model"));
        }
        let version = at.u32()?;
        if version != VERSION {
            return Err(InferenceError::Unsupported(format!("packed model version {version}, known is {VERSION}")));
        }
        let shape = Shape {
            hidden: at.size()?,
            layers: at.size()?,
            attention_heads: at.size()?,
            intermediate: at.size()?,
            vocabulary: at.size()?,
            max_positions: at.size()?,
            token_types: at.size()?,
            layer_norm_epsilon: f64::from(f32::from_bits(at.u32()?)),
        };
        if at.size()? != BLOCK_VALUES {
            return Err(InferenceError::Unsupported(format!("its blocks do not hold {BLOCK_VALUES} values")));
        }
        let pieces = pieces(&mut at)?;
        let _entries = at.u32()?;
        let table = at.size()?;
        at.take(table)?;
        let tensors = tensors(&mut at, bytes)?;
        Ok(Self { shape, pieces, tensors })
    }

    /// A tensor by its name in a BERT, with the dimensions that its network needs; `None` when the file has none.
    ///
    /// # Errors
    /// [`InferenceError::Damaged`] when it holds another number of values than its dimensions ask for, or values that are
    /// not finite.
    pub(super) fn tensor(&self, name: &str, dimensions: &[usize]) -> Result<Option<(Storage, Values)>, InferenceError> {
        let Some((storage, count, data)) = name_in_file(name).and_then(|name| self.tensors.get(&name)) else {
            return Ok(None);
        };
        if dimensions.iter().try_fold(1_usize, |all, d| all.checked_mul(*d)) != Some(*count) {
            return Err(damaged(format!("{name} has {count} values and should be {dimensions:?}")));
        }
        let values = match storage {
            Storage::Q4_0 => expand_q4(data),
            _ => {
                let values: Vec<f32> =
                    data.as_chunks().0.iter().map(|four: &[u8; 4]| f32::from_le_bytes(*four)).collect();
                values.iter().all(|v| v.is_finite()).then_some(values)
            }
        };
        let values = values.ok_or_else(|| damaged(format!("{name} holds values that are not finite")))?;
        Ok(Some((*storage, Values { shape: dimensions.to_vec(), values })))
    }

    /// The pieces of the vocabulary by id.
    pub(super) fn pieces(&self) -> &[&'a str] {
        &self.pieces
    }
}

fn pieces<'a>(at: &mut Cursor<'a>) -> Result<Vec<&'a str>, InferenceError> {
    let count = at.size()?;
    for _special in 0..4 {
        at.u32()?;
    }
    let length = usize::try_from(at.u64()?).map_err(|_| damaged("its vocabulary is too long"))?;
    if count > MAX_PIECES {
        return Err(damaged("its vocabulary is too long"));
    }
    let offsets = at.take(4 * (count + 1))?;
    at.take(4 * count)?;
    let text = at.take(length)?;
    let offset = |i: usize| {
        let field = offsets.get(4 * i..4 * i + 4).and_then(|f| f.try_into().ok());
        field.and_then(|f| usize::try_from(u32::from_le_bytes(f)).ok())
    };
    let piece = |i: usize| text.get(offset(i)?..offset(i + 1)?).and_then(|piece| std::str::from_utf8(piece).ok());
    (0..count).map(|i| piece(i).ok_or_else(|| damaged(format!("piece {i} of its vocabulary")))).collect()
}

/// A tensor by name: how it is stored, its number of values, its bytes.
type Tensors<'a> = BTreeMap<String, (Storage, usize, &'a [u8])>;

fn tensors<'a>(at: &mut Cursor<'a>, file: &'a [u8]) -> Result<Tensors<'a>, InferenceError> {
    let count = at.size()?;
    if count > MAX_TENSORS {
        return Err(damaged("its tensor table is too long"));
    }
    let mut tensors = BTreeMap::new();
    for _ in 0..count {
        let length = usize::from(u16::from_le_bytes(at.array()?));
        let name = String::from_utf8_lossy(at.take(length)?).into_owned();
        let kind = at.take(1)?[0];
        let values = at.size()?;
        let (offset, length) = (at.u64()?, at.u64()?);
        let (storage, needed) = match kind {
            0 => (Storage::F32, values.checked_mul(4)),
            1 if values.is_multiple_of(BLOCK_VALUES) => {
                (Storage::Q4_0, (values / BLOCK_VALUES).checked_mul(Q4_BLOCK_BYTES))
            }
            _ => return Err(damaged(format!("the type of {name}"))),
        };
        let data = usize::try_from(offset).ok().zip(usize::try_from(length).ok()).and_then(|(offset, length)| {
            (needed == Some(length)).then_some(())?;
            file.get(offset..offset.checked_add(length)?)
        });
        let data = data.ok_or_else(|| damaged(format!("the place of {name}")))?;
        if tensors.insert(name.clone(), (storage, values, data)).is_some() {
            return Err(damaged(format!("it has {name} twice")));
        }
    }
    Ok(tensors)
}

/// The file's name of a BERT's tensor.
fn name_in_file(name: &str) -> Option<String> {
    let part = |name: &str| {
        Some(match name {
            "attention.self.query" => "q",
            "attention.self.key" => "k",
            "attention.self.value" => "v",
            "attention.output.dense" => "ao",
            "attention.output.LayerNorm" => "aln",
            "intermediate.dense" => "fi",
            "output.dense" => "fo",
            "output.LayerNorm" => "oln",
            _ => return None,
        })
    };
    Some(match name {
        "embeddings.word_embeddings.weight" => "emb.word".into(),
        "embeddings.position_embeddings.weight" => "emb.pos".into(),
        "embeddings.token_type_embeddings.weight" => "emb.type".into(),
        "embeddings.LayerNorm.weight" => "emb.ln.w".into(),
        "embeddings.LayerNorm.bias" => "emb.ln.b".into(),
        _ => {
            let (layer, rest) = name.strip_prefix("encoder.layer.")?.split_once('.')?;
            let (module, kind) = rest.rsplit_once('.')?;
            format!("l{layer}.{}.{}", part(module)?, if kind == "weight" { "w" } else { "b" })
        }
    })
}

/// Takes checked pieces off the front.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], InferenceError> {
        let (piece, rest) = self.rest.split_at_checked(length).ok_or_else(|| damaged("it ends too early"))?;
        self.rest = rest;
        Ok(piece)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], InferenceError> {
        self.take(N)?.try_into().map_err(|_| damaged("it ends too early"))
    }

    fn u32(&mut self) -> Result<u32, InferenceError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, InferenceError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A number that is a size: not negative, and below two thousand million.
    fn size(&mut self) -> Result<usize, InferenceError> {
        let number = i32::from_le_bytes(self.array()?);
        usize::try_from(number).map_err(|_| damaged("a size is negative"))
    }
}

/// A tiny model in the packed form, for tests: the tensors of `shape` with `value` of tensor and index.
#[cfg(test)]
pub(super) fn pack(shape: &Shape, pieces: &[&str], value: impl Fn(usize, usize) -> f32) -> Vec<u8> {
    use super::{bert::tensor_table, quantise::quantise_q4};
    let mut head = MAGIC.to_vec();
    head.extend(VERSION.to_le_bytes());
    let sizes = [
        shape.hidden,
        shape.layers,
        shape.attention_heads,
        shape.intermediate,
        shape.vocabulary,
        shape.max_positions,
        shape.token_types,
    ];
    head.extend(sizes.iter().flat_map(|s| (*s as i32).to_le_bytes()));
    head.extend((shape.layer_norm_epsilon as f32).to_le_bytes());
    head.extend([BLOCK_VALUES as i32, pieces.len() as i32, 0, 2, 1, 3].iter().flat_map(|n| n.to_le_bytes()));
    let text = pieces.concat();
    head.extend((text.len() as u64).to_le_bytes());
    let mut offset = 0_u32;
    for length in std::iter::once(0).chain(pieces.iter().map(|p| p.len() as u32)) {
        offset += length;
        head.extend(offset.to_le_bytes());
    }
    head.extend(vec![0_u8; 4 * pieces.len()]);
    head.extend(text.as_bytes());
    head.extend([0_u8; 8]);
    let table = tensor_table(shape);
    head.extend((table.len() as i32).to_le_bytes());
    let mut data = Vec::new();
    let mut entries = Vec::new();
    for (index, (name, dimensions)) in table.iter().enumerate() {
        let values: Vec<f32> = (0..dimensions.iter().product()).map(|i| value(index, i)).collect();
        let name = name_in_file(name).unwrap_or_default();
        let quantised = name == "emb.word" || (dimensions.len() == 2 && !name.starts_with("emb."));
        let stored = if quantised {
            quantise_q4(&values).unwrap_or_default()
        } else {
            values.iter().flat_map(|v| v.to_le_bytes()).collect()
        };
        entries.push((name, u8::from(quantised), values.len() as u32, data.len(), stored.len()));
        data.extend(stored);
    }
    let start = head.len() + entries.iter().map(|(name, ..)| 2 + name.len() + 1 + 4 + 16).sum::<usize>();
    for (name, kind, values, offset, length) in entries {
        head.extend((name.len() as u16).to_le_bytes());
        head.extend(name.as_bytes());
        head.push(kind);
        head.extend(values.to_le_bytes());
        head.extend(((start + offset) as u64).to_le_bytes());
        head.extend((length as u64).to_le_bytes());
    }
    head.extend(data);
    head
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::inference::bert::tensor_table;

    fn shape() -> Shape {
        Shape {
            hidden: 32,
            layers: 1,
            attention_heads: 2,
            intermediate: 64,
            vocabulary: 4,
            max_positions: 128,
            token_types: 2,
            layer_norm_epsilon: 1e-12,
        }
    }

    fn file() -> Vec<u8> {
        pack(&shape(), &["<s>", "<pad>", "</s>", "▁a"], |tensor, i| ((tensor * 7 + i) as f32).sin())
    }

    #[test]
    fn what_is_packed_is_read_back() {
        let bytes = file();
        let parsed = E5Pack::parse(&bytes).unwrap();
        assert_eq!(parsed.pieces(), ["<s>", "<pad>", "</s>", "▁a"]);
        for (index, (name, dimensions)) in tensor_table(&shape()).into_iter().enumerate() {
            let (storage, values) = parsed.tensor(&name, &dimensions).unwrap().expect(&name);
            let tolerance = if storage == Storage::Q4_0 { 0.14 } else { 0.0 };
            for (i, value) in values.values.iter().enumerate() {
                assert!((value - ((index * 7 + i) as f32).sin()).abs() <= tolerance, "{name} at {i}");
            }
        }
        assert!(parsed.tensor("pooler.dense.weight", &[32, 32]).unwrap().is_none());
        assert!(parsed.tensor("embeddings.LayerNorm.bias", &[31]).is_err());
    }

    #[test]
    fn any_cut_is_an_error_and_no_garbled_byte_panics() {
        let bytes = file();
        for end in 0..bytes.len() {
            assert!(E5Pack::parse(&bytes[..end]).is_err(), "cut to {end} bytes");
        }
        for at in 0..1_000 {
            for value in [0x7f, 0xff] {
                let mut garbled = bytes.clone();
                garbled[at] = value;
                if let Ok(parsed) = E5Pack::parse(&garbled) {
                    for (name, dimensions) in tensor_table(&shape()) {
                        let _ = parsed.tensor(&name, &dimensions);
                    }
                }
            }
        }
    }
}
