//! Takes personal data out of texts, as far as rules can tell: addresses, numbers of phones, accounts and cards, handles.
//!
//! Called wherever a statement of reasons takes over words that are not our own. It must never let something through
//! because it is written with other digits or spaces.

use regex::{Captures, Regex};
use std::sync::LazyLock;

/// The kinds, in the order in which they are looked for: an e-mail address holds what would be a handle.
const KINDS: [(&str, &str); 4] = [
    (
        r"(?i)[\p{L}\p{Nd}._%+-]+\s?(?:@|\(at\)|\[at\])\s?[\p{L}\p{Nd}-]+(?:\s?(?:\.|\(dot\)|\[dot\])\s?[\p{L}\p{Nd}-]+)+",
        "[e-mail address]",
    ),
    (r"(?:^|\b|\s)@[\p{L}\p{Nd}_.]{2,}", "[handle]"),
    (r"\b[A-Za-z]{2}\p{Nd}{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3})?\b", "[account number]"),
    // Seven digits and more, however they are grouped: phones, cards, documents.
    (r"\+?\(?\p{Nd}(?:[\s()./-]{0,2}\p{Nd}){6,}", "[number]"),
];

static PATTERNS: LazyLock<Vec<(Regex, &str)>> =
    LazyLock::new(|| KINDS.iter().filter_map(|(pattern, name)| Some((Regex::new(pattern).ok()?, *name))).collect());

/// The text without personal data.
pub(super) fn scrub(text: &str) -> String {
    let mut clean = text.to_owned();
    for (pattern, name) in PATTERNS.iter() {
        clean = pattern.replace_all(&clean, |found: &Captures<'_>| spaced(&found[0], name)).into_owned();
    }
    clean
}

/// The space before what was found stays.
fn spaced(found: &str, name: &str) -> String {
    if found.starts_with(char::is_whitespace) { format!(" {name}") } else { name.to_owned() }
}

/// Endings of names that organisations bear and people do not.
#[rustfmt::skip]
const FORMS: &[&str] = &[
    "gmbh", "ag", "kg", "ohg", "ug", "e.v.", "ev", "se", "ltd", "limited", "plc", "llc", "llp", "inc", "corp", "co",
    "company", "corporation", "sa", "s.a.", "sas", "sarl", "s.r.l.", "srl", "spa", "s.p.a.", "sl", "s.l.", "lda", "bv",
    "b.v.", "nv", "n.v.", "ab", "as", "a/s", "aps", "oy", "oyj", "kft", "zrt", "sro", "s.r.o.", "doo", "d.o.o.", "party",
    "foundation", "association", "university", "ministry", "agency", "bank", "group", "holding", "cooperative", "gbr",
];

/// Whether a name is an organisation's, by its legal form.
pub(super) fn is_organisation(name: &str) -> bool {
    let last = name.split_whitespace().last().unwrap_or_default().trim_matches([',', '(', ')']).to_lowercase();
    let bare = last.trim_end_matches('.');
    name.split_whitespace().count() > 1 && FORMS.iter().any(|form| *form == last || form.trim_end_matches('.') == bare)
}

/// At most so many characters; what is cut ends with `…`.
pub(super) fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(PATTERNS.len(), KINDS.len());
    }

    #[test]
    fn personal_data_goes_and_words_stay() {
        for (text, clean) in [
            ("write to ann.lee+ads@mail.example now", "write to [e-mail address] now"),
            ("ann (at) mail [dot] example", "[e-mail address]"),
            ("call +49 (151) 123-45 67 today", "call [number] today"),
            ("call 0151/1234567", "call [number]"),
            ("DE89 3704 0044 0532 0130 00 please", "[account number] please"),
            ("gb82west12345698765432", "[account number]"),
            ("card 4111 1111 1111 1111", "card [number]"),
            ("٠١٥١٢٣٤٥٦٧", "[number]"),
            ("follow @ann_lee for more", "follow [handle] for more"),
            ("@ann", "[handle]"),
            (
                "buy 100 pistols in 24 hours, 50 % off, 18 and older",
                "buy 100 pistols in 24 hours, 50 % off, 18 and older",
            ),
            ("covid-19 and 5-htp", "covid-19 and 5-htp"),
            ("", ""),
        ] {
            assert_eq!(scrub(text), clean, "{text}");
        }
    }

    #[test]
    fn organisations_are_told_by_their_form() {
        for (name, expected) in [
            ("Adway GmbH", true),
            ("Northwind Capital Ltd.", true),
            ("Ejemplo S.L.", true),
            ("Green Party", true),
            ("Ann Lee", false),
            ("GmbH", false),
            ("", false),
        ] {
            assert_eq!(is_organisation(name), expected, "{name}");
        }
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(shorten("äöü", 3), "äöü");
        assert_eq!(shorten("äöüß", 3), "äö…");
    }
}
