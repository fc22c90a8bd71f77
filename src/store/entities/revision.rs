//! Immutable contents of ads. Rows of table `revision`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `revision`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "revision")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub ad_id: Uuid,
    pub advertiser_id: Uuid,
    pub number: i32,
    pub digest: Vec<u8>,
    pub content: String,
    pub destination_id: Option<Uuid>,
    pub domain: Option<String>,
    pub screening_id: Option<Uuid>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
