//! Ends at the commits of what operators do at a terminal. `durability` then looks at what is left.

use crate::{
    harness::{server::Server, tiny_encoder},
    learning,
};

/// Whether the command of the program that runs this flow ends at this point.
pub(crate) fn ends(server: &Server, flow: &str, point: &str, round: usize) -> bool {
    let (name, at) = (format!("made-{}", point.replace('.', "-")), format!("{point}=1*return"));
    let killed = |arguments: &[&str], input: &str| server.cli_at(arguments, input, &at).was_killed();
    match flow {
        "add_key" | "add_submitter" => killed(&["key", "create", "--role", "submitter", "--name", &name], ""),
        "add_user" => killed(&["user", "add", &name, "--role", "reviewer"], "correct horse battery\n"),
        "revoke_key" | "rotate_key" | "limit_key" => {
            let made = server.cli(&["key", "create", "--role", "analyst", "--name", &name]);
            let id = made.err.split(|c: char| c.is_whitespace() || c == ';').find(|w| w.starts_with("key_")).unwrap();
            killed(&["key", flow.trim_end_matches("_key"), id], "")
        }
        "change_user" => {
            server.add_person(&name, "reviewer");
            killed(&["user", "disable", &name], "")
        }
        "add_encoder" => {
            let folder = tempfile::tempdir().unwrap();
            tiny_encoder::write(folder.path(), &["Brot und Kuchen"]);
            killed(&["model", "import", folder.path().to_str().unwrap(), "--name", &name], "")
        }
        "start_head" => {
            let folder = tempfile::tempdir().unwrap();
            let examples = folder.path().join("examples.txt");
            std::fs::write(&examples, "one\ntwo\nthree\nfour\nfive\n").unwrap();
            killed(&["model", "start", "astrology", "--examples", examples.to_str().unwrap()], "")
        }
        "promote" => promote_the_other(server, &at),
        "import_labels" => learning::import(server, round, &at).was_killed(),
        "train" | "train_embed" => {
            // Texts that were embedded before are in the cache: new ones make a run commit to it.
            learning::teach(server, round + 1);
            killed(&["train"], "")
        }
        _ => false,
    }
}

/// Promotes a model that is not live; says whether the command was killed at the fail point.
pub(crate) fn promote_the_other(server: &Server, at: &str) -> bool {
    let listed = server.cli(&["model", "list"]).expect();
    let other = listed.lines().find(|l| !l.contains(" live ")).and_then(|l| l.split_whitespace().next()).unwrap();
    let promoted = server.cli_at(&["model", "promote", other], "", at);
    assert!(promoted.status.success() || !at.is_empty(), "{}", promoted.err);
    promoted.was_killed()
}
