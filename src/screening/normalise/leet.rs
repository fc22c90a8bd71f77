//! Digits and signs that stand for letters (`v1agra`, `$ave`, `c@$h`), read as the word they spell.
//!
//! It must never touch prices, dates, phone and model numbers, handles and addresses: a token changes only if what
//! comes out can be said, and what was there is no number with a unit or a name with a number.

use super::{
    cells::{Cell, Changes, runs},
    words::{can_be_said, is_disguised_word, is_onset, is_plain_word, is_vowel},
};
use crate::domain::signal::Disguise;

/// Longer tokens are no words.
const LONGEST: usize = 40;
/// Longer runs of digits are numbers.
const LONGEST_NUMBER: usize = 2;

/// What a digit or sign stands for; `1` and `|` are `i` here and may be `l`.
fn stands_for(c: char) -> Option<char> {
    Some(match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '£' => 'l',
        '¥' => 'y',
        '¢' => 'c',
        _ => return None,
    })
}

fn in_token(c: char) -> bool {
    c.is_alphanumeric()
        || stands_for(c).is_some()
        || matches!(c, '.' | '/' | ':' | '_' | '-' | '%' | '#' | '&' | '=' | '?' | '+')
}

/// How far a token may be from a plain word in leet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// In a text like any other.
    Careful,
    /// In a text that is written in leet: short words and digits at the edges are read too.
    Bold,
    /// In a handle: words that are known to be disguised, nothing else.
    KnownOnly,
}

/// Words read carefully from which on a text counts as written in leet.
const WRITTEN_IN_LEET: usize = 2;

/// Reads leet in place.
pub(super) fn read(cells: &mut [Cell], changes: &mut Changes) {
    if !cells.iter().any(|c| stands_for(c.ch).is_some()) {
        return;
    }
    let careful = read_tokens(cells, Manner::Careful);
    if careful >= WRITTEN_IN_LEET {
        read_tokens(cells, Manner::Bold);
    }
    if careful > 0 {
        changes.note(Disguise::Leet);
    }
}

/// Reads every token; how many were leet.
fn read_tokens(cells: &mut [Cell], manner: Manner) -> usize {
    let mut count = 0;
    for token in runs(cells, in_token) {
        let text: String = cells[token.clone()].iter().map(|c| c.ch).collect();
        if is_address(&text) || text.starts_with("0x") {
            continue;
        }
        let manner = if text.starts_with('@') { Manner::KnownOnly } else { manner };
        for part in runs(&cells[token.clone()], |c| c.is_alphanumeric() || stands_for(c).is_some()) {
            let part = trimmed(&mut cells[token.start + part.start..token.start + part.end]);
            let Some(word) = word_in(part, manner) else { continue };
            for (cell, letter) in part.iter_mut().zip(word) {
                if cell.ch != letter {
                    *cell = cell.unmasked(letter);
                }
            }
            count += 1;
        }
    }
    count
}

/// URLs, e-mail addresses and host names.
fn is_address(token: &str) -> bool {
    let token = token.trim_end_matches(['.', '?', '!', ':']);
    if token.contains("://") || token.starts_with("www.") {
        return true;
    }
    let host = token.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let ends_in_suffix =
        psl::suffix(host.as_bytes()).is_some_and(|s| s.is_known() && s.as_bytes().len() + 1 < host.len());
    host.contains('.') && ends_in_suffix && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

/// Without the exclamation marks and bars that end a sentence or stand before it.
fn trimmed(part: &mut [Cell]) -> &mut [Cell] {
    let is_edge = |c: &Cell| matches!(c.ch, '!' | '|');
    let from = part.iter().take_while(|c| is_edge(c)).count();
    let to = part.len() - part.iter().rev().take_while(|c| is_edge(c)).count();
    if from < to { &mut part[from..to] } else { &mut part[..0] }
}

/// The word that a token spells, letter for cell, if it is leet at all.
fn word_in(cells: &[Cell], manner: Manner) -> Option<Vec<char>> {
    let chars: Vec<char> = cells.iter().map(|c| c.ch).collect();
    let letters: Vec<char> = chars.iter().copied().filter(char::is_ascii_alphabetic).collect();
    let foreign = chars.iter().any(|c| !c.is_ascii_alphabetic() && stands_for(*c).is_none());
    if letters.is_empty() || letters.len() == chars.len() || chars.len() > LONGEST || foreign || is_number(&chars) {
        return None;
    }
    let is_upper = letters.len() > 1 && letters.iter().all(char::is_ascii_uppercase);
    let spelt = spell(&chars);
    let word = match spelt.iter().find(|word| is_disguised_word(word)) {
        Some(known) => known,
        None if manner == Manner::KnownOnly || is_name(&chars, manner) => return None,
        None if manner == Manner::Bold && stands_at_edge(&chars) => {
            spelt.iter().find(|word| can_be_said(word, false))?
        }
        None if !stands_inside(&chars) || (letters.len() < 3 && manner != Manner::Bold) => return None,
        None => spelt.iter().find(|word| can_be_said(word, is_upper))?,
    };
    let cased = |c: char| if is_upper { c.to_ascii_uppercase() } else { c };
    Some(word.chars().zip(&chars).map(|(new, old)| if old.is_ascii_alphabetic() { *old } else { cased(new) }).collect())
}

/// A number: long, or with money before or behind it (`US$1M`, `5k$`), or a rate (`2@50p`).
fn is_number(chars: &[char]) -> bool {
    let is_money = |c: char| matches!(c, '$' | '€' | '£' | '¥' | '¢');
    let longest = chars.split(|c| !c.is_ascii_digit()).map(<[char]>::len).max().unwrap_or_default();
    let priced = chars.windows(2).any(|pair| (is_money(pair[0]) || pair[0] == '@') && pair[1].is_ascii_digit());
    let amount = matches!(chars, [.., digit, money] if digit.is_ascii_digit() && is_money(*money));
    longest > LONGEST_NUMBER || priced || amount
}

/// Names that hold numbers and signs by right: `$TSLA`, `Inno3D`, `#Birdies4Good`, `buy1get1`, `Knowledge@Wharton`, `I70`.
fn is_name(chars: &[char], manner: Manner) -> bool {
    let is_letter = |c: &char| c.is_ascii_alphabetic();
    let ticker = chars[0] == '$' && chars.len() <= 6 && chars[1..].iter().all(char::is_ascii_uppercase);
    let pieces: Vec<&[char]> = chars.split(|c| !c.is_ascii_alphabetic()).filter(|piece| !piece.is_empty()).collect();
    let lower = |piece: &[char]| piece.iter().map(char::to_ascii_lowercase).collect::<String>();
    let plain_words = pieces.iter().all(|piece| is_plain_word(&lower(piece)));
    let Some(first) = chars.iter().position(is_letter) else { return true };
    let ends_in_number = matches!(chars, [.., a, b] if a.is_ascii_digit() && b.is_ascii_digit() && a != b);
    ticker
        || ends_in_number
        || plain_words
        || (first > 0
            && chars.iter().any(char::is_ascii_lowercase)
            && chars[first + 1..].iter().any(char::is_ascii_uppercase))
        || between_letters(chars).any(|(before, signs, after)| is_glue(before, signs, after, manner))
}

/// Every run of digits and signs that stands between letters, with the letters on both sides.
fn between_letters(chars: &[char]) -> impl Iterator<Item = (&[char], &[char], &[char])> {
    let is_letter = |c: &char| c.is_ascii_alphabetic();
    let runs: Vec<&[char]> = chars.chunk_by(move |a, b| is_letter(a) == is_letter(b)).collect();
    let from = runs.iter().position(|run| is_letter(&run[0])).unwrap_or_default();
    let triples: Vec<_> = runs[from..].windows(3).step_by(2).map(|t| (t[0], t[1], t[2])).collect();
    triples.into_iter()
}

/// Whether signs between two runs of letters join two things rather than stand for letters.
fn is_glue(before: &[char], signs: &[char], after: &[char], manner: Manner) -> bool {
    let is_number = signs.iter().all(char::is_ascii_digit);
    let both_long = before.len() >= 3 && after.len() >= 3;
    let said = |piece: &[char]| can_be_said(&piece.iter().map(char::to_ascii_lowercase).collect::<String>(), false);
    let new_word =
        before.last().is_some_and(char::is_ascii_lowercase) && after.first().is_some_and(char::is_ascii_uppercase);
    let ordinal = is_number
        && matches!(after, ['s', 't', ..] | ['n', 'd', ..] | ['r', 'd', ..] | ['t', 'h', ..])
        && before.len() != 1;
    let two_digits = is_number && signs.len() == 2 && signs[0] != signs[1];
    let may_count = is_number && !signs.iter().all(|c| matches!(c, '0' | '3')) && manner != Manner::Bold;
    let counts = may_count && both_long && said(before) && said(after);
    new_word || ordinal || two_digits || counts || (signs == ['@'] && both_long)
}

/// The readings to try, lower case, best first: `1` as `i`, then as `l` (between a first `c`, `p` or their like and a
/// vowel the other way round).
fn spell(chars: &[char]) -> Vec<String> {
    let base: Vec<char> = chars.iter().map(|c| stands_for(*c).unwrap_or(c.to_ascii_lowercase())).collect();
    let ambiguous: Vec<usize> = (0..chars.len()).filter(|i| matches!(chars[*i], '1' | '|')).collect();
    if ambiguous.is_empty() {
        return vec![base.into_iter().collect()];
    }
    let with = |is_l: &dyn Fn(usize) -> bool| -> String {
        base.iter().enumerate().map(|(i, c)| if ambiguous.contains(&i) && is_l(i) { 'l' } else { *c }).collect()
    };
    let by_context = |i: usize| {
        let before = i.checked_sub(1).map(|j| base[j]);
        let after = base.get(i + 1).copied();
        let vowel_after = after.is_some_and(is_vowel);
        let makes_onset =
            i == 1 && chars.len() > 3 && before.is_some_and(|b| !is_vowel(b) && is_onset(&format!("{b}l")));
        (makes_onset && vowel_after)
            || before == Some('i')
            || after == Some('i')
            || (before.is_some_and(is_vowel) && vowel_after)
    };
    vec![with(&by_context), with(&|_| false), with(&|_| true)]
}

/// Whether a digit stands before or behind letters as numbers seldom do: `0vernight`, `1nstant`, `zer0`, `entr4`, `n0`.
fn stands_at_edge(chars: &[char]) -> bool {
    let letters = |part: &[char]| part.iter().filter(|c| c.is_ascii_lowercase()).count();
    match chars {
        ['0', rest @ ..] if letters(rest) >= 4 => true,
        ['1', rest @ ..] if letters(rest) >= 5 => true,
        [.., last, '0'] if last.is_ascii_alphabetic() && chars.len() <= 12 => true,
        [rest @ .., last, '1' | '3' | '4' | '5'] if last.is_ascii_lowercase() && letters(rest) >= 2 => true,
        _ => false,
    }
}

/// Whether a digit or sign stands where only a letter makes sense: between letters, or at an edge without which nothing
/// can be said (`fr33`, `0nline`).
fn stands_inside(chars: &[char]) -> bool {
    let is_letter = |c: &char| c.is_ascii_alphabetic();
    let (Some(first), Some(last)) = (chars.iter().position(is_letter), chars.iter().rposition(is_letter)) else {
        return false;
    };
    let inner: Vec<char> = chars[first..=last].to_vec();
    if inner.iter().any(|c| !c.is_ascii_alphabetic()) {
        // `wow!great` has lost a space; `v!agra` has not.
        let ends_sentence = |i: usize| {
            let before = &inner[..i];
            matches!(inner[i], '|')
                || before.len() > 3
                || before.iter().any(|c| is_vowel(c.to_ascii_lowercase()))
                || inner[i - 1].is_ascii_uppercase() != inner[i + 1].is_ascii_uppercase() && i > 1
        };
        return !(0..inner.len()).any(|i| matches!(inner[i], '!' | '|') && ends_sentence(i));
    }
    let lower: String = inner.iter().map(char::to_ascii_lowercase).collect();
    let leads = first > 0;
    let trails = last + 1 < chars.len();
    let onset = lower.len() - lower.trim_start_matches(|c| !is_vowel(c)).len();
    if leads {
        // `0nline`: what is left begins as no word does, and a vowel mends it.
        chars[..first].len() == 1 && !is_onset(&lower[..onset]) && onset < lower.len()
    } else {
        // `fr33`: what is left has no vowel.
        trails && onset == lower.len() && chars.len() - last <= 3 && lower.len() > 1
    }
}

#[cfg(test)]
mod tests {
    use super::super::cells::cells_of;
    use super::*;

    #[test]
    fn one_is_read_by_its_neighbours() {
        for (token, word) in
            [("v1agra", "viagra"), ("c1ick", "click"), ("c1alis", "cialis"), ("gir1s", "girls"), ("he11o", "hello")]
        {
            let read: Option<String> = word_in(&cells_of(token), Manner::Careful).map(|w| w.into_iter().collect());
            assert_eq!(read.as_deref(), Some(word));
        }
    }
}
