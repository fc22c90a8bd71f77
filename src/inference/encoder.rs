//! An encoder: text in, one unit vector for each window out.
//!
//! Loaded once by a process and shared; called by `engine` and by training. It must never let a vector depend on anything
//! but the text and the encoder file (and the machine's arithmetic, which [`Encoder::kernel`] names).

use super::{
    bert::{self, Bert},
    encoder_file::{EncoderFile, Header},
    error::InferenceError,
    import::MEASURE_TEXTS,
    packed::{self, Crew, Packed},
    tokenize::Windows,
};
use crate::{
    domain::{digest::Digest, place::Language},
    platform::clock::Stopwatch,
};
use adjudge_kernels::{Kernel, Precision};
use std::{ops::Range, sync::OnceLock};

/// Texts whose vectors tell two machines' arithmetic apart: one short, one long enough for the blocked matrix products.
const PROBES: [&str; 2] = [
    "Free shipping today",
    "Lose weight without dieting, win cash prizes every single day, and let our certified experts manage your savings \
     at a guaranteed return; this limited offer ends tonight, so sign up with your phone number, confirm your card, and \
     tell your friends about the miracle pill that doctors do not want you to know about. Terms and conditions apply.",
];

/// What an encoder computes in unless it is told otherwise. Narrower precisions are for those who choose them: f32 is the
/// same to the bit on every processor with FMA, so that any machine can replay another's scores.
pub fn usual_precision() -> Precision {
    Precision::F32
}

/// Seconds that a call took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    /// Texts to ids.
    pub tokenise: f64,
    /// Ids to vectors.
    pub infer: f64,
}

/// One text's windows as vectors, or why there are none.
pub type Embedded = Result<Vec<Vec<f32>>, InferenceError>;

/// A loaded encoder.
#[derive(Debug)]
pub struct Encoder {
    header: Header,
    digest: Digest,
    windows: Windows,
    network: Network,
    kernel: OnceLock<String>,
}

/// What computes the states.
#[derive(Debug)]
enum Network {
    Packed(Packed),
    /// For shapes that the kernels do not compute.
    Reference(Bert),
}

/// One window of a text, token by token: what a score can be taken apart into.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenStates {
    /// For each token the bytes of the text that it stands for; `None` for the special tokens around the window.
    pub spans: Vec<Option<Range<usize>>>,
    /// A row of [`Encoder::dimensions`] numbers a token: the last layer's hidden states.
    pub states: Vec<f32>,
    /// The window's vector, the same bits that [`Encoder::embed`] gives: the mean of the rows divided by `length`.
    pub vector: Vec<f32>,
    /// Length of the mean of the rows.
    pub length: f64,
}

impl Encoder {
    /// Loads an encoder file in the [`usual_precision`]; takes some tenths of a second, so call it off the async threads.
    ///
    /// # Errors
    /// [`InferenceError::Damaged`], [`InferenceError::Missing`] or [`InferenceError::Unsupported`] for a file that is not
    /// what it should be.
    pub fn load(bytes: &[u8]) -> Result<Self, InferenceError> {
        Self::load_in(bytes, usual_precision())
    }

    /// Loads an encoder file in a precision.
    ///
    /// # Errors
    /// As [`Encoder::load`], and [`InferenceError::Precision`] when the processor has no kernel for the precision.
    pub fn load_in(bytes: &[u8], precision: Precision) -> Result<Self, InferenceError> {
        let file = EncoderFile::parse(bytes)?;
        if file.header.max_window > file.header.shape.max_positions {
            return Err(InferenceError::damaged("encoder", "its windows are longer than its positions"));
        }
        let windows = Windows::new(file.tokenizer, file.header.max_window, &file.header.prefix)?;
        let tensors = bert::tensors(&file.header.shape, |name| file.tensor(name))?;
        let network = if packed::computes(&file.header.shape) {
            let kernel = Kernel::fastest(precision)?;
            // What int8 learns the reach of its inputs from. The same texts everywhere, so the same bits everywhere.
            let samples = match precision {
                Precision::Int8 => {
                    MEASURE_TEXTS.lines().map(|text| windows.cut(text)).collect::<Result<Vec<_>, _>>()?
                }
                _ => Vec::new(),
            };
            Network::Packed(Packed::new(&file.header.shape, tensors, kernel, &samples.concat())?)
        } else if precision == Precision::F32 {
            Network::Reference(Bert::new(&file.header.shape, tensors)?)
        } else {
            return Err(InferenceError::Unsupported(format!("there is no {precision} kernel for its shape; use f32")));
        };
        Ok(Self { digest: file.digest, header: file.header, windows, network, kernel: OnceLock::new() })
    }

    /// One vector of length 1 for each window of the text, one at least. Bit-equal for equal texts on one machine.
    ///
    /// # Errors
    /// [`InferenceError::TextTooLong`] for a text beyond all windows, [`InferenceError::Compute`] or
    /// [`InferenceError::Arithmetic`] when arithmetic failed.
    pub fn embed(&self, text: &str) -> Result<Vec<Vec<f32>>, InferenceError> {
        self.vectors(&self.windows.cut(text)?, &Crew::alone())
    }

    /// As [`Encoder::embed`] for many texts, which together take less time than one after the other; the vectors are the
    /// same to the bit. A text that fails takes no other with it.
    pub fn embed_all(&self, texts: &[&str]) -> Vec<Embedded> {
        self.embed_with(texts, &Crew::alone()).0
    }

    /// As [`Encoder::embed_all`] with other threads' help, and what it took.
    pub fn embed_with(&self, texts: &[&str], crew: &Crew) -> (Vec<Embedded>, Spent) {
        let watch = Stopwatch::start();
        let cut: Vec<_> = texts.iter().map(|text| self.windows.cut(text)).collect();
        let tokenise = watch.seconds();
        let windows: Vec<Vec<u32>> = cut.iter().flatten().flatten().cloned().collect();
        let vectors = match self.vectors(&windows, crew) {
            Ok(vectors) => {
                let mut vectors = vectors.into_iter();
                cut.into_iter().map(|windows| Ok(vectors.by_ref().take(windows?.len()).collect())).collect()
            }
            // One of them spoils the whole: each gets its own answer.
            Err(_) => cut.into_iter().map(|windows| self.vectors(&windows?, &Crew::alone())).collect(),
        };
        (vectors, Spent { tokenise, infer: watch.seconds() - tokenise })
    }

    /// The text's windows token by token.
    ///
    /// # Errors
    /// As [`Encoder::embed`].
    pub fn token_states(&self, text: &str) -> Result<Vec<TokenStates>, InferenceError> {
        let states = |(ids, spans): (Vec<u32>, Vec<Option<Range<usize>>>)| {
            let (states, pooled) = match &self.network {
                Network::Packed(network) => network.states(&ids)?,
                Network::Reference(network) => network.token_states(&ids)?,
            };
            Ok(TokenStates { spans, states, vector: pooled.vector, length: pooled.length })
        };
        self.windows.cut_with_spans(text)?.into_iter().map(states).collect()
    }

    fn vectors(&self, windows: &[Vec<u32>], crew: &Crew) -> Result<Vec<Vec<f32>>, InferenceError> {
        match &self.network {
            Network::Packed(network) => network.vectors(windows, crew),
            Network::Reference(network) => windows.iter().map(|ids| network.embed(ids)).collect(),
        }
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

    /// Instruction set and precision of the matrix products.
    pub fn arithmetic(&self) -> (String, String) {
        match &self.network {
            Network::Packed(network) => (network.kernel().isa().to_string(), network.kernel().precision().to_string()),
            Network::Reference(_) => ("candle-0.11".to_owned(), Precision::F32.to_string()),
        }
    }

    /// Names the arithmetic: library, instruction set, precision, and a digest of probe vectors. Two machines may differ in
    /// the last bits although everything else is equal; they then differ here as well.
    ///
    /// # Errors
    /// As [`Encoder::embed`].
    pub fn kernel(&self) -> Result<String, InferenceError> {
        if let Some(kernel) = self.kernel.get() {
            return Ok(kernel.clone());
        }
        let mut bits = Vec::new();
        for probe in PROBES {
            for window in self.embed(probe)? {
                bits.extend(window.iter().flat_map(|v| v.to_le_bytes()));
            }
        }
        let (instructions, precision) = self.arithmetic();
        let digest = Digest::of(&bits).hex();
        Ok(self.kernel.get_or_init(|| format!("{instructions} {precision} {}", &digest[..12])).clone())
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
