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
    /// Rules whose links, or linked households, are the subjects; all of the programme where empty.
    pub link_rules: Codes,
    /// Kinds of seat, committee or organisation that are the subjects; all where empty.
    pub subject_kinds: Codes,
    /// What is counted over the subject's own records; a mark where there is none.
    pub indicator_id: Option<IndicatorId>,
    pub target: Quantity,
    pub period: DutyPeriod,
    /// Day of the period by which it is due; the last one where there is none.
    pub due_day: Option<i32>,
    pub obligation: Obligation,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    pub version: i64,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Whose duty it is 任务主体.
    DutySubject {
        /// 结对联系
        Link,
        /// 席位
        Member,
        /// 委室
        Committee,
        /// 单位
        Organisation,
        /// 农户
        Household,
        /// 区划: villages, or what else of the tree is helped
        Region,
        /// 行动: the programme as a whole
        Programme,
    }
}

text_enum! {
    /// How often a duty falls due 周期.
    DutyPeriod {
        /// 每周
        Week,
        /// 每两周
        TwoWeeks,
        /// 每月
        Month,
        /// 每两月
        TwoMonths,
        /// 每季度
        Quarter,
        /// 每半年
        HalfYear,
        /// 每年
        Year,
        /// 行动期内
        Programme,
        /// 一次性
        Once,
        /// 不定期
        AdHoc,
    }
}
