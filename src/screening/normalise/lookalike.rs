//! Letters of one script that pass for another's, word by word.
//!
//! A word is folded where it mixes Latin with look-alikes, or is made of look-alikes alone inside a Latin text. It must
//! never touch a word of a text that is really written in its script.

use super::{
    cells::{Cell, Changes, is_letter_or_mark, is_mark, runs},
    lookalike_table::{Likeness, cyrillic, is_accented, is_decoration, latin},
};
use crate::domain::signal::Disguise;
use std::ops::Range;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

/// A text is Latin around a foreign word when it has this many Latin letters for each one that can only be foreign.
const LATIN_MAJORITY: usize = 4;

/// How much of a text is beyond doubt Latin or foreign.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Surroundings {
    latin: usize,
    foreign: usize,
}

impl Surroundings {
    /// Counts raw texts read beside the one at hand.
    pub(super) fn of_texts(texts: &[&str]) -> Self {
        texts.iter().fold(Self::default(), |sum, text| sum.and(Self::of(&super::cells::cells_of(text))))
    }

    fn of(cells: &[Cell]) -> Self {
        let mut sum = Self::default();
        for word in runs(cells, is_letter_or_mark) {
            match kind(&cells[word.clone()]) {
                Kind::Latin | Kind::Mixed => sum.latin += word.len(),
                Kind::Foreign => sum.foreign += word.len(),
                Kind::LooksLatin | Kind::Nothing => {}
            }
        }
        sum
    }

    fn and(self, other: Self) -> Self {
        Self { latin: self.latin + other.latin, foreign: self.foreign + other.foreign }
    }

    fn are_latin(self) -> bool {
        self.latin > 0 && self.latin >= LATIN_MAJORITY * self.foreign
    }
}

/// What a word is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Latin,
    /// Latin and something else.
    Mixed,
    /// No Latin letter, but every letter passes for one.
    LooksLatin,
    Foreign,
    /// Marks alone.
    Nothing,
}

fn kind(word: &[Cell]) -> Kind {
    let (mut latin_letters, mut lookalikes, mut others) = (0, 0, 0);
    for cell in word.iter().filter(|c| !is_mark(c.ch)) {
        match cell.ch {
            c if is_latin(c) => latin_letters += 1,
            c if passes_unseen(c) => lookalikes += 1,
            _ => others += 1,
        }
    }
    match (latin_letters, lookalikes, others) {
        (0, 0, 0) => Kind::Nothing,
        (_, 0, 0) => Kind::Latin,
        (0, _, 0) => Kind::LooksLatin,
        (0, _, _) => Kind::Foreign,
        _ => Kind::Mixed,
    }
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || (!c.is_ascii() && c.script() == Script::Latin)
}

/// Whether a letter of an alphabet that shares shapes with Latin is the same to the eye as a Latin one.
fn passes_unseen(c: char) -> bool {
    use Script::*;
    let shares_shapes = matches!(
        c.script(),
        Cyrillic | Greek | Armenian | Cherokee | Lisu | Coptic | Canadian_Aboriginal | Deseret | Osage
    );
    shares_shapes && matches!(latin(c), Some((_, Likeness::Same)))
}

/// A letter, a mark, or a sign that passes for a letter.
fn in_word(c: char) -> bool {
    is_letter_or_mark(c) || (!c.is_ascii() && !c.is_whitespace() && latin(c).is_some())
}

/// A sign at the edge of a word is a sign (`¡Compra`, `Price†`); only money in front may be a letter (`₣ree`).
fn without_outer_signs(cells: &[Cell], word: Range<usize>) -> Range<usize> {
    let is_sign = |c: char| !is_letter_or_mark(c);
    let is_money = |c: char| c.general_category() == GeneralCategory::CurrencySymbol;
    let mut word = word;
    while word.end > word.start && is_sign(cells[word.end - 1].ch) {
        word.end -= 1;
    }
    while word.start < word.end && is_sign(cells[word.start].ch) && !is_money(cells[word.start].ch) {
        word.start += 1;
    }
    word
}

/// Folds look-alikes.
pub(super) fn fold(mut cells: Vec<Cell>, around: &Surroundings, changes: &mut Changes) -> Vec<Cell> {
    let words: Vec<Range<usize>> = runs(&cells, in_word).into_iter().map(|w| without_outer_signs(&cells, w)).collect();
    let is_latin_text = Surroundings::of(&cells).and(*around).are_latin();
    let kinds: Vec<Kind> = words.iter().map(|w| kind(&cells[w.clone()])).collect();
    for (i, word) in words.into_iter().enumerate() {
        let near_foreign =
            [i.checked_sub(1), Some(i + 1)].into_iter().flatten().any(|j| kinds.get(j) == Some(&Kind::Foreign));
        let word = &mut cells[word];
        match kinds[i] {
            Kind::Latin => fold_decoration(word, changes),
            Kind::Mixed => fold_mixed(word, changes),
            Kind::LooksLatin if is_latin_text && !near_foreign && word.len() > 1 => {
                fold_each(word, changes);
            }
            Kind::LooksLatin | Kind::Foreign | Kind::Nothing => {}
        }
    }
    cells
}

fn fold_each(word: &mut [Cell], changes: &mut Changes) {
    fold_where(word, |c| !is_latin(c), changes);
}

fn fold_decoration(word: &mut [Cell], changes: &mut Changes) {
    fold_where(word, is_decoration, changes);
}

fn fold_where(word: &mut [Cell], folds: impl Fn(char) -> bool, changes: &mut Changes) {
    let is_upper = word.iter().any(|c| c.ch.is_uppercase()) && !word.iter().any(|c| c.ch.is_lowercase());
    for cell in word.iter_mut().filter(|c| folds(c.ch)) {
        if let Some((letter, _)) = latin(cell.ch) {
            // Signs have no case of their own.
            *cell = cell.unmasked(if is_upper { letter.to_ascii_uppercase() } else { letter });
            changes.note(Disguise::Homoglyph);
        }
    }
}

/// A word with Latin and other letters: Latin if all others pass for Latin, else Cyrillic if all Latin ones pass for that.
fn fold_mixed(word: &mut [Cell], changes: &mut Changes) {
    let is_unit = word.len() <= 3 && word[0].ch.script() == Script::Greek && word[1..].iter().all(|c| is_latin(c.ch));
    if is_unit {
        // `μm`, `μSv`, `Δt`.
        return;
    }
    let foreign = |c: &&Cell| !is_latin(c.ch) && !is_mark(c.ch);
    let latin_letters = word.iter().filter(|c| is_latin(c.ch)).count();
    let unlike_latin = word.iter().filter(foreign).filter(|c| latin(c.ch).is_none()).count();
    let certainly_cyrillic = word.iter().filter(|c| c.ch.script() == Script::Cyrillic && !passes_unseen(c.ch)).count();
    let all_pass_for_cyrillic = word.iter().filter(|c| is_latin(c.ch)).all(|c| cyrillic(c.ch).is_some())
        && word.iter().filter(foreign).all(|c| c.ch.script() == Script::Cyrillic);
    if all_pass_for_cyrillic && (certainly_cyrillic > latin_letters || unlike_latin > 0) {
        for cell in word.iter_mut() {
            if let Some(letter) = cyrillic(cell.ch) {
                *cell = cell.unmasked(letter);
            }
        }
    } else if unlike_latin == 0 {
        fold_where(word, |c| !is_latin(c) || (!c.is_ascii() && !is_accented(c)), changes);
    } else {
        return;
    }
    changes.note(Disguise::Homoglyph);
    changes.note(Disguise::MixedScript);
}
