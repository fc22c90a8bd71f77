//! Heads: one logistic regression with its calibration for each policy, over an encoder's vectors.
//!
//! Fitted by learning, stored with a model, applied by screening. Plain f64 and a fixed byte form, so that a digest names
//! exactly one set of heads. It must never score with heads of another encoder.

use super::error::InferenceError;
use crate::domain::{digest::Digest, policy::PolicyCode};
use std::collections::BTreeMap;

const MAGIC: &[u8; 8] = b"ADJHEAD\n";
const VERSION: u32 = 1;
/// Wider vectors than any encoder has.
const MAX_DIMENSIONS: usize = 1 << 16;

/// Platt scaling: the probability is `1 / (1 + exp(-(a * z + b)))` of a head's raw value `z`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Platt {
    /// Slope.
    pub a: f64,
    /// Shift.
    pub b: f64,
}

impl Default for Platt {
    /// No calibration: the plain logistic function.
    fn default() -> Self {
        Self { a: 1.0, b: 0.0 }
    }
}

/// One policy's classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// One weight a dimension.
    pub weights: Vec<f64>,
    /// Added to the weighted sum.
    pub bias: f64,
    /// From raw value to probability.
    pub calibration: Platt,
}

impl Head {
    /// The raw value: weighted sum plus bias, in f64, in the order of the dimensions.
    pub fn raw(&self, vector: &[f32]) -> f64 {
        self.weights.iter().zip(vector).fold(0.0, |sum, (w, &x)| sum + w * f64::from(x)) + self.bias
    }

    /// The calibrated probability for one window's vector.
    pub fn probability(&self, vector: &[f32]) -> f64 {
        1.0 / (1.0 + (-(self.calibration.a * self.raw(vector) + self.calibration.b)).exp())
    }

    /// The highest probability over a text's windows: a text breaks a policy where any part of it does. 0 for no windows.
    pub fn highest(&self, windows: &[Vec<f32>]) -> f64 {
        windows.iter().map(|window| self.probability(window)).fold(0.0, f64::max)
    }

    fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        [self.bias, self.calibration.a, self.calibration.b].into_iter().chain(self.weights.iter().copied())
    }
}

/// All heads of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Heads {
    /// The encoder whose vectors they read.
    pub encoder: Digest,
    /// Width of those vectors.
    pub dimensions: usize,
    /// Heads by policy.
    pub heads: BTreeMap<PolicyCode, Head>,
}

fn damaged(problem: &str) -> InferenceError {
    InferenceError::damaged("heads", problem)
}

impl Heads {
    /// The canonical bytes: magic, version, dimensions, encoder, number of heads, then each head by ascending code (length
    /// and letters of the code, bias, slope, shift, weights); numbers little endian.
    ///
    /// # Errors
    /// [`InferenceError::Damaged`] when a head has another width than `dimensions` or a number that is not finite.
    pub fn to_bytes(&self) -> Result<Vec<u8>, InferenceError> {
        let fits = |number: usize| u32::try_from(number).map_err(|_| damaged("it is too large"));
        let mut bytes = Vec::new();
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&fits(self.dimensions)?.to_le_bytes());
        bytes.extend_from_slice(&self.encoder.0);
        bytes.extend_from_slice(&fits(self.heads.len())?.to_le_bytes());
        for (code, head) in &self.heads {
            if head.weights.len() != self.dimensions || self.dimensions > MAX_DIMENSIONS {
                return Err(damaged(&format!("{code} has {} weights", head.weights.len())));
            }
            if head.numbers().any(|n| !n.is_finite()) {
                return Err(damaged(&format!("{code} has a number that is not finite")));
            }
            let code = code.as_str().as_bytes();
            bytes.extend_from_slice(&fits(code.len())?.to_le_bytes());
            bytes.extend_from_slice(code);
            bytes.extend(head.numbers().flat_map(f64::to_le_bytes));
        }
        Ok(bytes)
    }

    /// Reads what [`Heads::to_bytes`] wrote, and nothing else: any other bytes are an error.
    ///
    /// # Errors
    /// [`InferenceError::Damaged`] naming what is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InferenceError> {
        let mut reader = Reader(bytes);
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(damaged("it is no heads file"));
        }
        match reader.number()? {
            VERSION => {}
            later => return Err(InferenceError::Unsupported(format!("heads format {later}, known is {VERSION}"))),
        }
        let dimensions = reader.size()?;
        if dimensions > MAX_DIMENSIONS {
            return Err(damaged("its vectors are too wide"));
        }
        let encoder = Digest(reader.array()?);
        let count = reader.size()?;
        let mut heads: BTreeMap<PolicyCode, Head> = BTreeMap::new();
        for _ in 0..count {
            let length = reader.size()?;
            let code = std::str::from_utf8(reader.take(length)?).ok().and_then(|code| code.parse().ok());
            let code: PolicyCode = code.ok_or_else(|| damaged("a policy's code"))?;
            let bias = reader.real()?;
            let calibration = Platt { a: reader.real()?, b: reader.real()? };
            let weights = (0..dimensions).map(|_| reader.real()).collect::<Result<_, _>>()?;
            if heads.last_key_value().is_some_and(|(last, _)| *last >= code) {
                return Err(damaged("its heads are out of order"));
            }
            heads.insert(code, Head { weights, bias, calibration });
        }
        if !reader.0.is_empty() {
            return Err(damaged("it goes on after the last head"));
        }
        Ok(Self { encoder, dimensions, heads })
    }

    /// SHA-256 of the canonical bytes.
    ///
    /// # Errors
    /// As [`Heads::to_bytes`].
    pub fn digest(&self) -> Result<Digest, InferenceError> {
        Ok(Digest::of(&self.to_bytes()?))
    }
}

/// Takes checked pieces off the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], InferenceError> {
        let (piece, rest) = self.0.split_at_checked(length).ok_or_else(|| damaged("it ends too early"))?;
        self.0 = rest;
        Ok(piece)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], InferenceError> {
        self.take(N)?.try_into().map_err(|_| damaged("it ends too early"))
    }

    fn number(&mut self) -> Result<u32, InferenceError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn size(&mut self) -> Result<usize, InferenceError> {
        usize::try_from(self.number()?).map_err(|_| damaged("it is too large"))
    }

    fn real(&mut self) -> Result<f64, InferenceError> {
        let number = f64::from_le_bytes(self.array()?);
        if number.is_finite() { Ok(number) } else { Err(damaged("a number is not finite")) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn heads() -> Heads {
        let head = |bias: f64| Head { weights: vec![0.5, -0.25, 2.0], bias, calibration: Platt { a: 1.5, b: -0.125 } };
        let heads = ["adult", "gambling", "weight_loss"].iter().zip([0.0, -1.0, 3.5]);
        Heads {
            encoder: Digest::of(b"encoder"),
            dimensions: 3,
            heads: heads.map(|(code, bias)| (code.parse().unwrap(), head(bias))).collect(),
        }
    }

    #[test]
    fn bytes_come_back_equal_and_have_one_digest() {
        let heads = heads();
        let bytes = heads.to_bytes().unwrap();
        let back = Heads::from_bytes(&bytes).unwrap();
        assert_eq!(back, heads);
        assert_eq!(back.to_bytes().unwrap(), bytes);
        assert_eq!(back.digest().unwrap(), Digest::of(&bytes));
    }

    #[test]
    fn any_cut_and_any_extra_byte_is_an_error() {
        let bytes = heads().to_bytes().unwrap();
        for end in 0..bytes.len() {
            assert!(Heads::from_bytes(&bytes[..end]).is_err(), "cut to {end} bytes");
        }
        assert!(Heads::from_bytes(&[bytes.as_slice(), b"x"].concat()).is_err());
    }

    #[test]
    fn numbers_that_are_not_finite_and_wrong_widths_are_refused() {
        let mut bad = heads();
        bad.heads.values_mut().next().unwrap().bias = f64::NAN;
        assert!(bad.to_bytes().is_err());
        let mut narrow = heads();
        narrow.heads.values_mut().next().unwrap().weights.pop();
        assert!(narrow.to_bytes().is_err());
        let mut bytes = heads().to_bytes().unwrap();
        let end = bytes.len();
        bytes[end - 8..].copy_from_slice(&f64::INFINITY.to_le_bytes());
        assert!(Heads::from_bytes(&bytes).is_err());
    }

    #[test]
    fn probability_is_the_calibrated_logistic_and_the_highest_window_counts() {
        let head = Head { weights: vec![1.0, 2.0], bias: 0.5, calibration: Platt { a: 2.0, b: -1.0 } };
        let expected = 1.0 / (1.0 + (-(2.0 * (1.0 * 0.25 + 2.0 * 0.5 + 0.5) - 1.0_f64)).exp());
        assert!((head.probability(&[0.25, 0.5]) - expected).abs() < 1e-15);
        let windows = [vec![0.25, 0.5], vec![-1.0, 0.0]];
        assert!((head.highest(&windows) - expected).abs() < 1e-15);
        assert!(head.highest(&[]).abs() < f64::EPSILON);
    }
}
