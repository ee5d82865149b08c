//! `Village` 村(社区): columns that only a region of level VILLAGE has.

use sea_orm::entity::prelude::*;

use crate::ids::RegionId;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "village")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_id: RegionId,
    pub population: Option<i32>,
    pub household_count: Option<i32>,
    pub difficulty: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
