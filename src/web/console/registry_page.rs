//! The registry as a page: every field and function that a rule may use, from the schema that the checker reads.
//!
//! Called by `policies`. It must never name anything that the checker would not know.

use super::{
    lists_page::{Link, links},
    page::Shell,
};
use crate::{
    screening::policy::{
        functions::FUNCTIONS,
        schema::{FIELDS, Field},
        types::{Possible, Type},
        uses::uses,
    },
    store::releases::StoredRelease,
};
use askama::Template;

/// `templates/registry.html`.
#[derive(Debug, Template)]
#[template(path = "registry.html")]
pub struct RegistryPage {
    shell: Shell,
    release: String,
    unused: usize,
    groups: Vec<Group>,
}

#[derive(Debug)]
struct Group {
    title: &'static str,
    anchor: &'static str,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    name: &'static str,
    signature: String,
    type_: String,
    doc: &'static str,
    example: String,
    may_be_unknown: bool,
    rules: Vec<Link>,
}

impl RegistryPage {
    /// Builds the page.
    pub(crate) fn of(shell: Shell, live: &StoredRelease) -> Self {
        let used = uses(&live.bundle);
        let field = |f: &'static Field| Entry {
            name: f.name,
            signature: f.name.to_owned(),
            type_: describe(f.type_, f.possible),
            doc: f.doc,
            example: example(f),
            may_be_unknown: f.may_be_unknown,
            rules: links(used.fields.get(f.name)),
        };
        let of_group = |prefix: &str| FIELDS.iter().filter(|f| f.name.starts_with(prefix)).map(field).collect();
        let functions = FUNCTIONS.iter().map(|f| Entry {
            name: f.name,
            signature: f.signature.to_owned(),
            type_: describe(f.returns, f.possible),
            doc: f.doc,
            example: f.example.to_owned(),
            may_be_unknown: false,
            rules: links(used.functions.get(f.name)),
        });
        let mut groups = vec![Group { title: "Functions", anchor: "functions", entries: functions.collect() }];
        for (title, anchor, prefix) in
            [("Ad", "ad", "ad."), ("Advertiser", "advertiser", "advertiser."), ("Window counts", "counts", "counts.")]
        {
            groups.push(Group { title, anchor, entries: of_group(prefix) });
        }
        // A group that the schema gains shows up here without anybody having to think of this page.
        let known = ["ad.", "advertiser.", "counts."];
        let rest = FIELDS.iter().filter(|f| !known.iter().any(|prefix| f.name.starts_with(prefix))).map(field);
        groups.push(Group { title: "More fields", anchor: "more", entries: rest.collect() });
        groups.retain(|g| !g.entries.is_empty());
        let unused = groups.iter().flat_map(|g| &g.entries).filter(|e| e.rules.is_empty()).count();
        Self { release: live.number.to_string(), unused, groups, shell }
    }
}

fn describe(type_: Type, possible: Possible) -> String {
    match possible {
        Possible::Anything => type_.to_string(),
        Possible::Range(low, high) if high >= f64::from(u32::MAX) => format!("{type_}, {low} or more"),
        Possible::Range(low, high) => format!("{type_} from {low} to {high}"),
        Possible::Names(names) => format!("{type_}: {}", names().join(", ")),
        Possible::Country => format!("{type_}: ISO 3166-1 codes"),
        Possible::Language => format!("{type_}: ISO 639-1 codes"),
    }
}

/// A condition that uses the field and that the checker accepts.
pub(crate) fn example(field: &Field) -> String {
    let name = field.name;
    match (field.type_, field.possible) {
        (Type::Bool, _) => name.to_owned(),
        (Type::Int | Type::Double, Possible::Range(low, high)) => {
            let whole = field.type_ == Type::Int;
            let middle = if high <= 1.0 {
                0.5
            } else if low < 18.0 && high < 1000.0 {
                18.0
            } else {
                low.max(0.0) + 10.0
            };
            if whole { format!("{name} >= {middle:.0}") } else { format!("{name} >= {middle:.1}") }
        }
        (Type::Int, _) => format!("{name} >= 1"),
        (Type::Double, _) => format!("{name} >= 0.5"),
        (Type::Text, Possible::Names(names)) => {
            format!("{name} == \"{}\"", names().first().copied().unwrap_or_default())
        }
        (Type::Text, Possible::Country) => format!("{name} == \"DE\""),
        (Type::Text, Possible::Language) => format!("{name} == \"en\""),
        (Type::Text, _) => format!("{name}.contains(\"example\")"),
        (Type::Texts, Possible::Names(names)) => {
            format!("\"{}\" in {name}", names().first().copied().unwrap_or_default())
        }
        (Type::Texts, Possible::Country) => format!("\"DE\" in {name}"),
        (Type::Texts, Possible::Language) => format!("\"en\" in {name}"),
        (Type::Texts, _) => format!("\"gambling\" in {name}"),
        (Type::Ints, _) => format!("1 in {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::policy::check::{Names, check};

    #[test]
    fn every_example_is_a_condition_that_the_checker_accepts() {
        for field in FIELDS {
            let example = example(field);
            assert!(check(&example, &Names::default()).is_ok(), "{example}");
        }
    }
}
