//! Many list entries at once, pasted or as CSV: what can be added, and what was refused, line by line with the reason.
//!
//! Called by the lists' pages. CSV begins with a header line that names `value`, and perhaps `note`, `negative` and
//! `until`; anything else is one entry a line, `!` before an overruling one. It must never drop a line silently.

use crate::{
    domain::{
        Millis,
        policy::{List, ListEntry},
    },
    screening::signals::CompiledLists,
};
use std::collections::HashSet;

/// Most lines read at once.
pub const MOST_LINES: usize = 100_000;

/// What reading gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bulk {
    /// Entries that can be added, in order.
    pub accepted: Vec<ListEntry>,
    /// Lines that cannot.
    pub refused: Vec<RefusedLine>,
    /// Lines that hold an entry (comments and empty lines are none).
    pub lines: usize,
}

/// One line that cannot be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLine {
    /// Its number, from 1.
    pub line: usize,
    /// What it says, shortened.
    pub text: String,
    /// Why not.
    pub reason: String,
}

/// Reads pasted lines or CSV for a list that lies in the file `path`.
pub fn read(text: &str, path: &str, list: &List) -> Bulk {
    let mut bulk = Bulk::default();
    let mut seen: HashSet<String> = list.entries.iter().map(|e| e.value.to_lowercase()).collect();
    let mut candidates = Vec::new();
    for (line, found) in entries(text) {
        if bulk.lines == MOST_LINES {
            bulk.refuse(line, "…", format!("at most {MOST_LINES} lines are read at once"));
            break;
        }
        bulk.lines += 1;
        match found {
            Err((shown, reason)) => bulk.refuse(line, &shown, reason),
            Ok(entry) if entry.value.is_empty() => bulk.refuse(line, "", "there is no entry".into()),
            Ok(entry) if !seen.insert(entry.value.to_lowercase()) => {
                bulk.refuse(line, &entry.value, "is in the list already".into());
            }
            Ok(entry) if entry.until.is_some() && !path.ends_with(".toml") => {
                bulk.refuse(line, &entry.value, "only a list called NAME.toml keeps when an entry ends".into());
            }
            Ok(entry) => candidates.push((line, entry)),
        }
    }
    let compiles = |entries| CompiledLists::compile(&[List { name: list.name.clone(), kind: list.kind, entries }]);
    // One by one only where not all of them are usable together: that is the rare case, and the slow one.
    let all_fit = compiles(candidates.iter().map(|(_, e)| e.clone()).collect()).is_ok();
    for (line, entry) in candidates {
        match if all_fit { None } else { compiles(vec![entry.clone()]).err() } {
            Some(error) => bulk.refuse(line, &entry.value, error.reason),
            None => bulk.accepted.push(entry),
        }
    }
    bulk.refused.sort_by_key(|r| r.line);
    bulk
}

impl Bulk {
    fn refuse(&mut self, line: usize, text: &str, reason: String) {
        self.refused.push(RefusedLine { line, text: text.chars().take(120).collect(), reason });
    }
}

/// A line's entry, or what it says and why that is none.
type Found = Result<ListEntry, (String, String)>;

fn entries(text: &str) -> Vec<(usize, Found)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let header = text.lines().next().unwrap_or_default().to_lowercase();
    let columns: Vec<&str> = header.split([',', ';', '\t']).map(|c| c.trim().trim_matches('"')).collect();
    if !columns.contains(&"value") {
        return plain(text).collect();
    }
    let delimiter = header.bytes().find(|b| [b',', b';', b'\t'].contains(b)).unwrap_or(b',');
    let at = |name: &str| columns.iter().position(|c| *c == name);
    table(text, delimiter, at)
}

fn plain(text: &str) -> impl Iterator<Item = (usize, Found)> {
    let written = text.lines().enumerate().map(|(n, line)| (n + 1, line.trim()));
    written.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).map(|(n, line)| {
        let (value, negative) = line.strip_prefix('!').map_or((line, false), |rest| (rest.trim(), true));
        (n, Ok(ListEntry { value: value.to_owned(), negative, note: String::new(), until: None }))
    })
}

fn table(text: &str, delimiter: u8, at: impl Fn(&str) -> Option<usize>) -> Vec<(usize, Found)> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let cell = |record: &csv::StringRecord, name: &str| {
        at(name).and_then(|column| record.get(column)).unwrap_or_default().trim().to_owned()
    };
    let mut found = Vec::new();
    for record in reader.records() {
        let (line, entry) = match record {
            Ok(record) => {
                let line = record.position().map_or(0, |p| usize::try_from(p.line()).unwrap_or_default());
                let said = |name: &str| cell(&record, name).to_lowercase();
                let negative = match said("negative").as_str() {
                    "" | "false" | "no" | "0" => Ok(false),
                    "true" | "yes" | "1" => Ok(true),
                    other => Err(format!("negative is true or false, not `{other}`")),
                };
                let value = cell(&record, "value");
                let entry = match (negative, until(&cell(&record, "until"))) {
                    (Err(why), _) | (_, Err(why)) => Err((value, why)),
                    (Ok(negative), Ok(until)) => Ok(ListEntry { value, negative, note: cell(&record, "note"), until }),
                };
                (line, entry)
            }
            Err(error) => {
                let line = error.position().map_or(0, |p| usize::try_from(p.line()).unwrap_or_default());
                (line, Err((String::new(), "this is not a line of CSV".into())))
            }
        };
        found.push((line, entry));
    }
    found
}

/// A moment or a day; an entry that ends on a day still matches on it.
fn until(written: &str) -> Result<Option<Millis>, String> {
    if written.is_empty() {
        return Ok(None);
    }
    let day = || format!("{written}T00:00:00Z").parse::<Millis>().map(|start| start.plus(Millis::DAY));
    let moment = written.parse::<Millis>().or_else(|_| day());
    moment.map(Some).map_err(|_| format!("until is a day such as 2026-12-31, not `{written}`"))
}

/// The text of a list's file with entries added at its end, in the form that the file has.
pub fn appended(path: &str, text: &str, entries: &[ListEntry]) -> String {
    let mut out = text.to_owned();
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    for entry in entries {
        if path.ends_with(".toml") {
            out += &format!("\n[[entry]]\nvalue = {}\n", quoted(&entry.value));
            if entry.negative {
                out += "negative = true\n";
            }
            if !entry.note.is_empty() {
                out += &format!("note = {}\n", quoted(&entry.note));
            }
            if let Some(until) = entry.until {
                out += &format!("until = {until}\n");
            }
        } else {
            if !entry.note.is_empty() {
                out += &format!("# {}\n", entry.note.replace(['\n', '\r'], " "));
            }
            out += &format!("{}{}\n", if entry.negative { "!" } else { "" }, entry.value);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{domain::policy::ListKind, screening::policy::Pack};

    fn list(kind: ListKind, values: &[&str]) -> List {
        let entry = |v: &&str| ListEntry { value: (*v).into(), negative: false, note: String::new(), until: None };
        List { name: "list".into(), kind, entries: values.iter().map(entry).collect() }
    }

    #[test]
    fn lines_and_csv_tell_what_was_refused_and_why() {
        let held = list(ListKind::Phrases, &["pistol"]);
        let bulk = read("rifle\n\n# a comment\n!toy rifle\nPISTOL\nrifle\n", "lists/a.phrases.txt", &held);
        let values: Vec<(&str, bool)> = bulk.accepted.iter().map(|e| (e.value.as_str(), e.negative)).collect();
        assert_eq!(values, [("rifle", false), ("toy rifle", true)]);
        let refused: Vec<usize> = bulk.refused.iter().map(|r| r.line).collect();
        assert_eq!((refused, bulk.lines), (vec![5, 6], 4));

        let csv =
            "value;note;negative;until\nrifle;\"long; and loud\";no;2026-12-31\ntoy rifle;;yes;\ngun;;perhaps;\n;;;\n";
        let bulk = read(csv, "lists/a.toml", &list(ListKind::Phrases, &[]));
        assert_eq!(bulk.accepted[0].note, "long; and loud");
        assert_eq!(bulk.accepted[0].until.unwrap().to_string(), "2027-01-01T00:00:00.000Z");
        assert!(bulk.accepted[1].negative && bulk.accepted.len() == 2);
        let refused: Vec<(usize, bool)> = bulk.refused.iter().map(|r| (r.line, r.reason.contains("perhaps"))).collect();
        assert_eq!(refused, [(4, true), (5, false)]);
        let plain = read(csv, "lists/a.phrases.txt", &list(ListKind::Phrases, &[]));
        assert_eq!(plain.refused[0].line, 2, "a text file cannot say when an entry ends");

        let bulk = read("[a-z\nfine", "lists/a.regexes.txt", &list(ListKind::Regexes, &[]));
        assert_eq!((bulk.accepted.len(), bulk.refused[0].line), (1, 1));
    }

    #[test]
    fn appended_entries_read_back() {
        let mut entries = list(ListKind::Phrases, &["says \"no\"", "fine"]).entries;
        entries[0].note = "a note".into();
        entries[1].negative = true;
        for (path, text) in [("lists/a.toml", "kind = \"phrases\"\nentries = [\"x\"]"), ("lists/a.phrases.txt", "x")] {
            let text = appended(path, text, &entries);
            let list = Pack::list(path, &text).unwrap();
            let values: Vec<(&str, bool)> = list.entries.iter().map(|e| (e.value.as_str(), e.negative)).collect();
            assert_eq!(values, [("x", false), ("says \"no\"", false), ("fine", true)], "{text}");
        }
    }
}
