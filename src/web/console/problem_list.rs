//! Problems of a draft's files as a list: each with a link to its place and what was probably meant.
//!
//! Called by the draft's page and the editor. It must never show more than a person reads: the caller says how many
//! there are.

use super::text::encoded;
use crate::screening::policy::Problem;

/// Most problems listed.
const MOST: usize = 100;

/// One problem.
#[derive(Debug, Clone)]
pub struct ProblemRow {
    /// The file.
    pub path: String,
    /// Its line, from 1.
    pub line: usize,
    /// The column of its first character, from 1.
    pub column: usize,
    /// How many characters.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// The line of source.
    pub excerpt: String,
    /// The editor at that place.
    pub href: String,
}

impl ProblemRow {
    /// The problems of a draft, as many as are shown.
    pub(crate) fn all(draft: &str, problems: &[Problem]) -> Vec<Self> {
        problems.iter().take(MOST).map(|p| Self::of(draft, p)).collect()
    }

    fn of(draft: &str, p: &Problem) -> Self {
        // What no file shows is named by what it is inside of.
        let path = if p.file.is_empty() { p.inside.clone().unwrap_or_default() } else { p.file.clone() };
        Self {
            href: format!("/drafts/{draft}/file?path={}&line={}", encoded(&path), p.line),
            path,
            line: p.line,
            column: p.column,
            length: p.length,
            message: p.message.clone(),
            suggestion: p.suggestion.clone(),
            excerpt: p.excerpt.trim_end().chars().take(200).collect(),
        }
    }
}
