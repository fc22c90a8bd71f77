//! A text on its way through normalisation: characters that remember which raw bytes they stand for.
//!
//! Used by every stage. It must never lose the order of the text: stages replace, drop or join characters, and spans
//! are looked up over what is left.

use crate::domain::signal::Disguise;

/// A character and the raw bytes it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    /// The character as it stands now.
    pub(super) ch: char,
    /// First raw byte.
    pub(super) start: u32,
    /// One past the last raw byte.
    pub(super) end: u32,
    /// Whether a disguise was undone here.
    pub(super) changed: bool,
}

impl Cell {
    /// The same bytes with another character, as an undone disguise.
    pub(super) fn unmasked(self, ch: char) -> Self {
        Self { ch, changed: true, ..self }
    }
}

/// Cells of a raw text. Texts of 4 GiB and more do not get here: intake bounds fields far below.
pub(super) fn cells_of(raw: &str) -> Vec<Cell> {
    let mut start = 0u32;
    raw.chars()
        .map(|ch| {
            let end = start + ch.len_utf8() as u32;
            let cell = Cell { ch, start, end, changed: false };
            start = end;
            cell
        })
        .collect()
}

/// Which disguises were undone so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Changes(u8);

impl Changes {
    /// Notes one.
    pub(super) fn note(&mut self, disguise: Disguise) {
        self.0 |= 1 << disguise as u8;
    }

    /// All noted, in the order of the enumeration.
    pub(super) fn list(self) -> Vec<Disguise> {
        Disguise::ALL.iter().copied().filter(|d| self.0 & (1 << *d as u8) != 0).collect()
    }
}

/// A letter of any script, or a mark that sits on one.
pub(super) fn is_letter_or_mark(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { c.is_alphabetic() || is_mark(c) }
}

/// A combining mark (general category M).
pub(crate) fn is_mark(c: char) -> bool {
    use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
    !c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Mark
}

/// The half-open ranges of maximal runs of cells for which `inside` holds.
pub(super) fn runs(cells: &[Cell], inside: impl Fn(char) -> bool) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut open = None;
    for (i, cell) in cells.iter().enumerate() {
        match (inside(cell.ch), open) {
            (true, None) => open = Some(i),
            (false, Some(from)) => {
                found.push(from..i);
                open = None;
            }
            _ => {}
        }
    }
    if let Some(from) = open {
        found.push(from..cells.len());
    }
    found
}
