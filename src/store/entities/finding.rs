//! Findings, one a row, for search and counts. Rows of table `finding`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `finding`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "finding")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub revision_id: Uuid,
    pub screening_id: Option<Uuid>,
    pub judgement_id: Option<Uuid>,
    pub policy: String,
    pub rule: Option<String>,
    pub effect: String,
    pub undecided: bool,
    pub detail: String,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
