//! What policy editors rely on between two releases: files and console are one thing, nobody overwrites anybody unseen.

use crate::harness::{
    database::{On, on_both_databases},
    server::Server,
};
use std::{fs, path::Path};

on_both_databases!(an_exported_release_applied_again_changes_nothing);

/// Exports the live release into a folder.
fn exported(server: &Server, folder: &Path) {
    server.cli(&["policy", "export", &folder.to_string_lossy()]).expect();
}

async fn an_exported_release_applied_again_changes_nothing(on: On) {
    let server = Server::install(on, &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("pack");
    exported(&server, &pack);
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let read = |root: &Path, path: &str| fs::read_to_string(root.join(path)).unwrap();
    for path in ["release.toml", "queues.toml", "weapons/rules.toml", "weapons/cases.toml", "README.md"] {
        assert_eq!(read(&pack, path), read(&shipped, path), "{path} comes out as it went in");
    }
    let named = pack.to_string_lossy().into_owned();
    let same = server.cli(&["policy", "diff", &named]);
    assert_eq!(same.status.code(), Some(0), "{same:?}");
    let applied = server.cli(&["policy", "apply", &named]);
    assert!(applied.status.success() && applied.err.contains("nothing to do"), "{applied:?}");

    let rules = pack.join("weapons/rules.toml");
    let text = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, text.replacen("name = \"", "name = \"renamed_", 1)).unwrap();
    let differs = server.cli(&["policy", "diff", &named]);
    assert_eq!(differs.status.code(), Some(1), "{differs:?}");
    assert!(differs.out.contains("+ rule weapons/renamed_") && differs.out.contains("- rule weapons/"), "{differs:?}");
    let draft = server.cli(&["policy", "apply", &named, "--name", "renaming"]).expect();
    assert!(draft.trim().starts_with("drf_"), "{draft}");

    fs::write(&rules, "[[rule]]\nname = \"x\"\nwhen = 'ad.headlin == \"x\"'\neffect = \"review\"\n").unwrap();
    let broken = server.cli(&["policy", "apply", &named]);
    assert_eq!(broken.status.code(), Some(1), "{broken:?}");
    assert!(broken.out.contains("weapons/rules.toml:3:9") && broken.out.contains("ad.headline"), "{broken:?}");
    assert_eq!(server.cli(&["policy", "diff", &named]).status.code(), Some(2), "trouble is not a difference");
    let refused = server.cli(&["policy", "export", &folder.path().to_string_lossy()]);
    assert!(!refused.status.success(), "a folder with other files is left alone: {refused:?}");
}
