//! Heads: one logistic regression with its calibration for each policy, over an encoder's vectors and a text's n-grams.
//!
//! Fitted by learning, stored with a model, applied by screening. Plain f64 and a fixed byte form, so that a digest names
//! exactly one set of heads. It must never score with heads of another encoder.

use super::{
    error::InferenceError,
    grams::{BUCKETS, Grams},
};
use crate::domain::{digest::Digest, policy::PolicyCode};
use std::{collections::BTreeMap, sync::Arc};

const MAGIC: &[u8; 8] = b"ADJHEAD\n";
/// Heads that read vectors only.
const PLAIN: u32 = 1;
/// Heads that may also read n-grams.
const WITH_GRAMS: u32 = 2;
/// N-grams that a head keeps weights for at most.
const MOST_GRAMS: usize = 1 << 16;
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

/// A head's weights for n-grams, eight bits each: the strongest are kept, the others are nothing.
#[derive(Clone, PartialEq, Default)]
pub struct GramWeights {
    /// What a weight of 1 stands for.
    unit: f64,
    /// One weight a bucket; empty for a head that reads none.
    table: Arc<[i8]>,
}

impl std::fmt::Debug for GramWeights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GramWeights({} of {})", self.kept().count(), self.unit)
    }
}

impl GramWeights {
    /// The weights nearest to these, one a bucket; none for an empty slice.
    pub fn nearest(weights: &[f64]) -> Self {
        let mut sizes: Vec<f64> = weights.iter().map(|w| w.abs()).filter(|w| *w > 0.0).collect();
        sizes.sort_unstable_by(|a, b| b.total_cmp(a));
        let Some(largest) = sizes.first() else { return Self::default() };
        let least = sizes.get(MOST_GRAMS).copied().unwrap_or(0.0);
        let unit = largest / f64::from(i8::MAX);
        let near = |w: &f64| if w.abs() > least { (w / unit).round() as i8 } else { 0 };
        Self { unit, table: weights.iter().map(near).collect() }
    }

    /// The weight of a bucket.
    pub fn weight(&self, bucket: u32) -> f64 {
        self.unit * f64::from(self.table.get(bucket as usize).copied().unwrap_or(0))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The weighted sum of a text's n-grams, in f64, by ascending bucket.
    pub fn sum(&self, grams: &Grams) -> f64 {
        if self.is_empty() {
            return 0.0;
        }
        let at = |bucket: u32| f64::from(self.table.get(bucket as usize).copied().unwrap_or(0));
        self.unit * grams.0.iter().fold(0.0, |sum, (bucket, value)| sum + at(*bucket) * f64::from(*value))
    }

    /// Buckets with a weight, ascending.
    fn kept(&self) -> impl Iterator<Item = (usize, i8)> + '_ {
        self.table.iter().copied().enumerate().filter(|(_, w)| *w != 0)
    }
}

/// One policy's classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// One weight a dimension.
    pub weights: Vec<f64>,
    /// Weights of n-grams.
    pub grams: GramWeights,
    /// Added to the weighted sums.
    pub bias: f64,
    /// From raw value to probability.
    pub calibration: Platt,
}

impl Head {
    /// The raw value: weighted sums plus bias, in f64, in the order of dimensions and buckets.
    pub fn raw(&self, vector: &[f32], grams: &Grams) -> f64 {
        let dense = self.weights.iter().zip(vector).fold(0.0, |sum, (w, &x)| sum + w * f64::from(x));
        dense + self.grams.sum(grams) + self.bias
    }

    /// The calibrated probability for one window's vector and n-grams.
    pub fn probability(&self, vector: &[f32], grams: &Grams) -> f64 {
        1.0 / (1.0 + (-(self.calibration.a * self.raw(vector, grams) + self.calibration.b)).exp())
    }

    /// The highest probability over a text's windows: a text breaks a policy where any part of it does. 0 for no windows.
    pub fn highest(&self, windows: &[Vec<f32>], grams: &[Grams]) -> f64 {
        windows.iter().zip(grams).map(|(window, grams)| self.probability(window, grams)).fold(0.0, f64::max)
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
    /// and letters of the code, bias, slope, shift, weights); numbers little endian. Where any head reads n-grams, the
    /// version is 2 and each head goes on with the number of its n-grams, their unit, and for each by ascending bucket the
    /// distance to the one before (seven bits a byte, lowest first, the eighth says that more follow) and the weight.
    ///
    /// # Errors
    /// [`InferenceError::Damaged`] when a head has another width than `dimensions` or a number that is not finite.
    pub fn to_bytes(&self) -> Result<Vec<u8>, InferenceError> {
        let fits = |number: usize| u32::try_from(number).map_err(|_| damaged("it is too large"));
        let mut bytes = Vec::new();
        bytes.extend_from_slice(MAGIC);
        let version = if self.reads_grams() { WITH_GRAMS } else { PLAIN };
        bytes.extend_from_slice(&version.to_le_bytes());
        bytes.extend_from_slice(&fits(self.dimensions)?.to_le_bytes());
        bytes.extend_from_slice(&self.encoder.0);
        bytes.extend_from_slice(&fits(self.heads.len())?.to_le_bytes());
        for (code, head) in &self.heads {
            if head.weights.len() != self.dimensions || self.dimensions > MAX_DIMENSIONS {
                return Err(damaged(&format!("{code} has {} weights", head.weights.len())));
            }
            if head.numbers().any(|n| !n.is_finite()) || !head.grams.unit.is_finite() {
                return Err(damaged(&format!("{code} has a number that is not finite")));
            }
            let code = code.as_str().as_bytes();
            bytes.extend_from_slice(&fits(code.len())?.to_le_bytes());
            bytes.extend_from_slice(code);
            bytes.extend(head.numbers().flat_map(f64::to_le_bytes));
            if version == WITH_GRAMS {
                bytes.extend_from_slice(&fits(head.grams.kept().count())?.to_le_bytes());
                bytes.extend_from_slice(&head.grams.unit.to_le_bytes());
                let mut next = 0;
                for (bucket, weight) in head.grams.kept() {
                    distance(bucket - next, &mut bytes);
                    bytes.push(weight.to_le_bytes()[0]);
                    next = bucket + 1;
                }
            }
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
        let version = reader.number()?;
        if version != PLAIN && version != WITH_GRAMS {
            return Err(InferenceError::Unsupported(format!(
                "heads format {version}, known are {PLAIN} and {WITH_GRAMS}"
            )));
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
            let grams = if version == WITH_GRAMS { reader.grams()? } else { GramWeights::default() };
            if heads.last_key_value().is_some_and(|(last, _)| *last >= code) {
                return Err(damaged("its heads are out of order"));
            }
            heads.insert(code, Head { weights, grams, bias, calibration });
        }
        if !reader.0.is_empty() {
            return Err(damaged("it goes on after the last head"));
        }
        let read = Self { encoder, dimensions, heads };
        // One set of heads has one form of bytes, or a digest would not name it.
        if version == WITH_GRAMS && !read.reads_grams() {
            return Err(damaged("none of its heads reads n-grams"));
        }
        Ok(read)
    }

    /// Whether any head reads n-grams; without one there is no need to count them.
    pub fn reads_grams(&self) -> bool {
        self.heads.values().any(|head| !head.grams.is_empty())
    }

    /// SHA-256 of the canonical bytes.
    ///
    /// # Errors
    /// As [`Heads::to_bytes`].
    pub fn digest(&self) -> Result<Digest, InferenceError> {
        Ok(Digest::of(&self.to_bytes()?))
    }
}

/// Seven bits a byte, lowest first; the eighth says that more follow.
fn distance(mut gap: usize, bytes: &mut Vec<u8>) {
    while gap >= 0x80 {
        bytes.push((gap & 0x7f) as u8 | 0x80);
        gap >>= 7;
    }
    bytes.push(gap as u8);
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

    fn grams(&mut self) -> Result<GramWeights, InferenceError> {
        let count = self.size()?;
        let unit = self.real()?;
        if count == 0 {
            return if unit == 0.0 { Ok(GramWeights::default()) } else { Err(damaged("a unit of no n-grams")) };
        }
        if count > MOST_GRAMS || unit <= 0.0 {
            return Err(damaged("its n-grams"));
        }
        let mut table = vec![0_i8; BUCKETS];
        let (mut next, mut at) = (0, 0);
        for _ in 0..count {
            // Indexed, not taken piece by piece: there are hundreds of thousands, and every start reads them.
            let bucket = next + distance_at(self.0, &mut at)?;
            let weight = self.0.get(at).map(|byte| byte.cast_signed());
            at += 1;
            match (table.get_mut(bucket), weight) {
                (Some(slot), Some(weight)) if weight != 0 => *slot = weight,
                _ => return Err(damaged("an n-gram")),
            }
            next = bucket + 1;
        }
        self.take(at)?;
        Ok(GramWeights { unit, table: table.into() })
    }

    fn real(&mut self) -> Result<f64, InferenceError> {
        let number = f64::from_le_bytes(self.array()?);
        if number.is_finite() { Ok(number) } else { Err(damaged("a number is not finite")) }
    }
}

/// What [`distance`] wrote; `at` moves behind it.
fn distance_at(bytes: &[u8], at: &mut usize) -> Result<usize, InferenceError> {
    let mut gap = 0;
    for shift in [0, 7, 14] {
        let Some(&byte) = bytes.get(*at) else { return Err(damaged("it ends too early")) };
        *at += 1;
        gap |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            // A last byte of nothing would be a second way to write the same distance.
            return if byte == 0 && shift > 0 { Err(damaged("an n-gram's distance")) } else { Ok(gap) };
        }
    }
    Err(damaged("an n-gram's distance"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn heads() -> Heads {
        let head = |bias: f64| Head {
            weights: vec![0.5, -0.25, 2.0],
            grams: GramWeights::default(),
            bias,
            calibration: Platt { a: 1.5, b: -0.125 },
        };
        let heads = ["adult", "gambling", "weight_loss"].iter().zip([0.0, -1.0, 3.5]);
        Heads {
            encoder: Digest::of(b"encoder"),
            dimensions: 3,
            heads: heads.map(|(code, bias)| (code.parse().unwrap(), head(bias))).collect(),
        }
    }

    /// The same, where one of them reads n-grams in near and far buckets.
    fn heads_with_grams() -> Heads {
        let mut heads = heads();
        let mut weights = vec![0.0; BUCKETS];
        for (bucket, weight) in [(0, 0.5), (1, -1.0), (130, 0.25), (20_000, 1.27), (BUCKETS - 1, -0.01)] {
            weights[bucket] = weight;
        }
        heads.heads.values_mut().next().unwrap().grams = GramWeights::nearest(&weights);
        heads
    }

    #[test]
    fn bytes_come_back_equal_and_have_one_digest() {
        for (heads, version) in [(heads(), PLAIN), (heads_with_grams(), WITH_GRAMS)] {
            let bytes = heads.to_bytes().unwrap();
            assert_eq!(bytes[MAGIC.len()..][..4], version.to_le_bytes(), "what older versions wrote stays the same");
            let back = Heads::from_bytes(&bytes).unwrap();
            assert_eq!(back, heads);
            assert_eq!(back.to_bytes().unwrap(), bytes);
            assert_eq!(back.digest().unwrap(), Digest::of(&bytes));
        }
    }

    #[test]
    fn any_cut_and_any_extra_byte_is_an_error() {
        for bytes in [heads().to_bytes().unwrap(), heads_with_grams().to_bytes().unwrap()] {
            for end in 0..bytes.len() {
                assert!(Heads::from_bytes(&bytes[..end]).is_err(), "cut to {end} bytes");
            }
            assert!(Heads::from_bytes(&[bytes.as_slice(), b"x"].concat()).is_err());
        }
        let mut claims_grams = heads().to_bytes().unwrap();
        claims_grams[MAGIC.len()] = 2;
        assert!(Heads::from_bytes(&claims_grams).is_err());
    }

    #[test]
    fn the_strongest_n_grams_are_kept_near_what_they_were() {
        let weights: Vec<f64> = (0..BUCKETS).map(|i| ((i * 7919) % 1000) as f64 / 500.0 - 1.0).collect();
        let kept = GramWeights::nearest(&weights);
        assert!(kept.kept().count() <= MOST_GRAMS);
        for (bucket, weight) in kept.kept() {
            assert!((kept.unit * f64::from(weight) - weights[bucket]).abs() <= kept.unit / 2.0 + 1e-12);
        }
        let grams = Grams(vec![(3, 0.5), (700, 2.0)]);
        let expected = 0.5 * kept.weight(3) + 2.0 * kept.weight(700);
        assert!((kept.sum(&grams) - expected).abs() < 1e-12);
        assert!(GramWeights::nearest(&[]).is_empty() && GramWeights::default().sum(&grams) == 0.0);
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
        let head = Head {
            weights: vec![1.0, 2.0],
            grams: GramWeights::default(),
            bias: 0.5,
            calibration: Platt { a: 2.0, b: -1.0 },
        };
        let none = Grams::default();
        let expected = 1.0 / (1.0 + (-(2.0 * (1.0 * 0.25 + 2.0 * 0.5 + 0.5) - 1.0_f64)).exp());
        assert!((head.probability(&[0.25, 0.5], &none) - expected).abs() < 1e-15);
        let windows = [vec![0.25, 0.5], vec![-1.0, 0.0]];
        assert!((head.highest(&windows, &[none.clone(), none]) - expected).abs() < 1e-15);
        assert!(head.highest(&[], &[]).abs() < f64::EPSILON);
    }
}
