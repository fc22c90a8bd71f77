//! How often each entry of a list was evidence of a finding, over a range of days.
//!
//! Called by a list's page and by `adjudge policy list --hits`. It reads the newest findings of each rule that uses the
//! list, up to a bound, through the index by rule and time: what it costs does not grow with what is stored. It must
//! never count a finding outside the caller's scope.

use super::usage::{Narrow, Range};
use crate::{
    domain::{Evidence, role::Scope},
    store::{Db, StoreError, db},
};
use sea_orm::{FromQueryResult, Value, prelude::Uuid};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Findings of one rule that are read.
pub const NEWEST: u64 = 2_000;
/// Rules whose findings are read.
const RULES: usize = 50;

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListHits {
    /// Screenings by the entry that was evidence in them.
    pub entries: BTreeMap<String, u64>,
    /// Screenings in which any entry was.
    pub screenings: u64,
    /// Whether there were more findings than are read.
    pub cut: bool,
}

impl ListHits {
    /// Hits of an entry; examples stand in evidence shortened.
    pub fn of(&self, entry: &str) -> u64 {
        let short = || entry.char_indices().nth(EXAMPLE).map_or(entry, |(cut, _)| &entry[..cut]);
        self.entries.get(entry).or_else(|| self.entries.get(short())).copied().unwrap_or_default()
    }
}

/// Characters of an example that evidence shows.
const EXAMPLE: usize = 120;

#[derive(FromQueryResult)]
struct Row {
    screening_id: Uuid,
    detail: String,
}

#[derive(Deserialize)]
struct Detail {
    evidence: Vec<Evidence>,
}

/// Counts a list's entries in the findings of these rules.
pub async fn list_hits(
    on: &Db,
    scope: &Scope,
    list: &str,
    rules: &[String],
    range: Range,
) -> Result<ListHits, StoreError> {
    let mut hits = ListHits { cut: rules.len() > RULES, ..ListHits::default() };
    let (mut any, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for rule in rules.iter().take(RULES) {
        let narrow = Narrow::of(scope, range).policies(scope);
        let mut values = narrow.values;
        values.push(Value::from(rule.as_str()));
        let sql = format!(
            "SELECT f.screening_id AS screening_id, f.detail AS detail FROM finding f
             WHERE f.created_at >= $1 AND f.created_at < $2{} AND f.rule = ${} AND f.screening_id IS NOT NULL
             ORDER BY f.created_at DESC LIMIT {}",
            narrow.finding,
            values.len(),
            NEWEST + 1
        );
        let rows: Vec<Row> = db::rows(on, &sql, values).await?;
        hits.cut |= rows.len() as u64 > NEWEST;
        for row in rows {
            let detail: Detail = serde_json::from_str(&row.detail).map_err(StoreError::damaged("finding"))?;
            for term in detail.evidence.iter().filter_map(|e| entry(list, e)) {
                any.insert(row.screening_id);
                // Two rules, or two places in the text, are one hit.
                if seen.insert((row.screening_id, term.to_owned())) {
                    *hits.entries.entry(term.to_owned()).or_default() += 1;
                }
            }
        }
    }
    hits.screenings = any.len() as u64;
    Ok(hits)
}

/// The list's entry that a piece of evidence names.
fn entry<'e>(list: &str, evidence: &'e Evidence) -> Option<&'e str> {
    match evidence {
        Evidence::Span { list: of, term, .. } if of == list => Some(term),
        // `domain_in(list)`, `image_in(list)`, `advertiser_in(list)`: the entry; `similar_to(list)`: 0.912 to "example".
        Evidence::Fact { name, value } => {
            let (function, of) = name.strip_suffix(')')?.split_once('(')?;
            match function {
                _ if of != list => None,
                "similar_to" => value.split_once("to \"").and_then(|(_, example)| example.strip_suffix('"')),
                _ => Some(value),
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_names_entries_of_its_own_list() {
        let fact = |name: &str, value: &str| Evidence::Fact { name: name.into(), value: value.into() };
        for (evidence, expected) in [
            (fact("domain_in(places)", "example.com"), Some("example.com")),
            (fact("domain_in(others)", "example.com"), None),
            (fact("similar_to(places)", "0.912 to \"say \"no\" now\""), Some("say \"no\" now")),
            (fact("ad.domain", "example.com"), None),
        ] {
            assert_eq!(entry("places", &evidence), expected, "{evidence:?}");
        }
    }
}
