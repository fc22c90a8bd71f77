//! Styled letters that Unicode's compatibility forms do not fold: flags used as letters, black circles and squares,
//! parenthesised letters, small capitals.
//!
//! The first stage, before invisible characters go, since those keep flags apart. It must never fold a real flag or a
//! lone sign such as the parking sign.

use super::cells::{Cell, Changes};
use crate::domain::{place::Country, signal::Disguise};

/// Folds styled letters.
pub(super) fn fold(mut cells: Vec<Cell>, changes: &mut Changes) -> Vec<Cell> {
    fold_flags(&mut cells, changes);
    for i in 0..cells.len() {
        let plain = match cells[i].ch {
            c if c.is_ascii() => None,
            c if black_letter(c).is_some() => black_letter(c).filter(|_| has_company(&cells, i)),
            c => parenthesised(c).or_else(|| small_capital(c)),
        };
        if let Some(plain) = plain {
            cells[i] = cells[i].unmasked(plain);
            changes.note(Disguise::Styled);
        }
    }
    cells
}

/// Regional indicators make a flag in pairs that name a country; any other run of them is read as letters.
fn fold_flags(cells: &mut [Cell], changes: &mut Changes) {
    for run in super::cells::runs(cells, |c| regional_letter(c).is_some()) {
        let letters: Vec<char> = cells[run.clone()].iter().filter_map(|c| regional_letter(c.ch)).collect();
        let all_flags =
            letters.len().is_multiple_of(2) && letters.chunks(2).all(|pair| is_flag(&pair.iter().collect::<String>()));
        if !all_flags {
            for (cell, letter) in cells[run].iter_mut().zip(letters) {
                *cell = cell.unmasked(letter);
            }
            changes.note(Disguise::Styled);
        }
    }
}

fn is_flag(code: &str) -> bool {
    matches!(code, "EU" | "UN" | "XK" | "AC" | "CP" | "DG" | "EA" | "IC" | "TA") || code.parse::<Country>().is_ok()
}

fn letter_after(first: char, c: char, base: u8) -> Option<char> {
    let at = (c as u32).checked_sub(first as u32)?;
    u8::try_from(at).ok().filter(|at| *at < 26).map(|at| char::from(base + at))
}

fn regional_letter(c: char) -> Option<char> {
    letter_after('\u{1F1E6}', c, b'A')
}

/// White letters on black circles and squares. Four of them are also blood types and the parking sign.
fn black_letter(c: char) -> Option<char> {
    letter_after('\u{1F150}', c, b'A').or_else(|| letter_after('\u{1F170}', c, b'A'))
}

/// `⒜` and `🄐`, which compatibility forms turn into three characters.
fn parenthesised(c: char) -> Option<char> {
    letter_after('\u{249C}', c, b'a').or_else(|| letter_after('\u{1F110}', c, b'A'))
}

/// Whether a black letter stands in a word: next to a letter, or one space away from another black letter.
fn has_company(cells: &[Cell], i: usize) -> bool {
    let at = |j: Option<usize>| j.and_then(|j| cells.get(j)).map(|c| c.ch);
    let is_styled = |c: Option<char>| c.is_some_and(|c| black_letter(c).is_some());
    let beside = |near: Option<usize>, far: Option<usize>| {
        at(near).is_some_and(char::is_alphabetic)
            || is_styled(at(near))
            || (at(near) == Some(' ') && is_styled(at(far)))
    };
    let was_folded = i > 0 && cells[i - 1].changed || (i > 1 && cells[i - 1].ch == ' ' && cells[i - 2].changed);
    was_folded || beside(i.checked_sub(1), i.checked_sub(2)) || beside(Some(i + 1), Some(i + 2))
}

/// Small capitals of the phonetic blocks, which people use as a typeface.
fn small_capital(c: char) -> Option<char> {
    const FROM: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ";
    const TO: &str = "abcdefghijklmnopqrstuvwyz";
    FROM.chars().zip(TO.chars()).find_map(|(from, to)| (from == c).then_some(to))
}
