//! The texts written for training and the challenge sets, as files: what trains must parse, and what tests must never
//! have trained. Reads the repository only; starts no server.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

/// The starter policies. A row with another code would train a head that no rule asks for.
const CODES: &[&str] = &[
    "adult",
    "alcohol",
    "circumvention",
    "clickbait",
    "destination",
    "drugs",
    "editorial",
    "finance",
    "gambling",
    "hate",
    "health",
    "impersonation",
    "intellectual_property",
    "manipulative",
    "political",
    "profanity",
    "scam",
    "shock",
    "targeting",
    "tobacco",
    "weapons",
    "weight_loss",
];

/// Themes that a policy needs, so that whole ones can be held out.
const THEMES: usize = 12;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(name)
}

/// The rows of every `.jsonl` file in a folder, by the policy in the file's name.
fn rows(name: &str) -> BTreeMap<String, Vec<Value>> {
    let files = fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path());
    let sets: BTreeMap<String, Vec<Value>> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let parse = |(at, line): (usize, &str)| {
                serde_json::from_str(line).unwrap_or_else(|slip| panic!("{}:{}: {slip}", path.display(), at + 1))
            };
            (path.file_stem().unwrap().to_string_lossy().into_owned(), text.lines().enumerate().map(parse).collect())
        })
        .collect();
    assert!(!sets.is_empty(), "nothing in {name}");
    sets
}

fn word<'a>(row: &'a Value, field: &str) -> &'a str {
    let found = row[field].as_str().map(str::trim).unwrap_or_default();
    assert!(!found.is_empty(), "no {field} in {row}");
    found
}

/// A text as far as letters and digits go, so that a changed comma does not hide a copy.
fn plain(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

fn positives(rows: &[Value]) -> usize {
    rows.iter().filter(|row| row["label"] == 1).count()
}

/// What holds for the rows of both folders: codes, labels, languages, ids.
fn check(sets: &BTreeMap<String, Vec<Value>>, fields: &[&str]) {
    let mut ids = HashSet::new();
    for (policy, rows) in sets {
        assert!(CODES.contains(&policy.as_str()), "{policy} is no policy");
        for row in rows {
            assert_eq!(word(row, "policy"), policy);
            assert!(row["label"] == 0 || row["label"] == 1, "{row}");
            assert!(["de", "en", "es", "fr", "pt"].contains(&word(row, "language")), "{row}");
            assert!(ids.insert(word(row, "id").to_owned()), "twice: {}", row["id"]);
            let known = row.as_object().unwrap().keys().all(|key| fields.contains(&key.as_str()));
            assert!(known && !word(row, "text").is_empty(), "{row}");
        }
        let positives = positives(rows);
        assert!(positives > 0 && positives < rows.len(), "{policy} has one label only");
    }
}

#[test]
fn written_rows_parse_and_fall_into_themes() {
    let sets = rows("written");
    check(&sets, &["id", "text", "policy", "label", "source", "theme", "language", "note"]);
    let mut seen = HashMap::new();
    for (policy, rows) in &sets {
        let themes: BTreeSet<&str> = rows.iter().map(|row| word(row, "theme")).collect();
        assert!(themes.len() >= THEMES, "{policy} has {} themes", themes.len());
        for row in rows {
            assert_eq!(word(row, "source"), "written");
            let before = seen.insert(plain(word(row, "text")), row["id"].clone());
            assert!(before.is_none(), "{} says what {before:?} says", row["id"]);
        }
    }
}

#[test]
fn challenge_rows_never_train_and_their_pairs_differ_in_label() {
    let sets = rows("challenge");
    check(&sets, &["id", "text", "policy", "label", "function", "pair", "language"]);
    let pool = fs::read_to_string(folder("benign-pool.jsonl")).unwrap();
    let pool = pool.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let trained: HashSet<String> =
        rows("written").into_values().flatten().chain(pool).map(|row| plain(word(&row, "text"))).collect();
    for rows in sets.values() {
        let labels: HashMap<&str, &Value> = rows.iter().map(|row| (word(row, "id"), &row["label"])).collect();
        let mut texts = HashSet::new();
        for row in rows {
            assert!(!word(row, "function").is_empty());
            assert!(!trained.contains(&plain(word(row, "text"))), "{} is trained on", row["id"]);
            assert!(texts.insert(word(row, "text")), "{} stands twice", row["id"]);
            if let Some(pair) = row["pair"].as_str() {
                assert!(labels.get(pair).is_some_and(|label| **label != row["label"]), "{} and {pair}", row["id"]);
            }
        }
    }
}

#[test]
fn the_counts_that_their_page_names_are_true() {
    let page = fs::read_to_string(folder("written").join("README.md")).unwrap();
    let (written, challenge) = page.split_once("## Challenge rows").unwrap();
    for (part, name, group) in [(written, "written", "theme"), (challenge, "challenge", "function")] {
        let told: BTreeSet<&str> =
            part.lines().filter(|line| line.ends_with(" |") && line.starts_with("| `")).collect();
        for (policy, rows) in rows(name) {
            let groups: BTreeSet<&str> = rows.iter().map(|row| word(row, group)).collect();
            let yes = positives(&rows);
            let line = format!("| `{policy}` | {yes} | {} | {} |", rows.len() - yes, groups.len());
            assert!(told.contains(line.as_str()), "{name}: the page does not say {line}");
        }
    }
}
