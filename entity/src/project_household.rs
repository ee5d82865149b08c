//! A household that a project drives 带动农户, since a day.

use sea_orm::entity::prelude::*;

use crate::ids::{HouseholdId, LedgerId, RecordId};
use crate::values::Date;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "project_household")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: RecordId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: HouseholdId,
    pub on_day: Date,
}

impl ActiveModelBehavior for ActiveModel {}
