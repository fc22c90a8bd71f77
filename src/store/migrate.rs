//! Brings a database's schema up, or down again. Called when a database is opened, and by the suite.
//!
//! It must never run on a pool of several SQLite connections: a recreated table is then seen half.

#[path = "../../migrations/mod.rs"]
mod migrations;

use super::{Db, StoreError};
use migrations::Migrations;
use sea_orm::DatabaseConnection;
use sea_orm_migration::MigratorTrait;

pub(super) async fn up(writer: &DatabaseConnection) -> Result<(), StoreError> {
    Migrations::up(writer, None).await.map_err(StoreError::from)
}

/// Undoes the last `steps` migrations. For the suite, which runs up, down and up on both databases.
pub async fn down(db: &Db, steps: u32) -> Result<(), StoreError> {
    Migrations::down(db.writer(), Some(steps)).await.map_err(StoreError::from)
}

/// Brings the schema up to date.
pub async fn up_to_date(db: &Db) -> Result<(), StoreError> {
    up(db.writer()).await
}

/// How many migrations there are.
pub fn count() -> u32 {
    u32::try_from(Migrations::migrations().len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn up_down_up_on_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite://{}/t.db", folder.path().display())).await.unwrap();
        down(&db, count()).await.unwrap();
        up_to_date(&db).await.unwrap();
    }
}
