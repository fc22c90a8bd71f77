//! AdCOM documents as sent. Rows of table `iab_document`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `iab_document`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "iab_document")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision_id: Uuid,
    pub ad_id: Uuid,
    pub document: String,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
