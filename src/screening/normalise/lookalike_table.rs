//! Which Latin letter a foreign one passes for.
//!
//! UTS 39's confusables (crate `unicode-security`) answer for most characters; the table here adds what people use and
//! UTS 39 leaves out, because the letters are only near in shape. It must never hold ASCII.

use unicode_normalization::UnicodeNormalization;

/// How well a character passes for a Latin letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Indistinguishable: enough to read a whole word of them as Latin in a Latin text.
    Same,
    /// Near: read as Latin only inside a word that has Latin letters.
    Near,
}

/// Near in shape, by script; upper and lower case where both are near.
const NEAR: &[(char, char)] = &[
    // Cyrillic
    ('Б', 'b'),
    ('б', 'b'),
    ('в', 'b'),
    ('Г', 'r'),
    ('г', 'r'),
    ('Д', 'd'),
    ('д', 'd'),
    ('З', 'e'),
    ('з', 'e'),
    ('И', 'n'),
    ('и', 'n'),
    ('Й', 'n'),
    ('й', 'n'),
    ('к', 'k'),
    ('Л', 'n'),
    ('л', 'n'),
    ('м', 'm'),
    ('н', 'h'),
    ('П', 'n'),
    ('п', 'n'),
    ('т', 't'),
    ('Ц', 'u'),
    ('ц', 'u'),
    ('Ч', 'y'),
    ('ч', 'y'),
    ('Ш', 'w'),
    ('ш', 'w'),
    ('Щ', 'w'),
    ('щ', 'w'),
    ('ъ', 'b'),
    ('ь', 'b'),
    ('Э', 'e'),
    ('э', 'e'),
    ('Є', 'e'),
    ('є', 'e'),
    ('Я', 'r'),
    ('я', 'r'),
    ('Ф', 'o'),
    ('ф', 'o'),
    ('ћ', 'h'),
    ('ђ', 'h'),
    ('џ', 'u'),
    ('Ґ', 'r'),
    ('ґ', 'r'),
    // Greek
    ('α', 'a'),
    ('β', 'b'),
    ('ε', 'e'),
    ('ζ', 'z'),
    ('η', 'n'),
    ('Θ', 'o'),
    ('θ', 'o'),
    ('κ', 'k'),
    ('Λ', 'a'),
    ('λ', 'a'),
    ('μ', 'u'),
    ('Ξ', 'e'),
    ('ξ', 'e'),
    ('Π', 'n'),
    ('π', 'n'),
    ('Σ', 'e'),
    ('ς', 's'),
    ('τ', 't'),
    ('Φ', 'o'),
    ('φ', 'o'),
    ('χ', 'x'),
    ('ψ', 'w'),
    ('ω', 'w'),
    ('Γ', 'r'),
    ('Δ', 'a'),
    // Letters that fancy-text generators use, and signs that stand for letters
    ('Ɐ', 'a'),
    ('∀', 'a'),
    ('∆', 'a'),
    ('Ɔ', 'c'),
    ('ɔ', 'c'),
    ('Ǝ', 'e'),
    ('ǝ', 'e'),
    ('ɘ', 'e'),
    ('∃', 'e'),
    ('∑', 'e'),
    ('ℇ', 'e'),
    ('ƒ', 'f'),
    ('₣', 'f'),
    ('₲', 'g'),
    ('ɥ', 'h'),
    ('ɦ', 'h'),
    ('¡', 'i'),
    ('ⱡ', 'l'),
    ('Ⱡ', 'l'),
    ('₭', 'k'),
    ('Ɯ', 'm'),
    ('ɯ', 'm'),
    ('₥', 'm'),
    ('₦', 'n'),
    ('Ꮎ', 'o'),
    ('¤', 'o'),
    ('₱', 'p'),
    ('Ɽ', 'r'),
    ('ɹ', 'r'),
    ('₴', 's'),
    ('§', 's'),
    ('ʃ', 's'),
    ('†', 't'),
    ('₮', 't'),
    ('ʇ', 't'),
    ('√', 'v'),
    ('ʌ', 'v'),
    ('₩', 'w'),
    ('Ҝ', 'k'),
    ('Ⱥ', 'a'),
    ('₳', 'a'),
    ('฿', 'b'),
    ('₵', 'c'),
    ('Ɇ', 'e'),
    ('Ⱨ', 'h'),
    ('Ɏ', 'y'),
    ('Ⱬ', 'z'),
    ('Ʉ', 'u'),
    ('Ӿ', 'x'),
    ('₡', 'c'),
    ('₪', 'n'),
    ('₹', 'r'),
    ('₺', 't'),
    ('₽', 'p'),
];

/// Latin letters beyond ASCII that living languages write as letters of their own: never folded in a Latin word.
const WRITTEN: &str = "ßẞæÆœŒøØđĐħĦłŁıþÞðÐŋŊŧŦəƏɓƁɗƊƙƘƴƳɛƐɔƆɣƔɩƖʋƲɖƉƒƑʒƷǥǤơƠưƯĸⱱ";

/// Latin letters and the Cyrillic ones that pass for them, for Russian words with Latin letters put in.
const CYRILLIC: &[(char, char)] = &[
    ('a', 'а'),
    ('e', 'е'),
    ('o', 'о'),
    ('p', 'р'),
    ('c', 'с'),
    ('x', 'х'),
    ('y', 'у'),
    ('i', 'і'),
    ('s', 'ѕ'),
    ('j', 'ј'),
    ('k', 'к'),
    ('m', 'м'),
    ('t', 'т'),
    ('A', 'А'),
    ('B', 'В'),
    ('E', 'Е'),
    ('K', 'К'),
    ('M', 'М'),
    ('H', 'Н'),
    ('O', 'О'),
    ('P', 'Р'),
    ('C', 'С'),
    ('T', 'Т'),
    ('X', 'Х'),
    ('Y', 'У'),
    ('I', 'І'),
    ('S', 'Ѕ'),
    ('J', 'Ј'),
    ('b', 'ь'),
    ('r', 'г'),
    ('n', 'п'),
    ('u', 'и'),
    ('g', 'д'),
];

/// The ASCII letter that `c` passes for, in the case of `c`.
pub(super) fn latin(c: char) -> Option<(char, Likeness)> {
    if c.is_ascii() {
        return None;
    }
    let (letter, likeness) = match NEAR.iter().find(|(from, _)| *from == c) {
        Some((_, to)) => (*to, Likeness::Near),
        None => prototype(c)?,
    };
    let cased = match letter {
        // UTS 39 has one prototype for small l and capital I.
        'l' if c.is_uppercase() => 'I',
        _ if c.is_uppercase() => letter.to_ascii_uppercase(),
        _ if c.is_lowercase() => letter.to_ascii_lowercase(),
        _ => letter,
    };
    Some((cased, likeness))
}

/// UTS 39's prototype where it is one ASCII letter, alone or with marks.
fn prototype(c: char) -> Option<(char, Likeness)> {
    let mut buffer = [0u8; 4];
    let mut skeleton = unicode_security::skeleton(c.encode_utf8(&mut buffer));
    let first = skeleton.next().filter(char::is_ascii_alphabetic)?;
    let mut likeness = Likeness::Same;
    for more in skeleton {
        if !super::cells::is_mark(more) {
            return None;
        }
        likeness = Likeness::Near;
    }
    Some((first, likeness))
}

/// Whether a Latin letter is one that no language needs: decoration, to be read as the ASCII letter it passes for.
pub(super) fn is_decoration(c: char) -> bool {
    !c.is_ascii() && !WRITTEN.contains(c) && !is_accented(c)
}

/// Whether a character is a letter with marks.
pub(super) fn is_accented(c: char) -> bool {
    std::iter::once(c).nfd().nth(1).is_some()
}

/// The Cyrillic letter that an ASCII letter passes for.
pub(super) fn cyrillic(c: char) -> Option<char> {
    CYRILLIC.iter().find_map(|(latin, cyrillic)| (*latin == c).then_some(*cyrillic))
}
