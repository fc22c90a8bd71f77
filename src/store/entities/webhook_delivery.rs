//! Events on their way to addresses. Rows of table `webhook_delivery`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `webhook_delivery`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub webhook_id: Uuid,
    pub event_id: Option<Uuid>,
    pub type_name: String,
    pub lane: String,
    pub state: String,
    pub attempts: i32,
    pub tries: i32,
    pub run_at: i64,
    pub lease_token: Option<Uuid>,
    pub lease_until: i64,
    pub event_at: i64,
    pub delivered_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
