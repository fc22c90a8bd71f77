//! From bytes of a scored text back to words of the ad as it was sent.
//!
//! Called by explanations. A scored text may be a field, a field as normalised, or all fields together; what moved a
//! score is shown where people read it. It must never name a span that is not one of the field's raw text.

use super::{JOINED, Measured, Text, Variant};
use crate::domain::ad::TextField;
use std::{collections::BTreeMap, ops::Range};
use unicode_segmentation::UnicodeSegmentation as _;

/// What one word added to a score.
#[derive(Debug, Clone, PartialEq)]
pub struct WordShare {
    /// The field.
    pub field: TextField,
    /// First byte in the field's raw text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The word as sent.
    pub word: String,
    /// What it added.
    pub value: f64,
}

impl Measured {
    /// The field and raw bytes that a span of a scored text stands for; `None` for what stands for no text of a field.
    pub fn place(&self, field: TextField, variant: Variant, span: &Range<usize>) -> Option<(TextField, Range<usize>)> {
        let reading = |text: &Text| match variant {
            Variant::Raw => text.raw.len(),
            Variant::Normalised => text.normalised.text.len(),
        };
        let (text, span) = if field == TextField::Joined {
            let mut begin = 0;
            let parts = self.texts.iter().filter(|t| JOINED.contains(&t.field) && reading(t) > 0);
            let found = parts.map(|text| {
                let at = begin..begin + reading(text);
                begin = at.end + 1;
                (text, at)
            });
            let (text, at) = found.into_iter().find(|(_, at)| span.start < at.end)?;
            (text, span.start.checked_sub(at.start)?..span.end.min(at.end).checked_sub(at.start)?)
        } else {
            (self.texts.iter().find(|t| t.field == field)?, span.clone())
        };
        let raw = match variant {
            Variant::Raw => span,
            Variant::Normalised => {
                let (start, end) = text.normalised.map.raw_span(span.start, span.end)?;
                start as usize..end as usize
            }
        };
        text.raw.get(raw.clone()).filter(|piece| !piece.is_empty()).map(|_| (text.field, raw))
    }

    /// Adds shares up by word, in the order of the ad; the second value is what belongs to no word.
    pub fn words(
        &self,
        field: TextField,
        variant: Variant,
        shares: impl Iterator<Item = (Range<usize>, f64)>,
    ) -> (Vec<WordShare>, f64) {
        let segments: Vec<(TextField, Vec<(usize, &str)>)> =
            self.texts.iter().map(|t| (t.field, t.raw.split_word_bound_indices().collect())).collect();
        let mut sums: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        let mut rest = 0.0;
        for (span, value) in shares {
            let places = self.place(field, variant, &span).and_then(|(field, raw)| {
                let at = segments.iter().position(|(f, _)| *f == field)?;
                let words = &segments[at].1;
                let first = words.partition_point(|(start, word)| start + word.len() <= raw.start);
                let end = words.partition_point(|(start, _)| *start < raw.end);
                // A token may begin with the space before its word; an n-gram may be of two words, and counts for both.
                Some((first..end).filter(|i| !words[*i].1.trim().is_empty()).map(|i| (at, i)).collect::<Vec<_>>())
            });
            match places.filter(|places| !places.is_empty()) {
                Some(places) => {
                    let part = value / places.len() as f64;
                    places.into_iter().for_each(|place| *sums.entry(place).or_default() += part);
                }
                None => rest += value,
            }
        }
        let words = sums.into_iter().map(|((text, word), value)| {
            let (field, (start, word)) = (segments[text].0, segments[text].1[word]);
            WordShare { field, start, end: start + word.len(), word: word.to_owned(), value }
        });
        (words.collect(), rest)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        domain::{ad::AdContent, time::Millis},
        screening::signals::{CompiledLists, measure},
    };

    fn measured(headline: &str, body: &str) -> Measured {
        let mut content = AdContent::default();
        content.creative.headline = headline.into();
        content.creative.body = body.into();
        measure(&content, "acct", &CompiledLists::compile(&[]).unwrap(), Millis(0))
    }

    /// Tokens of a text as a tokenizer would cut it: words, each with the space before it.
    fn tokens(text: &str) -> Vec<(Range<usize>, f64)> {
        let ends = text.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(i, _)| i);
        let mut bounds: Vec<usize> = std::iter::once(0).chain(ends).chain([text.len()]).collect();
        bounds.dedup();
        bounds.windows(2).map(|pair| (pair[0]..pair[1], 1.0)).collect()
    }

    #[test]
    fn shares_of_all_readings_fall_on_words_as_sent_and_none_is_lost() {
        let measured = measured("Buy a p\u{456}st\u{43e}l", "N0 pap3rs, naïve 🍞");
        for chosen in measured.texts_to_score(&["en".parse().unwrap()]) {
            let shares = tokens(&chosen.text);
            let (words, rest) = measured.words(chosen.field, chosen.variant, shares.iter().cloned());
            let sum = rest + words.iter().map(|w| w.value).sum::<f64>();
            assert!((sum - shares.len() as f64).abs() < 1e-9, "{chosen:?}");
            assert!(!words.is_empty());
            for word in &words {
                let raw = if word.field == TextField::Headline {
                    "Buy a p\u{456}st\u{43e}l"
                } else {
                    "N0 pap3rs, naïve 🍞"
                };
                assert_eq!(&raw[word.start..word.end], word.word);
            }
            if chosen.field == TextField::Joined {
                assert!(
                    words.iter().any(|w| w.word == "p\u{456}st\u{43e}l" && w.field == TextField::Headline),
                    "{words:?}"
                );
                assert!(words.iter().any(|w| w.word == "🍞" && w.field == TextField::Body), "{words:?}");
            }
        }
    }

    #[test]
    fn spans_of_no_field_have_no_place() {
        let measured = measured("Win", "Now");
        for span in [0..0, 3..4, 9..12, std::ops::Range { start: 5, end: 2 }] {
            assert_eq!(measured.place(TextField::Joined, Variant::Raw, &span), None, "{span:?}");
        }
        assert_eq!(measured.place(TextField::AltText, Variant::Raw, &(0..2)), None);
        assert_eq!(measured.place(TextField::Joined, Variant::Raw, &(4..7)), Some((TextField::Body, 0..3)));
    }
}
