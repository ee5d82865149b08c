//! A record of the ledger: columns that all types have. An attribute of one type is a column that names the type, or a
//! row of another table.

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
    /// Code of the kind, from the catalogue of the type; empty if the type has none.
    pub kind: String,
    /// Code of the category; empty if there is none.
    pub category: String,
    pub step: Step,
    pub title: String,
    pub detail: Option<String>,
    pub happened_on: Date,
    /// Last day of a plan or an exemption.
    pub until_on: Option<Date>,
    /// Day by which a need should be resolved.
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
    /// Reason why the record was declined, reopened or exempted.
    pub reason: Option<String>,
    /// Reason why the verification was refused.
    pub rejection: Option<String>,
    pub entered_by: AccountId,
    /// Time at which the record was written down, perhaps on a phone without a network …
    pub recorded_at: DateTime<Utc>,
    /// … and at which it arrived at the server.
    pub received_at: DateTime<Utc>,
    pub version: i64,
    #[sea_orm(has_many)]
    pub refs: HasMany<super::record_ref::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Satisfaction of the person helped, or of a proposal's author.
    /// 受助者或提案人的满意度。
    Satisfaction {
        /// Satisfied.
        /// 满意。
        Satisfied,
        /// Basically satisfied.
        /// 基本满意。
        BasicallySatisfied,
        /// Dissatisfied.
        /// 不满意。
        Dissatisfied,
    }
}
