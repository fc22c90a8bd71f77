//! A text of an ad as escaped HTML with the matched words marked.
//!
//! Called by the task page. It must never let a character of the ad through unescaped, nor trust a span's offsets.

use super::text::When;
use crate::domain::{
    AdContent, Millis,
    ad::TextField,
    finding::{Evidence, Finding},
};
use std::fmt::{self, Write as _};

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

/// Escaped HTML.
#[derive(Debug, Clone, Default)]
pub struct Marked(String);

impl Marked {
    /// A text without marks.
    pub(crate) fn plain(text: &str) -> Self {
        mark(text, vec![])
    }

    /// A moment.
    pub(crate) fn when(at: Millis) -> Self {
        Self(When(at).to_string())
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
// `mark` sends every text through `escape`; `when` writes digits.
impl askama::filters::HtmlSafe for Marked {}

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
                let reading = disguised.then(|| term.clone());
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

/// Escapes `text` and marks the spans. Overlapping spans become one mark that names them all.
pub(crate) fn mark(text: &str, mut spans: Vec<Span>) -> Marked {
    spans.sort_by_key(|s| (s.start, s.end, s.number));
    let mut html = String::with_capacity(text.len() + 64 * spans.len());
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
        escape(&mut html, &text[at..start]);
        write_mark(&mut html, &text[start..end], &group);
        at = end;
    }
    escape(&mut html, &text[at..]);
    Marked(html)
}

fn write_mark(html: &mut String, words: &str, group: &[Span]) {
    let mut numbers: Vec<usize> = group.iter().map(|s| s.number).collect();
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
    let class = if group.iter().any(|s| s.reading.is_some()) { r#" class="disguised""# } else { "" };
    let _ = write!(html, r#"<mark{class} tabindex="0">"#);
    escape(html, words);
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let _ = write!(
        html,
        r#"<span class="which" aria-hidden="true">{}</span><span class="reading" role="note">"#,
        numbers.join(" ")
    );
    escape(html, &said.join("; "));
    html.push_str("</span></mark>");
}

fn escape(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            // Characters that reorder or hide what follows must not reach beyond the ad's own words.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => html.push('\u{fffd}'),
            c => html.push(c),
        }
    }
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
        assert_eq!(
            html,
            "&lt;b&gt;<mark tabindex=\"0\">win<span class=\"which\" aria-hidden=\"true\">1</span><span class=\"reading\" \
             role=\"note\">P1</span></mark>&lt;/b&gt; &amp; &#39;go&#39;"
        );
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
