//! Ways in which people hide words from machines, applied to texts to measure what they cost a model.
//!
//! Called by `cli::model_evaluate`. Seeded by the text, so that equal texts are disguised alike. It must never be used to
//! train: a model that learns disguises learns these five and no others.

use super::hash;

/// A way of hiding words. Each leaves a text that people still read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disguise {
    /// Latin letters replaced by look-alikes of other scripts, four in ten of those that have one.
    Homoglyphs,
    /// Letters replaced by digits and signs in half of the words, every letter that has one.
    Leet,
    /// Invisible characters inside words, after three letters in ten.
    ZeroWidth,
    /// A third of the longer words spelt out, letter by letter.
    Spaced,
    /// Half of the words with two letters from another script.
    MixedScripts,
}

impl Disguise {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Homoglyphs, Self::Leet, Self::ZeroWidth, Self::Spaced, Self::MixedScripts];

    /// Its name in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Homoglyphs => "homoglyphs",
            Self::Leet => "leet",
            Self::ZeroWidth => "zero_width",
            Self::Spaced => "spaced",
            Self::MixedScripts => "mixed_scripts",
        }
    }

    /// The text, disguised. Words with an address in them stay as they are: hidden, they would lead nowhere.
    pub fn apply(self, text: &str, seed: u64) -> String {
        let key = hash::mix(hash::of_bytes(text.as_bytes()) ^ hash::mix(seed ^ self as u64));
        let mut out = String::with_capacity(text.len() * 2);
        for (at, word) in text.split_inclusive(char::is_whitespace).enumerate() {
            let draw = Draw { key: hash::mix(key ^ at as u64) };
            if word.contains("://") || word.contains('@') || word.starts_with("www.") {
                out.push_str(word);
            } else {
                self.word(word, &draw, &mut out);
            }
        }
        out
    }

    fn word(self, word: &str, draw: &Draw, out: &mut String) {
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        match self {
            Self::Homoglyphs => {
                let hidden = |(at, ch): (usize, char)| if draw.of(at) < 0.4 { look_alike(ch) } else { ch };
                out.extend(word.chars().enumerate().map(hidden));
            }
            Self::Leet if letters >= 3 && draw.of(0) < 0.5 => out.extend(word.chars().map(leet)),
            Self::ZeroWidth => {
                for (at, ch) in word.chars().enumerate() {
                    out.push(ch);
                    if ch.is_alphabetic() && draw.of(at) < 0.3 {
                        out.push(['\u{200b}', '\u{200c}', '\u{2060}'][at % 3]);
                    }
                }
            }
            Self::Spaced if letters >= 4 && word.trim().chars().all(char::is_alphabetic) && draw.of(0) < 0.33 => {
                let between = if draw.of(1) < 0.5 { " " } else { "." };
                let spelt: Vec<String> = word.trim().chars().map(String::from).collect();
                out.push_str(&spelt.join(between));
                out.push_str(&word[word.trim_end().len()..]);
                // People set a word spelt with blanks apart, or nobody could read it.
                if between == " " && word.ends_with(' ') {
                    out.push(' ');
                }
            }
            Self::MixedScripts if letters >= 3 && draw.of(0) < 0.5 => {
                let mut left = 2;
                for ch in word.chars() {
                    let other = look_alike(ch);
                    let swap = left > 0 && other != ch;
                    left -= usize::from(swap);
                    out.push(if swap { other } else { ch });
                }
            }
            _ => out.push_str(word),
        }
    }
}

/// Uniform draws of one word.
struct Draw {
    key: u64,
}

impl Draw {
    fn of(&self, at: usize) -> f64 {
        (hash::mix(self.key ^ hash::mix(at as u64)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A letter of another script that looks the same, where there is one.
fn look_alike(ch: char) -> char {
    match ch {
        'a' => 'а',
        'c' => 'с',
        'e' => 'е',
        'i' => 'і',
        'j' => 'ј',
        'o' => 'ο',
        'p' => 'р',
        's' => 'ѕ',
        'x' => 'х',
        'y' => 'у',
        'A' => 'Α',
        'B' => 'В',
        'C' => 'С',
        'E' => 'Ε',
        'H' => 'Н',
        'I' => 'Ι',
        'K' => 'К',
        'M' => 'М',
        'O' => 'О',
        'P' => 'Р',
        'S' => 'Ѕ',
        'T' => 'Т',
        'X' => 'Х',
        other => other,
    }
}

/// The digit or sign that stands for a letter, where there is one.
fn leet(ch: char) -> char {
    match ch.to_ascii_lowercase() {
        'a' => '4',
        'e' => '3',
        'i' => '1',
        'o' => '0',
        's' => '5',
        't' => '7',
        _ => ch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Claim your exclusive casino bonus today at https://lucky.example/a and win real money fast";

    #[test]
    fn each_way_hides_something_the_same_each_time_and_leaves_addresses() {
        for way in Disguise::ALL {
            let hidden = way.apply(TEXT, 1);
            assert_ne!(hidden, TEXT, "{way:?}");
            assert_eq!(hidden, way.apply(TEXT, 1));
            assert_ne!(hidden, way.apply(TEXT, 2), "{way:?}");
            assert!(hidden.contains("https://lucky.example/a"), "{hidden}");
            assert_eq!(way.apply("", 1), "");
        }
    }

    #[test]
    fn the_ways_are_what_they_say() {
        assert!(Disguise::Leet.apply(TEXT, 1).chars().filter(char::is_ascii_digit).count() > 5);
        assert!(Disguise::ZeroWidth.apply(TEXT, 1).contains('\u{200b}'));
        assert!(Disguise::Spaced.apply(TEXT, 1).chars().count() > TEXT.chars().count());
        for way in [Disguise::Homoglyphs, Disguise::MixedScripts] {
            let hidden = way.apply(TEXT, 1);
            assert!(!hidden.is_ascii() && hidden.chars().count() == TEXT.chars().count(), "{hidden}");
        }
    }
}
