//! Data sets as statements: one JSON object a line, bounded, with the line's number in every refusal.
//!
//! Called by `cli` with an opened file, unpacked if need be. It must never guess: an unknown field, label or policy
//! code stops the reading.

use super::rows::{BENIGN, Statement};
use crate::domain::PolicyCode;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeMap,
    io::{BufRead, Read},
};

/// Longest line in bytes.
const LONGEST_LINE: u64 = 256 * 1024;
/// Most lines in a file.
const MOST_LINES: usize = 5_000_000;

/// One line. `{"text", "policy", "label", "source"}` says one thing; `{"text", "labels", "benign", "source"}` says all
/// that is known of a text, and is how held-out rows are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The text.
    pub text: String,
    /// A policy, or `benign`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyCode>,
    /// 1: breaks the policy; 0: does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<u8>,
    /// Answers by policy, 1 or 0.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<PolicyCode, u8>,
    /// Whether the text breaks no policy at all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub benign: bool,
    /// The data set.
    pub source: String,
    /// What a written text is about; texts of one theme are split together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// The text's language, for readers of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The row's name, for readers of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why the row is there, for readers of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Why a file was refused.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A line cannot be used.
    #[error("line {line}: {problem}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What to change.
        problem: String,
    },
    /// The file could not be read on.
    #[error("line {line}: the file cannot be read: {cause}")]
    Read {
        /// The line's number, from 1.
        line: usize,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
}

/// Reads all lines; blank ones are skipped.
pub fn read(from: impl BufRead) -> Result<Vec<Statement>, ImportError> {
    let mut out = Vec::new();
    each(from, |line| statements(line, &mut out).map_err(ToOwned::to_owned))?;
    Ok(out)
}

/// Hands every line, parsed, to `take`; blank ones are skipped. What `take` refuses is refused with the line's number.
pub(super) fn each<T: DeserializeOwned>(
    mut from: impl BufRead,
    mut take: impl FnMut(T) -> Result<(), String>,
) -> Result<(), ImportError> {
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let refused = |problem: String| ImportError::Line { line, problem };
        let n = (&mut from)
            .take(LONGEST_LINE + 1)
            .read_until(b'\n', &mut bytes)
            .map_err(|cause| ImportError::Read { line, cause })?;
        if n == 0 {
            break;
        }
        if n as u64 > LONGEST_LINE {
            return Err(refused(format!("longer than {LONGEST_LINE} bytes")));
        }
        if line > MOST_LINES {
            return Err(refused(format!("more than {MOST_LINES} lines; split the file")));
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let parsed: T = serde_json::from_slice(&bytes).map_err(|e| refused(e.to_string()))?;
        take(parsed).map_err(refused)?;
    }
    Ok(())
}

/// The statements of one line.
fn statements(line: Line, out: &mut Vec<Statement>) -> Result<(), &'static str> {
    if line.text.trim().is_empty() {
        return Err("`text` is empty");
    }
    if line.source.is_empty() {
        return Err("`source` is empty; name the data set");
    }
    let mut answers: Vec<(Option<PolicyCode>, u8)> =
        line.labels.into_iter().map(|(policy, label)| (Some(policy), label)).collect();
    match (line.policy, line.label) {
        (Some(policy), Some(label)) => answers.push(((policy.as_str() != BENIGN).then_some(policy), label)),
        (None, None) => {}
        _ => return Err("`policy` and `label` go together"),
    }
    if line.benign {
        answers.push((None, 0));
    }
    if answers.is_empty() {
        return Err("says nothing: give `policy` and `label`, or `labels`, or `benign`");
    }
    for (policy, label) in answers {
        let breaks = match (label, &policy) {
            (0, _) => false,
            (1, Some(_)) => true,
            (1, None) => return Err("a benign text has label 0"),
            _ => return Err("a label is 0 or 1"),
        };
        // Texts that somebody made up to teach with say so by their source.
        let written = line.source == "written";
        let (text, source) = (line.text.clone(), line.source.clone());
        let group = line.theme.as_ref().map(|theme| {
            let about = policy.as_ref().map_or(BENIGN, PolicyCode::as_str);
            format!("{source}/{about}/{theme}")
        });
        out.push(Statement { text, policy, breaks, weight: 1.0, source, group, written });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let file = concat!(
            "{\"text\": \"a\", \"policy\": \"scam\", \"label\": 1, \"source\": \"s\"}\n\n",
            "{\"text\": \"b\", \"policy\": \"benign\", \"label\": 0, \"source\": \"s\"}\n",
            "{\"text\": \"c\", \"labels\": {\"hate\": 0, \"scam\": 1}, \"source\": \"written\"}",
        );
        let read = read(file.as_bytes()).unwrap();
        let said: Vec<_> = read
            .iter()
            .map(|s| (s.text.as_str(), s.policy.as_ref().map(|p| p.as_str()), s.breaks, s.written))
            .collect();
        assert_eq!(
            said,
            [
                ("a", Some("scam"), true, false),
                ("b", None, false, false),
                ("c", Some("hate"), false, true),
                ("c", Some("scam"), true, true),
            ]
        );
    }

    #[test]
    fn refusals_name_the_line() {
        let good = "{\"text\": \"a\", \"policy\": \"scam\", \"label\": 1, \"source\": \"s\"}\n";
        for (bad, expected) in [
            ("{\"text\": \"a\"", "line 2: EOF"),
            ("{\"text\": \" \", \"policy\": \"scam\", \"label\": 1, \"source\": \"s\"}", "line 2: `text` is empty"),
            ("{\"text\": \"a\", \"policy\": \"scam\", \"label\": 2, \"source\": \"s\"}", "line 2: a label is 0 or 1"),
            ("{\"text\": \"a\", \"policy\": \"benign\", \"label\": 1, \"source\": \"s\"}", "line 2: a benign text"),
            ("{\"text\": \"a\", \"policy\": \"scam\", \"source\": \"s\"}", "line 2: `policy` and `label`"),
            ("{\"text\": \"a\", \"source\": \"s\"}", "line 2: says nothing"),
            ("{\"text\": \"a\", \"extra\": 1, \"source\": \"s\"}", "line 2: unknown field `extra`"),
            ("\u{feff}x", "line 2: expected value"),
        ] {
            let error = read(format!("{good}{bad}").as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{bad}: {error}");
        }
    }
}
