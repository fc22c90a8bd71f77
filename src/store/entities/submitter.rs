//! Parties that submit ads. Rows of table `submitter`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `submitter`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "submitter")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub mode: String,
    pub sandbox: bool,
    pub created_at: i64,
    pub seat: Option<String>,
    pub bidding: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
