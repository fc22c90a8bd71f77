//! NFKC, character by character, so that every character keeps its raw bytes; and stacked marks (zalgo) removed.
//!
//! It must never take an accent that a language writes, nor sort an unbounded run of marks.

use super::cells::{Cell, Changes, is_mark, runs};
use crate::domain::signal::Disguise;
use unicode_normalization::{
    IsNormalized, UnicodeNormalization, char::canonical_combining_class, char::decompose_compatible, is_nfkc_quick,
};
use unicode_script::{Script, UnicodeScript};

/// Marks that languages put on letters. Everything else that stacks on a Latin, Greek or Cyrillic letter is decoration.
const ACCENTS: &str = "\u{300}\u{301}\u{302}\u{303}\u{304}\u{306}\u{307}\u{308}\u{309}\u{30A}\u{30B}\u{30C}\u{30F}\u{311}\u{313}\u{314}\u{31B}\u{323}\u{325}\u{326}\u{327}\u{328}\u{32D}\u{32E}\u{330}\u{331}\u{342}\u{345}";
/// More marks than this on one letter are a stack, in scripts that write few (Vietnamese writes two).
const STACK: usize = 2;
/// Polytonic Greek writes three.
const STACK_GREEK: usize = 3;
/// Scripts with their own vowel and tone marks: what any of them writes on one letter.
const STACK_OTHER: usize = 6;
const EMOJI_STYLE: char = '\u{FE0F}';

/// Composes the text to NFKC.
pub(super) fn compose(cells: Vec<Cell>, changes: &mut Changes) -> Vec<Cell> {
    let mut out = Vec::with_capacity(cells.len());
    let mut from = 0;
    while from < cells.len() {
        let mut to = from + 1;
        while to < cells.len() && !begins_segment(cells[to].ch) {
            to += 1;
        }
        let next = cells.get(to).map(|c| c.ch);
        match &cells[from..to] {
            [one] if one.ch.is_ascii() => out.push(*one),
            [one] => compose_one(*one, next, &mut out, changes),
            many => compose_many(many, &mut out, changes),
        }
        from = to;
    }
    strip_scattered_marks(out, changes)
}

/// Whether nothing before this character can merge with it.
fn begins_segment(c: char) -> bool {
    if c.is_ascii() {
        return true;
    }
    if is_mark(c) && c.script() == Script::Inherited {
        return false;
    }
    let mut first = None;
    decompose_compatible(c, |d| first = first.or(Some(d)));
    let first = first.unwrap_or(c);
    canonical_combining_class(first) == 0 && is_nfkc_quick(std::iter::once(first)) != IsNormalized::Maybe
}

/// Characters whose compatibility form says less than they do: it glues digits and words to what stands before them
/// (`™`, `m²`, `½`) or splits an accent from its letter (`´`).
fn keeps_form(c: char, next: Option<char>) -> bool {
    let glued =
        matches!(c, '™' | '℠' | 'ª' | 'º' | '¹' | '²' | '³' | '⁰'..='⁹' | '₀'..='₉' | '¼'..='¾' | '⅐'..='⅟' | '↉');
    if glued {
        return !next.is_some_and(char::is_alphabetic);
    }
    let mut form = [None; 2];
    decompose_compatible(c, |d| {
        if let Some(free) = form.iter_mut().find(|f| f.is_none()) {
            *free = Some(d);
        }
    });
    matches!(form, [Some(' '), Some(_)])
}

fn compose_one(cell: Cell, next: Option<char>, out: &mut Vec<Cell>, changes: &mut Changes) {
    let c = cell.ch;
    if is_mark(c) && c.script() == Script::Inherited {
        // A mark with no letter under it.
        changes.note(Disguise::Combining);
        return;
    }
    if keeps_form(c, next) {
        out.push(cell);
        return;
    }
    let at = out.len();
    out.extend(std::iter::once(c).nfkc().map(|ch| Cell { ch, ..cell }));
    if let [folded] = &mut out[at..]
        && folded.ch.is_ascii_alphabetic()
    {
        folded.changed = true;
        changes.note(Disguise::Styled);
    }
}

fn compose_many(cells: &[Cell], out: &mut Vec<Cell>, changes: &mut Changes) {
    let base = cells[0];
    let (start, end) = (base.start.min(cells[cells.len() - 1].start), base.end.max(cells[cells.len() - 1].end));
    let whole = |ch: char, changed: bool| Cell { ch, start, end, changed };
    if cells.len() <= 3 && cells[1].ch == EMOJI_STYLE {
        out.extend_from_slice(cells);
        return;
    }
    if cells.len() <= 3 {
        let mut composed = cells.iter().map(|c| c.ch).nfc();
        if let (Some(only), None) = (composed.next(), composed.next()) {
            out.push(whole(only, cells.iter().any(|c| c.changed)));
            return;
        }
    }
    let orphan = is_mark(base.ch) && base.ch.script() == Script::Inherited;
    let script = base.ch.script();
    let stack = match script {
        Script::Latin | Script::Cyrillic | Script::Common | Script::Inherited => STACK,
        Script::Greek => STACK_GREEK,
        _ => STACK_OTHER,
    };
    let few_marks = stack != STACK_OTHER;
    let bears_marks = base.ch.is_alphanumeric() || !few_marks;
    let fits = |c: char| {
        !few_marks
            || (bears_marks && ACCENTS.contains(c))
            || (matches!(c, '\u{20E3}' | EMOJI_STYLE) && !base.ch.is_alphabetic())
    };
    let own = std::iter::once(base.ch).nfd().filter(|c| is_mark(*c)).count();
    let marks = cells[1..].iter().filter(|c| is_mark(c.ch) && fits(c.ch)).count();
    let stacked = own + marks > stack;
    let mut kept: Vec<char> = Vec::new();
    if !orphan {
        // A stack on a letter of few marks hides the letter: all of it goes. Elsewhere the excess goes.
        let ground = if stacked && few_marks { std::iter::once(base.ch).nfd().next() } else { Some(base.ch) };
        kept.extend(ground);
    }
    let mut room = if stacked && few_marks { 0 } else { stack };
    for cell in &cells[1..] {
        if !is_mark(cell.ch) {
            kept.push(cell.ch);
        } else if room > 0 && fits(cell.ch) && !orphan {
            room -= 1;
            kept.push(cell.ch);
        }
    }
    let stripped = kept.len() < cells.len() || kept.first() != Some(&base.ch);
    if stripped {
        changes.note(Disguise::Combining);
    }
    let changed = stripped || cells.iter().any(|c| c.changed);
    out.extend(kept.into_iter().nfkc().map(|ch| whole(ch, changed)));
}

/// Marks that no language writes over plain letters, scattered through one word: all of them go.
fn strip_scattered_marks(mut cells: Vec<Cell>, changes: &mut Changes) -> Vec<Cell> {
    let mut doomed = Vec::new();
    for word in runs(&cells, super::cells::is_letter_or_mark) {
        let loose: Vec<usize> = (word.start + 1..word.end)
            .filter(|i| is_mark(cells[*i].ch) && cells[i - 1].ch.is_ascii_alphabetic())
            .collect();
        if loose.len() >= 2 {
            doomed.extend(loose);
        }
    }
    if doomed.is_empty() {
        return cells;
    }
    changes.note(Disguise::Combining);
    for i in &doomed {
        cells[i - 1].changed = true;
    }
    let mut doomed = doomed.into_iter().peekable();
    let mut i = 0;
    cells.retain(|_| {
        let gone = doomed.next_if_eq(&i).is_some();
        i += 1;
        !gone
    });
    cells
}
