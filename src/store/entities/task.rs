//! Pieces of work with their lease. Rows of table `task`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `task`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "task")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub round_id: Uuid,
    pub queue_id: Uuid,
    pub kind: String,
    pub state: String,
    pub rank: i64,
    pub deadline: Option<i64>,
    pub lease_user_id: Option<Uuid>,
    pub lease_token: Option<Uuid>,
    pub lease_since: Option<i64>,
    pub lease_until: i64,
    pub draft: Option<String>,
    pub draft_user_id: Option<Uuid>,
    pub created_at: i64,
    pub completed_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
