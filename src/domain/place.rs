//! Countries (ISO 3166-1 alpha-2) and languages (ISO 639-1), parsed once.
//!
//! Called by intake, rules and verdicts. It must never accept a code it does not know.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A code that names no country or language.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("not a known {0}")]
pub struct UnknownCode(&'static str);

macro_rules! two_letter_code {
    ($(#[$doc:meta])* $name:ident, $what:literal, $pattern:literal, $known:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 2]);

        impl $name {
            /// The two letters.
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }
        impl FromStr for $name {
            type Err = UnknownCode;
            fn from_str(s: &str) -> Result<Self, UnknownCode> {
                let known: fn(&str) -> bool = $known;
                match s.as_bytes() {
                    [a, b] if known(s) => Ok(Self([*a, *b])),
                    _ => Err(UnknownCode($what)),
                }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.as_str()) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.as_str()) }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.serialize_str(self.as_str()) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some($pattern))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    };
}

two_letter_code!(
    /// An ISO 3166-1 alpha-2 country code, upper case.
    Country,
    "country (ISO 3166-1 alpha-2, upper case)",
    "^[A-Z]{2}$",
    |s| s.bytes().all(|b| b.is_ascii_uppercase()) && isocountry::CountryCode::for_alpha2(s).is_ok()
);

two_letter_code!(
    /// An ISO 639-1 language code, lower case.
    Language,
    "language (ISO 639-1, lower case)",
    "^[a-z]{2}$",
    |s| LANGUAGES.binary_search(&s).is_ok()
);

/// Countries of a group that rules name as one: `EU` (the European Union), `EEA` (with Iceland, Liechtenstein, Norway).
pub fn country_group(name: &str) -> Option<&'static [&'static str]> {
    match name {
        "EU" => Some(&EEA[..27]),
        "EEA" => Some(&EEA),
        _ => None,
    }
}

/// Members of the European Union as of 2026, then the others of the European Economic Area.
#[rustfmt::skip]
const EEA: [&str; 30] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
    "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "LI", "NO",
];

/// ISO 639-1, sorted.
#[rustfmt::skip]
const LANGUAGES: [&str; 183] = [
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg", "bi", "bm", "bn", "bo", "br",
    "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy", "da", "de", "dv", "dz", "ee", "el", "en", "eo", "es", "et",
    "eu", "fa", "ff", "fi", "fj", "fo", "fr", "fy", "ga", "gd", "gl", "gn", "gu", "gv", "ha", "he", "hi", "ho", "hr", "ht",
    "hu", "hy", "hz", "ia", "id", "ie", "ig", "ii", "ik", "io", "is", "it", "iu", "ja", "jv", "ka", "kg", "ki", "kj", "kk",
    "kl", "km", "kn", "ko", "kr", "ks", "ku", "kv", "kw", "ky", "la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg",
    "mh", "mi", "mk", "ml", "mn", "mr", "ms", "mt", "my", "na", "nb", "nd", "ne", "ng", "nl", "nn", "no", "nr", "nv", "ny",
    "oc", "oj", "om", "or", "os", "pa", "pi", "pl", "ps", "pt", "qu", "rm", "rn", "ro", "ru", "rw", "sa", "sc", "sd", "se",
    "sg", "si", "sk", "sl", "sm", "sn", "so", "sq", "sr", "ss", "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk",
    "tl", "tn", "to", "tr", "ts", "tt", "tw", "ty", "ug", "uk", "ur", "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo",
    "za", "zh", "zu",
];
