//! Screenings, as replay needs them. Rows of table `screening`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `screening`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "screening")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub revision_id: Uuid,
    pub ad_id: Uuid,
    pub trigger_key: String,
    pub trigger_detail: String,
    pub release_id: Uuid,
    pub signals: String,
    pub facts: String,
    pub evaluation: String,
    pub conclusion: String,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
