//! What was asked with a key lately: no body, no query. Rows of table `request_note`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `request_note`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "request_note")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub key_id: Uuid,
    pub at: i64,
    pub method: String,
    pub path: String,
    pub status: i32,
    pub code: Option<String>,
    pub pointers: String,
    pub request_id: String,
    pub duration_us: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
