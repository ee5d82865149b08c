//! Published objects of a programme's rules: link rules, duties, checklists, category sets and indicators.

use async_graphql::{Context, Description, ID, Object};
use entity::definition::Definition;
use entity::duty_rule::{self, DutyPeriod, DutySubject};
use entity::fact::SourceType;
use entity::fact_ref::PartyKind;
use entity::ids::ProgrammeId;
use entity::link_rule::{self, Obligation};
use entity::values::{Date, Quantity};
use entity::{category, category_set, checklist, indicator};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder};

use super::Programme;
use crate::access::Scope;
use crate::access::scope::Whole;
use crate::loader::{self, CategoriesOf, ItemsOf};
use crate::mutation::Asking;
use crate::record::VARIOUS;
use platform::error::Result;
use platform::gid::Gid;

/// A rule that says which helper may be linked to which target, and how many links are needed or allowed.
/// 联系规则:哪类帮扶方可与哪类对象结对,以及结对数的下限和上限。
#[derive(Description)]
pub struct LinkRule(pub link_rule::Model);

#[Object(use_type_description)]
impl LinkRule {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::LinkRule, self.0.id).into()
    }

    /// Programme that the rule belongs to.
    /// 规则所属的行动。
    async fn programme(&self, ctx: &Context<'_>) -> Option<Result<Programme>> {
        super::by_id(ctx, self.0.programme_id).await.transpose()
    }

    /// Code, unique in the programme on any day; later versions of a rule have the same code.
    /// 规则代码,同一行动同一日期内唯一;规则的后续版本沿用同一代码。
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name of the rule.
    /// 规则名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Code of the rule's group; a helper must meet all rules of the group together, as in 1+1. Null if there is none.
    /// 规则组代码;帮扶方须同时满足同组各规则,如“1+1”。没有规则组时为空。
    async fn group(&self) -> Option<&str> {
        self.0.group_code.as_deref()
    }

    /// Type of the helper: MEMBER, COMMITTEE or ORGANISATION.
    /// 帮扶方类型:席位、委室或单位。
    async fn helper_kind(&self) -> PartyKind {
        self.0.helper_kind
    }

    /// Kinds of seat, committee or organisation that may help; all if empty.
    /// 可作帮扶方的席位、委室或单位类型;为空时不限。
    async fn helper_filter(&self) -> &[String] {
        &self.0.helper_filter.0
    }

    /// Type of the target.
    /// 帮扶对象类型。
    async fn target_kind(&self) -> PartyKind {
        self.0.target_kind
    }

    /// Designation that a target must have on the first day of a link; null if none is needed.
    /// 结对首日帮扶对象须具有的认定;不要求时为空。
    async fn target_designation(&self, ctx: &Context<'_>) -> Option<Result<Category>> {
        let id = self.0.target_designation_id?;
        let row = match ctx.rows() {
            Ok(rows) => loader::one(rows, id).await,
            Err(error) => Err(error),
        };
        row.map(|row| row.map(Category)).transpose()
    }

    /// Fewest links that each helper must have; null if none is needed.
    /// 每个帮扶方至少须有的结对数;不要求时为空。
    async fn min_per_helper(&self) -> Option<i32> {
        self.0.min_per_helper
    }

    /// Most links that a helper may have at a time; null if there is no limit.
    /// 每个帮扶方同时最多的结对数;不限时为空。
    async fn max_per_helper(&self) -> Option<i32> {
        self.0.max_per_helper
    }

    /// Fewest links that each target must have; null if none is needed.
    /// 每个帮扶对象至少须有的结对数;不要求时为空。
    async fn min_per_target(&self) -> Option<i32> {
        self.0.min_per_target
    }

    /// Most links that a target may have at a time; null if there is no limit.
    /// 每个帮扶对象同时最多的结对数;不限时为空。
    async fn max_per_target(&self) -> Option<i32> {
        self.0.max_per_target
    }

    /// True if each link needs a plan.
    /// 每个结对是否须有规划。
    async fn is_plan_required(&self) -> bool {
        self.0.plan_required
    }

    /// True if each link needs an agreement.
    /// 每个结对是否须有协议。
    async fn is_agreement_required(&self) -> bool {
        self.0.agreement_required
    }

    /// True if a helper may be exempted from the rule.
    /// 帮扶方可否豁免。
    async fn is_exemption_allowed(&self) -> bool {
        self.0.exemption_allowed
    }

    /// How binding the rule is.
    /// 规则的约束力。
    async fn obligation(&self) -> Obligation {
        self.0.obligation
    }

    /// First day on which the rule holds.
    /// 规则生效日期。
    async fn valid_from(&self) -> Date {
        self.0.valid_from
    }

    /// Last day on which the rule holds; null while no end is set.
    /// 规则失效前的最后一日;未定终止时为空。
    async fn valid_to(&self) -> Option<Date> {
        self.0.valid_to
    }

    /// Number of the act that last changed the rule; send it as `expectedVersion` when changing the rule.
    /// 最近一次变更规则的操作序号;变更时作为预期版本提交。
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// A duty: the quantity that each subject must reach per period, by an indicator or by marks.
/// 任务规则:各主体每周期须达到的数量,按指标或清单完成计量。
#[derive(Description)]
pub struct DutyRule(pub duty_rule::Model);

#[Object(use_type_description)]
impl DutyRule {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::DutyRule, self.0.id).into()
    }

    /// Code, unique in the programme on any day; later versions of a duty have the same code.
    /// 任务规则代码,同一行动同一日期内唯一;后续版本沿用同一代码。
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name of the duty.
    /// 任务规则名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Type of subject that has the duty.
    /// 任务主体类型。
    async fn subject(&self) -> DutySubject {
        self.0.subject
    }

    /// Codes of link rules whose links, or linked households, have the duty; all of the programme if empty.
    /// 适用的联系规则代码,其结对或结对农户须完成本任务;为空时适用本行动全部规则。
    async fn link_rules(&self) -> &[String] {
        &self.0.link_rules.0
    }

    /// Kinds of seat, committee or organisation, or levels of region, that have the duty; all if empty.
    /// 适用的席位、委室、单位类型或区划级别;为空时不限。
    async fn subject_kinds(&self) -> &[String] {
        &self.0.subject_kinds.0
    }

    /// Indicator that measures the subject's records; null if marks are counted.
    /// 计量主体记录的指标;按清单完成计量时为空。
    async fn indicator(&self, ctx: &Context<'_>) -> Option<Result<Indicator>> {
        let id = self.0.indicator_id?;
        let row = match ctx.rows() {
            Ok(rows) => loader::one(rows, id).await,
            Err(error) => Err(error),
        };
        row.map(|row| row.map(Indicator)).transpose()
    }

    /// Quantity to reach per period, in the indicator's unit.
    /// 每周期的目标值,按指标单位计。
    async fn target(&self) -> Quantity {
        self.0.target
    }

    /// Period in which the target is to be reached.
    /// 完成目标的周期。
    async fn period(&self) -> DutyPeriod {
        self.0.period
    }

    /// Day of the period by which the duty is due, counted from 1; null for the last day.
    /// 周期内的截止日,从1起计;为空即周期最后一日。
    async fn due_day(&self) -> Option<i32> {
        self.0.due_day
    }

    /// How binding the duty is.
    /// 任务规则的约束力。
    async fn obligation(&self) -> Obligation {
        self.0.obligation
    }

    /// First day on which the duty holds.
    /// 任务规则生效日期。
    async fn valid_from(&self) -> Date {
        self.0.valid_from
    }

    /// Last day on which the duty holds; null while no end is set.
    /// 任务规则失效前的最后一日;未定终止时为空。
    async fn valid_to(&self) -> Option<Date> {
        self.0.valid_to
    }

    /// Number of the act that last changed the duty; send it as `expectedVersion` when changing the duty.
    /// 最近一次变更任务规则的操作序号;变更时作为预期版本提交。
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// A named list of duties for one type of subject.
/// 清单:面向一类主体的一组任务规则。
#[derive(Description)]
pub struct Checklist(pub checklist::Model);

#[Object(use_type_description)]
impl Checklist {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Checklist, self.0.id).into()
    }

    /// Code, unique in the programme.
    /// 清单代码,在行动内唯一。
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name of the checklist.
    /// 清单名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Type of subject that has the checklist.
    /// 清单的任务主体类型。
    async fn subject(&self) -> DutySubject {
        self.0.subject
    }

    /// How binding the checklist is.
    /// 清单的约束力。
    async fn obligation(&self) -> Obligation {
        self.0.obligation
    }

    /// Items of the checklist, in order; each is a duty.
    /// 清单项目,按顺序;每项为一个任务规则。
    async fn items(&self, ctx: &Context<'_>) -> Result<Vec<DutyRule>> {
        let rows = loader::many(ctx.rows()?, ItemsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(DutyRule).collect())
    }
}

/// A set of categories, of the common catalogue or of a programme.
/// 类别集,属公共目录或某一行动。
#[derive(Description)]
pub struct CategorySet(pub category_set::Model);

#[Object(use_type_description)]
impl CategorySet {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::CategorySet, self.0.id).into()
    }

    /// Code, unique among the sets of the same owner.
    /// 类别集代码,在同一所属者内唯一。
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name of the set.
    /// 类别集名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Categories of the set, in order.
    /// 集内类别,按顺序。
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>> {
        let rows = loader::many(ctx.rows()?, CategoriesOf(self.0.id)).await?;
        Ok(rows.into_iter().map(Category).collect())
    }
}

/// A category of a set: a kind, a tag, a designation or a source of funds, for example.
/// 类别集中的一个类别,如类型、标签、认定或资金来源。
#[derive(Description)]
pub struct Category(pub category::Model);

#[Object(use_type_description)]
impl Category {
    /// UUID by which indicator definitions name the category.
    /// 类别的UUID,供指标定义引用。
    async fn key(&self) -> uuid::Uuid {
        self.0.id.0
    }

    /// Code, unique in the set.
    /// 类别代码,在集内唯一。
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name of the category.
    /// 类别名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// English name of the category; null if none was given.
    /// 类别的英文名称;未填写时为空。
    async fn name_en(&self) -> Option<&str> {
        self.0.name_en.as_deref()
    }

    /// Unit in which contributions or outcomes of this kind are counted. Null if they are counted in several units, or
    /// in the unit of the first verified record.
    /// 该类帮扶投入或成效的计量单位;使用多种单位或取首条已核验记录的单位时为空。
    async fn unit(&self) -> Option<&str> {
        self.0.unit.as_deref().filter(|unit| *unit != VARIOUS)
    }
}

/// A figure that can be asked for: a measure of filtered records, or a ratio of two such measures.
/// 指标:对筛选出的记录的一种计量,或两种计量之比。
#[derive(Description)]
pub struct Indicator(pub indicator::Model);

#[Object(use_type_description)]
impl Indicator {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Indicator, self.0.id).into()
    }

    /// Code, unique among the indicators of the same owner.
    /// 指标代码,在同一所属者内唯一。
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name of the indicator.
    /// 指标名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// English name of the indicator; null if none was given.
    /// 指标的英文名称;未填写时为空。
    async fn name_en(&self) -> Option<&str> {
        self.0.name_en.as_deref()
    }

    /// Unit of the value, such as 万元.
    /// 数值的单位,如“万元”。
    async fn unit(&self) -> &str {
        &self.0.unit
    }

    /// Number of measured units that make one `unit`. Example: 1000000 fen are 1万元.
    /// 换算系数:多少计量单位合一个展示单位,如1000000分合1万元。
    async fn divisor(&self) -> i64 {
        self.0.divisor
    }

    /// Records or roster rows to find, and how to measure them.
    /// 指标定义:筛选哪些记录、如何计量。
    async fn definition(&self) -> Definition {
        self.0.definition.clone()
    }

    /// True if anybody may read the figures of quarters that are over, without a token.
    /// 是否公开:公开后任何人无需令牌即可查看已结束季度的数据。
    async fn is_public(&self) -> bool {
        self.0.public
    }

    /// Number of the act that last changed the indicator; send it as `expectedVersion` when changing the indicator.
    /// 最近一次变更指标的操作序号;变更时作为预期版本提交。
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// Indicators of the common catalogue and those that `programme` owns, in the order of their positions.
pub async fn indicators(
    db: &impl ConnectionTrait,
    scope: &Scope,
    programme: Option<ProgrammeId>,
) -> Result<Vec<indicator::Model>> {
    use indicator::Column;
    let own = programme.map(|programme| Column::ProgrammeId.eq(programme));
    Ok(indicator::Entity::whole(scope)
        .filter(Condition::any().add(Column::ProgrammeId.is_null()).add_option(own))
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .all(db)
        .await?)
}

/// Category sets of the common catalogue, by code.
pub(super) async fn catalogue(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<category_set::Model>> {
    Ok(category_set::Entity::whole(scope)
        .filter(category_set::Column::ProgrammeId.is_null())
        .order_by_asc(category_set::Column::Code)
        .all(db)
        .await?)
}
