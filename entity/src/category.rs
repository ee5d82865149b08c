//! A category of a set.

use sea_orm::entity::prelude::*;

use crate::ids::{CategoryId, CategorySetId, LedgerId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CategoryId,
    pub set_id: CategorySetId,
    pub code: String,
    pub name: String,
    pub name_en: Option<String>,
    pub position: i32,
    /// The unit in which records of this kind are counted; empty where they are counted in many, none where it says
    /// none.
    pub unit: Option<String>,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}
