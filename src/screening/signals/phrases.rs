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
    /// Numbers of pieces of two to sixteen bytes, by their bytes; a piece of one byte has its byte for a number.
    short: HashMap<u128, u32, BuildHasherDefault<Quick>>,
    /// Numbers of longer pieces.
    long: HashMap<Box<str>, u32, BuildHasherDefault<Quick>>,
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
        all.short.shrink_to_fit();
        all.long.shrink_to_fit();
        all.next.shrink_to_fit();
        all
    }

    fn add(&mut self, phrase: &str, entry: EntryRef) {
        let mut node = NONE;
        let mut all = Vec::new();
        pieces(phrase, |start, end, spaced| all.push((start, end, spaced)));
        for (at, (start, end, spaced)) in all.into_iter().enumerate() {
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
        let known = self.known(piece.as_bytes());
        if known != NONE {
            return known;
        }
        let number = BYTES + u32::try_from(self.short.len() + self.long.len()).unwrap_or(NONE - BYTES);
        match packed(piece.as_bytes()) {
            Some(packed) => drop(self.short.insert(packed, number)),
            None => drop(self.long.insert(piece.into(), number)),
        }
        number
    }

    /// The number of a piece; [`NONE`] for one that stands in no phrase.
    fn known(&self, piece: &[u8]) -> u32 {
        match piece {
            [byte] => u32::from(*byte),
            _ => match packed(piece) {
                Some(packed) => self.short.get(&packed),
                None => str::from_utf8(piece).ok().and_then(|piece| self.long.get(piece)),
            }
            .copied()
            .unwrap_or(NONE),
        }
    }

    /// All occurrences on word boundaries, overlapping ones too, as spans of the text that was folded.
    pub(super) fn find(&self, folded: &Folded) -> Vec<Found> {
        let mut found = Vec::new();
        if self.first.is_empty() {
            return found;
        }
        let text = &folded.text;
        let mut all = Vec::with_capacity(text.len() / 3);
        pieces(text, |start, end, spaced| {
            let number = self.known(&text.as_bytes()[start..end]);
            all.push(Piece { number, spaced, start: start as u32, end: end as u32 });
        });
        let pieces = all;
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

/// The bytes of a short piece as one number. No longer piece has a zero byte in it: that is a piece of its own.
fn packed(piece: &[u8]) -> Option<u128> {
    let mut bytes = [0; 16];
    bytes.get_mut(..piece.len())?.copy_from_slice(piece);
    Some(u128::from_le_bytes(bytes))
}

fn key(node: u32, number: u32, spaced: bool) -> u64 {
    u64::from(node) << 32 | u64::from(number) << 1 | u64::from(spaced)
}

/// Gives the pieces of a text with their bytes. A space is no piece of its own: it says of the next one that it stood
/// before.
fn pieces(text: &str, mut take: impl FnMut(usize, usize, bool)) {
    let bytes = text.as_bytes();
    let (mut start, mut spaced) = (0, false);
    let mut close = |start: usize, end: usize| {
        // Folding leaves no two spaces beside each other.
        if end - start == 1 && bytes[start] == b' ' {
            spaced = true;
        } else if start < end {
            take(start, end, spaced);
            spaced = false;
        }
    };
    if text.is_ascii() {
        let mut in_word = false;
        for (at, byte) in bytes.iter().enumerate() {
            let word = byte.is_ascii_alphanumeric();
            if !(word && in_word) {
                close(start, at);
                start = at;
            }
            in_word = word;
        }
    } else {
        let mut before: Option<char> = None;
        for (at, after) in text.char_indices() {
            if before.is_some_and(|before| is_boundary(before, after)) {
                close(start, at);
                start = at;
            }
            before = Some(after);
        }
    }
    close(start, text.len());
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

    fn write_u128(&mut self, word: u128) {
        self.add(word as u64);
        self.add((word >> 64) as u64);
    }

    fn finish(&self) -> u64 {
        // The table reads the low bits, and a product's good ones are high.
        self.0.rotate_left(26)
    }
}
