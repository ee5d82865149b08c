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
    /// Kinds of seat, committee or organisation that may help; all where empty.
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
    /// How binding a rule is 约束力: only MANDATORY can be violated, the others show completion.
    Obligation {
        /// 必须
        Mandatory,
        /// 力争
        BestEffort,
        /// 目标
        Goal,
        /// 指标任务
        Target,
        /// 有条件
        Conditional,
        /// 倡议
        Appeal,
    }
}
