//! Training labels. Rows of table `label`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `label`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "label")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subject_kind: String,
    pub revision_id: Option<Uuid>,
    pub text: Option<String>,
    pub policy: String,
    pub clause_version: i32,
    pub value: String,
    pub source: String,
    pub group_key: String,
    pub judgement_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub blind: bool,
    pub propagated: bool,
    pub sampling_probability: f64,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
