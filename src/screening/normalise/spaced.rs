//! Letters spaced, dotted or dashed out (`v i a g r a`, `c.a.s.i.n.o`, `F-R-E-E`) joined into words.
//!
//! It must never join fewer than four letters (initials, `U.S.A.`), nor letters that are listed in alphabetical order.

use super::{
    cells::{Cell, Changes},
    words::can_be_said,
};
use crate::domain::signal::Disguise;

/// Single letters in a row that make a word.
const LETTERS: usize = 4;
/// Characters between two of them at most.
const GAP: usize = 3;

/// A letter that people space out, or a sign that stands for one.
fn is_unit(c: char) -> bool {
    use unicode_script::{Script, UnicodeScript};
    is_stand_in(c)
        || c.is_ascii_alphabetic()
        || (!c.is_ascii()
            && c.is_alphabetic()
            && matches!(c.script(), Script::Latin | Script::Cyrillic | Script::Greek))
}

/// Digits and signs that leet uses for letters.
fn is_stand_in(c: char) -> bool {
    matches!(c, '0' | '1' | '3' | '4' | '5' | '7' | '@' | '$' | '!')
}

fn touches_word(c: char) -> bool {
    c.is_alphanumeric() || c == '@' || c == '$' || c == '\''
}

/// Joins them.
pub(super) fn join(cells: Vec<Cell>, changes: &mut Changes) -> Vec<Cell> {
    let mut out: Vec<Cell> = Vec::with_capacity(cells.len());
    let mut i = 0;
    while i < cells.len() {
        let starts = is_unit(cells[i].ch) && (i == 0 || !touches_word(cells[i - 1].ch));
        let units = if starts { spaced_from(&cells, i) } else { vec![i] };
        let last = units[units.len() - 1];
        // The last letter of a run that is no word may begin another, with another gap.
        let spells = is_word(&cells, &units);
        let next = if units.len() > 1 && !spells { last } else { last + 1 };
        if spells {
            out.extend(units.iter().map(|at| cells[*at].unmasked(cells[*at].ch)));
            changes.note(Disguise::Spaced);
        } else {
            out.extend_from_slice(&cells[i..next]);
        }
        i = next;
    }
    out
}

/// Positions of single letters from `first` on, all with the same gap between them.
fn spaced_from(cells: &[Cell], first: usize) -> Vec<usize> {
    let mut units = vec![first];
    let mut gap: Option<std::ops::Range<usize>> = None;
    let same = |a: std::ops::Range<usize>, b: std::ops::Range<usize>| {
        a.len() == b.len() && cells[a].iter().zip(&cells[b]).all(|(x, y)| x.ch == y.ch)
    };
    let mut last = first;
    loop {
        let from = last + 1;
        let mut to = from;
        while to < cells.len() && to - from <= GAP && !touches_word(cells[to].ch) {
            to += 1;
        }
        let is_gap = to > from && to - from <= GAP && to < cells.len() && separates(&cells[from..to]);
        if !is_gap || !is_unit(cells[to].ch) || cells.get(to + 1).is_some_and(|c| touches_word(c.ch)) {
            break;
        }
        match &gap {
            Some(first_gap) if !same(first_gap.clone(), from..to) => break,
            Some(_) => {}
            None => gap = Some(from..to),
        }
        units.push(to);
        last = to;
    }
    units
}

/// Enumerations and sums are no spelling.
fn separates(gap: &[Cell]) -> bool {
    let enumerates = gap.len() > 1 && gap.iter().any(|c| matches!(c.ch, ',' | ';' | '/' | '|' | '\n'));
    !enumerates && !gap.iter().any(|c| matches!(c.ch, '&' | '=' | ':' | '%' | '(' | ')' | '"' | '?' | '#'))
}

fn is_word(cells: &[Cell], units: &[usize]) -> bool {
    let word: Vec<char> = units.iter().map(|at| cells[*at].ch).collect();
    let letters = word.iter().filter(|c| !is_stand_in(**c)).count();
    let listed = word.windows(2).all(|pair| pair[1] as u32 == pair[0] as u32 + 1);
    let repeated = word.windows(2).all(|pair| pair[0] == pair[1]);
    // `D A Y 3` counts, `c 4 s i n 0` spells.
    let inside = word.get(1..word.len() - 1).unwrap_or_default();
    let spells = letters >= LETTERS || inside.iter().any(|c| is_stand_in(*c));
    word.len() >= LETTERS
        && spells
        && 2 * letters >= word.len()
        && !listed
        && !repeated
        && !is_acronym(cells, &word, units)
}

/// `Y.M.C.A.`: dotted capitals that cannot be said.
fn is_acronym(cells: &[Cell], word: &[char], units: &[usize]) -> bool {
    let dotted = cells[units[0] + 1].ch == '.' && units[1] == units[0] + 2;
    let lower: String = word.iter().map(char::to_ascii_lowercase).collect();
    dotted && word.iter().all(char::is_ascii_uppercase) && !can_be_said(&lower, false)
}
