//! What hostile editors and hostile folders can do: nothing. More than two hundred inputs to the console and the command
//! line, each with a name: each is refused in words, in a bounded time, and leaves every release and draft as it was.

mod commands;
mod files;
mod forms;

use crate::harness::{
    PATIENCE,
    database::{On, on_both_databases},
    person::{Page, Person},
    server::Server,
};
use forms::{At, Form};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use std::{fs, path::Path, time::Duration};

on_both_databases!(forms_are_refused_and_change_nothing, commands_are_refused_and_change_nothing);

/// Longest that anything may take. It catches what hangs, on the slowest machine; nothing comes near it.
const BOUND: Duration = PATIENCE;

#[test]
fn there_are_more_than_two_hundred() {
    let (files, forms, commands) = (files::all(), forms::all(), commands::all());
    let mut names: Vec<&str> = files.iter().map(|f| f.name).chain(forms.iter().map(|f| f.name)).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "each has a name of its own");
    assert!(names.len() + commands.len() > 300, "{}", names.len() + commands.len());
}

/// A pack of one policy and one list.
fn small_pack(folder: &Path) {
    for (path, text) in [
        (
            "weapons/policy.toml",
            "title = \"Weapons\"\nclause = \"No weapons.\"\nclause_version = 1\nseverity = \"high\"\n\
             disclosure = \"full\"\nfix_hint = \"Take them out.\"\non_unavailable = \"review\"\n",
        ),
        (
            "weapons/rules.toml",
            "[[rule]]\nname = \"named\"\nwhen = 'matches(\"weapon_words\")'\neffect = \"prohibited\"\n",
        ),
        ("lists/weapon_words.phrases.txt", "pistol\n"),
    ] {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
}

/// Everything that an editor could have changed.
async fn state(db: &DatabaseConnection) -> Vec<String> {
    let mut all = vec![];
    for sql in [
        "SELECT bundle AS x FROM release WHERE live_key = 1",
        "SELECT name AS x FROM draft ORDER BY id",
        "SELECT path AS x FROM draft_file ORDER BY draft_id, path",
        "SELECT t.text AS x FROM draft_file f JOIN pack_text t ON t.digest = f.digest ORDER BY f.draft_id, f.path",
    ] {
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        all.extend(rows.iter().map(|row| row.try_get::<String>("", "x").unwrap()));
    }
    for table in ["release", "draft", "block", "backtest", "sweep", "screening"] {
        let sql = format!("SELECT COUNT(*) AS n FROM {table}");
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
        all.push(format!("{table}: {}", row.try_get::<i64>("", "n").unwrap()));
    }
    let sql = "SELECT SUM(version) AS n FROM draft";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
    all.push(format!("versions: {:?}", row.try_get::<Option<i64>>("", "n").ok()));
    all
}

/// Whether a page says something to a person: a sentence beside its headings.
fn speaks(page: &Page) -> bool {
    let said = page.texts("main p, main li, [role=alert], [role=status], .tag.bad, .tag.warn").join(" ");
    said.split_whitespace().count() >= 3
}

async fn forms_are_refused_and_change_nothing(on: On) {
    let mut server = Server::start(on).await;
    let editor = server.person("ed", "policy_editor").await;
    let lead = server.person("leah", "lead").await;
    let folder = tempfile::tempdir().unwrap();
    small_pack(folder.path());
    let applied = server.cli(&["policy", "apply", &folder.path().to_string_lossy(), "--name", "small"]).expect();
    let draft = applied.trim().to_owned();
    let db = server.database.connect().await;
    let mut before = state(&db).await;
    let live = editor.get("/lists/weapons_firearms/edit").await.attributes("input[name=release]", "value").remove(0);

    let mut wrong: Vec<String> = vec![];
    for file in files::all() {
        let field = format!("file:{}", file.path);
        let csrf = editor.get("/drafts").await.csrf();
        let fields = [("csrf", csrf.as_str()), ("version", "1"), (field.as_str(), file.text.as_str())];
        let checked = tokio::time::timeout(BOUND, editor.post(&format!("/drafts/{draft}/check"), &fields)).await;
        let checked = checked.unwrap_or_else(|_| panic!("{} hangs", file.name));
        let refused = match checked.status {
            200 => !checked.texts("[data-problem]").is_empty(),
            status => (400..500).contains(&status) && speaks(&checked),
        };
        if !refused {
            wrong.push(format!("{}: {} {}", file.name, checked.status, start_of(&checked)));
        }
        assert_eq!(state(&db).await, before, "{} changed something", file.name);
    }
    for form in forms::all() {
        let sender = if form.lead { &lead } else { &editor };
        let answer = tokio::time::timeout(BOUND, send(sender, &form, &draft, &live)).await;
        let answer = answer.unwrap_or_else(|_| panic!("{} hangs", form.name));
        let told = "[role=status] tbody tr, .tag.bad, .tag.warn, [data-problem]";
        let refused = match answer.status {
            200 => form.told && !answer.texts(told).is_empty(),
            status => (400..500).contains(&status),
        };
        if !refused || !speaks(&answer) || answer.html.contains("root:x:0") {
            wrong.push(format!("{}: {} {}", form.name, answer.status, start_of(&answer)));
        }
        let after = state(&db).await;
        if after != before {
            wrong.push(format!("{} changed something", form.name));
            before = after;
        }
    }
    assert!(wrong.is_empty(), "{} are not refused as they should be:\n{}", wrong.len(), wrong.join("\n"));
    let bytes = editor.get("/drafts").await.csrf();
    let broken = format!("csrf={bytes}&version=1&file%3Aweapons%2Frules.toml=%ff%fe%80");
    let answer = editor.post_bytes(&format!("/drafts/{draft}/file"), broken.into_bytes()).await;
    assert_eq!((answer.status, state(&db).await), (400, before), "what is no text is no file");
    assert!(server.runs() && !server.log_text().contains("panicked"), "{}", server.log_text());
    db.close().await.unwrap();
}

async fn send(person: &Person, form: &Form, draft: &str, live: &str) -> Page {
    let path = match form.at {
        At::Read(path) => return person.get(&path.replace("DRAFT", draft)).await,
        At::Draft(action) => format!("/drafts/{draft}/{action}"),
        At::Page(path) => path.to_owned(),
    };
    let csrf = person.get(if form.lead { "/blocks" } else { "/drafts" }).await.csrf();
    let mut fields = vec![("csrf", csrf.as_str())];
    fields.extend(form.fields.iter().map(|(name, value)| {
        let value = match value.as_str() {
            "VERSION" => "1",
            "LIVE" => live,
            other => other,
        };
        (name.as_str(), value)
    }));
    person.post(&path, &fields).await
}

fn start_of(page: &Page) -> String {
    page.texts("main").join(" ").chars().take(300).collect()
}

async fn commands_are_refused_and_change_nothing(on: On) {
    let server = Server::install(on, &[]).await;
    server.cli(&["policy", "check"]).expect();
    let db = server.database.connect().await;
    let mut before = state(&db).await;
    let mut wrong: Vec<String> = vec![];
    // What is wrong with a file is the same on every database.
    for file in files::all().into_iter().filter(|_| on == On::Sqlite) {
        let folder = tempfile::tempdir().unwrap();
        small_pack(folder.path());
        let path = folder.path().join(file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
        let folder = folder.path().to_string_lossy().into_owned();
        wrong.extend(not_refused(&server, file.name, &["check".into(), folder], stem(file.path)).await);
    }
    for command in commands::all() {
        let (pack, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let folder = pack.path().join("pack");
        small_pack(&folder);
        (command.prepare)(&folder);
        let placed = |a: &String| {
            a.replace("FOLDER", &folder.to_string_lossy()).replace("ELSEWHERE", &elsewhere.path().to_string_lossy())
        };
        let arguments: Vec<String> = command.arguments.iter().map(placed).collect();
        wrong.extend(not_refused(&server, command.name, &arguments, "").await);
        let after = state(&db).await;
        if after != before {
            wrong.push(format!("{} changed something", command.name));
            before = after;
        }
    }
    assert!(wrong.is_empty(), "{} are not refused as they should be:\n{}", wrong.len(), wrong.join("\n"));
    db.close().await.unwrap();
}

/// A file's bare name: of two lists of one name the first is told, and what is wrong with all rules stands in no file.
fn stem(path: &str) -> &str {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    name.split_once('.').map_or(name, |(stem, _)| stem)
}

/// Runs `adjudge policy …`; it has to end by itself, with an exit code that says no and words that say why.
async fn not_refused(server: &Server, name: &str, arguments: &[String], told: &str) -> Option<String> {
    let arguments: Vec<&str> = std::iter::once("policy").chain(arguments.iter().map(String::as_str)).collect();
    let printed = server.cli_within(&arguments, BOUND).await.unwrap_or_else(|| panic!("{name} hangs"));
    let all = format!("{}{}", printed.out, printed.err);
    let said = all.split_whitespace().count() >= 3 && all.contains(told);
    let refused = matches!(printed.status.code(), Some(1..=2));
    let leaked = all.contains("panicked") || all.contains("root:x:0");
    let shown: String = all.chars().take(300).collect();
    (!refused || !said || leaked).then(|| format!("{name} ({arguments:?}): {} {shown}", printed.status))
}
