//! Queues of tasks. Rows of table `queue`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `queue`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "queue")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub title: String,
    pub policies: String,
    pub rank: i32,
    pub sla_ms: i64,
    pub lease_ms: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
