//! Removes what nobody sees: zero-width, bidirectional and tag characters, variation selectors, soft hyphens, controls.
//!
//! It must never remove what shapes visible text: joiners inside emoji and inside scripts that need them.

use super::cells::{Cell, Changes};
use crate::domain::signal::Disguise;
use unicode_properties::UnicodeEmoji;
use unicode_script::{Script, UnicodeScript};

const RIGHT_TO_LEFT_OVERRIDE: char = '\u{202E}';
const POP_DIRECTION: char = '\u{202C}';
const ZERO_WIDTH_NON_JOINER: char = '\u{200C}';
const ZERO_WIDTH_JOINER: char = '\u{200D}';
const SOFT_HYPHEN: char = '\u{AD}';
const EMOJI_STYLE: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';

/// Default_Ignorable_Code_Point (DerivedCoreProperties), the interlinear annotations, and nothing visible. Sorted.
const INVISIBLE: &[(char, char)] = &[
    ('\u{AD}', '\u{AD}'),
    ('\u{34F}', '\u{34F}'),
    ('\u{61C}', '\u{61C}'),
    ('\u{115F}', '\u{1160}'),
    ('\u{17B4}', '\u{17B5}'),
    ('\u{180B}', '\u{180F}'),
    ('\u{200B}', '\u{200F}'),
    ('\u{202A}', '\u{202E}'),
    ('\u{2060}', '\u{206F}'),
    ('\u{FE00}', '\u{FE0F}'),
    ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FFF0}', '\u{FFFB}'),
    ('\u{1BCA0}', '\u{1BCA3}'),
    ('\u{1D173}', '\u{1D17A}'),
    ('\u{E0000}', '\u{E0FFF}'),
];

fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control() && c != '\n';
    }
    c.is_control()
        || INVISIBLE
            .binary_search_by(|(lo, hi)| {
                if *hi < c {
                    std::cmp::Ordering::Less
                } else if *lo > c {
                    std::cmp::Ordering::Greater
                } else {
                    std::cmp::Ordering::Equal
                }
            })
            .is_ok()
}

/// Removes invisible characters, makes every kind of blank a space or a line break, and turns text back that an override
/// shows from right to left.
pub(super) fn remove(cells: Vec<Cell>, changes: &mut Changes) -> Vec<Cell> {
    let mut out: Vec<Cell> = Vec::with_capacity(cells.len());
    let mut hidden_since_last = false;
    let mut reversed_from: Option<usize> = None;
    for (i, cell) in cells.iter().enumerate() {
        let next = cells.get(i + 1).map(|c| c.ch);
        let visible = match cell.ch {
            '\r' if next == Some('\n') => None,
            '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\t' | '\u{B}' | '\u{C}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}' => Some(' '),
            c if is_invisible(c) && !shapes(c, out.last().map(|c| c.ch), next) => None,
            c => Some(c),
        };
        if let Some(from) = reversed_from
            && (cell.ch == POP_DIRECTION || visible == Some('\n'))
        {
            turn_back(&mut out[from..], changes);
            reversed_from = None;
        } else if cell.ch == RIGHT_TO_LEFT_OVERRIDE && reversed_from.is_none() {
            reversed_from = Some(out.len());
        }
        let Some(ch) = visible else {
            hidden_since_last |= !matches!(cell.ch, '\r' | SOFT_HYPHEN) || splits_letters(&cells, i);
            continue;
        };
        let mut cell = Cell { ch, ..*cell };
        if std::mem::take(&mut hidden_since_last)
            && ch.is_alphanumeric()
            && let Some(last) = out.last_mut().filter(|last| last.ch.is_alphanumeric())
        {
            last.changed = true;
            cell.changed = true;
            changes.note(Disguise::Invisible);
        }
        out.push(cell);
    }
    if let Some(from) = reversed_from {
        turn_back(&mut out[from..], changes);
    }
    out
}

/// Whether a soft hyphen cuts off a single letter: typesetters hyphenate between syllables.
fn splits_letters(cells: &[Cell], i: usize) -> bool {
    let is_hyphen = |j: Option<usize>| j.and_then(|j| cells.get(j)).is_some_and(|c| c.ch == SOFT_HYPHEN);
    cells[i].ch == SOFT_HYPHEN && (is_hyphen(i.checked_sub(2)) || is_hyphen(Some(i + 2)))
}

/// Puts overridden Latin text into reading order. Scripts that run from right to left read the same either way.
fn turn_back(cells: &mut [Cell], changes: &mut Changes) {
    if cells.iter().any(|c| c.ch.is_ascii_alphabetic()) {
        cells.reverse();
        cells.iter_mut().for_each(|c| c.changed = true);
        changes.note(Disguise::Invisible);
    }
}

/// Whether an invisible character belongs to what is seen around it.
fn shapes(c: char, before: Option<char>, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    let is_emoji = |c: char| !c.is_ascii() && (c.is_emoji_char() || c == EMOJI_STYLE);
    match c {
        EMOJI_STYLE => before != EMOJI_STYLE && (is_emoji(before) || after == Some(KEYCAP)),
        ZERO_WIDTH_JOINER if is_emoji(before) => after.is_some_and(is_emoji),
        ZERO_WIDTH_JOINER | ZERO_WIDTH_NON_JOINER => joins(before) && after.is_some_and(joins),
        _ => false,
    }
}

/// Scripts in which joiners change how words look: they are spelling there.
fn joins(c: char) -> bool {
    use Script::*;
    matches!(
        c.script(),
        Arabic
            | Syriac
            | Mongolian
            | Nko
            | Devanagari
            | Bengali
            | Gurmukhi
            | Gujarati
            | Oriya
            | Tamil
            | Telugu
            | Kannada
            | Malayalam
            | Sinhala
            | Khmer
            | Myanmar
            | Tibetan
    )
}
