//! What policy editors rely on at the command line: every case of the pack passes, and a slip is shown where it is.

use crate::harness::{database::On, server::Server};
use std::{fs, path::Path};

#[tokio::test]
async fn every_case_of_the_pack_passes() {
    let server = Server::install(On::Sqlite, &[]).await;
    let checked = server.cli(&["policy", "check"]);
    assert!(checked.status.success(), "{checked:?}");
    let tested = server.cli(&["policy", "test"]);
    assert!(tested.status.success(), "{tested:?}");
}

#[tokio::test]
async fn a_slip_is_shown_with_file_line_column_and_the_likely_spelling() {
    let server = Server::install(On::Sqlite, &[]).await;
    let pack = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("policies"), pack.path());
    let rules = pack.path().join("weapons/rules.toml");
    let text = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, text.replacen("matches(\"weapons_firearms\")", "match(\"weapons_firearm\")", 1)).unwrap();
    let checked = server.cli(&["policy", "check", &pack.path().to_string_lossy()]);
    assert!(!checked.status.success());
    for told in ["weapons/rules.toml:", "matches"] {
        assert!(checked.out.contains(told), "{told} is missing in\n{}", checked.out);
    }
}

/// A score never prohibits or limits by itself, least of all one whose labels only rank.
#[test]
fn no_rule_of_the_pack_decides_by_scores_alone() {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let mut seen = 0;
    for folder in fs::read_dir(pack).unwrap().flatten() {
        let Ok(text) = fs::read_to_string(folder.path().join("rules.toml")) else { continue };
        let file: toml::Table = text.parse().unwrap();
        for rule in file["rule"].as_array().unwrap() {
            let (name, when) = (rule["name"].as_str().unwrap(), rule["when"].as_str().unwrap());
            let decides = rule["effect"].as_str() != Some("review");
            let scored = when.contains("flagged(") || when.contains("score(");
            let witness =
                when.replace("flagged(", "").replace("score(", "").contains('(') || when.contains("advertiser.");
            assert!(!decides || !scored || witness, "{:?}: {name} decides by a score alone", folder.file_name());
            seen += usize::from(scored);
        }
    }
    assert!(seen > 3, "the pack asks for scores: {seen}");
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
