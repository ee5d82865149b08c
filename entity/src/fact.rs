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
    /// Code of the kind; empty if the type has none.
    pub kind: String,
    /// Code of the category; empty if there is none.
    pub category: String,
    pub region_id: RegionId,
    /// Day on which the step was reached, or first day of validity.
    pub on_day: Day,
    pub on_month: i32,
    /// Day on which the record as a whole happened.
    pub base_day: Day,
    /// Last day of validity; `Day::NEVER` for a fact that is no stock.
    pub until_day: Day,
    pub verification: Verification,
    pub quantity: Quantity,
    pub amount: Money,
    pub persons: i64,
    /// The fact is known from this clock value on …
    pub from_seq: i64,
    /// … and up to the one before this.
    pub until_seq: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// `until_seq` of a fact that still holds.
pub const OPEN: i64 = i64::MAX;

text_enum! {
    /// Type of a row: a record of the ledger, or a row of the roster.
    /// 数据类型:台账记录,或人员、单位、区划等名册行。
    SourceType {
        /// Link between a helper and a target.
        /// 结对联系。
        Link,
        /// Exemption of a helper from a link rule.
        /// 豁免。
        Exemption,
        /// Record of work, such as a visit, a meeting or a training.
        /// 工作记录,如走访、会议、培训。
        Activity,
        /// Need of a household, village or industry.
        /// 农户、村或产业的需求。
        Need,
        /// Project with its funds and the households that it drives.
        /// 项目及其资金、带动农户。
        Project,
        /// Contribution of money or goods.
        /// 资金、物资等帮扶投入。
        Contribution,
        /// Outcome of the work.
        /// 帮扶成效。
        Outcome,
        /// Plan that holds for a period.
        /// 一段时期的规划。
        Plan,
        /// Mark: an item of a checklist or a duty is done.
        /// 清单事项或任务的完成标记。
        Mark,
        /// Proposal or suggestion.
        /// 提案、建议。
        Proposal,
        /// Household.
        /// 农户。
        Household,
        /// Member of a household's family.
        /// 农户的家庭成员。
        FamilyMember,
        /// Region of the tree of places.
        /// 行政区划。
        Region,
        /// Organisation.
        /// 单位。
        Organisation,
        /// Committee inside an organisation.
        /// 单位内设的委室。
        Committee,
        /// A person's place in a committee.
        /// 委室成员。
        CommitteeMember,
        /// Person of the roster.
        /// 人员。
        Person,
        /// A person's seat in an organisation.
        /// 人员在单位的席位。
        Member,
        /// Industry of a county.
        /// 县域产业。
        Industry,
        /// Park or operator of an industry.
        /// 产业的园区或经营主体。
        IndustryUnit,
        /// Programme with its rules.
        /// 行动。
        Programme,
        /// Link rule: which helper may be linked to which target.
        /// 联系规则。
        LinkRule,
        /// Duty rule: what a subject must do in each period.
        /// 任务规则。
        DutyRule,
        /// Checklist of duty rules.
        /// 清单。
        Checklist,
        /// Set of categories.
        /// 类别集。
        CategorySet,
        /// Indicator.
        /// 指标。
        Indicator,
        /// Account.
        /// 账户。
        Account,
        /// Third-party application.
        /// 第三方应用。
        Application,
        /// Request that a person makes about their own data.
        /// 个人信息权利请求。
        PersonalRequest,
        /// GraphQL document that may be called by its hash.
        /// 可信文档。
        TrustedDocument,
        /// Proposal to open an account.
        /// 开户申请。
        AccountProposal,
    }
}

text_enum! {
    /// Step in the course of a record. Every record has reached the first step of its type.
    /// 记录所处的环节;每条记录都已达到其类型的首个环节。
    Step {
        /// Recorded: the first step of a type that has no course of its own.
        /// 已登记,没有专门流程的类型的首个环节。
        Recorded,
        /// Designated: a household or region has a designation.
        /// 农户或区划已获认定。
        Designated,
        /// Planned: the first day of a link is still to come.
        /// 计划中,结对尚未开始。
        Planned,
        /// Active: a link, plan or exemption is in force.
        /// 生效:结对、规划或豁免正在执行。
        Active,
        /// Funded: one source of a project's funds has paid.
        /// 项目的一项资金到位。
        Funded,
        /// Driving: a project drives a household.
        /// 项目带动农户。
        Driving,
        /// Reported: the first step of a need.
        /// 需求已上报。
        Reported,
        /// Matched: a need has been given to a helper or a department.
        /// 需求已对接帮扶方或承办单位。
        Matched,
        /// In progress: somebody works on the need.
        /// 办理中。
        InProgress,
        /// Resolved.
        /// 需求已解决。
        Resolved,
        /// Confirmed: the party in need has confirmed the solution.
        /// 需求方已确认。
        Confirmed,
        /// Reopened: the need was not resolved after all.
        /// 需求未解决,重新办理。
        Reopened,
        /// Declined with a reason.
        /// 不予办理,并说明理由。
        Declined,
        /// Filed: the first step of a proposal.
        /// 提案已立案。
        Filed,
        /// Ended: the last day of a link has passed.
        /// 结对已结束。
        Ended,
    }
}

text_enum! {
    /// State of an office's check of a record.
    /// 办公室对记录的核验状态。
    Verification {
        /// Not yet checked.
        /// 待核验。
        Submitted,
        /// Checked and found right.
        /// 已核验。
        Verified,
        /// Sent back with a reason.
        /// 已退回,并说明理由。
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

    /// True if records of this type hold for a period, such as plans, and not on one day.
    #[must_use]
    pub const fn holds_for_a_while(self) -> bool {
        matches!(self, Self::Plan | Self::Exemption)
    }
}

impl Step {
    /// Steps at which a need is open.
    pub const OF_OPEN_NEEDS: [Self; 4] = [Self::Reported, Self::Matched, Self::InProgress, Self::Reopened];
}
