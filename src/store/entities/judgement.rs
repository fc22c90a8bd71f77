//! Answers. Rows of table `judgement`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `judgement`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "judgement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub task_id: Uuid,
    pub round_id: Uuid,
    pub user_id: Uuid,
    pub active_task: Option<Uuid>,
    pub active_answer: Option<String>,
    pub outcome: String,
    pub body: String,
    pub shown: String,
    pub started_at: i64,
    pub created_at: i64,
    pub undone_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
