//! The encoder inside the binary, so that a fresh start needs no download.
//!
//! Called by every command that scores or trains unless another encoder file is configured. Facts, licence and
//! measurements are in `models/`. It must never be changed without training the default heads again.

use super::{
    encoder::{Encoder, usual_precision},
    error::InferenceError,
    heads::Heads,
};
use crate::domain::{PolicyCode, digest::Digest, metrics::Card};
use adjudge_kernels::Precision;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

pub(super) const DEFAULT_ENCODER: &[u8] = include_bytes!("../../models/all-MiniLM-L6-v2.adjenc");

const DEFAULT_HEADS: &[u8] = include_bytes!("../../models/default-heads.bin");
const DEFAULT_CARD: &str = include_str!("../../models/default-card.json");

/// The model that a fresh installation starts with.
#[derive(Debug, Clone)]
pub struct DefaultModel {
    /// Its heads, on the default encoder.
    pub heads: Heads,
    /// Digest of the heads.
    pub digest: Digest,
    /// Threshold of `flagged(policy)` by head, from validation data.
    pub thresholds: BTreeMap<PolicyCode, f64>,
    /// Its card.
    pub card: Card,
}

/// The default heads with their card.
///
/// # Errors
/// [`InferenceError::Damaged`] when the embedded files do not belong together; a test holds that they do.
pub fn default_model() -> Result<DefaultModel, InferenceError> {
    let heads = Heads::from_bytes(DEFAULT_HEADS)?;
    let card: Card =
        serde_json::from_str(DEFAULT_CARD).map_err(|e| InferenceError::damaged("default card", e.to_string()))?;
    if card.encoder_digest != heads.encoder || !card.heads.keys().eq(heads.heads.keys()) {
        return Err(InferenceError::damaged("default card", "it describes other heads"));
    }
    // The embedded bytes are what `to_bytes` would write: `from_bytes` takes no others.
    Ok(DefaultModel { digest: Digest::of(DEFAULT_HEADS), heads, thresholds: card.thresholds(), card })
}

/// The default encoder (all-MiniLM-L6-v2, English, vectors of 384), loaded once a process. The first call takes some
/// tenths of a second, so make it off the async threads.
///
/// # Errors
/// As [`Encoder::load`].
pub fn default_encoder() -> Result<Arc<Encoder>, InferenceError> {
    default_encoder_in(usual_precision())
}

/// As [`default_encoder`] in a precision of one's own choice.
///
/// # Errors
/// As [`Encoder::load_in`].
pub fn default_encoder_in(precision: Precision) -> Result<Arc<Encoder>, InferenceError> {
    static LOADED: Mutex<Vec<(Precision, Arc<Encoder>)>> = Mutex::new(Vec::new());
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, encoder)) = loaded.iter().find(|(of, _)| *of == precision) {
        return Ok(Arc::clone(encoder));
    }
    let encoder = Arc::new(Encoder::load_in(DEFAULT_ENCODER, precision)?);
    loaded.push((precision, Arc::clone(&encoder)));
    Ok(encoder)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::inference::{
        Engine, EngineOptions, Model,
        bert::{self, Bert},
        encoder_file::EncoderFile,
        tokenize::{self, Windows},
    };
    use serde::Deserialize;
    use std::thread;

    fn cosine(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
    }

    fn one(encoder: &Encoder, text: &str) -> Vec<f32> {
        let mut windows = encoder.embed(text).unwrap();
        assert_eq!(windows.len(), 1);
        windows.remove(0)
    }

    /// Vectors from an independent f64 implementation in numpy: of the original weights, and (first numbers) of the
    /// weights as stored in the file.
    #[derive(Deserialize)]
    struct Reference {
        text: String,
        original: Vec<f32>,
        stored_first_8: Vec<f32>,
    }

    #[test]
    fn vectors_are_those_of_the_reference_implementation() {
        let encoder = default_encoder_in(Precision::F32).unwrap();
        let references: Vec<Reference> =
            serde_json::from_str(include_str!("../../tests/fixtures/minilm-reference.json")).unwrap();
        for reference in references {
            let vector = one(&encoder, &reference.text);
            let agreement = cosine(&vector, &reference.original);
            assert!(agreement > 0.999, "{agreement} for {}", reference.text);
            for (ours, theirs) in vector.iter().zip(&reference.stored_first_8) {
                assert!((ours - theirs).abs() < 1e-5, "{ours} is not {theirs} for {}", reference.text);
            }
        }
    }

    #[test]
    fn the_card_tells_the_truth() {
        let card: serde_json::Value =
            serde_json::from_str(include_str!("../../models/all-MiniLM-L6-v2.card.json")).unwrap();
        let encoder = default_encoder().unwrap();
        assert_eq!(card["file_sha256"], encoder.digest().hex());
        assert_eq!(card["source"]["weights_sha256"], encoder.header().weights.hex());
        assert_eq!(card["licence"], encoder.header().licence);
        assert_eq!(card["languages"], serde_json::json!(encoder.header().languages));
        assert!(encoder.covers("en".parse().unwrap()) && !encoder.covers("de".parse().unwrap()));
    }

    #[test]
    fn the_default_heads_belong_to_the_default_encoder_and_their_card() {
        let (default, encoder) = (default_model().unwrap(), default_encoder().unwrap());
        let model = Model::new(Arc::clone(&encoder), default.heads).unwrap();
        assert_eq!(model.heads_digest(), default.digest);
        let [loan, boots] =
            ["Personal loans, instant approval, no credit check", "Handmade leather boots, stitched in Portugal"]
                .map(|text| model.score(text, &encoder.embed(text).unwrap()));
        assert!(loan.keys().eq(default.thresholds.keys()));
        assert!(loan.values().chain(boots.values()).all(|score| (0.0..=1.0).contains(score)));
        let finance = "finance".parse().unwrap();
        assert!(loan[&finance] > boots[&finance], "{loan:?} against {boots:?}");
    }

    #[test]
    fn paraphrases_are_closer_than_strangers() {
        let encoder = default_encoder().unwrap();
        let [ad, paraphrase, stranger] = [
            "Lose weight fast without any exercise",
            "Shed pounds quickly, no workouts needed",
            "Cheap flights to Lisbon this weekend",
        ]
        .map(|text| one(&encoder, text));
        assert!(cosine(&ad, &paraphrase) > cosine(&ad, &stranger) + 0.3);
    }

    #[test]
    fn long_texts_have_windows_and_hostile_ones_are_refused() {
        let encoder = default_encoder().unwrap();
        assert_eq!(encoder.embed("").unwrap().len(), 1);
        assert_eq!(encoder.embed(&"win cash ".repeat(200)).unwrap().len(), 2);
        for hostile in ["!".repeat(10_000), "x ".repeat(tokenize::MAX_TEXT_BYTES)] {
            assert!(matches!(encoder.embed(&hostile), Err(InferenceError::TextTooLong { .. })));
        }
    }

    #[test]
    fn threads_batch_and_order_change_no_bit() {
        let encoder = default_encoder().unwrap();
        let texts: Vec<String> = crate::inference::import::MEASURE_TEXTS.lines().take(12).map(str::to_owned).collect();
        let alone: Vec<_> = texts.iter().map(|text| encoder.embed(text).unwrap()).collect();
        for threads in [1, 2, 3] {
            let options = EngineOptions { threads, remembered: 0, ..EngineOptions::default() };
            let engine = Engine::start(Arc::clone(&encoder), options).unwrap();
            let backwards: Vec<String> = texts.iter().rev().cloned().collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let mut together = runtime.block_on(engine.embed(backwards)).unwrap();
            together.reverse();
            assert!(together.iter().map(|windows| &**windows).eq(alone.iter()), "{threads} threads");
        }
        thread::scope(|scope| {
            let (encoder, text) = (&encoder, &texts[0]);
            let again: Vec<_> = (0..3).map(|_| scope.spawn(move || encoder.embed(text).unwrap())).collect();
            assert!(again.into_iter().all(|thread| thread.join().unwrap() == alone[0]));
        });
    }

    #[test]
    fn narrow_precisions_stay_near_f32_on_processors_that_have_them() {
        let exact = default_encoder_in(Precision::F32).unwrap();
        // int8 is nearest where words are common; the least agreement is that of letters that only look like letters.
        for (precision, least) in [(Precision::Bf16, 0.9999), (Precision::Int8, 0.998)] {
            let encoder = match default_encoder_in(precision) {
                Ok(encoder) => encoder,
                Err(error) => {
                    assert!(error.to_string().contains("has no"), "{error}");
                    continue;
                }
            };
            for text in crate::inference::import::MEASURE_TEXTS.lines().chain(BENCH_TEXTS.lines().take(40)) {
                let agreement = cosine(&one(&encoder, text), &one(&exact, text));
                assert!(agreement > least, "{precision}: {agreement} for {text}");
            }
            assert_ne!(encoder.kernel().unwrap(), exact.kernel().unwrap());
        }
    }

    const BENCH_TEXTS: &str = include_str!("../../benches/texts.txt");

    #[test]
    fn the_kernels_agree_with_candle_token_by_token() {
        let (encoder, file) =
            (default_encoder_in(Precision::F32).unwrap(), EncoderFile::parse(DEFAULT_ENCODER).unwrap());
        let shape = &file.header.shape;
        let reference = Bert::new(shape, bert::tensors(shape, |name| file.tensor(name)).unwrap()).unwrap();
        let windows = Windows::new(file.tokenizer, file.header.max_window, "").unwrap();
        for text in crate::inference::import::MEASURE_TEXTS.lines().take(12) {
            let (ours, ids) = (encoder.token_states(text).unwrap(), windows.cut(text).unwrap());
            assert_eq!(ours.len(), ids.len());
            for (ours, ids) in ours.iter().zip(&ids) {
                let (states, pooled) = reference.token_states(ids).unwrap();
                let worst = ours.states.iter().zip(&states).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(ours.states.len() == states.len() && worst < 1e-4, "{worst} for {text}");
                assert!(cosine(&ours.vector, &pooled.vector) > 0.999_999 && (ours.length - pooled.length).abs() < 1e-4);
            }
            assert!(ours.iter().map(|window| &window.vector).eq(&encoder.embed(text).unwrap()));
        }
    }

    #[test]
    fn token_states_say_which_bytes_a_token_stands_for() {
        let text = "Win cash — now!";
        let windows = default_encoder().unwrap().token_states(text).unwrap();
        let words: Vec<&str> = windows[0].spans.iter().flatten().map(|span| &text[span.clone()]).collect();
        assert_eq!(words, ["Win", "cash", "—", "now", "!"]);
        assert_eq!((windows[0].spans.first(), windows[0].spans.last()), (Some(&None), Some(&None)));
        assert_eq!(windows[0].states.len(), 7 * 384);
        // The mean of the rows, divided by the length, is the vector.
        let column = |at: usize| windows[0].states.iter().skip(at).step_by(384).map(|&x| f64::from(x)).sum::<f64>();
        for (at, &value) in windows[0].vector.iter().enumerate() {
            assert!((column(at) / 7.0 / windows[0].length - f64::from(value)).abs() < 1e-6);
        }
    }

    #[test]
    fn many_texts_together_are_the_same_bits_and_one_refusal_stays_one() {
        let encoder = default_encoder().unwrap();
        let long = "win cash ".repeat(200);
        let hostile = "!".repeat(10_000);
        let texts = ["Free shipping today", &long, &hostile, "", "Meet singles near you"];
        let together = encoder.embed_all(&texts);
        for (text, found) in texts.iter().zip(&together) {
            match encoder.embed(text) {
                Ok(alone) => assert!(found.as_ref().unwrap() == &alone),
                Err(_) => assert!(matches!(found, Err(InferenceError::TextTooLong { .. }))),
            }
        }
        assert_eq!(together.iter().filter(|windows| windows.is_err()).count(), 1);
    }

    #[test]
    fn damaged_files_are_errors() {
        let whole = DEFAULT_ENCODER;
        for end in [0, 7, 8, 15, 16, 47, 48, 1000, whole.len() / 2, whole.len() - 1] {
            assert!(matches!(Encoder::load(&whole[..end]), Err(InferenceError::Damaged { .. })), "cut to {end} bytes");
        }
        for at in [9, 13, 20, 600_000, whole.len() - 40, whole.len() - 1] {
            let mut flipped = whole.to_vec();
            flipped[at] ^= 0x40;
            assert!(Encoder::load(&flipped).is_err(), "byte {at} flipped");
        }
    }
}
