//! Certificates of advertisers. Rows of table `certificate`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `certificate`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certificate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub advertiser_id: Uuid,
    pub submitter_id: Uuid,
    pub kind: String,
    pub countries: String,
    pub document: String,
    pub note: String,
    pub valid_until: Option<i64>,
    pub state: String,
    pub reason: String,
    pub waiting_key: Option<String>,
    pub round_id: Option<Uuid>,
    pub decision_id: Option<Uuid>,
    pub created_at: i64,
    pub decided_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
