//! Numbered bundles. Rows of table `release`; written and read inside `store` only.

use sea_orm::entity::prelude::*;

/// One row of `release`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "release")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub major: i32,
    pub minor: i32,
    pub state: String,
    pub live_key: Option<i32>,
    pub bundle: String,
    pub digest: Vec<u8>,
    pub model_id: Option<Uuid>,
    pub second_model_id: Option<Uuid>,
    pub created_by: String,
    pub created_at: i64,
    pub published_at: Option<i64>,
    pub retired_at: Option<i64>,
    pub origin: Option<String>,
    pub share: Option<f64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
