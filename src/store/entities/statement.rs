//! Statements of reasons; never changed. Rows of table `statement`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `statement`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "statement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub submitter_id: Uuid,
    pub ad_id: Uuid,
    pub decision_id: Uuid,
    pub event_id: Uuid,
    pub kind: String,
    pub supersedes: Option<Uuid>,
    pub body: String,
    pub category: String,
    pub ground: String,
    pub source: String,
    pub automation: String,
    pub restriction: String,
    pub delay_ms: i64,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
