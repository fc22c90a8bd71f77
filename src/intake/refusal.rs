//! A refusal: every problem of one input, each with a JSON pointer, a code and one sentence.
//!
//! Made by every step of intake, answered by the error table of the API. It must never quote more of the input than
//! a person needs to find the place.

/// Most problems that one refusal lists.
const MOST_PROBLEMS: usize = 100;

/// Most characters of a pointer that are told.
const POINTER_CHARS: usize = 300;

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// JSON pointer (RFC 6901) to the value, such as `/creative/images/0/data`; empty for the whole input.
    pub pointer: String,
    /// What must be different, such as `must be at most 300 characters; it has 412`.
    pub detail: String,
    /// A stable name for programs, such as `too_long`.
    pub code: &'static str,
}

/// An input that was not accepted, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the input was refused: {}", .problems.iter().map(|p| format!("{} {}", p.pointer, p.detail)).collect::<Vec<_>>().join("; "))]
pub struct Refusal {
    /// In the order of their pointers, one a pointer, at most 100.
    pub problems: Vec<Problem>,
}

impl Refusal {
    /// A refusal for one reason.
    pub fn one(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        let mut problems = Problems::default();
        problems.add(pointer, code, detail);
        Self { problems: problems.sorted() }
    }

    /// Whether the input was refused for its size alone.
    pub fn is_too_large(&self) -> bool {
        self.problems.iter().any(|p| p.code == "body_too_large")
    }
}

/// Problems while they are collected. The first one told about a pointer stays: earlier steps know more.
#[derive(Debug, Default)]
pub(super) struct Problems(std::collections::BTreeMap<String, Problem>);

impl Problems {
    pub(super) fn add(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        if self.are_full() {
            return;
        }
        let pointer = clip(pointer.into());
        self.0.entry(pointer.clone()).or_insert_with(|| Problem { pointer, detail: detail.into(), code });
    }

    /// Whether no more are listed, so that nobody need look for them.
    pub(super) fn are_full(&self) -> bool {
        self.0.len() >= MOST_PROBLEMS
    }

    /// Whether anything was said about this value.
    pub(super) fn has(&self, pointer: &str) -> bool {
        self.0.contains_key(pointer)
    }

    pub(super) fn into_result(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal { problems: self.sorted() }) }
    }

    fn sorted(self) -> Vec<Problem> {
        self.0.into_values().collect()
    }
}

/// Adds one token to a JSON pointer, escaped.
pub(super) fn under(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

/// Cuts what a hostile key made long.
pub(super) fn clip(text: String) -> String {
    match text.char_indices().nth(POINTER_CHARS) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}
