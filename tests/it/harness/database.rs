//! A fresh database for each test, on both kinds, gone afterwards.
//!
//! On Postgres a template is migrated once a run and copied, which takes a tenth of the time of the migrations.

use adjudge::store::Db;
use sea_orm::{ConnectionTrait, Database as Connect, DatabaseConnection};
use std::{
    path::PathBuf,
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
                let file: PathBuf = folder.path().join("adjudge.db");
                Self { url: format!("sqlite://{}", file.display()), postgres: None, _folder: folder }
            }
            On::Postgres => {
                let name = unused_name();
                run(&format!("CREATE DATABASE {name} TEMPLATE {}", template().await)).await;
                Self { url: url_of(&name), postgres: Some(name), _folder: folder }
            }
        }
    }

    /// A database without any schema, for the migrations' own test.
    pub(crate) async fn empty(on: On) -> Self {
        match on {
            On::Sqlite => Self::fresh(on).await,
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

async fn template() -> &'static str {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let name = unused_name();
            run(&format!("CREATE DATABASE {name}")).await;
            Db::open(&url_of(&name)).await.unwrap().close().await.unwrap();
            name
        })
        .await
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
