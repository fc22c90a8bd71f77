//! Encoders added to the installation. Rows of table `encoder`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `encoder`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "encoder")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Vec<u8>,
    pub name: String,
    pub languages: String,
    pub dimensions: i32,
    pub licence: String,
    pub size: i64,
    pub created_by: String,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
