//! Bodies of lines that each tell one thing: NDJSON, or one JSON array, each line read or refused alone.
//!
//! Called by the API for delivery and for decisions of others. It must never let one bad line refuse the others, nor
//! take more than its bounds.

use super::{
    build, checks, document,
    lines::{Line, Lines},
    refusal::{Problems, Refusal},
    schema,
};
use crate::domain::{delivery::Delivery, external::ExternalDecision};
use bytes::Bytes;
use serde_json::Value;

/// Longest body.
pub const LINES_BYTES: usize = 8 * 1024 * 1024;

/// Most lines of a body.
const MOST_LINES: usize = 20_000;

/// Longest line.
const LINE_BYTES: usize = 4 * 1024;

/// One line.
#[derive(Debug)]
pub struct DocumentLine<T> {
    /// Its number, from 1; in NDJSON blank lines count.
    pub number: u64,
    /// The ad's external id or id as sent, where it can be read.
    pub name: Option<String>,
    /// What it tells, or everything that is wrong with it.
    pub read: Result<T, Refusal>,
}

/// A body's lines.
#[derive(Debug)]
pub struct DocumentLines<T> {
    /// They came as one JSON array, and are answered so.
    pub array: bool,
    /// The lines in order.
    pub lines: Vec<DocumentLine<T>>,
}

/// Reads lines about delivery.
///
/// # Errors
/// For what is neither lines nor an array, and for more lines than are taken at once.
pub fn read_deliveries(bytes: &[u8]) -> Result<DocumentLines<Delivery>, Refusal> {
    let check = |value: &Value, problems: &mut Problems| {
        checks::delivery(value, problems);
        schema::delivery().check(value, problems);
    };
    document_lines(bytes, check, build::delivery)
}

/// Reads decisions that a submitter made itself.
///
/// # Errors
/// As [`read_deliveries`].
pub fn read_external_decisions(bytes: &[u8]) -> Result<DocumentLines<ExternalDecision>, Refusal> {
    let check = |value: &Value, problems: &mut Problems| {
        checks::external_decision(value, problems);
        schema::external_decision().check(value, problems);
    };
    document_lines(bytes, check, build::external_decision)
}

fn document_lines<T>(
    bytes: &[u8],
    check: impl Fn(&Value, &mut Problems),
    build: fn(Value) -> Result<T, Refusal>,
) -> Result<DocumentLines<T>, Refusal> {
    let array = bytes.trim_ascii_start().first() == Some(&b'[');
    let all = if array { items(bytes)? } else { lines(bytes) };
    match all.len() {
        0 => Err(Refusal::one("", "empty", "is empty; send one JSON object a line")),
        n if n > MOST_LINES => {
            Err(Refusal::one("", "too_many", format!("must have at most {MOST_LINES} lines; it has {n}")))
        }
        _ => Ok(DocumentLines { array, lines: all.into_iter().map(|line| read(line, &check, build)).collect() }),
    }
}

fn lines(bytes: &[u8]) -> Vec<Line> {
    let mut lines = Lines::new(LINE_BYTES);
    let mut all = lines.push(Bytes::copy_from_slice(bytes));
    all.extend(lines.finish());
    all
}

/// The items of an array as lines of their own: each is read from its own bytes, so its pointers begin at itself.
fn items(bytes: &[u8]) -> Result<Vec<Line>, Refusal> {
    let (value, problems) = document::parse(bytes, LINES_BYTES)?;
    problems.into_result()?;
    let Value::Array(items) = value else { return Ok(vec![]) };
    let line = |(at, item): (usize, Value)| Line { number: at as u64 + 1, bytes: Some(item.to_string().into()) };
    Ok(items.into_iter().enumerate().map(line).collect())
}

fn read<T>(
    line: Line,
    check: &impl Fn(&Value, &mut Problems),
    build: fn(Value) -> Result<T, Refusal>,
) -> DocumentLine<T> {
    let Some(bytes) = line.bytes else {
        let refusal = Refusal::one("", "body_too_large", format!("must be at most {LINE_BYTES} bytes a line"));
        return DocumentLine { number: line.number, name: None, read: Err(refusal) };
    };
    let (value, mut problems) = match document::parse(&bytes, LINE_BYTES) {
        Ok(parsed) => parsed,
        Err(refusal) => return DocumentLine { number: line.number, name: None, read: Err(refusal) },
    };
    let name = ["external_id", "id"].iter().find_map(|key| value.get(key)?.as_str());
    let name = name.filter(|n| n.chars().count() <= super::wire::EXTERNAL_ID_CHARS).map(str::to_owned);
    check(&value, &mut problems);
    let read = problems.into_result().and_then(|()| build(value));
    DocumentLine { number: line.number, name, read }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn told(body: &str) -> Vec<(u64, Vec<String>)> {
        let read = read_deliveries(body.as_bytes()).unwrap().lines.into_iter();
        let pointers = |r: Result<Delivery, Refusal>| {
            r.err().into_iter().flat_map(|r| r.problems).map(|p| format!("{} {}", p.pointer, p.code)).collect()
        };
        read.map(|line| (line.number, pointers(line.read))).collect()
    }

    #[test]
    fn every_line_is_refused_alone_and_every_bad_place_is_named() {
        let good = r#"{"external_id":"a","hour":"2026-01-31T12:00:00Z","impressions":3,"spend":{"micros":5,"currency":"EUR"}}"#;
        let body = format!(
            "{good}\n\n{{\"hour\":\"2026-01-31T12:30:00Z\",\"impressions\":-1,\"spend\":{{\"micros\":1,\"currency\":\"eur\"}}}}\nnonsense\n{}\n{}\n",
            r#"{"external_id":"a","id":"ad_x","hour":"2026-01-31T12:00:00Z","impressions":1.5,"shown":2}"#,
            r#"{"id":"ad_x","hour":"2026-01-31T12:00:00Z","impressions":1,"spend":{"micros":100000000000001,"currency":"EUR"}}"#,
        );
        assert_eq!(
            told(&body),
            [
                (1, vec![]),
                (
                    3,
                    vec![
                        "/external_id required".into(),
                        "/hour not_an_hour".into(),
                        "/impressions too_small".into(),
                        "/spend/currency not_a_currency".into()
                    ]
                ),
                (4, vec![" not_json".into()]),
                (5, vec!["/id one_of_two".into(), "/impressions wrong_type".into(), "/shown unknown_field".into()]),
                (6, vec!["/id not_an_id".into(), "/spend/micros too_great".into()]),
            ]
        );
        assert_eq!(told(&format!("[{good}, {{}}, 7]")).len(), 3, "an array is lines too");
        assert!(told(&format!("[{good}]"))[0].1.is_empty());
        for (bad, code) in [("", "empty"), ("[]", "empty"), ("[1", "not_json")] {
            assert_eq!(read_deliveries(bad.as_bytes()).unwrap_err().problems[0].code, code, "{bad}");
        }
        let many = "{}\n".repeat(MOST_LINES + 1);
        assert_eq!(read_deliveries(many.as_bytes()).unwrap_err().problems[0].code, "too_many");
    }
}
