//! `LinkRule` 联系规则: which helper may be linked to which target, and how often.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::definition::Codes;
use crate::fact_ref::PartyKind;
use crate::ids::{CategoryId, LedgerId, LinkRuleId, ProgrammeId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "link_rule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LinkRuleId,
    pub programme_id: ProgrammeId,
    pub code: String,
    pub name: String,
    /// Rules of one group are met together (1+1).
    pub group_code: Option<String>,
    pub helper_kind: PartyKind,
    /// Kinds of seat, committee or organisation that may help; all if empty.
    pub helper_filter: Codes,
    pub target_kind: PartyKind,
    /// Designation that a target must have on the first day of the link.
    pub target_designation_id: Option<CategoryId>,
    pub min_per_helper: Option<i32>,
    pub max_per_helper: Option<i32>,
    pub min_per_target: Option<i32>,
    pub max_per_target: Option<i32>,
    pub plan_required: bool,
    pub agreement_required: bool,
    pub exemption_allowed: bool,
    pub obligation: Obligation,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    pub version: i64,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Binding force of a rule: only MANDATORY can be violated, the others show completion.
    /// 规则的约束力:仅MANDATORY可被违反,其余只显示完成情况。
    Obligation {
        /// Mandatory.
        /// 必须。
        Mandatory,
        /// Best effort.
        /// 力争。
        BestEffort,
        /// Goal.
        /// 目标。
        Goal,
        /// Target that has been assigned.
        /// 指标任务。
        Target,
        /// Conditional: for subjects that have the means.
        /// 有条件。
        Conditional,
        /// Appeal.
        /// 倡议。
        Appeal,
    }
}
