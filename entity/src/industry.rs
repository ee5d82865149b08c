//! `Industry` 产业 of a county, with its tier in the county's system ("2+3+3").

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::ids::{IndustryId, LedgerId, RegionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "industry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IndustryId,
    pub region_id: RegionId,
    pub name: String,
    /// Place in the county's system of industries, counted from 1; in "2+3+3" from 1 to 3.
    pub tier: Option<i32>,
    pub parent_id: Option<IndustryId>,
    /// None if the industry is older than the records.
    pub from_on: Option<Date>,
    pub to_on: Option<Date>,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}
