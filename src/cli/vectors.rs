//! A file of embedded texts, so that a second training run embeds only what is new.
//!
//! Used by `train` without a database. It must never hand out a vector of another encoder: the file names its encoder,
//! and another encoder starts the file afresh.
//!
//! ```text
//! 8 bytes   magic "ADJVEC\r\n"
//! 32 bytes  digest of the encoder file
//! 4 bytes   dimensions, little endian
//! then, for every text: 32 bytes SHA-256 of the text, and its unit vector in f32, little endian
//! ```

use crate::domain::digest::Digest;
use anyhow::Context as _;
use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{BufWriter, Write as _},
    path::Path,
};

const MAGIC: &[u8; 8] = b"ADJVEC\r\n";
const HEADER: usize = 8 + 32 + 4;

/// Known vectors, and where new ones are kept.
#[derive(Debug)]
pub(super) struct Vectors {
    known: HashMap<Digest, Vec<f32>>,
    file: Option<BufWriter<File>>,
}

impl Vectors {
    /// Opens the file, or keeps vectors in memory without one. A record cut short by a crash is dropped.
    pub(super) fn open(path: Option<&Path>, encoder: Digest, dimensions: usize) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self { known: HashMap::new(), file: None }) };
        let mut header = MAGIC.to_vec();
        header.extend_from_slice(&encoder.0);
        header.extend_from_slice(&u32::try_from(dimensions)?.to_le_bytes());
        let bytes = if path.exists() {
            fs::read(path).with_context(|| format!("cannot read {}", path.display()))?
        } else {
            Vec::new()
        };
        let cannot_write = || format!("cannot write {}", path.display());
        let record = 32 + 4 * dimensions;
        let mut known = HashMap::new();
        let file = if bytes.starts_with(&header) {
            for piece in bytes[HEADER..].chunks_exact(record) {
                let (text, numbers) = piece.split_at(32);
                let vector = numbers.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
                let mut digest = [0; 32];
                digest.copy_from_slice(text);
                known.insert(Digest(digest), vector);
            }
            let file = OpenOptions::new().append(true).open(path).with_context(cannot_write)?;
            file.set_len((HEADER + known.len() * record) as u64).with_context(cannot_write)?;
            file
        } else {
            let mut file = File::create(path).with_context(cannot_write)?;
            file.write_all(&header).with_context(cannot_write)?;
            file
        };
        Ok(Self { known, file: Some(BufWriter::new(file)) })
    }

    /// A text's vector, if it is known.
    pub(super) fn get(&self, text: &str) -> Option<&Vec<f32>> {
        self.known.get(&Digest::of(text.as_bytes()))
    }

    /// Keeps a text's vector.
    pub(super) fn put(&mut self, text: &str, vector: Vec<f32>) -> anyhow::Result<()> {
        let digest = Digest::of(text.as_bytes());
        if let (Some(file), false) = (&mut self.file, self.known.contains_key(&digest)) {
            file.write_all(&digest.0)?;
            for number in &vector {
                file.write_all(&number.to_le_bytes())?;
            }
        }
        self.known.insert(digest, vector);
        Ok(())
    }

    /// Writes out what is buffered.
    pub(super) fn flush(&mut self) -> anyhow::Result<()> {
        self.file.as_mut().map_or(Ok(()), BufWriter::flush).context("cannot write the vectors file")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn vectors_come_back_a_torn_record_is_dropped_and_another_encoder_starts_afresh() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors.bin");
        let open = |encoder: &[u8]| Vectors::open(Some(&path), Digest::of(encoder), 2).unwrap();
        let mut vectors = open(b"one");
        vectors.put("a", vec![1.0, 2.0]).unwrap();
        vectors.put("b", vec![3.0, 4.0]).unwrap();
        vectors.flush().unwrap();
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let mut torn = open(b"one");
        assert_eq!((torn.get("a"), torn.get("b")), (Some(&vec![1.0, 2.0]), None));
        torn.put("b", vec![3.0, 4.0]).unwrap();
        drop(torn);
        assert_eq!(fs::read(&path).unwrap(), whole);
        assert_eq!(open(b"two").get("a"), None);
    }
}
