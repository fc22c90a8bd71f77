//! Landing URLs. Rows of table `destination`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `destination`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "destination")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub url_digest: Vec<u8>,
    pub url: String,
    pub domain: Option<String>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
