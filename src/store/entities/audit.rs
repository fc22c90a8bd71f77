//! The audit chain. Rows of table `audit`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `audit`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: i64,
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub details: String,
    pub request_id: Option<String>,
    pub position: Option<i64>,
    pub hash: Option<Vec<u8>>,
    pub sealed_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
