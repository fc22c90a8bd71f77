//! The schema goes up, down and up again on both databases, and a second start changes nothing.

use crate::harness::database::{On, TestDatabase, on_both_databases};
use adjudge::store::{Db, migrate};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use std::collections::BTreeSet;

on_both_databases!(up_down_up);

async fn up_down_up(on: On) {
    let database = TestDatabase::empty(on).await;
    let db = Db::open(&database.url).await.unwrap();
    let looker = database.connect().await;
    let all = tables(&looker).await;
    assert!(all.len() > 20, "the first migrations hold the whole data model: {all:?}");

    migrate::down(&db, migrate::count()).await.unwrap();
    assert_eq!(tables(&looker).await, BTreeSet::new(), "a way down leaves nothing behind");

    migrate::up_to_date(&db).await.unwrap();
    assert_eq!(tables(&looker).await, all);
    migrate::up_to_date(&db).await.unwrap();

    for step in 1..=migrate::count() {
        migrate::down(&db, step).await.unwrap();
        migrate::up_to_date(&db).await.unwrap();
        assert_eq!(tables(&looker).await, all, "after {step} steps down and up");
    }
    looker.close().await.unwrap();
    db.close().await.unwrap();
}

async fn tables(db: &DatabaseConnection) -> BTreeSet<String> {
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => "SELECT name AS n FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        _ => "SELECT table_name::text AS n FROM information_schema.tables WHERE table_schema = 'public'",
    };
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "n").unwrap()).filter(|name| name != "seaql_migrations").collect()
}
