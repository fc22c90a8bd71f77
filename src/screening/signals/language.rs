//! Which language an ad is written in, even where it says three words.
//!
//! Called on the joined, normalised text: a disguise must not pass for another language. Scripts and long texts are
//! whatlang's; for short Latin texts it guesses, so small words, words of ads and letters that few languages write are
//! counted beside it. It must never call a text without letters any language.

use super::language_tables::{BORROWED, CYRILLIC_LETTERS, ENDS, LETTERS, WORDS, iso_639_1};
use crate::domain::{
    place::Language,
    signal::{Cause, DetectedLanguage, Reading},
};
use std::{collections::HashMap, sync::LazyLock};
use whatlang::{Detector, Lang};

/// Detector and version, part of a screening's fingerprint.
pub const DETECTOR: &str = "whatlang-0.18+words-1";

/// Longer texts are told by their beginning.
const LOOK_AT: usize = 4_000;
/// Letters at which whatlang's word counts in full.
const ENOUGH_LETTERS: f64 = 60.0;
/// What whatlang's word counts then, in words.
const STATISTICS: f64 = 4.0;
/// A text of ASCII letters with no evidence at all is taken for English, with this confidence.
const GUESS: f64 = 0.34;
/// Confidence in a Cyrillic language told by its letters.
const CYRILLIC_GUESS: f64 = 0.6;

/// What a word with a letter that a language only borrows says against that language.
const BORROWED_WORTH: f64 = -0.4;

/// What an end of a word that a language has nearly for itself says for it.
const END_WORTH: f64 = 0.4;
/// What speaks for English where all letters are ASCII: the other languages soon need one that is not.
const ASCII_WORTH: f64 = 0.4;

static BY_WORD: LazyLock<HashMap<&'static str, Vec<usize>>> = LazyLock::new(|| {
    let mut by_word: HashMap<&str, Vec<usize>> = HashMap::new();
    for (language, (_, words)) in WORDS.iter().enumerate() {
        for word in words.split(' ') {
            by_word.entry(word).or_default().push(language);
        }
    }
    by_word
});

/// whatlang among the languages that `WORDS` knows: with all of its languages it takes short English for Tagalog.
static AMONG_KNOWN: LazyLock<Detector> = LazyLock::new(|| {
    let known = Lang::all().iter().copied().filter(|l| iso_639_1(*l).is_some_and(|code| position(code).is_some()));
    Detector::with_allowlist(known.collect())
});

fn position(code: &str) -> Option<usize> {
    WORDS.iter().position(|(language, _)| *language == code)
}

/// The language of a text. `unavailable` only where there is no letter to read, or a script that is nobody's here.
pub fn detect(text: &str) -> Reading<DetectedLanguage> {
    let words = words_of(text);
    let letters: usize = words.iter().map(|w| w.chars().count()).sum();
    if letters == 0 {
        return Reading::Unavailable(Cause::NothingToMeasure);
    }
    let sample = words.join(" ");
    let latin = sample.chars().filter(|c| is_latin(*c)).count();
    let found =
        if 2 * latin >= letters { Some(in_latin_letters(&words, &sample, letters)) } else { by_script(&sample) };
    let known = found.and_then(|(code, confidence)| Some((code.parse::<Language>().ok()?, confidence)));
    match known {
        Some((language, confidence)) => Reading::Known(DetectedLanguage { language, confidence }),
        None => Reading::Unavailable(Cause::LanguageNotCovered),
    }
}

/// Whether an encoder that covers `languages` reads this one. An unknown language is not covered.
pub fn covered(language: &Reading<DetectedLanguage>, languages: &[Language]) -> bool {
    language.known().is_some_and(|found| languages.contains(&found.language))
}

/// Lower-case words, without addresses, handles and anything with digits in it.
fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut seen = 0;
    for token in text.split_whitespace() {
        if seen > LOOK_AT {
            break;
        }
        seen += token.len();
        if token.contains("://")
            || token.starts_with("www.")
            || token.starts_with('@')
            || token.contains(|c: char| c.is_numeric())
        {
            continue;
        }
        let lower = token.to_lowercase().replace('’', "'");
        let pieces = lower.split(|c: char| !(c.is_alphabetic() || super::super::normalise::is_mark(c) || c == '\''));
        words.extend(
            pieces.map(|w| w.trim_matches('\'')).filter(|w| w.contains(char::is_alphabetic)).map(str::to_owned),
        );
    }
    words
}

fn is_latin(c: char) -> bool {
    use unicode_script::{Script, UnicodeScript};
    c.is_ascii_alphabetic() || c.script() == Script::Latin
}

/// Languages of other scripts: the script nearly says it, whatlang's statistics the rest; where those are unsure about
/// Cyrillic, letters that one language alone writes.
fn by_script(sample: &str) -> Option<(&'static str, f64)> {
    let found = whatlang::detect(sample)?;
    if found.script() == whatlang::Script::Cyrillic && !found.is_reliable() {
        let own = CYRILLIC_LETTERS.iter().find(|(letters, _)| sample.contains(|c| letters.contains(c)));
        return Some((own.map_or("ru", |(_, language)| language), CYRILLIC_GUESS));
    }
    Some((iso_639_1(found.lang())?, found.confidence()))
}

fn in_latin_letters(words: &[String], sample: &str, letters: usize) -> (&'static str, f64) {
    let mut evidence = vec![0.0; WORDS.len()];
    let english = position("en").unwrap_or_default();
    let mut add = |language: usize, weight: f64| evidence[language] += weight;
    let (mut english_words, mut foreign_words) = (0, 0);
    for word in words {
        let is_long = word.chars().count() > 3;
        for (code, _) in ENDS.iter().filter(|(_, ends)| is_long && ends.iter().any(|end| word.ends_with(end))) {
            position(code).into_iter().for_each(|l| add(l, END_WORTH));
        }
        for (code, _) in BORROWED.iter().filter(|(_, letters)| word.contains(|c| letters.contains(c))) {
            position(code).into_iter().for_each(|l| add(l, BORROWED_WORTH));
        }
        // `l'été`, `dell'anno`: the part before the apostrophe is a word of its own.
        let parts = if BY_WORD.contains_key(word.as_str()) { vec![word.as_str()] } else { word.split('\'').collect() };
        for languages in parts.into_iter().filter_map(|part| BY_WORD.get(part)) {
            languages.iter().for_each(|l| add(*l, 1.0 / languages.len() as f64));
            if languages.contains(&english) { english_words += 1 } else { foreign_words += 1 }
        }
    }
    for c in sample.chars().filter(|c| !c.is_ascii()) {
        for (_, languages, worth) in LETTERS.iter().filter(|(letters, ..)| letters.contains(c)) {
            languages.iter().filter_map(|code| position(code)).for_each(|l| add(l, *worth));
        }
    }
    if sample.is_ascii() && english_words >= foreign_words {
        add(english, ASCII_WORTH);
    }
    if let Some(found) = AMONG_KNOWN.detect(sample)
        && let Some(language) = iso_639_1(found.lang()).and_then(position)
    {
        let full = (letters as f64 / ENOUGH_LETTERS).min(1.0);
        add(language, STATISTICS * full * (0.2 + 0.8 * found.confidence()));
    }
    let best = (0..evidence.len()).fold(english, |best, l| if evidence[l] > evidence[best] { l } else { best });
    let second = (0..evidence.len()).filter(|l| *l != best).fold(0.0, |most: f64, l| most.max(evidence[l]));
    let confidence = if evidence[best] > 0.0 { evidence[best] / (evidence[best] + second) } else { GUESS };
    (WORDS[best].0, confidence)
}
