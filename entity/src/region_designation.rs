//! A dated designation of a region: POOR, `KEY_REVITALISATION`, COMMUNITY, DEMONSTRATION … Different ones may overlap.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::ids::{CategoryId, DesignationId, RegionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "region_designation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DesignationId,
    pub region_id: RegionId,
    pub category_id: CategoryId,
    pub from_on: Date,
    pub to_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}
