//! A dated designation of a household: POOR, EXITED 脱贫户, DEMONSTRATION 示范户, MONITORED … Different ones may
//! overlap.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::ids::{CategoryId, DesignationId, HouseholdId, LedgerId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "household_designation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DesignationId,
    pub household_id: HouseholdId,
    pub category_id: CategoryId,
    pub from_on: Date,
    pub to_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}
