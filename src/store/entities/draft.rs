//! Drafts. Rows of table `draft`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `draft`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "draft")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub state: String,
    pub version: i64,
    pub base_release_id: Uuid,
    pub model_id: Option<Uuid>,
    pub release_id: Option<Uuid>,
    pub plan: Option<String>,
    pub planned_by: Option<String>,
    pub notice: Option<String>,
    pub created_by: String,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
