//! A fresh database for each test, on both kinds, gone afterwards.
//!
//! A template of each kind is made once a run, as the program makes it on its first start, and copied: that takes a
//! tenth of the time. The template's release draws no samples, so that a test finds the tasks it made and no others;
//! tests about samples turn them on.

use sea_orm::{ConnectionTrait, Database as Connect, DatabaseConnection, Statement, Value};
use sha2::{Digest as _, Sha256};
use std::{
    path::Path,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};
use tokio::sync::OnceCell;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    Sqlite,
    Postgres,
}

/// A database with the newest schema and no rows.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    /// What `--database` takes.
    pub(crate) url: String,
    postgres: Option<String>,
    _folder: tempfile::TempDir,
}

impl TestDatabase {
    /// Makes one.
    pub(crate) async fn fresh(on: On) -> Self {
        let folder = tempfile::tempdir().unwrap();
        match on {
            On::Sqlite => {
                let file = folder.path().join("adjudge.db");
                std::fs::write(&file, sqlite_template().await).unwrap();
                Self { url: sqlite_url(&file), postgres: None, _folder: folder }
            }
            On::Postgres => {
                let name = unused_name();
                run(&format!("CREATE DATABASE {name} TEMPLATE {}", postgres_template().await)).await;
                Self { url: url_of(&name), postgres: Some(name), _folder: folder }
            }
        }
    }

    /// A database without any schema, for the migrations' own test.
    pub(crate) async fn empty(on: On) -> Self {
        match on {
            On::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                Self { url: sqlite_url(&folder.path().join("adjudge.db")), postgres: None, _folder: folder }
            }
            On::Postgres => {
                let name = unused_name();
                run(&format!("CREATE DATABASE {name}")).await;
                Self { url: url_of(&name), postgres: Some(name), _folder: tempfile::tempdir().unwrap() }
            }
        }
    }

    /// A second connection beside the server's, for tests that tamper or look at what no page shows.
    pub(crate) async fn connect(&self) -> DatabaseConnection {
        Connect::connect(&self.url).await.unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some(name) = self.postgres.take() else { return };
        // Dropping needs a runtime and must not block the one that the test runs on.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
        });
        // A failure here leaves an empty database in a throwaway cluster; the test's own result matters more.
        let _ = dropping.join();
    }
}

async fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("adjudge.db");
            first_start(&sqlite_url(&file), folder.path()).await;
            std::fs::read(file).unwrap()
        })
        .await
}

async fn postgres_template() -> &'static str {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let name = unused_name();
            run(&format!("CREATE DATABASE {name}")).await;
            first_start(&url_of(&name), tempfile::tempdir().unwrap().path()).await;
            name
        })
        .await
}

/// What opening an installation for the first time leaves, without samples.
async fn first_start(url: &str, folder: &Path) {
    let mut command = Command::new(super::server::ADJUDGE);
    command.args(["serve", "--listen", "127.0.0.1:0", "--database", url, "--data-dir"]).arg(folder);
    // Killed before it keeps the first secrets: every test's server makes its own.
    command.env("FAILPOINTS", "first_secrets.before_commit=return");
    let done = command.current_dir(folder).output().unwrap();
    assert!(done.status.code().is_none(), "{}", String::from_utf8_lossy(&done.stderr));
    let db = Connect::connect(url).await.unwrap();
    set_samples(&db, 0.0, 0.0).await;
    if url.starts_with("sqlite") {
        db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    }
    db.close().await.unwrap();
}

/// Sets the live release's shares of blind and of overlapping tasks, for processes started from now on.
pub(crate) async fn set_samples(db: &DatabaseConnection, blind: f64, overlap: f64) {
    let backend = db.get_database_backend();
    let select = Statement::from_string(backend, "SELECT bundle FROM release WHERE live_key = 1");
    let row = db.query_one_raw(select).await.unwrap().expect("there is a live release");
    let mut bundle: serde_json::Value = serde_json::from_str(&row.try_get::<String>("", "bundle").unwrap()).unwrap();
    bundle["sampling"]["blind_share"] = blind.into();
    bundle["sampling"]["overlap_share"] = overlap.into();
    let sql = "UPDATE release SET bundle = $1 WHERE live_key = 1";
    db.execute_raw(Statement::from_sql_and_values(backend, sql, [Value::from(bundle.to_string())])).await.unwrap();
    // The release's file says the same, so that a draft begun from it changes no share.
    let written = "SELECT t.text FROM pack_text t JOIN release_file f ON f.digest = t.digest JOIN release r
                   ON r.id = f.release_id WHERE r.live_key = 1 AND f.path = 'release.toml'";
    let row = db.query_one_raw(Statement::from_string(backend, written)).await.unwrap().expect("it keeps its files");
    let mut text = row.try_get::<String>("", "text").unwrap();
    for (name, share) in [("blind_share", blind), ("overlap_share", overlap)] {
        let line = regex::Regex::new(&format!("(?m)^{name} = .*$")).unwrap();
        assert!(line.is_match(&text), "{text}");
        text = line.replace(&text, format!("{name} = {share}")).into_owned();
    }
    let digest = Value::from(Sha256::digest(&text).to_vec());
    let keep = "INSERT INTO pack_text (digest, text) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING";
    db.execute_raw(Statement::from_sql_and_values(backend, keep, [digest.clone(), Value::from(text)])).await.unwrap();
    let file = "UPDATE release_file SET digest = $1 WHERE path = 'release.toml'
                AND release_id IN (SELECT id FROM release WHERE live_key = 1)";
    db.execute_raw(Statement::from_sql_and_values(backend, file, [digest])).await.unwrap();
}

fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

fn unused_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("adjudge_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Runs one statement on the cluster's own database.
async fn run(sql: &str) {
    let admin = Connect::connect(cluster()).await.expect("Postgres answers");
    admin.execute_unprepared(sql).await.unwrap();
    admin.close().await.unwrap();
}

fn cluster() -> String {
    std::env::var("ADJUDGE_TEST_POSTGRES")
        .expect("ADJUDGE_TEST_POSTGRES names a Postgres cluster; `tests/run` starts one, `tests/run shell` too")
}

fn url_of(database: &str) -> String {
    let cluster = cluster();
    let (server, _) = cluster.rsplit_once('/').expect("postgres://USER:PASSWORD@HOST:PORT/DATABASE");
    format!("{server}/{database}")
}

/// Runs each named test on both databases, as `name::sqlite` and `name::postgres`.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name($crate::harness::database::On::Sqlite).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name($crate::harness::database::On::Postgres).await;
            }
        }
    )+};
}
pub(crate) use on_both_databases;
