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
    /// Unit in which records of this kind are counted; empty if they are counted in several units, none if no unit is
    /// given.
    pub unit: Option<String>,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}
