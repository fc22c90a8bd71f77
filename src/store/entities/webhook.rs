//! Addresses that events are sent to. Rows of table `webhook`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `webhook`.
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub submitter_id: Uuid,
    pub url: String,
    pub description: String,
    pub types: String,
    pub profile: String,
    pub signing: String,
    pub secret: String,
    pub old_secret: Option<String>,
    pub public_key: Option<String>,
    pub old_key_until: Option<i64>,
    pub state: String,
    pub because: Option<String>,
    pub position: i64,
    pub throttled_until: i64,
    pub failures: i32,
    pub last_success_at: Option<i64>,
    pub last_failure_at: Option<i64>,
    pub created_at: i64,
}

// Written out, so that no log shows a key.
impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "webhook {}", self.id)
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
