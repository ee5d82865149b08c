//! A sum kept ready: the present state of a ledger per programme, month and the attributes of a fact. It equals a
//! recount of the facts.

use sea_orm::entity::prelude::*;

use crate::fact::{SourceType, Step, Verification};
use crate::ids::{LedgerId, ProgrammeId};
use crate::values::{Money, Quantity};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cell")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub programme_id: ProgrammeId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_type: SourceType,
    #[sea_orm(primary_key, auto_increment = false)]
    pub step: Step,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub category: String,
    /// Roles of the fact's helpers and targets, sorted and joined: `helper_member+target_household`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub parties: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub verification: Verification,
    /// Facts that begin in the month.
    pub begun: i64,
    pub quantity: Quantity,
    pub amount: Money,
    pub persons: i64,
    /// Facts whose last day of validity lies in the month before: a stock loses them in this month.
    pub ended: i64,
}

impl ActiveModelBehavior for ActiveModel {}
