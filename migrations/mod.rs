//! Schema changes, up and down, in one SQL that both databases speak.
//!
//! Mounted by `store::migrate`. A migration must never read data through entities (they follow the newest schema),
//! and must never be changed after a release: add the next one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

mod m20260101_000001_accounts;
mod m20260101_000002_ads;
mod m20260101_000003_screening;
mod m20260101_000004_review;
mod m20260101_000005_learning;
mod m20260101_000006_outbox;
mod m20261124_000010_encoders;
mod m20261124_000030_drafts;
mod m20261124_000031_publishing;
mod m20261124_000032_backtests;
mod m20261124_000033_shadows;
mod m20261124_000034_blocks;
mod m20261124_000040_rule_usage;
mod m20261124_000041_certificates;
mod m20261124_000050_breakers;
mod m20261124_000051_trainings;
mod m20261124_000060_delivery;
mod m20261124_000061_reports;
mod m20261124_000062_external_decisions;
mod m20261124_000070_webhooks;
mod m20261124_000080_iab;
mod m20261124_000090_appeals;
mod m20261124_000100_statements;
mod m20261124_000110_keys;

/// All migrations, oldest first.
pub(crate) struct Migrations;

#[async_trait::async_trait]
impl MigratorTrait for Migrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20260101_000001_accounts::Migration),
            Box::new(m20260101_000002_ads::Migration),
            Box::new(m20260101_000003_screening::Migration),
            Box::new(m20260101_000004_review::Migration),
            Box::new(m20260101_000005_learning::Migration),
            Box::new(m20260101_000006_outbox::Migration),
            Box::new(m20261124_000010_encoders::Migration),
            Box::new(m20261124_000030_drafts::Migration),
            Box::new(m20261124_000031_publishing::Migration),
            Box::new(m20261124_000032_backtests::Migration),
            Box::new(m20261124_000033_shadows::Migration),
            Box::new(m20261124_000034_blocks::Migration),
            Box::new(m20261124_000040_rule_usage::Migration),
            Box::new(m20261124_000041_certificates::Migration),
            Box::new(m20261124_000050_breakers::Migration),
            Box::new(m20261124_000051_trainings::Migration),
            Box::new(m20261124_000060_delivery::Migration),
            Box::new(m20261124_000061_reports::Migration),
            Box::new(m20261124_000062_external_decisions::Migration),
            Box::new(m20261124_000070_webhooks::Migration),
            Box::new(m20261124_000080_iab::Migration),
            Box::new(m20261124_000090_appeals::Migration),
            Box::new(m20261124_000100_statements::Migration),
            Box::new(m20261124_000110_keys::Migration),
        ]
    }
}

/// Runs statements separated by `;`. `{uuid}` and `{bytes}` stand for the two types whose names differ, `{random}` for at
/// least 32 bytes that nobody can guess.
async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let (uuid, bytes, random) = if backend == DbBackend::Postgres {
        // Three random ids: 366 random bits, from the same source as the database's keys.
        let id = "uuid_send(gen_random_uuid())";
        ("UUID", "BYTEA", format!("{id} || {id} || {id}"))
    } else {
        ("BLOB", "BLOB", "randomblob(48)".to_owned())
    };
    for statement in sql.split(';').map(str::trim).filter(|s| !s.is_empty()) {
        let statement = statement.replace("{uuid}", uuid).replace("{bytes}", bytes).replace("{random}", &random);
        manager.get_connection().execute_raw(Statement::from_string(backend, statement)).await?;
    }
    Ok(())
}

/// Declares a migration of plain SQL; its name is its file's.
macro_rules! sql_migration {
    ($name:literal, up: $up:literal, down: $down:literal) => {
        pub(super) struct Migration;

        impl sea_orm_migration::prelude::MigrationName for Migration {
            fn name(&self) -> &str {
                $name
            }
        }

        #[async_trait::async_trait]
        impl sea_orm_migration::prelude::MigrationTrait for Migration {
            async fn up(
                &self,
                manager: &sea_orm_migration::prelude::SchemaManager,
            ) -> Result<(), sea_orm_migration::prelude::DbErr> {
                super::run(manager, $up).await
            }
            async fn down(
                &self,
                manager: &sea_orm_migration::prelude::SchemaManager,
            ) -> Result<(), sea_orm_migration::prelude::DbErr> {
                super::run(manager, $down).await
            }
        }
    };
}
use sql_migration;
