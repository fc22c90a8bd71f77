//! Cached embeddings by text and encoder. Rows of table `embedding`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `embedding`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "embedding")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub text_digest: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub encoder_digest: Vec<u8>,
    pub vectors: Vec<u8>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
