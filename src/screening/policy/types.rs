//! Types and values of the rule language.
//!
//! Called by the schema, the checker and the evaluator. It must never give a missing value a default: unknown stays unknown.

use crate::domain::screening::Truth;
use std::{borrow::Cow, fmt, ops::Deref};

/// The type of an expression, field or function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// A number with decimals.
    Double,
    /// Text.
    Text,
    /// A list of whole numbers.
    Ints,
    /// A list of texts.
    Texts,
}

impl Type {
    /// Whether it can be counted with.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Double)
    }

    /// The type of a list's elements.
    pub fn element(self) -> Option<Self> {
        match self {
            Self::Ints => Some(Self::Int),
            Self::Texts => Some(Self::Text),
            _ => None,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Double => "a number",
            Self::Text => "text",
            Self::Ints => "a list of numbers",
            Self::Texts => "a list of texts",
        })
    }
}

/// Which values an expression can have at all, so that the checker can refuse comparisons that never or always hold.
#[derive(Debug, Clone, Copy)]
pub enum Possible {
    /// Every value of the type.
    Anything,
    /// Numbers from the first to the second, both included.
    Range(f64, f64),
    /// One of these texts (or lists of them).
    Names(fn() -> Vec<&'static str>),
    /// ISO 3166-1 alpha-2 codes.
    Country,
    /// ISO 639-1 codes.
    Language,
}

/// A value while a rule is evaluated, borrowed from the ad, its signals and facts where it can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Missing, or not computable (an overflow, a division by zero).
    Unknown,
    /// See [`Type::Bool`].
    Bool(bool),
    /// See [`Type::Int`].
    Int(i64),
    /// See [`Type::Double`]; always finite.
    Double(f64),
    /// See [`Type::Text`].
    Text(Cow<'a, str>),
    /// See [`Type::Ints`].
    Ints(Cow<'a, [i64]>),
    /// See [`Type::Texts`].
    Texts(Texts<'a>),
}

/// A list of texts, made for the occasion or standing elsewhere. (A `Cow` of a slice would tie its texts' lifetime down.)
#[derive(Debug, Clone)]
pub enum Texts<'a> {
    /// Standing elsewhere.
    Standing(&'a [Cow<'a, str>]),
    /// Made.
    Made(Vec<Cow<'a, str>>),
}

impl<'a> Deref for Texts<'a> {
    type Target = [Cow<'a, str>];
    fn deref(&self) -> &Self::Target {
        match self {
            Self::Standing(all) => all,
            Self::Made(all) => all,
        }
    }
}

impl PartialEq for Texts<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// Longest text of a value that evidence quotes, in characters.
const QUOTED: usize = 80;

impl<'a> Value<'a> {
    /// A text value.
    pub fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// A finite number, or unknown.
    pub fn double(number: f64) -> Self {
        if number.is_finite() { Self::Double(number) } else { Self::Unknown }
    }

    /// A count; saturates.
    pub fn count(count: usize) -> Self {
        Self::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// A list of texts.
    pub fn texts(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Texts(Texts::Made(texts.into_iter().map(Cow::Borrowed).collect()))
    }

    /// A list of texts that stands elsewhere.
    pub fn borrowed(texts: &'a [Cow<'a, str>]) -> Self {
        Self::Texts(Texts::Standing(texts))
    }

    /// Kleene's reading of the value: what is no truth value is unknown.
    pub fn truth(&self) -> Truth {
        match self {
            Self::Bool(true) => Truth::True,
            Self::Bool(false) => Truth::False,
            _ => Truth::Unknown,
        }
    }

    /// The number, when it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Int(i) => Some(*i as f64),
            Self::Double(d) => Some(*d),
            _ => None,
        }
    }

    /// The text, when it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<Truth> for Value<'_> {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::True => Self::Bool(true),
            Truth::False => Self::Bool(false),
            Truth::Unknown => Self::Unknown,
        }
    }
}

impl fmt::Display for Value<'_> {
    /// As evidence shows it: short, one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Int(i) => write!(f, "{i}"),
            Self::Double(d) => write!(f, "{}", (d * 10_000.0).round() / 10_000.0),
            Self::Text(text) => f.write_str(&shortened(text)),
            Self::Ints(all) => f.write_str(&shortened(&all.iter().map(i64::to_string).collect::<Vec<_>>().join(", "))),
            Self::Texts(all) => f.write_str(&shortened(&all.join(", "))),
        }
    }
}

fn shortened(text: &str) -> String {
    let one_line = text.replace(['\n', '\r'], " ");
    match one_line.char_indices().nth(QUOTED) {
        Some((cut, _)) => format!("{}…", &one_line[..cut]),
        None => one_line,
    }
}
