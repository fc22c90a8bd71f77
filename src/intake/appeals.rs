//! What an appellant says and adds, from native JSON or from the public form: bounded, and each file's type found out by
//! looking at its bytes.
//!
//! Called by the API and the public page. It must never trust a name or a declared type, nor keep a file that is none of
//! the four kinds.

use super::{Problem, Refusal, document, pictures, refusal::Problems, schema, wire::AppealInput};
use crate::domain::{DecisionId, appeal::Attachment, digest::Digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::Value;

/// Longest body of an appeal: its files in base64, and room for what it says.
pub const APPEAL_BYTES: usize = 15 * 1024 * 1024;
/// Most files.
pub const FILES: usize = 5;
/// Most bytes of one file.
pub const FILE_BYTES: usize = 5 * 1024 * 1024;
/// Most bytes of all files of an appeal.
pub const FILES_BYTES: usize = 10 * 1024 * 1024;
/// Longest statement, in characters.
pub const STATEMENT_CHARS: usize = 5_000;
/// Longest name of a file, in characters.
const NAME_CHARS: usize = 200;

/// A file that was looked at.
#[derive(Clone, PartialEq)]
pub struct NewAttachment {
    /// What is kept of it.
    pub about: Attachment,
    /// Its bytes.
    pub bytes: Bytes,
}

impl std::fmt::Debug for NewAttachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewAttachment({:?})", self.about)
    }
}

/// An appeal as somebody sends it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAppeal {
    /// What they say.
    pub statement: String,
    /// The decision contested; `None` is the one in effect.
    pub decision: Option<DecisionId>,
    /// What they add.
    pub attachments: Vec<NewAttachment>,
}

/// Reads an appeal from native JSON.
///
/// # Errors
/// Every bad field at once, in the order of their pointers.
pub fn read_appeal(bytes: &[u8]) -> Result<NewAppeal, Refusal> {
    let (value, mut problems) = document::parse(bytes, APPEAL_BYTES)?;
    let attachments = attached(&value, &mut problems);
    if let Some(said) = value.get("statement").and_then(Value::as_str) {
        statement("/statement", said, &mut problems);
    }
    if value.get("decision").and_then(Value::as_str).is_some_and(|d| d.parse::<DecisionId>().is_err()) {
        problems.add("/decision", "not_an_id", "is not the id of a decision, such as an outcome's `decision`");
    }
    schema::appeal().check(&value, &mut problems);
    problems.into_result()?;
    let input: AppealInput = serde_json::from_value(value)
        .map_err(|error| Refusal::one("", "not_valid", format!("cannot be read: {error}")))?;
    Ok(NewAppeal { statement: tidy(&input.statement), decision: input.decision, attachments })
}

/// Checks an appeal that came as a form: what is said, and files by the name they were sent under.
///
/// # Errors
/// Everything that is wrong.
pub fn check_appeal(said: &str, decision: DecisionId, files: Vec<(String, Bytes)>) -> Result<NewAppeal, Refusal> {
    let mut problems = Problems::default();
    statement("/statement", said, &mut problems);
    let mut attachments = vec![];
    many(files.len(), files.iter().map(|(_, bytes)| bytes.len()).sum(), &mut problems);
    for (at, (name, bytes)) in files.into_iter().enumerate().take(FILES) {
        match look(&name, bytes) {
            Ok(looked) => attachments.push(looked),
            Err((code, detail)) => {
                let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
                problems.add(format!("/files/{at}"), code, format!("“{shown}” {detail}"));
            }
        }
    }
    problems.into_result()?;
    Ok(NewAppeal { statement: tidy(said), decision: Some(decision), attachments })
}

/// A statement that a lead types where a decision is to be corrected.
///
/// # Errors
/// Where it is empty or too long.
pub fn check_statement(said: &str) -> Result<NewAppeal, Refusal> {
    let mut problems = Problems::default();
    statement("/statement", said, &mut problems);
    problems.into_result()?;
    Ok(NewAppeal { statement: tidy(said), decision: None, attachments: vec![] })
}

fn tidy(said: &str) -> String {
    said.replace("\r\n", "\n").trim().to_owned()
}

fn statement(pointer: &str, said: &str, problems: &mut Problems) {
    let said = tidy(said);
    let chars = said.chars().count();
    if chars == 0 {
        problems.add(pointer, "required", "must say why the decision is wrong");
    } else if chars > STATEMENT_CHARS {
        problems.add(pointer, "too_long", format!("must be at most {STATEMENT_CHARS} characters; it has {chars}"));
    } else if said.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        problems.add(pointer, "control_character", "must be plain text without control characters");
    }
}

fn many(files: usize, bytes: usize, problems: &mut Problems) {
    if files > FILES {
        problems.add("/files", "too_many", format!("must be at most {FILES} files; there are {files}"));
    } else if bytes > FILES_BYTES {
        problems.add("/files", "too_large", format!("must be at most {FILES_BYTES} bytes together; they are {bytes}"));
    }
}

fn attached(value: &Value, problems: &mut Problems) -> Vec<NewAttachment> {
    let all = value.get("attachments").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut looked = vec![];
    let mut together = 0;
    // The schema refuses longer lists; nothing is decoded for them.
    for (at, one) in all.iter().enumerate().take(FILES) {
        let (name, data) = (one.get("name").and_then(Value::as_str), one.get("data").and_then(Value::as_str));
        let (Some(name), Some(data)) = (name, data) else { continue };
        let pointer = format!("/attachments/{at}/data");
        if data.len() / 4 * 3 > FILE_BYTES + 3 {
            problems.add(pointer, "too_large", format!("must be at most {FILE_BYTES} bytes"));
            continue;
        }
        let found = match STANDARD.decode(data) {
            Ok(bytes) => {
                together += bytes.len();
                look(name, bytes.into())
            }
            Err(_) => Err(("not_base64", "is not base64 (RFC 4648, section 4)".to_owned())),
        };
        match found {
            Ok(attachment) => looked.push(attachment),
            Err((code, detail)) => problems.add(pointer, code, detail),
        }
    }
    if together > FILES_BYTES {
        problems.add("/attachments", "too_large", format!("must be at most {FILES_BYTES} bytes together"));
    }
    looked
}

/// Looks at a file's bytes: what it is, and that it is whole.
fn look(name: &str, bytes: Bytes) -> Result<NewAttachment, (&'static str, String)> {
    let plain: String = name.chars().filter(|c| !c.is_control() && !matches!(c, '/' | '\\')).collect();
    let name: String = plain.trim().chars().take(NAME_CHARS).collect();
    let name = if name.is_empty() { "file".to_owned() } else { name };
    if bytes.is_empty() {
        return Err(("empty", "is empty".into()));
    }
    if bytes.len() > FILE_BYTES {
        return Err(("too_large", format!("must be at most {FILE_BYTES} bytes; it has {}", bytes.len())));
    }
    let media_type = kind(&bytes)?;
    let about =
        Attachment { name, media_type: media_type.into(), size: bytes.len() as u64, digest: Digest::of(&bytes) };
    Ok(NewAttachment { about, bytes })
}

fn kind(bytes: &[u8]) -> Result<&'static str, (&'static str, String)> {
    if bytes.starts_with(b"%PDF-") {
        let tail = &bytes[bytes.len().saturating_sub(1024)..];
        let whole = tail.windows(5).any(|w| w == b"%%EOF");
        return if whole { Ok("application/pdf") } else { Err(("not_whole", "is a PDF that is cut off".into())) };
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") || bytes.starts_with(b"\xff\xd8\xff") {
        return Ok(pictures::whole(bytes)?.0);
    }
    let text = std::str::from_utf8(bytes).ok();
    match text.filter(|t| !t.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))) {
        Some(_) => Ok("text/plain"),
        None => Err(("unknown_type", "is not a PNG or JPEG image, a PDF or plain text in UTF-8".into())),
    }
}

/// One sentence for people, of all that is wrong.
pub fn in_words(problems: &[Problem]) -> String {
    let subject = |p: &Problem| match p.pointer.as_str() {
        "/statement" => "What you write ",
        "/files" => "The files ",
        _ => "",
    };
    problems.iter().map(|p| format!("{}{}.", subject(p), p.detail)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn read(value: &Value) -> Result<NewAppeal, Vec<(String, &'static str)>> {
        let refused = |r: Refusal| r.problems.into_iter().map(|p| (p.pointer, p.code)).collect();
        read_appeal(value.to_string().as_bytes()).map_err(refused)
    }

    #[test]
    fn a_file_is_what_its_bytes_are() {
        let with = |bytes: &[u8]| {
            let file = json!({"name": "../x\u{7}.exe", "data": STANDARD.encode(bytes)});
            read(&json!({"statement": "No.", "attachments": [file]}))
        };
        for (bytes, expected) in [
            (&b"%PDF-1.4\n%%EOF\n"[..], Ok("application/pdf")),
            (b"%PDF-1.4\ncut", Err("not_whole")),
            ("gr\u{fc}n\n".as_bytes(), Ok("text/plain")),
            (b"MZ\x00\x01", Err("unknown_type")),
            (b"\x89PNG\r\n\x1a\nrubbish", Err("not_an_image")),
            (b"", Err("empty")),
        ] {
            match (with(bytes), expected) {
                (Ok(read), Ok(kind)) => {
                    assert_eq!(read.attachments[0].about.media_type, kind);
                    assert_eq!(read.attachments[0].about.name, "..x.exe");
                }
                (Err(problems), Err(code)) => assert_eq!(problems, [("/attachments/0/data".to_owned(), code)]),
                (got, _) => panic!("{bytes:?}: {got:?}"),
            }
        }
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let six = vec![json!({"name": "a", "data": "YQ=="}); 6];
        assert_eq!(read(&json!({"statement": "  "})).unwrap_err(), [("/statement".to_owned(), "required")]);
        let all = read(&json!({"statement": "x".repeat(5_001), "decision": "dec_1", "attachments": six, "odd": 1}));
        let pointers: Vec<String> = all.unwrap_err().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(pointers, ["/attachments", "/decision", "/odd", "/statement"]);
        let read = read(&json!({"statement": " It is a toy.\r\n ", "decision": null})).unwrap();
        assert_eq!((read.statement.as_str(), read.decision), ("It is a toy.", None));
        let form =
            check_appeal("Fine.", DecisionId(uuid::Uuid::nil()), vec![("a.bin".into(), Bytes::from_static(&[0]))]);
        assert!(in_words(&form.unwrap_err().problems).starts_with("“a.bin” is not a PNG"));
    }
}
