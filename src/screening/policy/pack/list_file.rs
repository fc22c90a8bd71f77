//! `lists/NAME.toml` and `lists/NAME.KIND.txt`: named sets for rules.
//!
//! Called by the pack reader. It must never drop an entry silently: what cannot be used is a problem with its line.

use super::{
    super::{problem::Complaint, tree::Span},
    document::{Document, Placed, Problems},
};
use crate::{
    domain::policy::{List, ListEntry, ListKind},
    screening::signals::CompiledLists,
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
    let mut spans = Vec::with_capacity(entries.len());
    for Placed { value: entry, span } in entries {
        if seen.insert(entry.value.to_lowercase()) {
            list.entries.push(entry);
            spans.push(span);
        } else {
            let message = format!("`{}` is in the list twice", entry.value);
            problems.push(Complaint::new(span, message).in_text(shown, None, text));
        }
    }
    for (entry, reason) in unusable(&list) {
        problems.push(Complaint::new(spans[entry], reason).in_text(shown, None, text));
    }
    Some(list)
}

/// Entries that signals could not use, by position, with the reason. Only a list that does not compile whole is looked
/// at entry by entry.
fn unusable(list: &List) -> Vec<(usize, String)> {
    if CompiledLists::compile(std::slice::from_ref(list)).is_ok() {
        return Vec::new();
    }
    let alone = |entry: &ListEntry| {
        let single = List { name: list.name.clone(), kind: list.kind, entries: vec![entry.clone()] };
        CompiledLists::compile(&[single]).err().map(|e| e.reason)
    };
    list.entries.iter().enumerate().filter_map(|(i, entry)| alone(entry).map(|reason| (i, reason))).collect()
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
