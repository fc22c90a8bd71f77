//! Undoes the ways of hiding words from machines, and keeps for every character the raw bytes it came from.
//!
//! Called by `screening::signals`. What people would read is what comes out: `v1agra`, `c.a.s.i.n.o`, `ｆｒｅｅ` and a
//! Latin word spelt with Cyrillic look-alikes become plain words; prices, model numbers, accents and texts in other
//! scripts stay themselves. It must never do more than linear work, and never guess at case: matching folds case itself.
//!
//! The stages run in a fixed order, and again while they find something, so that the result is a fixed point.

mod cells;
mod compose;
mod invisible;
mod leet;
mod lookalike;
mod lookalike_table;
mod spaced;
mod styled;
#[cfg(test)]
mod tests;
mod words;

use crate::domain::signal::Disguise;
pub(crate) use cells::is_mark;
use cells::{Cell, Changes};

/// Grows with every change that may alter a normalised text.
pub const NORMALISER_VERSION: &str = "1";

/// Rounds after which normalisation stops even if it still finds something; two are the rule, the last one a check.
const ROUNDS: usize = 6;

/// A normalised text with its way back to the raw one.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalised {
    /// The text.
    pub text: String,
    /// From bytes of the text to bytes of the raw text.
    pub map: SpanMap,
    /// Share of the text's letters and digits that were disguised, 0 to 1.
    pub disguise: f64,
    /// What was undone.
    pub changes: Vec<Disguise>,
}

/// From byte positions of a normalised text to byte spans of the raw one.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanMap {
    /// Where each character begins in the normalised text, with its cell; ascending.
    characters: Vec<(u32, Cell)>,
}

impl SpanMap {
    fn of(cells: &[Cell]) -> Self {
        let mut at = 0u32;
        let characters = cells
            .iter()
            .map(|cell| {
                let here = at;
                at += cell.ch.len_utf8() as u32;
                (here, *cell)
            })
            .collect();
        Self { characters }
    }

    fn covering(&self, start: usize, end: usize) -> &[(u32, Cell)] {
        let from = self.characters.partition_point(|(at, cell)| *at as usize + cell.ch.len_utf8() <= start);
        let to = self.characters.partition_point(|(at, _)| (*at as usize) < end);
        self.characters.get(from..to).unwrap_or_default()
    }

    /// The raw bytes that the normalised bytes `start..end` stand for: the smallest span that holds them all. It begins
    /// and ends on character boundaries of the raw text. `None` for an empty or foreign span.
    pub fn raw_span(&self, start: usize, end: usize) -> Option<(u32, u32)> {
        let cells = self.covering(start, end);
        let first = cells.iter().map(|(_, c)| c.start).min()?;
        let last = cells.iter().map(|(_, c)| c.end).max()?;
        Some((first, last))
    }

    /// Whether a disguise was undone anywhere in the normalised bytes `start..end`.
    pub fn was_disguised(&self, start: usize, end: usize) -> bool {
        self.covering(start, end).iter().any(|(_, c)| c.changed)
    }
}

/// Normalises a text that stands alone.
pub fn normalise(raw: &str) -> Normalised {
    normalise_within(raw, &[])
}

/// Normalises a text that is read together with others: whether a word is a look-alike depends on what surrounds it.
pub fn normalise_within(raw: &str, others: &[&str]) -> Normalised {
    let mut cells = cells::cells_of(raw);
    let mut changes = Changes::default();
    let surroundings = lookalike::Surroundings::of_texts(others);
    for _ in 0..ROUNDS {
        let before: Vec<char> = cells.iter().map(|c| c.ch).collect();
        cells = round(cells, &surroundings, &mut changes);
        if cells.len() == before.len() && cells.iter().zip(&before).all(|(cell, ch)| cell.ch == *ch) {
            break;
        }
    }
    finish(&cells, changes)
}

fn round(mut cells: Vec<Cell>, surroundings: &lookalike::Surroundings, changes: &mut Changes) -> Vec<Cell> {
    if cells.iter().any(|c| !c.ch.is_ascii()) {
        cells = styled::fold(cells, changes);
    }
    cells = invisible::remove(cells, changes);
    if cells.iter().any(|c| !c.ch.is_ascii()) {
        cells = compose::compose(cells, changes);
        cells = lookalike::fold(cells, surroundings, changes);
    }
    cells = spaced::join(cells, changes);
    leet::read(&mut cells, changes);
    cells
}

/// Normalises a URL: percent-encoding is decoded and look-alikes are folded; leet and dots are left, since hosts and
/// ids are full of both.
pub fn normalise_url(raw: &str) -> Normalised {
    let mut changes = Changes::default();
    let mut cells = percent_decoded(raw);
    if cells.iter().any(|c| !c.ch.is_ascii() || c.ch.is_ascii_control()) {
        cells = styled::fold(cells, &mut changes);
        cells = invisible::remove(cells, &mut changes);
        cells = compose::compose(cells, &mut changes);
        cells = lookalike::fold(cells, &lookalike::Surroundings::default(), &mut changes);
    }
    finish(&cells, changes)
}

/// Cells of a URL in which `%XX` runs that are valid UTF-8 stand for their characters.
fn percent_decoded(raw: &str) -> Vec<Cell> {
    let plain = cells::cells_of(raw);
    let mut out = Vec::with_capacity(plain.len());
    let mut i = 0;
    while i < plain.len() {
        let mut bytes = Vec::new();
        while let Some(byte) = percent_byte(&plain[i + 3 * bytes.len()..]) {
            bytes.push(byte);
        }
        if bytes.is_empty() {
            out.push(plain[i]);
            i += 1;
            continue;
        }
        let run = &plain[i..i + 3 * bytes.len()];
        match std::str::from_utf8(&bytes) {
            Ok(text) => out.extend(text.char_indices().map(|(at, ch)| Cell {
                ch,
                start: run[3 * at].start,
                end: run[3 * (at + ch.len_utf8()) - 1].end,
                changed: false,
            })),
            Err(_) => out.extend_from_slice(run),
        }
        i += run.len();
    }
    out
}

fn percent_byte(cells: &[Cell]) -> Option<u8> {
    let [percent, high, low, ..] = cells else { return None };
    let value = high.ch.to_digit(16)? << 4 | low.ch.to_digit(16)?;
    if percent.ch == '%' { u8::try_from(value).ok() } else { None }
}

fn finish(cells: &[Cell], changes: Changes) -> Normalised {
    let counted = |c: &&Cell| c.ch.is_alphanumeric();
    let letters = cells.iter().filter(counted).count();
    let changed = cells.iter().filter(counted).filter(|c| c.changed).count();
    Normalised {
        text: cells.iter().map(|c| c.ch).collect(),
        map: SpanMap::of(cells),
        disguise: if letters == 0 { 0.0 } else { changed as f64 / letters as f64 },
        changes: changes.list(),
    }
}
