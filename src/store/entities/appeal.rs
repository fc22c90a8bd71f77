//! Appeals. Rows of table `appeal`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `appeal`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appeal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub decision_id: Uuid,
    pub ad_id: Uuid,
    pub advertiser_id: Uuid,
    pub submitter_id: Uuid,
    pub appellant: String,
    pub user_id: Option<Uuid>,
    pub statement: String,
    pub state: String,
    pub open_key: Option<String>,
    pub round_id: Option<Uuid>,
    pub result_id: Option<Uuid>,
    pub due: i64,
    pub created_at: i64,
    pub decided_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
