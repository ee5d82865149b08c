//! A record of the ledger: what all types have. What only some have is a column that says so, or a row beside it.

use crate::values::{Date, Money, Quantity};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::fact::{SourceType, Step, Verification};
use crate::ids::{AccountId, HouseholdId, LedgerId, RecordId, RegionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecordId,
    pub source_type: SourceType,
    /// Code of the kind, from the catalogue of the type; empty where the type has none.
    pub kind: String,
    /// Code of the category; empty where there is none.
    pub category: String,
    pub step: Step,
    pub title: String,
    pub detail: Option<String>,
    pub happened_on: Date,
    /// Last day of what lasts: plans and exemptions.
    pub until_on: Option<Date>,
    /// Day by which it should be done: needs.
    pub due_on: Option<Date>,
    pub region_id: RegionId,
    pub household_id: Option<HouseholdId>,
    pub origin_id: Option<RecordId>,
    pub quantity: Quantity,
    pub unit: Option<String>,
    pub amount: Money,
    pub persons: i64,
    pub satisfaction: Option<Satisfaction>,
    pub verification: Verification,
    /// Why it was declined, reopened or exempted.
    pub reason: Option<String>,
    /// Why its verification was refused.
    pub rejection: Option<String>,
    pub entered_by: AccountId,
    /// When it was written down, perhaps on a phone without a network …
    pub recorded_at: DateTime<Utc>,
    /// … and when it arrived here.
    pub received_at: DateTime<Utc>,
    pub version: i64,
    #[sea_orm(has_many)]
    pub refs: HasMany<super::record_ref::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// How satisfied the person helped, or the author, is 满意度.
    Satisfaction {
        /// 满意
        Satisfied,
        /// 基本满意
        BasicallySatisfied,
        /// 不满意
        Dissatisfied,
    }
}
