//! Takes a head's score of a text apart: what each token of the window that counted added to it.
//!
//! A window's vector is the mean of its tokens' states scaled to length 1, and a head is linear in it and in n-grams, so a
//! token's share is `w · state / (tokens * length of the mean)`, an n-gram's its weight times its value, and all shares with
//! the bias add up to the raw value: nothing is estimated. Called by flows on demand. It must never be asked of another encoder's states than the head's.

use super::{encoder::TokenStates, grams, heads::Head};
use std::ops::Range;

/// What one token or n-gram added.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The bytes of the text that it stands for.
    pub span: Range<usize>,
    /// What it added to the head's raw value; negative where it took away.
    pub value: f64,
}

/// A raw value taken apart: `rest` and all shares add up to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The head's raw value for the window that scored highest.
    pub raw: f64,
    /// What belongs to no word of the text: the bias, special tokens, the model's prefix.
    pub rest: f64,
    /// The shares of the window's tokens, then of its n-grams, each in the order of the text.
    pub shares: Vec<Share>,
}

/// Takes the highest window's raw value apart. `None` when there is no window, or the states are not as wide as the head.
pub fn explain(head: &Head, text: &str, windows: &[TokenStates]) -> Option<Explanation> {
    let counted = grams::of_windows(text, windows.len());
    let raws = windows.iter().zip(&counted).map(|(window, grams)| head.raw(&window.vector, grams));
    let (index, raw) = raws.enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let window = windows.get(index)?;
    let width = head.weights.len();
    if width == 0 || window.vector.len() != width || window.states.len() != width * window.spans.len() {
        return None;
    }
    let scale = 1.0 / (window.spans.len() as f64 * window.length);
    let mut explanation = Explanation { raw, rest: head.bias, shares: Vec::new() };
    for (state, span) in window.states.chunks_exact(width).zip(&window.spans) {
        let value = scale * head.weights.iter().zip(state).map(|(w, x)| w * f64::from(*x)).sum::<f64>();
        match span {
            Some(span) if !span.is_empty() => explanation.shares.push(Share { span: span.clone(), value }),
            _ => explanation.rest += value,
        }
    }
    if !head.grams.is_empty() {
        let weighed = |(span, bucket, value)| Share { span, value: value * head.grams.weight(bucket) };
        let occurrences = grams::occurrences(text, windows.len(), index).into_iter();
        explanation.shares.extend(occurrences.map(weighed).filter(|share| share.value != 0.0));
    }
    Some(explanation)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::inference::{default_encoder, default_model};

    #[test]
    fn shares_and_rest_add_up_to_the_raw_value_of_every_head() {
        let encoder = default_encoder().unwrap();
        let model = default_model().unwrap();
        let long = "Buy a pistol online, no papers asked. ".repeat(40);
        for text in ["Double your bitcoin in 24 hours, guaranteed", "", "x", "Fresh bread, öfter als täglich 🍞", &long]
        {
            let windows = encoder.token_states(text).unwrap();
            let vectors = encoder.embed(text).unwrap();
            for (code, head) in &model.heads.heads {
                let found = explain(head, text, &windows).unwrap();
                let grams = grams::of_windows(text, vectors.len());
                let highest = vectors.iter().zip(&grams).map(|(v, g)| head.raw(v, g)).fold(f64::MIN, f64::max);
                assert!((found.raw - highest).abs() < 1e-12, "{code}: the window that counts");
                let sum = found.rest + found.shares.iter().map(|s| s.value).sum::<f64>();
                let size = head.weights.iter().map(|w| w * w).sum::<f64>().sqrt();
                assert!((sum - found.raw).abs() < 1e-5 * size.max(1.0), "{code}: {sum} is not {}", found.raw);
                assert!(
                    found
                        .shares
                        .iter()
                        .all(|s| text.is_char_boundary(s.span.start) && text.is_char_boundary(s.span.end))
                );
            }
        }
    }

    #[test]
    fn words_that_speak_for_a_policy_have_shares_that_do() {
        let encoder = default_encoder().unwrap();
        let model = default_model().unwrap();
        let text = "Our bakery is open on Sunday. Get rich with crypto signals.";
        let found =
            explain(&model.heads.heads[&"finance".parse().unwrap()], text, &encoder.token_states(text).unwrap())
                .unwrap();
        let of = |word: &str| {
            let at = text.find(word).unwrap();
            found
                .shares
                .iter()
                .filter(|s| s.span.start >= at && s.span.end <= at + word.len())
                .map(|s| s.value)
                .sum::<f64>()
        };
        assert!(of("crypto") > of("bakery"), "{} {}", of("crypto"), of("bakery"));
    }

    #[test]
    fn states_of_another_width_are_not_explained() {
        let head =
            Head { weights: vec![1.0, 2.0], grams: Default::default(), bias: 0.5, calibration: Default::default() };
        let window =
            |states: Vec<f32>, vector: Vec<f32>| TokenStates { spans: vec![None], states, vector, length: 1.0 };
        assert_eq!(explain(&head, "", &[]), None);
        assert_eq!(explain(&head, "", &[window(vec![1.0], vec![1.0, 0.0])]), None);
        let found = explain(&head, "", &[window(vec![1.0, 0.0], vec![1.0, 0.0])]).unwrap();
        assert!(found.shares.is_empty() && (found.rest - found.raw).abs() < 1e-12);
    }
}
