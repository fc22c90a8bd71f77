//! What was asked by dry runs: a digest, never the content. Rows of table `dry_run`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `dry_run`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "dry_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub submitter_id: Uuid,
    pub actor: String,
    pub digest: Vec<u8>,
    pub conclusion: String,
    pub created_at: i64,
    pub advertiser: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
