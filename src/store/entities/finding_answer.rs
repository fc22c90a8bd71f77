//! Answers to shown findings, one a row, for counts. Rows of table `finding_answer`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `finding_answer`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "finding_answer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub judgement_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub finding_id: Uuid,
    pub answer: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
