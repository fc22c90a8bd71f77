//! A text of an ad with the matched words marked.
//!
//! Called by the task page. Its template escapes every character of the ad. It must never trust a span's offsets.

use crate::domain::{
    AdContent,
    ad::TextField,
    finding::{Evidence, Finding},
};
use askama::Template;

/// Words to mark in one field: bytes of the raw text, and what to say about them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Number of the finding, as the page counts them.
    pub(crate) number: usize,
    /// The policy's title.
    pub(crate) policy: String,
    /// What the words read as, where they are disguised.
    pub(crate) reading: Option<String>,
}

/// `templates/marked.html`: a text in pieces, as a part of a page.
#[derive(Debug, Clone, Default, PartialEq, Template)]
#[template(path = "marked.html")]
pub struct Marked {
    pieces: Vec<Piece>,
}
// A rendered template: what came from the ad is escaped there.
impl askama::filters::HtmlSafe for Marked {}

/// A stretch of the text, marked or not.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    text: String,
    mark: Option<Mark>,
}

/// What a mark says.
#[derive(Debug, Clone, PartialEq)]
struct Mark {
    disguised: bool,
    /// Numbers of the findings.
    numbers: String,
    /// Their policies, and what disguised words read as.
    said: String,
}

impl Marked {
    /// A text without marks.
    pub(crate) fn plain(text: &str) -> Self {
        mark(text, vec![])
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    fn push(&mut self, text: &str, mark: Option<Mark>) {
        if !text.is_empty() {
            self.pieces.push(Piece { text: text.replace(is_reordering, "\u{fffd}"), mark });
        }
    }
}

/// Characters that reorder what follows: they must not reach beyond the ad's own words, and should be seen.
fn is_reordering(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Spans of a field, those of the joined text included; findings are numbered from 1 in the order given.
pub(crate) fn spans<'a>(
    content: &AdContent,
    field: TextField,
    findings: impl Iterator<Item = (usize, &'a str, &'a Finding)>,
) -> Vec<Span> {
    let length = content.text(field).len();
    let offset = offset_in_joined(content, field);
    let mut found = Vec::new();
    for (number, policy, finding) in findings {
        for evidence in &finding.evidence {
            let Evidence::Span { field: at, start, end, term, disguised, .. } = evidence else { continue };
            let (start, end) = (*start as usize, *end as usize);
            let (start, end) = match (*at, offset) {
                (at, _) if at == field => (start, end),
                (TextField::Joined, Some(offset)) => (start.saturating_sub(offset), end.saturating_sub(offset)),
                _ => continue,
            };
            if start < end && start < length {
                let reading = disguised.then(|| term.to_string());
                found.push(Span { start, end: end.min(length), number, policy: policy.to_owned(), reading });
            }
        }
    }
    found
}

/// Where a field begins in the joined text; `None` for fields that are not part of it.
fn offset_in_joined(content: &AdContent, field: TextField) -> Option<usize> {
    let parts = [TextField::Headline, TextField::Body, TextField::CallToAction];
    let place = parts.iter().position(|p| *p == field)?;
    Some(parts[..place].iter().map(|p| content.text(*p).len()).filter(|l| *l > 0).map(|l| l + 1).sum())
}

/// Marks the spans. Overlapping spans become one mark that names them all.
pub(crate) fn mark(text: &str, mut spans: Vec<Span>) -> Marked {
    spans.sort_by_key(|s| (s.start, s.end, s.number));
    let mut marked = Marked::default();
    let mut at = 0;
    let mut rest = spans.into_iter().peekable();
    while let Some(first) = rest.next() {
        let (start, mut end) = (floor(text, first.start.max(at)), first.end);
        let mut group = vec![first];
        while let Some(next) = rest.next_if(|next| next.start < end) {
            end = end.max(next.end);
            group.push(next);
        }
        let end = ceil(text, end);
        if start >= end {
            continue;
        }
        marked.push(&text[at..start], None);
        marked.push(&text[start..end], Some(saying(&group)));
        at = end;
    }
    marked.push(&text[at..], None);
    marked
}

fn saying(group: &[Span]) -> Mark {
    let mut numbers: Vec<String> = group.iter().map(|s| s.number.to_string()).collect();
    numbers.dedup();
    let mut said: Vec<String> = Vec::new();
    for span in group {
        let line = match &span.reading {
            Some(reading) => format!("{}: reads “{reading}”", span.policy),
            None => span.policy.clone(),
        };
        if !said.contains(&line) {
            said.push(line);
        }
    }
    Mark { disguised: group.iter().any(|s| s.reading.is_some()), numbers: numbers.join(" "), said: said.join("; ") }
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize, number: usize) -> Span {
        Span { start, end, number, policy: format!("P{number}"), reading: None }
    }

    #[test]
    fn text_is_escaped_inside_and_outside_marks() {
        let html = mark("<b>win</b> & 'go'", vec![span(3, 6, 1)]).to_string();
        assert_eq!(html.matches("<mark").count(), 1);
        assert!(!html.contains("<b>") && !html.contains("</b>") && !html.contains("'go'"), "{html}");
        assert!(html.contains(r#"<mark tabindex="0">win<span class="which""#), "{html}");
    }

    #[test]
    fn overlaps_become_one_mark() {
        let html = mark("abcdefgh", vec![span(1, 4, 1), span(3, 6, 2)]).to_string();
        assert!(html.starts_with("a<mark tabindex=\"0\">bcdef<span"), "{html}");
        assert!(html.contains(">1 2</span>") && html.ends_with("gh"), "{html}");
    }

    #[test]
    fn wrong_offsets_never_cut_a_character() {
        for (start, end) in [(1, 2), (0, 99), (50, 60), (3, 3), (5, 1)] {
            let html = mark("é€x", vec![span(start, end, 1)]).to_string();
            assert!(html.contains('é') && html.contains('€') && html.contains('x'), "{start} {end} {html}");
        }
    }

    #[test]
    fn spans_of_the_joined_text_fall_into_their_field() {
        let mut content = AdContent::default();
        content.creative.headline = "Win".into();
        content.creative.call_to_action = "Bet now".into();
        assert_eq!(offset_in_joined(&content, TextField::CallToAction), Some(4));
        assert_eq!(offset_in_joined(&content, TextField::AltText), None);
    }
}
