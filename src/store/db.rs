//! The database handle: one writer and many readers on SQLite, one pool on Postgres.
//!
//! `Db::write` is the only way to change anything: it opens a transaction, runs the body, commits, and runs the body
//! again when the database asks for it. A body must never have side effects outside its transaction.

use super::{error::StoreError, migrate};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    FromQueryResult, IntoActiveModel, QueryResult, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait, Value, prelude::*, sqlx::Connection as _,
};
use std::{path::Path, time::Duration};

/// How often a body is run when the database reports a conflict that another try can cure.
const ATTEMPTS: u32 = 8;

/// A database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
}

/// An open transaction. Only `store` sees inside.
pub struct Tx {
    inner: DatabaseTransaction,
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

/// An error type that can say whether running the body again may cure it.
pub trait MaybeTransient: From<StoreError> {
    /// Whether another try may succeed.
    fn is_transient(&self) -> bool;
}

impl MaybeTransient for StoreError {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Conflict)
    }
}

impl Db {
    /// Opens `sqlite://FILE` or `postgres://…` and brings its schema up to date.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let db = Self::connect(url).await?;
        migrate::up(&db.writer).await?;
        Ok(db)
    }

    /// Opens without touching the schema. For migrations and their tests.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        if let Some(file) = url.strip_prefix("sqlite://") {
            if let Some(folder) = Path::new(file).parent() {
                std::fs::create_dir_all(folder)
                    .map_err(|e| StoreError::Unreachable(format!("{}: {e}", folder.display())))?;
            }
            let url = format!("sqlite://{file}?mode=rwc");
            let writer = Database::connect(sqlite_options(&url, 1)).await?;
            let reader = Database::connect(sqlite_options(&url, 4)).await?;
            Ok(Self { writer, reader })
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let mut options = ConnectOptions::new(url);
            options.max_connections(16).connect_timeout(Duration::from_secs(10)).sqlx_logging(false);
            let pool = Database::connect(options).await?;
            Ok(Self { writer: pool.clone(), reader: pool })
        } else {
            Err(StoreError::Unreachable("a database is sqlite://FILE or postgres://USER@HOST/NAME".into()))
        }
    }

    /// Runs `body` in one transaction and commits it. `name` is the flow's, for fail points and logs.
    pub async fn write<T, E: MaybeTransient>(
        &self,
        name: &str,
        body: impl AsyncFn(&Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut attempt = 1;
        loop {
            match self.attempt(name, &body).await {
                Err(e) if e.is_transient() && attempt < ATTEMPTS => {
                    tracing::debug!(flow = name, attempt, "transaction conflict, trying again");
                    tokio::time::sleep(Duration::from_millis(u64::from(5 * attempt))).await;
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt<T, E: MaybeTransient>(
        &self,
        name: &str,
        body: &impl AsyncFn(&Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let options = TransactionOptions {
            // Deferred transactions that read first cannot be upgraded once another process wrote.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let inner = self.writer.begin_with_options(options).await.map_err(StoreError::from)?;
        let tx = Tx { inner };
        match body(&tx).await {
            Ok(value) => {
                fail_point(name, "before_commit");
                tx.inner.commit().await.map_err(StoreError::from)?;
                fail_point(name, "after_commit");
                Ok(value)
            }
            Err(error) => {
                // After a failed rollback the pool throws the connection away; the first error says more.
                let _ = tx.inner.rollback().await;
                Err(error)
            }
        }
    }

    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.reader.ping().await.map_err(StoreError::from)
    }

    /// Closes all connections; on SQLite this folds the write-ahead log in.
    pub async fn close(self) -> Result<(), StoreError> {
        self.reader.close_by_ref().await?;
        self.writer.close_by_ref().await?;
        Ok(())
    }
}

/// Ends the process at a named commit boundary when the suite asks for it (`FAILPOINTS=submit.before_commit=return`).
fn fail_point(flow: &str, boundary: &str) {
    let _name = (flow, boundary);
    #[cfg(feature = "failpoints")]
    {
        let name = format!("{flow}.{boundary}");
        fail::fail_point!(&name, |_| std::process::abort());
    }
}

fn sqlite_options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    // A full disk makes SQLite roll a transaction back by itself. The driver then still believes in it, would nest every
    // later one inside it, and "commit" into nothing: such a connection is closed instead of used again.
    options.map_sqlx_sqlite_pool_opts(|pool| {
        pool.after_release(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
    });
    options.max_connections(connections).min_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(|o| {
        // FULL: what was answered with 202 survives a power cut, not only a killed process.
        o.pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            .pragma("foreign_keys", "ON")
            .pragma("cache_size", "-65536")
            .pragma("mmap_size", "268435456")
            .busy_timeout(Duration::from_secs(20))
            // Rows pass from the database's thread in such pieces: each full one is a wait for the other side.
            .row_buffer_size(1_000)
    });
    options
}

/// Where a statement can run: a pool or a transaction.
pub trait Run {
    /// The connection that statements go to.
    type Conn: ConnectionTrait;
    /// That connection.
    fn conn(&self) -> &Self::Conn;
}
impl Run for Db {
    type Conn = DatabaseConnection;
    fn conn(&self) -> &DatabaseConnection {
        &self.reader
    }
}
impl Run for Tx {
    type Conn = DatabaseTransaction;
    fn conn(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

fn statement(backend: DbBackend, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(backend, sql, values)
}

/// Runs a statement with `$1`-style parameters (both databases know them) and says how many rows it changed.
pub(crate) async fn execute(on: &impl Run, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
    let conn = on.conn();
    let result: ExecResult = conn.execute_raw(statement(conn.get_database_backend(), sql, values)).await?;
    Ok(result.rows_affected())
}

/// All rows of a query.
pub(crate) async fn rows<M: FromQueryResult>(
    on: &impl Run,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<M>, StoreError> {
    let conn = on.conn();
    let found: Vec<QueryResult> = conn.query_all_raw(statement(conn.get_database_backend(), sql, values)).await?;
    found.iter().map(|row| M::from_query_result(row, "").map_err(StoreError::from)).collect()
}

/// The first row of a query.
pub(crate) async fn row<M: FromQueryResult>(
    on: &impl Run,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<M>, StoreError> {
    let conn = on.conn();
    let found = conn.query_one_raw(statement(conn.get_database_backend(), sql, values)).await?;
    found.map(|row| M::from_query_result(&row, "").map_err(StoreError::from)).transpose()
}

/// The one integer of a query such as a count.
pub(crate) async fn number(on: &impl Run, sql: &str, values: Vec<Value>) -> Result<i64, StoreError> {
    #[derive(FromQueryResult)]
    struct One {
        n: i64,
    }
    Ok(row::<One>(on, sql, values).await?.map_or(0, |one| one.n))
}

/// Inserts one row. A broken unique index is [`StoreError::Taken`].
pub(crate) async fn insert<M, A>(tx: &Tx, model: M) -> Result<(), StoreError>
where
    M: ModelTrait + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity> + Send,
{
    let active = model.into_active_model().reset_all();
    <M::Entity as EntityTrait>::insert(active).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Inserts many rows in one statement each 200.
pub(crate) async fn insert_many<M, A>(tx: &Tx, models: Vec<M>) -> Result<(), StoreError>
where
    M: ModelTrait + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity> + Send,
{
    let mut models = models.into_iter().map(|m| m.into_active_model().reset_all()).peekable();
    while models.peek().is_some() {
        let chunk: Vec<A> = models.by_ref().take(200).collect();
        <M::Entity as EntityTrait>::insert_many(chunk).exec_without_returning(&tx.inner).await?;
    }
    Ok(())
}

/// `($2), ($3) …` is not needed often; `IN ($2, $3, …)` is. Placeholders from `first`, for `n` values.
pub(crate) fn placeholders(first: usize, n: usize) -> String {
    (first..first + n).map(|i| format!("${i}")).collect::<Vec<_>>().join(", ")
}

/// Turns a database error into ours; the one place that knows both databases' codes.
impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(what)) = error.sql_err() {
            return Self::Taken(what);
        }
        let text = error.to_string();
        // SQLITE_BUSY and SQLITE_LOCKED; Postgres serialization_failure and deadlock_detected.
        let transient = [
            "database is locked",
            "database table is locked",
            "40001",
            "40P01",
            "deadlock detected",
            "could not serialize",
        ];
        // SQLITE_FULL; Postgres disk_full; the system's own word in either.
        let full = ["database or disk is full", "53100", "No space left on device"];
        if transient.iter().any(|t| text.contains(t)) {
            Self::Conflict
        } else if full.iter().any(|t| text.contains(t)) {
            Self::Full(text)
        } else {
            Self::Failed(text)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What a reader finds in the table of these tests.
    async fn kept(db: &Db) -> i64 {
        let found = db.conn().query_one_raw(statement(DbBackend::Sqlite, "SELECT COUNT(*) AS n FROM t", vec![])).await;
        found.unwrap().unwrap().try_get("", "n").unwrap()
    }

    async fn insert(tx: &Tx, bytes: i64) -> Result<u64, StoreError> {
        execute(tx, "INSERT INTO t (x) VALUES (zeroblob($1))", vec![bytes.into()]).await
    }

    #[tokio::test]
    async fn nothing_is_promised_after_the_disk_was_full() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::connect(&format!("sqlite://{}", folder.path().join("full.db").display())).await.unwrap();
        db.write("t", async |tx| execute(tx, "CREATE TABLE t (x BLOB)", vec![]).await).await.unwrap();
        // A page limit fails as a full disk does, and is this connection's alone.
        let filled = db.write("t", async |tx| {
            execute(tx, "PRAGMA max_page_count = 20", vec![]).await?;
            for _ in 0..100 {
                insert(tx, 4_000).await?;
            }
            Ok::<_, StoreError>(())
        });
        assert!(matches!(filled.await.unwrap_err(), StoreError::Full(_)));
        for expected in 1..=3 {
            db.write("t", async |tx| insert(tx, 10).await).await.unwrap();
            let failed = db.write("t", async |tx| execute(tx, "INSERT INTO missing VALUES (1)", vec![]).await).await;
            assert!(failed.is_err());
            assert_eq!(kept(&db).await, expected, "what was committed is there for everybody");
        }
        db.close().await.unwrap();
    }
}
