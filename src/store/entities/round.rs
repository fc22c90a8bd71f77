//! Open and closed questions. Rows of table `round`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `round`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "round")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subject_kind: String,
    pub subject_id: Uuid,
    pub ad_id: Option<Uuid>,
    pub revision_id: Option<Uuid>,
    pub submitter_id: Uuid,
    pub advertiser_id: Option<Uuid>,
    pub trigger_kind: String,
    pub state: String,
    pub open_key: Option<String>,
    pub screening_id: Option<Uuid>,
    pub queue_id: Uuid,
    pub answers_wanted: i32,
    pub sampling_probability: f64,
    pub rank: i64,
    pub deadline: Option<i64>,
    pub decision_id: Option<Uuid>,
    pub opened_at: i64,
    pub resolved_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
