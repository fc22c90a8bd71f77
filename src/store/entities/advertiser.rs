//! Accounts that ads belong to. Rows of table `advertiser`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `advertiser`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "advertiser")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub submitter_id: Uuid,
    pub external_id: String,
    pub name: String,
    pub facts: String,
    pub standing: String,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
