//! Ads with their projected state. Rows of table `ad`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `ad`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ad")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub submitter_id: Uuid,
    pub advertiser_id: Uuid,
    pub external_id: String,
    pub sandbox: bool,
    pub latest_revision_id: Uuid,
    pub serving_revision_id: Option<Uuid>,
    pub decision_id: Option<Uuid>,
    pub review_status: String,
    pub approval_status: String,
    pub outcome: String,
    pub outcome_version: i64,
    pub needed_by: Option<i64>,
    pub withdrawn_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
