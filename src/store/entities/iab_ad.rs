//! What the IAB API keeps of an ad beside it. Rows of table `iab_ad`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `iab_ad`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "iab_ad")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ad_id: Uuid,
    pub submitter_id: Uuid,
    pub external_id: String,
    pub init: i64,
    pub modified_at: i64,
    pub awake_since: Option<i64>,
    pub asked_revision_id: Option<Uuid>,
    pub mrating: Option<i32>,
    pub version: i64,
    pub sealed_version: i64,
    pub sealed: Option<String>,
    pub lastmod: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
