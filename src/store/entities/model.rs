//! Heads with their card. Rows of table `model`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `model`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "model")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub digest: Vec<u8>,
    pub encoder_digest: Vec<u8>,
    pub state: String,
    pub heads: Vec<u8>,
    pub thresholds: String,
    pub card: String,
    pub snapshot_id: Option<Uuid>,
    pub created_by: String,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
