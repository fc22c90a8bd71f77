//! The rule language told from its own tables: every field and function, for help pages, editors and `policies/REFERENCE.md`.
//!
//! Called by pages, by `adjudge policy reference` and by the test that holds the file to it. It must never say anything
//! that the checker does not read from the same tables.

use super::{
    functions::{FUNCTIONS, Parameter},
    schema::FIELDS,
    types::Possible,
};
use serde::Serialize;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A field of the ad, its advertiser, its destination or the counts.
    Field,
    /// A function.
    Function,
}

/// One field or function.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Its name: `ad.headline`, `matches`.
    pub name: &'static str,
    /// How it is written: the name, or `matches(list, field?)`.
    pub written: &'static str,
    /// The type of its value, in words.
    #[serde(rename = "type")]
    pub type_: String,
    /// Whether it can be unknown. A function can where what it reads can.
    pub may_be_unknown: bool,
    /// Values it can have, where they are few or bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<String>,
    /// Kinds of lists that it takes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<&'static str>,
    /// What it means.
    pub doc: &'static str,
    /// A condition that uses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<&'static str>,
}

/// Every field, then every function.
pub fn entries() -> Vec<Entry> {
    let fields = FIELDS.iter().map(|f| Entry {
        kind: EntryKind::Field,
        name: f.name,
        written: f.name,
        type_: f.type_.to_string(),
        may_be_unknown: f.may_be_unknown,
        values: values(f.possible),
        lists: Vec::new(),
        doc: f.doc,
        example: None,
    });
    let functions = FUNCTIONS.iter().map(|f| Entry {
        kind: EntryKind::Function,
        name: f.name,
        written: f.signature,
        type_: f.returns.to_string(),
        may_be_unknown: f.rests_on == super::functions::RestsOn::Score,
        values: values(f.possible),
        lists: f
            .parameters
            .iter()
            .flat_map(|p| match p {
                Parameter::List(kinds) => kinds.iter().map(|k| k.as_str()).collect(),
                _ => Vec::new(),
            })
            .collect(),
        doc: f.doc,
        example: Some(f.example),
    });
    fields.chain(functions).collect()
}

fn values(possible: Possible) -> Option<String> {
    match possible {
        Possible::Anything => None,
        Possible::Range(least, most) if most >= f64::from(u32::MAX) => (least == 0.0).then(|| "0 or more".into()),
        Possible::Range(least, most) => Some(format!("{least} to {most}")),
        Possible::Names(names) => Some(names().join(", ")),
        Possible::Country => Some("ISO 3166-1 alpha-2 codes".into()),
        Possible::Language => Some("ISO 639-1 codes".into()),
    }
}

/// The same as a page of Markdown.
pub fn markdown() -> String {
    let mut page = String::from(
        "# What a rule may use\n\nWritten by `adjudge policy reference`; a test holds this page to the program. A value that may be \
         missing is unknown, and a rule that ends unknown sends the ad to a person.\n",
    );
    let all = entries();
    let mut group = "";
    for entry in all.iter().filter(|e| e.kind == EntryKind::Field) {
        let own = entry.name.split('.').next().unwrap_or_default();
        if own != group {
            group = own;
            page += &format!("\n## `{group}`\n\n| field | type | meaning |\n|---|---|---|\n");
        }
        let missing = if entry.may_be_unknown { ", may be unknown" } else { "" };
        let values = entry.values.as_ref().map(|v| format!(" ({v})")).unwrap_or_default();
        page += &format!("| `{}` | {}{missing} | {}{} |\n", entry.name, entry.type_, cell(entry.doc), cell(&values));
    }
    page += "\n## Functions\n\n| function | value | meaning | example |\n|---|---|---|---|\n";
    for entry in all.iter().filter(|e| e.kind == EntryKind::Function) {
        let example = entry.example.unwrap_or_default();
        page +=
            &format!("| `{}` | {} | {} | `{}` |\n", cell(entry.written), entry.type_, cell(entry.doc), cell(example));
    }
    page
}

/// Text inside a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::{
        domain::policy::ListKind,
        screening::policy::{check, testing},
    };

    #[test]
    fn the_page_in_the_pack_says_what_the_program_knows() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/REFERENCE.md");
        let page = std::fs::read_to_string(path).unwrap();
        assert_eq!(page, markdown(), "write it again: adjudge policy reference > policies/REFERENCE.md");
    }

    #[test]
    fn every_example_is_a_rule_that_checks() {
        let mut names = testing::names();
        for entry in entries() {
            let Some(example) = entry.example else { continue };
            // Lists that an example names are of the kind that its function takes.
            for (i, quoted) in example.split('"').enumerate() {
                if i % 2 == 1 && !names.heads.contains(quoted) {
                    let kind = entry.lists.first().copied().unwrap_or("phrases");
                    names.lists.entry(quoted.to_owned()).or_insert(kind.parse::<ListKind>().unwrap());
                }
            }
            let checked = check::check(example, &names);
            assert!(checked.is_ok(), "{example}: {checked:?}");
        }
    }
}
