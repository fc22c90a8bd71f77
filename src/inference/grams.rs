//! A text's n-grams, hashed: one and two words, and three to five letters within a word. What heads read beside vectors.
//!
//! Called by screening for scores, by learning for fits, and by explanations for spans. Its buckets are part of the heads'
//! format: changing anything here needs a new format version. It must never do more than linear work.

use std::{collections::BTreeMap, ops::Range};

/// Number of buckets.
pub const BUCKETS: usize = 1 << 18;

/// Letters of the shortest and the longest n-gram within a word.
const SHORTEST: usize = 3;
const LONGEST: usize = 5;
/// A text's part for one of several windows begins this share of a part earlier, so that no phrase is read only in halves.
const OVERLAP: usize = 8;

/// A text's n-grams by ascending bucket. Words and letters have length 1 each, whatever the text's length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grams(pub Vec<(u32, f32)>);

/// One n-gram where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gram {
    /// Its bucket.
    pub bucket: u32,
    /// Its bytes of the text.
    pub span: Range<usize>,
    /// Whether it is made of whole words.
    pub words: bool,
}

/// A word's letters as n-grams see them, each with the byte it begins at.
struct Piece {
    letters: Vec<(char, usize)>,
    end: usize,
}

/// Stand-ins for addresses and handles, of which each is another.
const ADDRESS: char = '\u{1}';
const HANDLE: char = '\u{2}';

impl Piece {
    /// Lower case, digits as zeros, an address or a handle as one sign.
    fn of(start: usize, word: &str) -> Self {
        let end = start + word.len();
        let is_address = word.contains("://") || word.starts_with("www.");
        let letters = match word {
            _ if is_address => vec![(ADDRESS, start)],
            handle if handle.len() > 1 && handle.starts_with('@') => vec![(HANDLE, start)],
            word => {
                let lower = |(at, ch): (usize, char)| ch.to_lowercase().map(move |l| (l, start + at));
                let plain = |(ch, at): (char, usize)| (if ch.is_ascii_digit() { '0' } else { ch }, at);
                word.char_indices().flat_map(lower).map(plain).collect()
            }
        };
        Self { letters, end }
    }

    /// Where the letter after `index` begins.
    fn after(&self, index: usize) -> usize {
        self.letters.get(index + 1).map_or(self.end, |(_, at)| *at)
    }

    /// First and last letter without the punctuation around the word; all of it where it is nothing else.
    fn core(&self) -> (usize, usize) {
        let inside = |(ch, _): &(char, usize)| ch.is_alphanumeric() || ch.is_control();
        let first = self.letters.iter().position(inside);
        let last = self.letters.iter().rposition(inside);
        first.zip(last).unwrap_or((0, self.letters.len() - 1))
    }
}

/// FNV-1a over characters, begun with what kind of n-gram it is.
fn begin(kind: u64) -> u64 {
    (0xcbf2_9ce4_8422_2325 ^ kind).wrapping_mul(0x0100_0000_01b3)
}

fn add(hash: u64, ch: char) -> u64 {
    (hash ^ u64::from(u32::from(ch))).wrapping_mul(0x0100_0000_01b3)
}

/// Spreads all bits over the bucket's (the finaliser of splitmix64).
fn bucket(mut z: u64) -> u32 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) & (BUCKETS as u64 - 1)) as u32
}

/// Every n-gram of a text, in order, as often as it stands there.
pub fn each(text: &str, mut take: impl FnMut(Gram)) {
    let mut before: Option<(u64, usize)> = None;
    let mut start = 0;
    for word in text.split(char::is_whitespace) {
        let at = start;
        start += word.len() + text[start + word.len()..].chars().next().map_or(0, char::len_utf8);
        if word.is_empty() {
            continue;
        }
        let piece = Piece::of(at, word);
        let (first, last) = piece.core();
        let hash = piece.letters[first..=last].iter().fold(begin(1), |h, (ch, _)| add(h, *ch));
        let span = piece.letters[first].1..piece.after(last);
        if let Some((previous, from)) = before {
            // The pair's hash depends on the order of its words.
            let pair = add(previous.rotate_left(21), '\u{3}') ^ hash;
            take(Gram { bucket: bucket(pair), span: from..span.end, words: true });
        }
        before = Some((hash, span.start));
        take(Gram { bucket: bucket(hash), span, words: true });
        within(&piece, &mut take);
    }
}

/// N-grams of a word with a blank before and after it.
fn within(piece: &Piece, take: &mut impl FnMut(Gram)) {
    let letters = &piece.letters;
    // Position 0 and the last one are the blanks.
    let count = letters.len() + 2;
    let at = |i: usize| if i == 0 || i + 1 == count { ' ' } else { letters[i - 1].0 };
    for n in SHORTEST..=LONGEST.min(count) {
        for from in 0..=count - n {
            let hash = (from..from + n).fold(begin(2), |h, i| add(h, at(i)));
            let (first, last) = (from.max(1) - 1, (from + n - 1).min(count - 2) - 1);
            take(Gram { bucket: bucket(hash), span: letters[first].1..piece.after(last), words: false });
        }
    }
}

/// A text's n-grams: each counts by the logarithm of how often it stands there.
pub fn of(text: &str) -> Grams {
    let (mut words, mut letters) = (Vec::new(), Vec::new());
    each(text, |gram| if gram.words { words.push(gram.bucket) } else { letters.push(gram.bucket) });
    let mut all = counted(words);
    all.extend(counted(letters));
    // A bucket that words and letters share counts for both.
    all.sort_unstable_by_key(|(bucket, _)| *bucket);
    all.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            kept.1 += later.1;
        }
        same
    });
    Grams(all)
}

fn counted(mut buckets: Vec<u32>) -> Vec<(u32, f32)> {
    buckets.sort_unstable();
    let runs = buckets.chunk_by(|a, b| a == b);
    let mut values: Vec<(u32, f32)> = runs.map(|run| (run[0], (run.len() as f32).ln_1p())).collect();
    let length = values.iter().map(|(_, v)| v * v).sum::<f32>().sqrt();
    values.iter_mut().for_each(|(_, v)| *v /= length);
    values
}

/// The n-grams of each of a text's `windows` parts, in order: what stands beside the window's vector. The encoder cuts by
/// tokens and this by bytes, so the parts are only about the same.
pub fn of_windows(text: &str, windows: usize) -> Vec<Grams> {
    parts(text, windows).into_iter().map(|part| of(&text[part])).collect()
}

/// Each occurrence of an n-gram in one of a text's `windows` parts: its bytes of the text, its bucket, and its equal part of
/// what the bucket's n-gram counts there. The parts of a bucket add up to its value in [`of_windows`].
pub fn occurrences(text: &str, windows: usize, index: usize) -> Vec<(Range<usize>, u32, f64)> {
    let Some(part) = parts(text, windows).into_iter().nth(index) else { return Vec::new() };
    let mut found = Vec::new();
    each(&text[part.clone()], |gram| found.push(gram));
    let mut counts: BTreeMap<(bool, u32), f64> = BTreeMap::new();
    found.iter().for_each(|gram| *counts.entry((gram.words, gram.bucket)).or_default() += 1.0);
    let squares = |words: bool| counts.iter().filter(|((w, _), _)| *w == words).map(|(_, n)| n.ln_1p().powi(2)).sum();
    let (of_words, of_letters): (f64, f64) = (squares(true), squares(false));
    let share = |gram: &Gram| {
        let count = counts.get(&(gram.words, gram.bucket)).copied().unwrap_or(1.0);
        count.ln_1p() / count / if gram.words { of_words } else { of_letters }.sqrt()
    };
    let place = |gram: &Gram| part.start + gram.span.start..part.start + gram.span.end;
    found.iter().map(|gram| (place(gram), gram.bucket, share(gram))).collect()
}

/// The bytes of a text's parts.
fn parts(text: &str, windows: usize) -> Vec<Range<usize>> {
    if windows <= 1 {
        return vec![0..text.len(); windows];
    }
    let part = text.len() / windows;
    let boundary = |at: usize| {
        let next = text.as_bytes()[at..].iter().position(u8::is_ascii_whitespace);
        next.map_or(text.len(), |next| at + next)
    };
    (0..windows)
        .map(|i| {
            let start = if i == 0 { 0 } else { boundary(i * part - part / OVERLAP) };
            let end = if i + 1 == windows { text.len() } else { boundary((i + 1) * part) };
            start.min(end)..end
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(text: &str) -> Vec<u32> {
        of(text).0.into_iter().map(|(bucket, _)| bucket).collect()
    }

    #[test]
    fn case_digits_addresses_and_handles_do_not_matter_and_word_order_does() {
        assert_eq!(of("Win 500 EUR"), of("win 123 eur"));
        assert_eq!(of("see https://a.example/x now"), of("see www.b.example now"));
        assert_eq!(of("thanks @ann"), of("thanks @bob"));
        assert_ne!(of("free pills"), of("pills free"));
        let (plain, shouted) = (buckets("free money"), buckets("free money!!!"));
        assert!(plain.iter().filter(|b| shouted.contains(b)).count() + 6 >= plain.len(), "a sign changes little");
    }

    #[test]
    fn words_and_letters_weigh_the_same_whatever_the_length() {
        for text in ["a", "Buy now", "one word after another in a text of some more length, and again one word"] {
            let squares: f32 = of(text).0.iter().map(|(_, v)| v * v).sum();
            assert!((squares - 2.0).abs() < 0.05, "{squares} for {text}");
            assert!(of(text).0.windows(2).all(|w| w[0].0 < w[1].0));
        }
        assert_eq!(of(""), Grams::default());
        assert_eq!(of(" \n "), Grams::default());
    }

    #[test]
    fn spans_are_what_the_n_gram_says() {
        let text = "Ünbelievable  “İstanbul” deal";
        let mut seen = Vec::new();
        each(text, |gram| seen.push((text[gram.span.clone()].to_owned(), gram.words)));
        for (expected, words) in
            [("Ünbelievable", true), ("İstanbul", true), ("Ünb", false), ("deal", false), ("eal", false)]
        {
            assert!(seen.contains(&(expected.to_owned(), words)), "{expected} in {seen:?}");
        }
        assert!(seen.contains(&("Ünbelievable  “İstanbul".to_owned(), true)));
    }

    #[test]
    fn parts_cover_a_long_text_and_hostile_texts_are_harmless() {
        let text = format!("{} needle {}", "hay ".repeat(300), "straw ".repeat(300));
        let needle = buckets("needle");
        let parts = of_windows(&text, 3);
        let found = |g: &Grams| needle.iter().filter(|b| g.0.iter().any(|(x, _)| x == *b)).count();
        assert!(parts.iter().any(|g| found(g) == needle.len()));
        let whole = of(&text);
        let strongest = |g: &Grams| g.0.iter().filter(|(b, _)| needle.contains(b)).map(|(_, v)| *v).fold(0.0, f32::max);
        assert!(parts.iter().map(strongest).fold(0.0, f32::max) >= strongest(&whole));
        for hostile in ["\u{301}\u{301}", "😀😀😀", "@", "://", &"x".repeat(50_000), "あ い"] {
            assert_eq!(of_windows(hostile, 4).len(), 4);
        }
        assert!(of_windows("a", 0).is_empty());
    }
}
