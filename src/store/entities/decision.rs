//! Outcomes that take effect; only `state` ever changes. Rows of table `decision`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `decision`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subject_kind: String,
    pub subject_id: Uuid,
    pub ad_id: Option<Uuid>,
    pub revision_id: Option<Uuid>,
    pub round_id: Option<Uuid>,
    pub screening_id: Option<Uuid>,
    pub judgement_id: Option<Uuid>,
    pub release_id: Uuid,
    pub conclusion: String,
    pub decided_by: String,
    pub user_id: Option<Uuid>,
    pub automation: String,
    pub ground: Option<String>,
    pub territory: Option<String>,
    pub ends_at: Option<i64>,
    pub findings: String,
    pub serving: String,
    pub supersedes: Option<Uuid>,
    pub state: String,
    pub effective_at: i64,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
