//! A text as phrases are compared: lower case, one space for any blank or dash, plain apostrophes; with the way back.
//!
//! Used by lists. It must never change what is reported: spans are of the text it was made from.

/// A folded text.
#[derive(Debug, Default)]
pub(super) struct Folded {
    /// The text.
    pub(super) text: String,
    /// Where each character begins in `text`, and the bytes of the source it stands for; ascending. `None` where each
    /// byte stands for itself, as in most texts.
    origins: Option<Vec<(u32, u32, u32)>>,
}

impl Folded {
    /// A text to search in.
    pub(super) fn of_raw(raw: &str) -> Self {
        if let Some(text) = byte_for_byte(raw) {
            return Self { text, origins: None };
        }
        let mut folded = Self { text: String::with_capacity(raw.len()), origins: Some(Vec::with_capacity(raw.len())) };
        let mut in_blank = false;
        for (start, c) in raw.char_indices() {
            let end = start + c.len_utf8();
            let blank = is_blank(c);
            if blank && in_blank {
                continue;
            }
            in_blank = blank;
            match c {
                _ if blank => folded.push(' ', start, end),
                '’' | '‘' | 'ʼ' => folded.push('\'', start, end),
                'ς' => folded.push('σ', start, end),
                c if c.is_ascii() => folded.push(c.to_ascii_lowercase(), start, end),
                c => c.to_lowercase().for_each(|lower| folded.push(lower, start, end)),
            }
        }
        folded
    }

    /// A phrase to search for: composed as normalised texts are, and without blanks at its ends.
    pub(super) fn of_phrase(phrase: &str) -> String {
        use unicode_normalization::UnicodeNormalization;
        Self::of_raw(&phrase.nfc().collect::<String>()).text.trim().to_owned()
    }

    fn push(&mut self, c: char, start: usize, end: usize) {
        let at = self.text.len() as u32;
        self.origins.get_or_insert_default().push((at, start as u32, end as u32));
        self.text.push(c);
    }

    /// The bytes of the source that `start..end` of the folded text stand for.
    pub(super) fn source_span(&self, start: usize, end: usize) -> Option<(u32, u32)> {
        let Some(origins) = &self.origins else { return (start < end).then_some((start as u32, end as u32)) };
        let from = origins.partition_point(|(at, ..)| (*at as usize) < start);
        let to = origins.partition_point(|(at, ..)| (*at as usize) < end);
        let covered = origins.get(from..to)?;
        Some((covered.first()?.1, covered.last()?.2))
    }
}

/// An ASCII text without two blanks beside each other, folded.
fn byte_for_byte(raw: &str) -> Option<String> {
    if !raw.is_ascii() {
        return None;
    }
    let folded: Vec<u8> = raw.bytes().map(|byte| FOLDED[usize::from(byte)]).collect();
    let doubled = folded.iter().zip(folded.iter().skip(1)).fold(false, |any, pair| any | (pair == (&b' ', &b' ')));
    if doubled { None } else { String::from_utf8(folded).ok() }
}

/// By ASCII byte: as it is folded.
const FOLDED: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = match byte as u8 {
            b'\t'..=b'\r' | b' ' | b'-' | b'_' => b' ',
            other => other.to_ascii_lowercase(),
        };
        byte += 1;
    }
    table
};

fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '_' | '\u{2010}'..='\u{2015}')
}
