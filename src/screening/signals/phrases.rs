//! All phrases of all lists, found in one pass over a folded text.
//!
//! Used by lists. It must never match inside a word, except in scripts that write no spaces.

use super::{folded::Folded, lists::EntryRef};
use crate::screening::normalise::is_mark;
use aho_corasick::AhoCorasick;
use std::collections::BTreeMap;
use unicode_script::{Script, UnicodeScript};

/// Raw hits of the automaton that are looked at in one text; overlapping phrases cannot make it more.
const LOOKED_AT: usize = 20_000;

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
    automaton: Option<AhoCorasick>,
    /// Entries by the automaton's pattern.
    entries: Vec<Vec<EntryRef>>,
}

impl Phrases {
    /// Compiles folded phrases.
    pub(super) fn compile(phrases: Vec<(String, EntryRef)>) -> Result<Self, String> {
        let mut by_phrase: BTreeMap<String, Vec<EntryRef>> = BTreeMap::new();
        for (phrase, entry) in phrases {
            by_phrase.entry(phrase).or_default().push(entry);
        }
        if by_phrase.is_empty() {
            return Ok(Self::default());
        }
        let automaton = AhoCorasick::new(by_phrase.keys()).map_err(|e| format!("use fewer or shorter phrases: {e}"))?;
        Ok(Self { automaton: Some(automaton), entries: by_phrase.into_values().collect() })
    }

    /// All occurrences on word boundaries, overlapping ones too, as spans of the text that was folded.
    pub(super) fn find(&self, folded: &Folded) -> Vec<Found> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let mut found = Vec::new();
        for hit in automaton.find_overlapping_iter(&folded.text).take(LOOKED_AT) {
            if !is_boundary(&folded.text, hit.start()) || !is_boundary(&folded.text, hit.end()) {
                continue;
            }
            let Some((start, end)) = folded.source_span(hit.start(), hit.end()) else { continue };
            found.extend(self.entries[hit.pattern().as_usize()].iter().map(|&entry| Found { entry, start, end }));
        }
        found
    }
}

/// Whether a word may begin or end here: not between two characters of one word.
fn is_boundary(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at..].chars().next();
    match (before, after) {
        (Some(a), Some(b)) => !(in_word(a) && in_word(b)) || ((is_spaceless(a) || is_spaceless(b)) && !is_mark(b)),
        _ => true,
    }
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c)
}

/// Scripts that write words without spaces between them.
fn is_spaceless(c: char) -> bool {
    use Script::*;
    !c.is_ascii() && matches!(c.script(), Han | Hiragana | Katakana | Thai | Lao | Khmer | Myanmar | Tibetan)
}
