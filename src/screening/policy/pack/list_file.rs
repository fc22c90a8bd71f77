//! `lists/NAME.toml` and `lists/NAME.KIND.txt`: named sets for rules.
//!
//! Called by the pack reader. It must never drop an entry silently: what cannot be used is a problem with its line.

use super::{
    super::{
        problem::{Complaint, Lines},
        tree::Span,
    },
    document::{Document, Placed, Problems},
};
use crate::{
    domain::policy::{List, ListEntry, ListKind},
    screening::signals::lists::{most_entries, unusable},
};

/// Reads a list; `None` once what is wrong with all of it has been noted.
pub(super) fn read(shown: &str, file_name: &str, text: &str, problems: &Problems) -> Option<List> {
    let kinds: Vec<&str> = ListKind::ALL.iter().map(|k| k.as_str()).collect();
    let whole = |message: String| problems.push(Complaint::new(Span::default(), message).in_text(shown, None, ""));
    let (name, kind, entries) = match file_name.split('.').collect::<Vec<_>>().as_slice() {
        [name, "toml"] => {
            let document = Document::parse(shown, text, problems)?;
            let (kind, entries) = in_toml(&document, &kinds)?;
            (*name, kind, entries)
        }
        [name, kind, "txt"] => match kind.parse::<ListKind>() {
            Ok(kind) => (*name, kind, lines(text)),
            Err(_) => {
                let complaint = Complaint::new(Span::default(), format!("`{kind}` is not one of {}", kinds.join(", ")));
                problems.push(complaint.likely(kind, kinds).in_text(shown, None, ""));
                return None;
            }
        },
        _ => {
            whole("a list is called NAME.toml or NAME.KIND.txt".into());
            return None;
        }
    };
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
        whole(format!("`{name}` is not a list's name: lower-case letters, digits and underscores"));
    }
    let mut seen = std::collections::HashSet::new();
    let mut list = List { name: name.to_owned(), kind, entries: Vec::with_capacity(entries.len()) };
    if entries.len() > most_entries(kind) {
        whole(format!("a list of {kind} has at most {} entries, and this has {}", most_entries(kind), entries.len()));
        return None;
    }
    let places = Lines::new(text);
    for Placed { value: entry, span } in entries {
        if problems.full() {
            break;
        }
        let complaint = match unusable(kind, &entry.value) {
            Some(reason) => Some(reason),
            None if !seen.insert(entry.value.to_lowercase()) => Some(format!("`{}` is in the list twice", entry.value)),
            None => None,
        };
        match complaint {
            Some(message) => problems.complain(shown, &places, &Complaint::new(span, message)),
            None => list.entries.push(entry),
        }
    }
    Some(list)
}

/// `kind`, `entries = [...]`, `negative = [...]` and, for entries with a note or a last day, `[[entry]]`.
fn in_toml(document: &Document<'_>, kinds: &[&str]) -> Option<(ListKind, Vec<Placed<ListEntry>>)> {
    let root = document.root();
    let has_kind = root.has("kind");
    let kind = root.name::<ListKind>("kind", kinds);
    if !has_kind {
        root.missing("kind");
    }
    let plain = |key: &'static str, negative: bool| {
        root.texts(key).into_iter().map(move |t| Placed { value: entry(&t.value, negative), span: t.span })
    };
    let mut entries: Vec<Placed<ListEntry>> = plain("entries", false).chain(plain("negative", true)).collect();
    for section in root.sections("entry") {
        let value = section.required("value");
        let negative = section.flag("negative").unwrap_or(false);
        let note = section.text("note").map(|n| n.value).unwrap_or_default();
        let until = section.moment("until").map(|u| u.value);
        let entry = ListEntry { note, until, ..entry(&value.value, negative) };
        entries.push(Placed { value: entry, span: value.span });
        section.done();
    }
    root.done();
    Some((kind?.value, entries))
}

/// One entry a line; `#` begins a comment line, `!` a negative entry.
fn lines(text: &str) -> Vec<Placed<ListEntry>> {
    let mut start = 0;
    let mut entries = Vec::new();
    for line in text.split_inclusive('\n') {
        let written = line.trim();
        if !written.is_empty() && !written.starts_with('#') {
            let at = start + line.find(written).unwrap_or(0);
            let (value, negative) = match written.strip_prefix('!') {
                Some(rest) => (rest.trim(), true),
                None => (written, false),
            };
            let span = Span { start: at, end: at + written.len() };
            entries.push(Placed { value: entry(value, negative), span });
        }
        start += line.len();
    }
    entries
}

fn entry(value: &str, negative: bool) -> ListEntry {
    ListEntry { value: value.trim().to_owned(), negative, note: String::new(), until: None }
}
