//! A household's income of one year from one source 收入.

use sea_orm::entity::prelude::*;

use crate::ids::{HouseholdId, IncomeId, LedgerId};
use crate::values::Money;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "household_income")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IncomeId,
    pub household_id: HouseholdId,
    pub year: i32,
    pub source: IncomeSource,
    pub amount: Money,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Source of a household's income.
    /// 收入来源。
    IncomeSource {
        /// Wages.
        /// 工资性收入。
        Wage,
        /// Business, farming included.
        /// 经营性收入,含农业经营。
        Business,
        /// Property.
        /// 财产性收入。
        Property,
        /// Transfers, such as subsidies and pensions.
        /// 转移性收入,如补贴、养老金。
        Transfer,
    }
}
