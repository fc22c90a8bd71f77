//! What rules do, countable: the rule of a finding and a person's answer to it as columns, and the indexes that a range
//! of days is counted by.
//!
//! Rows from before are filled in from their documents.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value, prelude::Uuid};

/// Rows read and written in one go.
const PAGE: u64 = 1000;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261124_000040_rule_usage"
    }
}

#[derive(FromQueryResult)]
struct Document {
    id: Uuid,
    body: String,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(
            manager,
            "ALTER TABLE finding ADD COLUMN rule TEXT;
CREATE TABLE finding_answer (
    judgement_id {uuid} NOT NULL REFERENCES judgement (id),
    finding_id {uuid} NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (judgement_id, finding_id)
);
CREATE INDEX finding_answer_by_finding ON finding_answer (finding_id);
CREATE INDEX finding_by_rule ON finding (rule, created_at);
CREATE INDEX finding_by_screening ON finding (screening_id);
CREATE INDEX screening_by_created ON screening (created_at);
CREATE INDEX judgement_by_created ON judgement (created_at);
CREATE INDEX decision_by_created ON decision (created_at);
CREATE INDEX decision_by_supersedes ON decision (supersedes)",
        )
        .await?;
        let mut after = None;
        loop {
            let page = page(manager, "SELECT id, detail AS body FROM finding", after).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for document in &page {
                let body: serde_json::Value = serde_json::from_str(&document.body).unwrap_or_default();
                if let Some(rule) = body["rule"].as_str() {
                    let values = vec![rule.into(), document.id.into()];
                    execute(manager, "UPDATE finding SET rule = $1 WHERE id = $2", values).await?;
                }
            }
        }
        let mut after = None;
        loop {
            let page = page(manager, "SELECT id, body FROM judgement", after).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for document in &page {
                let body: serde_json::Value = serde_json::from_str(&document.body).unwrap_or_default();
                for given in body["answers"].as_array().into_iter().flatten() {
                    let finding = given["finding"].as_str().and_then(|id| id.rsplit('_').next());
                    let finding = finding.and_then(|id| Uuid::parse_str(id).ok());
                    if let (Some(finding), Some(answer)) = (finding, given["answer"].as_str()) {
                        let sql = "INSERT INTO finding_answer (judgement_id, finding_id, answer) VALUES ($1, $2, $3)
                                   ON CONFLICT DO NOTHING";
                        execute(manager, sql, vec![document.id.into(), finding.into(), answer.into()]).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(
            manager,
            "DROP INDEX decision_by_supersedes;
DROP INDEX decision_by_created;
DROP INDEX judgement_by_created;
DROP INDEX screening_by_created;
DROP INDEX finding_by_screening;
DROP INDEX finding_by_rule;
DROP TABLE finding_answer;
ALTER TABLE finding DROP COLUMN rule",
        )
        .await
    }
}

async fn execute(manager: &SchemaManager<'_>, sql: &str, values: Vec<Value>) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    manager.get_connection().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.map(|_| ())
}

/// The next rows of a table by id.
async fn page(manager: &SchemaManager<'_>, select: &str, after: Option<Uuid>) -> Result<Vec<Document>, DbErr> {
    let (condition, values) = match after {
        Some(id) => (" WHERE id > $1", vec![id.into()]),
        None => ("", vec![]),
    };
    let sql = format!("{select}{condition} ORDER BY id LIMIT {PAGE}");
    let backend = manager.get_database_backend();
    let rows = manager.get_connection().query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    rows.iter().map(|row| Document::from_query_result(row, "")).collect()
}
