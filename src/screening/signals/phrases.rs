//! All phrases of all lists, found in one pass over a folded text.
//!
//! Used by lists. A text falls into pieces where a word may begin or end, and so does a phrase; since whether one may
//! depends on two neighbouring characters alone, a phrase stands in a text just where its pieces do. So the phrases are
//! a tree over numbered pieces, and the text is walked piece by piece. It must never match inside a word, except in
//! scripts that write no spaces.

use super::{folded::Folded, lists::EntryRef};
use crate::screening::normalise::is_mark;
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};
use unicode_script::{Script, UnicodeScript};

/// Phrases found that are looked at in one text; overlapping phrases cannot make it more.
const LOOKED_AT: usize = 20_000;
/// Steps down the tree in one text: a text of one word repeated, and phrases that repeat it, cannot make it more.
const STEPS: usize = 2_000_000;

/// A phrase or expression found: bytes of the searched text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// The entry.
    pub(super) entry: EntryRef,
    /// First byte.
    pub(super) start: u32,
    /// One past the last byte.
    pub(super) end: u32,
}

/// Phrases ready to be found.
#[derive(Default)]
pub(super) struct Phrases {
    /// Numbers of pieces of more than one byte; a piece of one byte has its byte for a number.
    pieces: HashMap<Box<str>, u32, BuildHasherDefault<Quick>>,
    /// By the number of a phrase's first piece: the node that it leads to.
    first: Vec<u32>,
    /// By node and next piece: the node that it leads to.
    next: HashMap<u64, u32, BuildHasherDefault<Quick>>,
    /// By node: place in `entries`, 0 where no phrase ends.
    ends: Vec<u32>,
    /// Entries whose phrase ends at a node.
    entries: Vec<Vec<EntryRef>>,
}

/// No node, and no piece of any phrase.
const NONE: u32 = u32::MAX;
/// Numbers below stand for one byte.
const BYTES: u32 = 128;

/// A piece of a text, without the space that may stand before it.
#[derive(Clone, Copy)]
struct Piece {
    number: u32,
    spaced: bool,
    start: u32,
    end: u32,
}

impl Phrases {
    /// Compiles folded phrases.
    pub(super) fn compile(phrases: Vec<(String, EntryRef)>) -> Self {
        let mut all = Self { ends: vec![0], entries: vec![Vec::new()], ..Self::default() };
        for (phrase, entry) in phrases {
            all.add(&phrase, entry);
        }
        all.pieces.shrink_to_fit();
        all.next.shrink_to_fit();
        all
    }

    fn add(&mut self, phrase: &str, entry: EntryRef) {
        let mut node = NONE;
        for (at, (start, end, spaced)) in pieces(phrase).into_iter().enumerate() {
            let number = self.number(&phrase[start..end]);
            let fresh = u32::try_from(self.ends.len()).unwrap_or(NONE);
            let kept = if at == 0 {
                if self.first.len() <= number as usize {
                    self.first.resize(number as usize + 1, NONE);
                }
                let slot = &mut self.first[number as usize];
                if *slot == NONE {
                    *slot = fresh;
                }
                *slot
            } else {
                *self.next.entry(key(node, number, spaced)).or_insert(fresh)
            };
            if kept == fresh {
                self.ends.push(0);
            }
            node = kept;
        }
        let Some(end) = self.ends.get_mut(node as usize) else { return };
        if *end == 0 {
            *end = u32::try_from(self.entries.len()).unwrap_or(0);
            self.entries.push(Vec::new());
        }
        self.entries[*end as usize].push(entry);
    }

    fn number(&mut self, piece: &str) -> u32 {
        match piece.as_bytes() {
            [byte] => u32::from(*byte),
            _ => match self.pieces.get(piece) {
                Some(number) => *number,
                None => {
                    let number = BYTES + u32::try_from(self.pieces.len()).unwrap_or(NONE - BYTES);
                    self.pieces.insert(piece.into(), number);
                    number
                }
            },
        }
    }

    /// All occurrences on word boundaries, overlapping ones too, as spans of the text that was folded.
    pub(super) fn find(&self, folded: &Folded) -> Vec<Found> {
        let mut found = Vec::new();
        if self.first.is_empty() {
            return found;
        }
        let text = &folded.text;
        let known = |(start, end, spaced): (usize, usize, bool)| {
            let number = match text.as_bytes().get(start..end) {
                Some([byte]) => u32::from(*byte),
                _ => self.pieces.get(&text[start..end]).copied().unwrap_or(NONE),
            };
            Piece { number, spaced, start: start as u32, end: end as u32 }
        };
        let pieces: Vec<Piece> = pieces(text).into_iter().map(known).collect();
        let (mut looked_at, mut steps) = (0, 0);
        for (at, first) in pieces.iter().enumerate() {
            let Some(mut node) = self.first.get(first.number as usize).copied().filter(|n| *n != NONE) else {
                continue;
            };
            let mut last = first;
            let mut rest = pieces[at + 1..].iter();
            loop {
                let end = self.ends[node as usize];
                if end != 0 {
                    looked_at += 1;
                    if let Some((start, end_at)) = folded.source_span(first.start as usize, last.end as usize) {
                        let all = self.entries[end as usize].iter();
                        found.extend(all.map(|&entry| Found { entry, start, end: end_at }));
                    }
                }
                steps += 1;
                let Some(piece) = rest.next().filter(|p| p.number != NONE) else { break };
                let Some(further) = self.next.get(&key(node, piece.number, piece.spaced)) else { break };
                (node, last) = (*further, piece);
            }
            if looked_at >= LOOKED_AT || steps >= STEPS {
                break;
            }
        }
        found
    }
}

fn key(node: u32, number: u32, spaced: bool) -> u64 {
    u64::from(node) << 32 | u64::from(number) << 1 | u64::from(spaced)
}

/// The pieces of a text with their bytes. A space is no piece of its own: it says of the next one that it stood before.
fn pieces(text: &str) -> Vec<(usize, usize, bool)> {
    let mut all = Vec::with_capacity(text.len() / 4);
    let (mut start, mut spaced) = (0, false);
    let mut before: Option<char> = None;
    let mut close = |start: usize, end: usize| {
        // Folding leaves no two spaces beside each other.
        if text.as_bytes().get(start..end) == Some(b" ") {
            spaced = true;
        } else if start < end {
            all.push((start, end, spaced));
            spaced = false;
        }
    };
    for (at, after) in text.char_indices() {
        if before.is_some_and(|before| is_boundary(before, after)) {
            close(start, at);
            start = at;
        }
        before = Some(after);
    }
    close(start, text.len());
    all
}

/// Whether a word may begin or end between two characters: not between two of one word.
fn is_boundary(before: char, after: char) -> bool {
    if before.is_ascii() && after.is_ascii() {
        return !(before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric());
    }
    !(in_word(before) && in_word(after)) || ((is_spaceless(before) || is_spaceless(after)) && !is_mark(after))
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c)
}

/// Scripts that write words without spaces between them.
fn is_spaceless(c: char) -> bool {
    use Script::*;
    !c.is_ascii() && matches!(c.script(), Han | Hiragana | Katakana | Thai | Lao | Khmer | Myanmar | Tibetan)
}

/// A hash that is quick rather than strong: what it is asked for was chosen by policy editors, and texts only look up.
#[derive(Default)]
struct Quick(u64);

const FACTOR: u64 = 0xf135_7aea_2e62_a9c5;

impl Quick {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    }
}

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.add(u64::from_le_bytes(last));
    }

    fn write_u8(&mut self, byte: u8) {
        self.add(byte.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.add(word);
    }

    fn finish(&self) -> u64 {
        // The table reads the low bits, and a product's good ones are high.
        self.0.rotate_left(26)
    }
}
