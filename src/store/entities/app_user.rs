//! People who sign in. Rows of table `app_user`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `app_user`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "app_user")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub roles: String,
    pub password_hash: String,
    pub policy_classes: Option<String>,
    pub queues: Option<String>,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
