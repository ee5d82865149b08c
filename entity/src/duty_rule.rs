//! `DutyRule` 任务规则: what a subject must have, how much of it, per period.

use crate::values::{Date, Quantity};
use sea_orm::entity::prelude::*;

use crate::definition::Codes;
use crate::ids::{ChecklistId, DutyRuleId, IndicatorId, LedgerId, ProgrammeId};
use crate::link_rule::Obligation;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "duty_rule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DutyRuleId,
    pub programme_id: ProgrammeId,
    pub checklist_id: Option<ChecklistId>,
    pub position: i32,
    pub code: String,
    pub name: String,
    pub subject: DutySubject,
    /// Link rules whose links, or linked households, are the subjects; all of the programme if empty.
    pub link_rules: Codes,
    /// Kinds of seat, committee or organisation that are the subjects; all if empty.
    pub subject_kinds: Codes,
    /// The indicator counted over the subject's own records; none if a mark answers the duty.
    pub indicator_id: Option<IndicatorId>,
    pub target: Quantity,
    pub period: DutyPeriod,
    /// Day of the period by which the duty is due; the last day if none.
    pub due_day: Option<i32>,
    pub obligation: Obligation,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    pub version: i64,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Kind of subject that has a duty.
    /// 任务主体的类型。
    DutySubject {
        /// Link.
        /// 结对联系。
        Link,
        /// Seat.
        /// 席位。
        Member,
        /// Committee.
        /// 委室。
        Committee,
        /// Organisation.
        /// 单位。
        Organisation,
        /// Household.
        /// 农户。
        Household,
        /// Region that is helped, such as a village.
        /// 受帮扶的区划,如村。
        Region,
        /// The programme as a whole.
        /// 行动整体。
        Programme,
    }
}

text_enum! {
    /// Period in which a duty must be done.
    /// 完成任务的周期。
    DutyPeriod {
        /// Every week.
        /// 每周。
        Week,
        /// Every two weeks.
        /// 每两周。
        TwoWeeks,
        /// Every month.
        /// 每月。
        Month,
        /// Every two months.
        /// 每两月。
        TwoMonths,
        /// Every quarter.
        /// 每季度。
        Quarter,
        /// Every half-year.
        /// 每半年。
        HalfYear,
        /// Every year.
        /// 每年。
        Year,
        /// The whole time of the programme.
        /// 行动期内。
        Programme,
        /// Once.
        /// 一次性。
        Once,
        /// Ad hoc, without a fixed period.
        /// 不定期。
        AdHoc,
    }
}
