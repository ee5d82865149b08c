//! `Link` 结对联系: a helper bound to a target under a rule, from a day to a day.

use crate::values::Date;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::fact_ref::PartyKind;
use crate::ids::{AccountId, HouseholdId, LedgerId, LinkRuleId, RecordId, RegionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "link")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecordId,
    pub rule_id: LinkRuleId,
    pub helper_kind: PartyKind,
    pub helper_id: Uuid,
    pub target_kind: PartyKind,
    pub target_id: Uuid,
    /// The target, if it is a household.
    pub household_id: Option<HouseholdId>,
    /// The region in which the target lies.
    pub region_id: RegionId,
    pub from_on: Date,
    pub to_on: Option<Date>,
    pub end_reason: Option<String>,
    /// The link that took this one's place in a handover.
    pub successor_id: Option<RecordId>,
    pub note: Option<String>,
    pub entered_by: AccountId,
    pub recorded_at: DateTime<Utc>,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
