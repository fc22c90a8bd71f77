//! The outbox. Rows of table `event`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `event`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub submitter_id: Uuid,
    pub ad_id: Option<Uuid>,
    pub type_name: String,
    pub payload: String,
    pub created_at: i64,
    pub position: Option<i64>,
    pub sealed_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
