//! What is wrong with a rule or a pack, where, and what was probably meant.
//!
//! Made by the checker, the compiler and the pack reader; shown by the command line and, beside a rule, by pages.
//! Lines and columns count from 1, columns in characters. It must never hold a byte offset: people read it.

use super::tree::Span;
use serde::Serialize;
use std::fmt;

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// File, relative to the pack; empty when the rule did not come from one.
    pub file: String,
    /// The rule or case, `<policy>/<name>`, when the problem is inside one.
    pub inside: Option<String>,
    /// Line in the file, or in the rule's source when there is no file.
    pub line: usize,
    /// Column of the first character.
    pub column: usize,
    /// How many characters, at least one; never past the end of the line.
    pub length: usize,
    /// What is wrong, in one sentence without full stop.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// The line of source it is in.
    pub excerpt: String,
}

/// A problem within one source text, before it is placed in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Where.
    pub span: Span,
    /// See [`Problem::message`].
    pub message: String,
    /// See [`Problem::suggestion`].
    pub suggestion: Option<String>,
}

impl Complaint {
    /// A complaint without a suggestion.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), suggestion: None }
    }

    /// With the likely spelling of `written` among `candidates`, if one is near.
    pub fn likely<'c>(mut self, written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Self {
        self.suggestion = likely_spelling(written, candidates);
        self
    }

    /// Places the complaint: `text` is what the span counts in.
    pub fn in_text(&self, file: &str, inside: Option<&str>, text: &str) -> Problem {
        self.in_lines(file, inside, &Lines::new(text))
    }

    /// Places the complaint in a text whose lines are known, for files that may hold many.
    pub fn in_lines(&self, file: &str, inside: Option<&str>, lines: &Lines<'_>) -> Problem {
        let text = lines.text;
        let start = floor_boundary(text, self.span.start);
        let end = floor_boundary(text, self.span.end).max(start);
        let line = lines.line_at(start);
        let line_start = lines.starts[line - 1];
        let line_end = lines.starts.get(line).map_or(text.len(), |next| next - 1);
        let excerpt = text[line_start..line_end].trim_end_matches('\r');
        Problem {
            file: file.to_owned(),
            inside: inside.map(str::to_owned),
            line,
            column: text[line_start..start].chars().count() + 1,
            length: text[start..end.clamp(start, line_end.max(start))].chars().count().max(1),
            message: shortened(&self.message),
            suggestion: self.suggestion.as_deref().map(shortened),
            excerpt: if excerpt.len() > LONGEST_EXCERPT { String::new() } else { excerpt.to_owned() },
        }
    }
}

/// A text with the places where its lines begin.
#[derive(Debug)]
pub struct Lines<'t> {
    pub(super) text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Finds the lines of a text.
    pub fn new(text: &'t str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(after).collect() }
    }

    /// The number, from 1, of the line that holds a byte.
    pub(super) fn line_at(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    /// Where the line that holds a byte begins.
    pub(super) fn start_of(&self, at: usize) -> usize {
        self.starts[self.line_at(at) - 1]
    }
}

/// Longest line that is shown, in bytes; a longer one has no end that people could see.
const LONGEST_EXCERPT: usize = 2_000;
/// Longest message, in characters: what is quoted may be as long as a file.
const LONGEST_MESSAGE: usize = 500;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

impl Problem {
    /// The file, or the rule when there is none, with line and column.
    fn place(&self) -> String {
        let file = if self.file.is_empty() { self.inside.as_deref().unwrap_or("rule") } else { &self.file };
        format!("{file}:{}:{}", self.line, self.column)
    }
}

impl fmt::Display for Problem {
    /// As a compiler shows it: place and message, the source line, and a caret under the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: error: {}", self.place(), self.message)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, " (did you mean `{suggestion}`?)")?;
        }
        if !self.excerpt.trim().is_empty() {
            let number = self.line.to_string();
            let keep_tabs = |c| if c == '\t' { '\t' } else { ' ' };
            let indent: String = self.excerpt.chars().take(self.column - 1).map(keep_tabs).collect();
            write!(f, "\n {number} | {}", self.excerpt)?;
            write!(f, "\n {} | {indent}{}", " ".repeat(number.len()), "^".repeat(self.length))?;
        }
        Ok(())
    }
}

/// Longest text that is compared with names, in bytes: comparing takes time that grows with both lengths.
const LONGEST_SLIP: usize = 200;

/// The candidate nearest to what was written, if it is near enough to be a slip: about one edit in three characters.
/// Case is ignored, and last parts are compared too, so that `headline` and `advertiser.headline` find `ad.headline`.
pub fn likely_spelling<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    if written.len() > LONGEST_SLIP {
        return None;
    }
    let folded = written.to_lowercase();
    let tolerance = (written.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let low = candidate.to_lowercase();
            let whole = strsim::osa_distance(&folded, &low);
            let written_last = folded.rsplit('.').next().unwrap_or_default();
            let last = low.rsplit_once('.').map(|(_, last)| strsim::osa_distance(written_last, last) + 1);
            let distance = last.map_or(whole, |l| l.min(whole));
            (distance <= tolerance || distance == 1).then_some((distance, whole, candidate))
        })
        .min()
        .map(|(_, _, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_likely_spelling_is_near_and_never_far() {
        let names = ["ad.headline", "ad.body", "advertiser.verified", "score"];
        for (written, expected) in [
            ("ad.headlin", Some("ad.headline")),
            ("headline", Some("ad.headline")),
            ("advertiser.verifed", Some("advertiser.verified")),
            ("SCORE", Some("score")),
            ("scroe", Some("score")),
            ("landing", None),
        ] {
            assert_eq!(likely_spelling(written, names).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn places_count_characters_and_stay_on_their_line() {
        let text = "één\n  ad.héad == 'x'\nlast";
        let start = text.find("ad.").unwrap_or(0);
        let complaint = Complaint::new(Span { start, end: text.len() }, "unknown field `ad.héad`");
        let problem = complaint.in_text("rules.toml", None, text);
        assert_eq!((problem.line, problem.column, problem.length), (2, 3, 14));
        assert_eq!(
            problem.to_string(),
            "rules.toml:2:3: error: unknown field `ad.héad`\n 2 |   ad.héad == 'x'\n   |   ^^^^^^^^^^^^^^"
        );
    }
}
