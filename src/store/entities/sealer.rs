//! The leased counters of events and audit. Rows of table `sealer`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `sealer`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sealer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub position: i64,
    pub hash: Vec<u8>,
    pub lease_token: Option<Uuid>,
    pub lease_until: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
