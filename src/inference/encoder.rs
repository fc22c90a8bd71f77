//! An encoder: text in, one unit vector for each window out.
//!
//! Loaded once by a process and shared; called by `engine` and by training. It must never let a vector depend on anything
//! but the text and the encoder file (and the machine's arithmetic, which [`Encoder::kernel`] names).

use super::{
    bert::Bert,
    encoder_file::{EncoderFile, Header},
    error::InferenceError,
    tokenize::Windows,
};
use crate::domain::{digest::Digest, place::Language};

/// Texts whose vectors tell two machines' arithmetic apart: one short, one long enough for the blocked matrix products.
const PROBES: [&str; 2] = [
    "Free shipping today",
    "Lose weight without dieting, win cash prizes every single day, and let our certified experts manage your savings \
     at a guaranteed return; this limited offer ends tonight, so sign up with your phone number, confirm your card, and \
     tell your friends about the miracle pill that doctors do not want you to know about. Terms and conditions apply.",
];

/// A loaded encoder.
#[derive(Debug)]
pub struct Encoder {
    header: Header,
    digest: Digest,
    windows: Windows,
    network: Bert,
}

impl Encoder {
    /// Loads an encoder file; takes some tenths of a second, so call it off the async threads.
    ///
    /// # Errors
    /// [`InferenceError::Damaged`], [`InferenceError::Missing`] or [`InferenceError::Unsupported`] for a file that is not
    /// what it should be.
    pub fn load(bytes: &[u8]) -> Result<Self, InferenceError> {
        let file = EncoderFile::parse(bytes)?;
        if file.header.max_window > file.header.shape.max_positions {
            return Err(InferenceError::damaged("encoder", "its windows are longer than its positions"));
        }
        let windows = Windows::new(file.tokenizer, file.header.max_window)?;
        let network = Bert::new(&file.header.shape, |name| file.tensor(name))?;
        Ok(Self { digest: file.digest, header: file.header, windows, network })
    }

    /// One vector of length 1 for each window of the text, one at least. Bit-equal for equal texts on one machine.
    ///
    /// # Errors
    /// [`InferenceError::TextTooLong`] for a text beyond all windows, [`InferenceError::Compute`] when arithmetic failed.
    pub fn embed(&self, text: &str) -> Result<Vec<Vec<f32>>, InferenceError> {
        self.windows.cut(text)?.iter().map(|ids| self.network.embed(ids)).collect()
    }

    /// SHA-256 of the encoder file.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Width of a vector.
    pub fn dimensions(&self) -> usize {
        self.header.shape.hidden
    }

    /// Whether the encoder may score texts of this language.
    pub fn covers(&self, language: Language) -> bool {
        self.header.languages.contains(&language)
    }

    /// What the file says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Names the arithmetic: library, precision, and a digest of probe vectors. The order of additions in a matrix product
    /// depends on the processor's instructions and cache sizes, so two machines may differ in the last bits although
    /// everything else is equal; they then differ here as well.
    ///
    /// # Errors
    /// As [`Encoder::embed`].
    pub fn kernel(&self) -> Result<String, InferenceError> {
        let mut bits = Vec::new();
        for probe in PROBES {
            for window in self.embed(probe)? {
                bits.extend(window.iter().flat_map(|v| v.to_le_bytes()));
            }
        }
        Ok(format!("candle-0.11 f32 {}", &Digest::of(&bits).hex()[..12]))
    }
}

/// The mean of a text's windows scaled back to length 1: one row for training. `None` when there are no windows or they
/// cancel out.
pub fn mean(windows: &[Vec<f32>]) -> Option<Vec<f32>> {
    if let [only] = windows {
        return Some(only.clone());
    }
    let mut sum = vec![0.0_f64; windows.first()?.len()];
    for window in windows {
        for (total, &value) in sum.iter_mut().zip(window) {
            *total += f64::from(value);
        }
    }
    let length = sum.iter().map(|v| v * v).sum::<f64>().sqrt();
    length.is_normal().then(|| sum.iter().map(|v| (v / length) as f32).collect())
}
