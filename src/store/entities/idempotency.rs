//! Stored responses by idempotency key. Rows of table `idempotency`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `idempotency`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub idempotency_key: String,
    pub fingerprint: Vec<u8>,
    pub status: Option<i32>,
    pub body: Option<Vec<u8>>,
    pub running_until: i64,
    pub created_at: i64,
    pub expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
