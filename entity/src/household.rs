//! `Household` 农户: lives in one village. Its designations, members and income are rows of other tables.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::ids::{HouseholdId, LedgerId, RegionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "household")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HouseholdId,
    pub village_id: RegionId,
    /// Number of the household in the village's register 户编号. Households without a number are not taken for one.
    pub number: Option<String>,
    pub head_name: String,
    pub address: Option<String>,
    pub housing: Option<String>,
    pub safe_water: Option<bool>,
    pub medical_cover: Option<bool>,
    pub registered_on: Date,
    pub left_on: Option<Date>,
    /// Day on which its personal data were erased.
    pub erased_on: Option<Date>,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
