//! What differs between two bundles, by policy, rule, list and threshold.
//!
//! Called for the pages of drafts and releases and by `adjudge policy diff`. It compares the serialised form, so that
//! no field of a policy or a rule is forgotten. It must never call two bundles equal that would conclude differently.

use crate::domain::{
    policy::{List, ListEntry},
    release::Bundle,
};
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// Entries of a list that are named one by one; the rest is counted.
const NAMED: usize = 50;

crate::named_enum!(
    /// What happened to a thing.
    Change {
        /// It is new.
        Added = "added",
        /// It is gone.
        Removed = "removed",
        /// It is another.
        Changed = "changed",
    }
);

/// One field with its text before and after; `None` where it was not or is no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The field's name.
    pub field: String,
    /// Before.
    pub before: Option<String>,
    /// After.
    pub after: Option<String>,
}

/// One policy, rule or setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ThingChange {
    /// Its name.
    pub name: String,
    /// What happened.
    pub change: Change,
    /// Fields that differ; for a new or gone thing, those that it has.
    pub fields: Vec<FieldChange>,
}

/// One list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListChange {
    /// Its name.
    pub name: String,
    /// What happened.
    pub change: Change,
    /// Entries that are new, the first of them.
    pub added: Vec<String>,
    /// How many are.
    pub added_count: usize,
    /// Entries that are gone, the first of them.
    pub removed: Vec<String>,
    /// How many are.
    pub removed_count: usize,
    /// Entries with another note, or that overrule now or no longer, the first of them.
    pub changed: Vec<String>,
    /// How many are.
    pub changed_count: usize,
}

/// All that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Policies, by code.
    pub policies: Vec<ThingChange>,
    /// Rules, by name.
    pub rules: Vec<ThingChange>,
    /// Lists, by name.
    pub lists: Vec<ListChange>,
    /// Thresholds, sampling and model.
    pub settings: Vec<ThingChange>,
}

impl Difference {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty() && self.rules.is_empty() && self.lists.is_empty() && self.settings.is_empty()
    }

    /// Whether policies and rules are the same, so that it makes a minor release.
    pub fn is_minor(&self) -> bool {
        self.policies.is_empty() && self.rules.is_empty()
    }
}

/// Compares two bundles.
pub fn diff(before: &Bundle, after: &Bundle) -> Difference {
    let policies = |b: &Bundle| b.policies.iter().map(|p| (p.code.to_string(), json(p))).collect();
    let rules = |b: &Bundle| b.rules.iter().map(|r| (r.name.clone(), json(r))).collect();
    Difference {
        policies: things(&policies(before), &policies(after)),
        rules: things(&rules(before), &rules(after)),
        lists: lists(before, after),
        settings: things(&settings(before), &settings(after)),
    }
}

type Things = BTreeMap<String, Value>;

fn json(value: &impl Serialize) -> Value {
    // Domain types always have a JSON form: they are stored in it.
    serde_json::to_value(value).unwrap_or_default()
}

fn settings(bundle: &Bundle) -> Things {
    let mut all: Things =
        bundle.thresholds.iter().map(|(head, t)| (format!("threshold {head}"), serde_json::json!({"at": t}))).collect();
    all.insert("sampling".into(), json(&bundle.sampling));
    if let Some(second) = &bundle.second {
        all.insert("second model".into(), serde_json::json!({"id": second.model}));
    }
    if let Some(model) = bundle.model {
        all.insert("model".into(), serde_json::json!({"id": model}));
    }
    all
}

fn things(before: &Things, after: &Things) -> Vec<ThingChange> {
    let mut all = Vec::new();
    for name in union(before, after) {
        let (old, new) = (before.get(name), after.get(name));
        let change = match (old, new) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            (a, b) if a == b => continue,
            _ => Change::Changed,
        };
        all.push(ThingChange { name: name.clone(), change, fields: fields(old, new) });
    }
    all
}

fn union<'m, V>(before: &'m BTreeMap<String, V>, after: &'m BTreeMap<String, V>) -> Vec<&'m String> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    names
}

fn fields(before: Option<&Value>, after: Option<&Value>) -> Vec<FieldChange> {
    let entries = |v: Option<&Value>| -> Things {
        let fields = v.and_then(Value::as_object).into_iter().flatten();
        fields.filter(|(_, v)| !is_nothing(v)).map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    let (old, new) = (entries(before), entries(after));
    let differing = union(&old, &new).into_iter().filter(|name| old.get(*name) != new.get(*name));
    let shown = |v: Option<&Value>| v.map(shown);
    differing
        .map(|name| FieldChange { field: name.clone(), before: shown(old.get(name)), after: shown(new.get(name)) })
        .collect()
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(all) => all.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

fn lists(before: &Bundle, after: &Bundle) -> Vec<ListChange> {
    let named =
        |b: &'_ Bundle| -> BTreeMap<String, List> { b.lists.iter().map(|l| (l.name.clone(), l.clone())).collect() };
    let (old, new) = (named(before), named(after));
    let mut all = Vec::new();
    for name in union(&old, &new) {
        let (a, b) = (old.get(name), new.get(name));
        let change = match (a, b) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            (a, b) if a == b => continue,
            _ => Change::Changed,
        };
        all.push(list(name, change, a, b));
    }
    all
}

fn list(name: &str, change: Change, before: Option<&List>, after: Option<&List>) -> ListChange {
    let entries = |l: Option<&List>| -> BTreeMap<String, ListEntry> {
        l.into_iter().flat_map(|l| &l.entries).map(|e| (e.value.clone(), e.clone())).collect()
    };
    let (old, new) = (entries(before), entries(after));
    let missing = |of: &BTreeMap<String, ListEntry>, from: &BTreeMap<String, ListEntry>| -> Vec<String> {
        of.values().filter(|entry| !from.contains_key(&entry.value)).map(as_written).collect()
    };
    let (mut added, mut removed) = (missing(&new, &old), missing(&old, &new));
    let mut changed: Vec<String> =
        new.iter().filter(|(v, e)| old.get(*v).is_some_and(|o| o != *e)).map(|(_, e)| as_written(e)).collect();
    let (added_count, removed_count, changed_count) = (added.len(), removed.len(), changed.len());
    for named in [&mut added, &mut removed, &mut changed] {
        named.truncate(NAMED);
    }
    let name = name.to_owned();
    ListChange { name, change, added, added_count, removed, removed_count, changed, changed_count }
}

/// An entry as list files write it: one that overrules says the opposite of one that matches.
fn as_written(entry: &ListEntry) -> String {
    format!("{}{}", if entry.negative { "!" } else { "" }, entry.value)
}

impl fmt::Display for Difference {
    /// As the command line prints it: a sign, what, and the fields' old and new text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, changes) in [("policy", &self.policies), ("rule", &self.rules), ("setting", &self.settings)] {
            for thing in changes {
                writeln!(f, "{} {what} {}", sign(thing.change), thing.name)?;
                for field in thing.fields.iter().filter(|_| thing.change == Change::Changed) {
                    writeln!(f, "    {}", field.field)?;
                    side(f, '-', field.before.as_deref())?;
                    side(f, '+', field.after.as_deref())?;
                }
            }
        }
        for list in &self.lists {
            writeln!(f, "{} list {}", sign(list.change), list.name)?;
            for (mark, named, count) in [
                ('+', &list.added, list.added_count),
                ('-', &list.removed, list.removed_count),
                ('~', &list.changed, list.changed_count),
            ] {
                for entry in named {
                    writeln!(f, "    {mark} {entry}")?;
                }
                if count > named.len() {
                    writeln!(f, "    {mark} and {} more", count - named.len())?;
                }
            }
        }
        Ok(())
    }
}

fn sign(change: Change) -> char {
    match change {
        Change::Added => '+',
        Change::Removed => '-',
        Change::Changed => '~',
    }
}

fn side(f: &mut fmt::Formatter<'_>, mark: char, text: Option<&str>) -> fmt::Result {
    text.into_iter().flat_map(str::lines).try_for_each(|line| writeln!(f, "      {mark} {line}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::screening::policy::Pack;

    #[test]
    fn each_kind_of_change_is_named_and_nothing_else() {
        let before = Pack::embedded().unwrap().bundle;
        assert!(diff(&before, &before).is_empty());
        let mut after = before.clone();
        after.policies[0].title = "Another title".into();
        let gone = after.rules.remove(0).name;
        after.rules[1].when = format!("({})", after.rules[1].when);
        after.lists[0].entries.push(ListEntry {
            value: "brand new".into(),
            negative: false,
            note: String::new(),
            until: None,
        });
        after.thresholds.insert("scam".parse().unwrap(), 0.25);
        let found = diff(&before, &after);
        assert_eq!((found.policies.len(), found.rules.len(), found.lists.len(), found.settings.len()), (1, 2, 1, 1));
        assert!(found.rules.iter().any(|r| r.name == gone && r.change == Change::Removed));
        assert!(!found.is_minor());
        let told = found.to_string();
        for expected in
            ["~ policy ", "+ Another title", &format!("- rule {gone}"), "+ brand new", "+ setting threshold scam"]
        {
            assert!(told.contains(expected), "{expected} is missing in\n{told}");
        }
        let minor = Bundle { lists: after.lists, ..before.clone() };
        assert!(diff(&before, &minor).is_minor());
    }
}
