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
        || matches!(c, '.' | '/' | ':' | '_' | '%' | '#' | '&' | '=' | '?' | '+')
}

/// Reads leet in place.
pub(super) fn read(cells: &mut [Cell], changes: &mut Changes) {
    if !cells.iter().any(|c| stands_for(c.ch).is_some()) {
        return;
    }
    for token in runs(cells, in_token) {
        let text: String = cells[token.clone()].iter().map(|c| c.ch).collect();
        if is_address(&text) {
            continue;
        }
        for part in runs(&cells[token.clone()], |c| c.is_ascii_alphanumeric() || stands_for(c).is_some()) {
            let part = &mut cells[token.start + part.start..token.start + part.end];
            let part = trimmed(part);
            if let Some(word) = word_in(part) {
                for (cell, letter) in part.iter_mut().zip(word) {
                    if cell.ch != letter {
                        *cell = cell.unmasked(letter);
                    }
                }
                changes.note(Disguise::Leet);
            }
        }
    }
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
fn word_in(cells: &[Cell]) -> Option<Vec<char>> {
    let chars: Vec<char> = cells.iter().map(|c| c.ch).collect();
    let letters: Vec<char> = chars.iter().copied().filter(char::is_ascii_alphabetic).collect();
    let foreign = chars.iter().any(|c| !c.is_ascii_alphabetic() && stands_for(*c).is_none());
    if letters.is_empty() || letters.len() == chars.len() || chars.len() > LONGEST || foreign || is_number(&chars) {
        return None;
    }
    let upper = letters.len() > 1 && letters.iter().all(char::is_ascii_uppercase);
    let spelt = spell(&chars);
    let known = spelt.iter().find(|word| is_disguised_word(word));
    let word = match known {
        Some(word) if !is_cashtag(&chars, word) => word,
        _ if !stands_inside(&chars) || letters.len() < 3 || glues_words(&chars) || is_cashtag(&chars, "") => {
            return None;
        }
        _ => spelt.iter().find(|word| can_be_said(word))?,
    };
    Some(
        word.chars()
            .map(|c| if upper { c.to_ascii_uppercase() } else { c })
            .zip(&chars)
            .map(|(new, old)| if old.is_ascii_alphabetic() { *old } else { new })
            .collect(),
    )
}

/// A number with a sign or a unit: `$5`, `US$20`, `50k`, `1080p`, `S3`.
fn is_number(chars: &[char]) -> bool {
    let has_digit = chars.iter().any(char::is_ascii_digit);
    let has_money = chars.iter().any(|c| matches!(c, '$' | '€' | '£' | '¥' | '¢'));
    let beside_digit = |pair: &[char]| {
        let money = |c: char| matches!(c, '$' | '€' | '£' | '¥' | '¢');
        (money(pair[0]) && pair[1].is_ascii_digit()) || (pair[0].is_ascii_digit() && money(pair[1]))
    };
    let longest = chars.split(|c| !c.is_ascii_digit()).map(<[char]>::len).max().unwrap_or_default();
    longest > LONGEST_NUMBER
        || (has_digit
            && has_money
            && chars.windows(2).any(beside_digit)
            && chars.iter().filter(|c| c.is_ascii_alphabetic()).count() < 3)
}

/// `$TSLA`, `@handle`: a sign in front that names something.
fn is_cashtag(chars: &[char], known: &str) -> bool {
    let rest_is_plain = chars[1..].iter().all(char::is_ascii_alphanumeric);
    match chars[0] {
        '$' => known.is_empty() && rest_is_plain && chars.len() <= 6 && chars[1..].iter().all(char::is_ascii_uppercase),
        '@' => known.is_empty() && rest_is_plain,
        _ => false,
    }
}

/// The readings to try, lower case, best first: `1` as `i`, then as `l` (after `c`, `p` and their like before a vowel the
/// other way round).
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
        let makes_onset = before.is_some_and(|b| !is_vowel(b) && is_onset(&format!("{b}l")));
        (makes_onset && vowel_after)
            || before == Some('i')
            || after == Some('i')
            || (before.is_some_and(is_vowel) && vowel_after)
    };
    vec![with(&by_context), with(&|_| false), with(&|_| true)]
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
        let marks_only = inner.iter().filter(|c| !c.is_ascii_alphabetic()).all(|c| matches!(c, '!' | '|'));
        // `wow!great` has lost a space; `v!agra` has not.
        return !marks_only
            || inner
                .split(|c| matches!(c, '!' | '|'))
                .any(|piece| !piece.iter().any(|c| is_vowel(c.to_ascii_lowercase())));
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

/// Plain words with a number or sign between them: `buy1get1`, `me@work`.
fn glues_words(chars: &[char]) -> bool {
    let pieces = chars.split(|c| !c.is_ascii_alphabetic()).filter(|piece| !piece.is_empty());
    let mut plain = pieces.map(|piece| is_plain_word(&piece.iter().map(char::to_ascii_lowercase).collect::<String>()));
    plain.all(|is_plain| is_plain)
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
            let read: Option<String> = word_in(&cells_of(token)).map(|w| w.into_iter().collect());
            assert_eq!(read.as_deref(), Some(word));
        }
    }
}
