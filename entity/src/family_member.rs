//! A member of a household's family 家庭成员. The row belongs to the household's ledger; it is no `Person` of the
//! roster.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::ids::{FamilyMemberId, HouseholdId, LedgerId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "family_member")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FamilyMemberId,
    pub household_id: HouseholdId,
    pub name: String,
    pub relation: String,
    pub born_on: Option<Date>,
    pub occupation: Option<String>,
    pub schooling: Option<String>,
    pub from_on: Date,
    pub to_on: Option<Date>,
    /// Day on which their personal data were erased.
    pub erased_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}
