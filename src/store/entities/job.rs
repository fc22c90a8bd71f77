//! Background work. Rows of table `job`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `job`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub dedup_key: Option<String>,
    pub payload: String,
    pub state: String,
    pub run_at: i64,
    pub attempts: i32,
    pub lease_token: Option<Uuid>,
    pub lease_until: i64,
    pub last_error: Option<String>,
    pub created_at: i64,
    pub held_by: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
