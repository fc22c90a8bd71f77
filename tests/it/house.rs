//! The house test: reads the sources and holds what no compiler checks. Which room may import which, who owns a heavy
//! crate, where clock, randomness and environment are read, and how a file is kept.
//!
//! A rule is a function from one source file to complaints. It must never need an exception list longer than a line:
//! when a rule is in the way, change the code or the rule.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use regex::Regex;

/// Rooms with the rooms that they may import, in the order an ad walks through them.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("platform", &["domain"]),
    ("inference", &["domain", "platform"]),
    ("intake", &["domain", "platform", "inference"]),
    ("screening", &["domain", "platform", "inference"]),
    ("review", &["domain", "platform", "inference"]),
    ("learning", &["domain", "platform", "inference"]),
    ("notify", &["domain", "platform", "inference"]),
    ("store", &["domain", "platform"]),
    ("flows", &["domain", "platform", "inference", "intake", "screening", "review", "learning", "notify", "store"]),
    (
        "jobs",
        &["domain", "platform", "inference", "intake", "screening", "review", "learning", "notify", "store", "flows"],
    ),
    (
        "web",
        &["domain", "platform", "inference", "intake", "screening", "review", "learning", "notify", "store", "flows"],
    ),
    (
        "cli",
        &[
            "domain",
            "platform",
            "inference",
            "intake",
            "screening",
            "review",
            "learning",
            "notify",
            "store",
            "flows",
            "jobs",
            "web",
        ],
    ),
];

/// Crates that belong to rooms: swapping one of them must touch its owners only.
const OWNERS: &[(&str, &[&str])] = &[
    ("candle_core", &["inference"]),
    ("candle_nn", &["inference"]),
    ("adjudge_kernels", &["inference"]),
    ("tokenizers", &["inference"]),
    ("sea_orm", &["store"]),
    ("sea_orm_migration", &["store"]),
    ("actix_web", &["web"]),
    ("askama", &["web", "notify"]),
    ("image", &["intake", "screening"]),
    ("cel", &["screening"]),
    ("html5ever", &["intake"]),
    ("object_store", &["platform"]),
    ("prometheus", &["platform"]),
    ("reqwest", &["platform"]),
    ("rustls", &["platform"]),
];

/// What reads the world around the process, and the rooms that may.
const WORLD: &[(&str, &[&str])] = &[
    ("SystemTime::now", &["platform"]),
    ("Instant::now", &["platform"]),
    ("now_utc", &["platform"]),
    ("now_local", &["platform"]),
    ("now_v7", &["platform"]),
    ("new_v4", &["platform"]),
    ("rand::rng", &["platform"]),
    ("rand::random", &["platform"]),
    ("thread_rng", &["platform"]),
    ("from_os_rng", &["platform"]),
    ("OsRng", &["platform"]),
    ("env::var", &["platform"]),
    ("env::args", &["cli"]),
    ("env::temp_dir", &["platform"]),
];

/// Longest file, in lines without its test module.
const LONGEST: usize = 500;

/// Templates that may mark text as safe HTML: none. Escaping is the rule, and nothing here writes HTML in Rust.
const SAFE_TEMPLATES: &[&str] = &[];

/// One file of Rust.
struct Source {
    /// Path from the root of the repository.
    path: String,
    text: String,
}

impl Source {
    /// `src/<room>/…` lies in a room; `src/lib.rs` and `src/main.rs` do not.
    fn room(&self) -> Option<&str> {
        self.path.strip_prefix("src/")?.split_once('/').map(|(room, _)| room)
    }

    /// Text before the test module; nothing of a file that holds tests alone.
    fn without_tests(&self) -> &str {
        if self.path.starts_with("src/") && (self.path.ends_with("tests.rs") || self.path.ends_with("/fixture.rs")) {
            return "";
        }
        self.text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default()
    }

    /// Lines that are code, with their numbers; comments are none, since they may name anything.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        code_lines(&self.text)
    }
}

fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(n, line)| (n + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = vec![];
    let mut open = vec![root().join(folder)];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_some_and(|n| n != "target") {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn sources(folder: &str) -> Vec<Source> {
    let read = |path: PathBuf| Source {
        path: path.strip_prefix(root()).unwrap().to_string_lossy().into_owned(),
        text: fs::read_to_string(&path).unwrap(),
    };
    files(folder, "rs").into_iter().map(read).collect()
}

fn hold(rule: fn(&Source) -> Vec<String>, sources: &[Source]) {
    assert!(!sources.is_empty(), "nothing to read");
    let complaints: Vec<String> = sources.iter().flat_map(rule).collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

// ---- rules ------------------------------------------------------------------------------------------------------

fn imports_point_one_way(source: &Source) -> Vec<String> {
    static PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bcrate::(\w+|\{[^;]*)").unwrap());
    static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:^|[{,])\s*(\w+)").unwrap());
    let Some(room) = source.room() else { return vec![] };
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{}: `{room}` is no room of the house", source.path)];
    };
    let code: String = source.code().map(|(_, line)| format!("{line}\n")).collect();
    let mut complaints = vec![];
    for found in PATH.captures_iter(&code) {
        let path = &found[1];
        let rooms: Vec<String> = if path.starts_with('{') {
            let flat = outer_level(path);
            WORD.captures_iter(&flat).map(|w| w[1].to_owned()).collect()
        } else {
            vec![path.to_owned()]
        };
        for other in rooms.iter().filter(|o| ROOMS.iter().any(|(name, _)| name == o)) {
            if other != room && !allowed.contains(&other.as_str()) {
                complaints.push(format!("{}: {room} must not import {other}", source.path));
            }
        }
    }
    complaints
}

/// `{a::{b, c}, d}` without what nested braces hold: `{a::, d`.
fn outer_level(group: &str) -> String {
    let mut depth = 0;
    let mut flat = String::new();
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && c != '}' {
            flat.push(c);
        }
    }
    flat
}

fn rooms_are_left_through_crate_paths(source: &Source) -> Vec<String> {
    static SUPERS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:super::)+").unwrap());
    let Some(inside) = source.path.strip_prefix("src/") else { return vec![] };
    let depth = inside.trim_end_matches("/mod.rs").trim_end_matches(".rs").split('/').count();
    let code = source.without_tests();
    let escapes =
        |line: &str| SUPERS.find_iter(line).any(|m| m.as_str().len() / "super::".len() >= depth.max(1)) && depth > 0;
    code_lines(code)
        .filter(|(_, line)| source.room().is_some() && escapes(line))
        .map(|(n, _)| format!("{}:{n}: leaves the room by `super`; write `crate::`", source.path))
        .collect()
}

fn heavy_crates_stay_with_their_owners(source: &Source) -> Vec<String> {
    named(source, OWNERS, |name| Regex::new(&format!(r"(?:^|[^\w:]){name}::|\buse {name}\b")).unwrap())
}

fn the_world_is_a_parameter(source: &Source) -> Vec<String> {
    named(source, WORLD, |name| Regex::new(&format!(r"\b{}\b", regex::escape(name))).unwrap())
}

/// Complaints about names used outside the rooms that may use them.
fn named(source: &Source, table: &[(&str, &[&str])], pattern: impl Fn(&str) -> Regex) -> Vec<String> {
    let Some(room) = source.room() else { return vec![] };
    let mut complaints = vec![];
    for (name, owners) in table.iter().filter(|(_, owners)| !owners.contains(&room)) {
        if !source.text.contains(name) {
            continue;
        }
        let pattern = pattern(name);
        for (n, _) in code_lines(source.without_tests()).filter(|(_, line)| pattern.is_match(line)) {
            complaints.push(format!("{}:{n}: {name} belongs to {}", source.path, owners.join(", ")));
        }
    }
    complaints
}

fn files_say_what_they_are(source: &Source) -> Vec<String> {
    let says = source.text.lines().next().is_some_and(|first| first.starts_with("//! ") && first.len() > 10);
    if says { vec![] } else { vec![format!("{}: opens without a `//!` line", source.path)] }
}

fn files_stay_readable(source: &Source) -> Vec<String> {
    let lines = source.without_tests().lines().count();
    if lines <= LONGEST { vec![] } else { vec![format!("{}: {lines} lines, more than {LONGEST}", source.path)] }
}

fn nothing_is_left_undone(source: &Source) -> Vec<String> {
    static WORDS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&["TO", "DO|FIX", "ME|#\\[ign", "ore|#\\[should", "_panic"].concat()).unwrap());
    let found = source.text.lines().enumerate().filter(|(_, line)| WORDS.is_match(line));
    found.map(|(n, line)| format!("{}:{}: {}", source.path, n + 1, line.trim())).collect()
}

// ---- the rules hold ---------------------------------------------------------------------------------------------

#[test]
fn imports_point_one_way_through_the_rooms() {
    hold(imports_point_one_way, &sources("src"));
    hold(rooms_are_left_through_crate_paths, &sources("src"));
}

#[test]
fn owners_keep_the_heavy_crates() {
    hold(heavy_crates_stay_with_their_owners, &sources("src"));
}

#[test]
fn clock_randomness_and_environment_are_read_in_one_room() {
    hold(the_world_is_a_parameter, &sources("src"));
}

#[test]
fn every_file_opens_with_what_it_is_and_stays_readable() {
    // What lies in `benches` may all be scripts.
    let benches = Some("benches").filter(|folder| !files(folder, "rs").is_empty());
    for folder in ["src", "tests", "migrations", "kernels"].into_iter().chain(benches) {
        hold(files_say_what_they_are, &sources(folder));
        hold(files_stay_readable, &sources(folder));
        hold(nothing_is_left_undone, &sources(folder));
    }
}

#[test]
fn unsafe_code_is_forbidden_in_the_library_and_the_binary() {
    for path in ["src/lib.rs", "src/main.rs"] {
        let text = fs::read_to_string(root().join(path)).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{path} allows unsafe code");
    }
}

#[test]
fn templates_escape_everything() {
    static SAFE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\|\s*safe\b|escape\s*=\s*.none").unwrap());
    for path in files("templates", "html") {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!SAFE.is_match(&text) || SAFE_TEMPLATES.contains(&name.as_str()), "{name} turns escaping off");
    }
}

#[test]
fn every_migration_can_be_taken_back() {
    let migrations = sources("migrations");
    assert!(!migrations.is_empty(), "no migrations");
    for migration in migrations.iter().filter(|m| m.text.contains("MigrationTrait for")) {
        assert!(migration.text.contains("async fn down"), "{} has no way down", migration.path);
    }
}

// ---- the rules bite ---------------------------------------------------------------------------------------------

#[test]
fn each_rule_finds_what_it_is_for() {
    let complaints = |rule: fn(&Source) -> Vec<String>, path: &str, text: &str| {
        rule(&Source { path: path.into(), text: text.into() }).len()
    };
    for (rule, path, text, expected) in [
        (imports_point_one_way as fn(&Source) -> Vec<String>, "src/domain/a.rs", "use crate::store::Db;", 1),
        (imports_point_one_way, "src/review/a.rs", "use crate::{domain::{a, store}, screening::x};", 1),
        (imports_point_one_way, "src/review/a.rs", "use crate::{\n    domain::{a, store},\n};\n", 0),
        (imports_point_one_way, "src/store/a.rs", "fn f(x: crate::flows::X) {}", 1),
        (imports_point_one_way, "src/flows/a.rs", "// crate::web is later\nuse crate::{store, review};", 0),
        (imports_point_one_way, "src/attic/a.rs", "", 1),
        (rooms_are_left_through_crate_paths, "src/review/a.rs", "use super::super::store;", 1),
        (rooms_are_left_through_crate_paths, "src/review/mod.rs", "use super::store;", 1),
        (rooms_are_left_through_crate_paths, "src/web/api/a.rs", "use super::super::error;", 0),
        (heavy_crates_stay_with_their_owners, "src/web/a.rs", "use sea_orm::Entity;", 1),
        (heavy_crates_stay_with_their_owners, "src/web/a.rs", "let x = image::open(p);", 1),
        (heavy_crates_stay_with_their_owners, "src/web/a.rs", "use crate::intake::image::Size;", 0),
        (heavy_crates_stay_with_their_owners, "src/store/a.rs", "use sea_orm::Entity;", 0),
        (the_world_is_a_parameter, "src/flows/a.rs", "let t = SystemTime::now();", 1),
        (the_world_is_a_parameter, "src/flows/a.rs", "let t = std::env::var(\"X\");", 1),
        (the_world_is_a_parameter, "src/platform/a.rs", "let t = SystemTime::now();", 0),
        (files_say_what_they_are, "src/a/b.rs", "use x;", 1),
        (files_say_what_they_are, "src/a/b.rs", "//! What it does.", 0),
        (files_stay_readable, "src/a/b.rs", &"x\n".repeat(501), 1),
        (files_stay_readable, "src/a/b.rs", &format!("x\n#[cfg(test)]\nmod tests {{\n{}", "x\n".repeat(900)), 0),
        (nothing_is_left_undone, "src/a/b.rs", &["// TO", "DO: later"].concat(), 1),
    ] {
        assert_eq!(complaints(rule, path, text), expected, "{path}: {text:.80}");
    }
}
