//! A fact: one step that a record or roster row reached, as the ledger knew it from one clock value until another.

use sea_orm::entity::prelude::*;

use crate::ids::{FactId, LedgerId, RegionId};
use crate::values::{Day, Money, Quantity};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fact")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FactId,
    pub source_type: SourceType,
    pub source_id: Uuid,
    pub step: Step,
    /// Code of the kind; empty where the type has none.
    pub kind: String,
    /// Code of the category; empty where there is none.
    pub category: String,
    pub region_id: RegionId,
    /// The day the step was reached, or the first day of validity.
    pub on_day: Day,
    pub on_month: i32,
    /// The day the record as a whole happened.
    pub base_day: Day,
    /// The last day of validity; never for what is not a stock.
    pub until_day: Day,
    pub verification: Verification,
    pub quantity: Quantity,
    pub amount: Money,
    pub persons: i64,
    /// Known from this clock value …
    pub from_seq: i64,
    /// … until just before this one.
    pub until_seq: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// The clock value of a fact that still holds.
pub const OPEN: i64 = i64::MAX;

text_enum! {
    /// What a fact speaks of 事实来源: a record type of the ledger, or a row of the dated roster.
    SourceType {
        /// 结对联系
        Link,
        /// 豁免
        Exemption,
        /// 工作记录
        Activity,
        /// 需求
        Need,
        /// 项目
        Project,
        /// 帮扶投入
        Contribution,
        /// 成效
        Outcome,
        /// 规划
        Plan,
        /// 清单完成
        Mark,
        /// 提案·建议
        Proposal,
        /// 农户
        Household,
        /// 家庭成员
        FamilyMember,
        /// 行政区划
        Region,
        /// 单位
        Organisation,
        /// 委室
        Committee,
        /// 委室成员
        CommitteeMember,
        /// 人员
        Person,
        /// 席位
        Member,
        /// 产业
        Industry,
        /// 产业单元
        IndustryUnit,
        /// 行动
        Programme,
        /// 联系规则
        LinkRule,
        /// 任务规则
        DutyRule,
        /// 清单
        Checklist,
        /// 类别集
        CategorySet,
        /// 指标
        Indicator,
        /// 账户
        Account,
        /// 应用
        Application,
        /// 个人信息权利请求
        PersonalRequest,
        /// 可信文档
        TrustedDocument,
        /// 开户申请
        AccountProposal,
    }
}

text_enum! {
    /// A step in the course of a record 环节. Every type has a first step, which all its records have reached.
    Step {
        /// 已登记: the first step of what has no course of its own
        Recorded,
        /// 认定: a designation of a household or region
        Designated,
        /// 计划中
        Planned,
        /// 生效
        Active,
        /// 资金到位: one source of a project's funds
        Funded,
        /// 带动: households driven by a project
        Driving,
        /// 已上报
        Reported,
        /// 已对接
        Matched,
        /// 办理中
        InProgress,
        /// 已解决
        Resolved,
        /// 已确认
        Confirmed,
        /// 重新办理
        Reopened,
        /// 不予办理
        Declined,
        /// 已提出·立案
        Filed,
        /// 已结束
        Ended,
    }
}

text_enum! {
    /// Whether an office has checked a record 核验.
    Verification {
        /// 待核验
        Submitted,
        /// 已核验
        Verified,
        /// 已退回
        Rejected,
    }
}

impl SourceType {
    /// Types of record that an office verifies.
    pub const RECORDS: [Self; 9] = [
        Self::Activity,
        Self::Need,
        Self::Project,
        Self::Contribution,
        Self::Outcome,
        Self::Plan,
        Self::Mark,
        Self::Proposal,
        Self::Exemption,
    ];

    /// The step that every record of this type reaches first.
    #[must_use]
    pub const fn first_step(self) -> Step {
        match self {
            Self::Need => Step::Reported,
            Self::Proposal => Step::Filed,
            Self::Link | Self::Plan | Self::Exemption => Step::Active,
            _ => Step::Recorded,
        }
    }

    /// True if records of this type hold for a while, such as plans, and not on one day.
    #[must_use]
    pub const fn holds_for_a_while(self) -> bool {
        matches!(self, Self::Plan | Self::Exemption)
    }
}

impl Step {
    /// Steps at which a need waits for something to be done.
    pub const OF_OPEN_NEEDS: [Self; 4] = [Self::Reported, Self::Matched, Self::InProgress, Self::Reopened];
}
