//! Text to windows of token ids: a long text becomes several overlapping windows, each as long as the encoder reads well.
//!
//! Called by `encoder`. Texts are hostile, so the work is bounded; what does not fit is refused as a whole and never cut,
//! for a text cut silently would pass unread.

use super::error::InferenceError;
use std::ops::Range;
use tokenizers::Tokenizer;

/// Windows of one text at most.
pub const MAX_WINDOWS: usize = 16;
/// Tokens that two neighbouring windows share, so that no phrase is read only in halves.
pub const OVERLAP: usize = 32;
/// Longer texts are refused before they are tokenised. No writing has so few tokens a byte that it would fit.
pub const MAX_TEXT_BYTES: usize = 128 << 10;

/// A window's ids, and for each the bytes of the text that it stands for.
pub type SpannedWindow = (Vec<u32>, Vec<Option<Range<usize>>>);

/// A tokenizer that cuts into windows.
#[derive(Debug)]
pub struct Windows {
    tokenizer: Tokenizer,
    /// Special tokens before and after each window.
    before: Vec<u32>,
    after: Vec<u32>,
    /// Tokens of the text in one window.
    capacity: usize,
}

fn failed(problem: impl ToString) -> InferenceError {
    InferenceError::Tokenizer(problem.to_string())
}

impl Windows {
    /// Reads a tokenizer's JSON; windows are `max_window` tokens long, special tokens and prefix included. Every window
    /// begins with the prefix, as the model was trained to read.
    ///
    /// # Errors
    /// [`InferenceError::Tokenizer`] when it is no tokenizer, [`InferenceError::Unsupported`] when the window is too short.
    pub fn new(json: &[u8], max_window: usize, prefix: &str) -> Result<Self, InferenceError> {
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(failed)?;
        // The file's own truncation and padding are for batches of fixed length.
        tokenizer.with_truncation(None).map_err(failed)?.with_padding(None);

        // What the tokenizer puts around a text, learnt from a text of one known token.
        let bare = tokenizer.encode_fast("a", false).map_err(failed)?;
        let dressed = tokenizer.encode_fast("a", true).map_err(failed)?;
        let (bare, dressed) = (bare.get_ids(), dressed.get_ids());
        let at = (!bare.is_empty()).then(|| dressed.windows(bare.len()).position(|w| w == bare)).flatten();
        let at = at.ok_or_else(|| failed("its special tokens do not surround the text"))?;
        let (mut before, after) = (dressed[..at].to_vec(), dressed[at + bare.len()..].to_vec());
        // The space between prefix and text belongs to the text's first token in one family of tokenizers and to none in
        // the other, so the prefix is read without it.
        before.extend_from_slice(tokenizer.encode_fast(prefix.trim(), false).map_err(failed)?.get_ids());

        let capacity = max_window.saturating_sub(before.len() + after.len());
        if capacity <= 2 * OVERLAP {
            return Err(InferenceError::Unsupported(format!("its windows of {max_window} tokens are too short")));
        }
        Ok(Self { tokenizer, before, after, capacity })
    }

    /// The token of an id, as the vocabulary spells it.
    pub fn token(&self, id: u32) -> Option<String> {
        self.tokenizer.id_to_token(id)
    }

    /// The ids of each window, special tokens included; one window at least, even for an empty text.
    ///
    /// # Errors
    /// [`InferenceError::TextTooLong`] when [`MAX_WINDOWS`] windows do not hold the text.
    pub fn cut(&self, text: &str) -> Result<Vec<Vec<u32>>, InferenceError> {
        self.check_bytes(text)?;
        let encoding = self.tokenizer.encode_fast(text, false).map_err(failed)?;
        let ids = encoding.get_ids();
        let dress = |at: Range<usize>| [&self.before, &ids[at], &self.after].concat();
        Ok(self.ranges(ids.len())?.map(dress).collect())
    }

    /// As [`Windows::cut`], and for each token the bytes of the text it stands for; `None` for special tokens.
    ///
    /// # Errors
    /// As [`Windows::cut`].
    pub fn cut_with_spans(&self, text: &str) -> Result<Vec<SpannedWindow>, InferenceError> {
        self.check_bytes(text)?;
        let encoding = self.tokenizer.encode(text, false).map_err(failed)?;
        let (ids, offsets) = (encoding.get_ids(), encoding.get_offsets());
        let dress = |at: Range<usize>| {
            let spans = offsets[at.clone()].iter().map(|&(start, end)| Some(start..end));
            let around = |special: &[u32]| vec![None; special.len()];
            let spans = around(&self.before).into_iter().chain(spans).chain(around(&self.after)).collect();
            ([&self.before, &ids[at], &self.after].concat(), spans)
        };
        Ok(self.ranges(ids.len())?.map(dress).collect())
    }

    fn check_bytes(&self, text: &str) -> Result<(), InferenceError> {
        if text.len() <= MAX_TEXT_BYTES {
            return Ok(());
        }
        Err(InferenceError::TextTooLong { tokens: text.len(), limit: self.limit() })
    }

    /// Most tokens that all windows hold.
    fn limit(&self) -> usize {
        self.capacity + (MAX_WINDOWS - 1) * (self.capacity - OVERLAP)
    }

    /// The windows over a text of `tokens` tokens.
    fn ranges(&self, tokens: usize) -> Result<impl Iterator<Item = Range<usize>>, InferenceError> {
        let (limit, capacity) = (self.limit(), self.capacity);
        if tokens > limit {
            return Err(InferenceError::TextTooLong { tokens, limit });
        }
        let range = move |start: usize| start..tokens.min(start + capacity);
        Ok(window_starts(tokens, capacity).into_iter().map(range))
    }
}

/// First tokens of the windows over a text of `tokens` tokens. The last window ends with the text and is as long as the
/// others, so that the text's end is read with as much before it as any other part.
fn window_starts(tokens: usize, capacity: usize) -> Vec<usize> {
    let last = tokens.saturating_sub(capacity);
    let mut starts: Vec<usize> = (0..last).step_by(capacity - OVERLAP).collect();
    starts.push(last);
    starts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn windows_cover_the_text_overlap_and_are_full() {
        assert_eq!(window_starts(0, 254), [0]);
        assert_eq!(window_starts(254, 254), [0]);
        assert_eq!(window_starts(255, 254), [0, 1]);
        assert_eq!(window_starts(254 + 222, 254), [0, 222]);
        for tokens in 0..2000 {
            let starts = window_starts(tokens, 254);
            assert_eq!(starts[0], 0);
            assert_eq!(*starts.last().unwrap(), tokens.saturating_sub(254));
            assert!(starts.windows(2).all(|pair| pair[0] < pair[1] && pair[1] <= pair[0] + 254 - OVERLAP));
        }
        assert_eq!(window_starts(254 + (MAX_WINDOWS - 1) * 222, 254).len(), MAX_WINDOWS);
    }
}
