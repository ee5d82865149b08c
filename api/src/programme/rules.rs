//! The rules of a programme as they are read.

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

/// Which helper may be linked to which target, and how often 联系规则.
#[derive(Description)]
pub struct LinkRule(pub link_rule::Model);

#[Object(use_type_description)]
impl LinkRule {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::LinkRule, self.0.id).into()
    }

    /// The programme it belongs to 所属行动.
    async fn programme(&self, ctx: &Context<'_>) -> Option<Result<Programme>> {
        super::by_id(ctx, self.0.programme_id).await.transpose()
    }

    /// Code, unique in the programme 代码.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Rules of one group are met together (1+1) 规则组.
    async fn group(&self) -> Option<&str> {
        self.0.group_code.as_deref()
    }

    /// Kind of the helper 帮扶方类型.
    async fn helper_kind(&self) -> PartyKind {
        self.0.helper_kind
    }

    /// Kinds of seat, committee or organisation that may help; all where empty 帮扶方范围.
    async fn helper_filter(&self) -> &[String] {
        &self.0.helper_filter.0
    }

    /// Kind of the target 对象类型.
    async fn target_kind(&self) -> PartyKind {
        self.0.target_kind
    }

    /// Designation that a target must have on the first day of a link 对象认定.
    async fn target_designation(&self, ctx: &Context<'_>) -> Option<Result<Category>> {
        let id = self.0.target_designation_id?;
        let row = match ctx.rows() {
            Ok(rows) => loader::one(rows, id).await,
            Err(error) => Err(error),
        };
        row.map(|row| row.map(Category)).transpose()
    }

    /// Fewest links of a helper 每个帮扶方最少.
    async fn min_per_helper(&self) -> Option<i32> {
        self.0.min_per_helper
    }

    /// Most links of a helper at a time 每个帮扶方最多.
    async fn max_per_helper(&self) -> Option<i32> {
        self.0.max_per_helper
    }

    /// Fewest links of a target 每个对象最少.
    async fn min_per_target(&self) -> Option<i32> {
        self.0.min_per_target
    }

    /// Most links of a target at a time 每个对象最多.
    async fn max_per_target(&self) -> Option<i32> {
        self.0.max_per_target
    }

    /// Whether each link needs a plan 是否须有规划.
    async fn is_plan_required(&self) -> bool {
        self.0.plan_required
    }

    /// Whether each link needs an agreement 是否须有协议.
    async fn is_agreement_required(&self) -> bool {
        self.0.agreement_required
    }

    /// Whether a helper may be excused 是否可豁免.
    async fn is_exemption_allowed(&self) -> bool {
        self.0.exemption_allowed
    }

    /// How binding it is 约束力.
    async fn obligation(&self) -> Obligation {
        self.0.obligation
    }

    /// First day it holds 有效期起.
    async fn valid_from(&self) -> Date {
        self.0.valid_from
    }

    /// Last day it holds 有效期止.
    async fn valid_to(&self) -> Option<Date> {
        self.0.valid_to
    }

    /// Number of the act that last changed it; guards edits 版本.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// What a subject must have, how much of it, per period 任务规则.
#[derive(Description)]
pub struct DutyRule(pub duty_rule::Model);

#[Object(use_type_description)]
impl DutyRule {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::DutyRule, self.0.id).into()
    }

    /// Code, unique in the programme 代码.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whose duty it is 任务主体.
    async fn subject(&self) -> DutySubject {
        self.0.subject
    }

    /// Codes of the rules whose links, or linked households, have the duty; all of the programme where empty 适用规则.
    async fn link_rules(&self) -> &[String] {
        &self.0.link_rules.0
    }

    /// Kinds of seat, committee or organisation that have the duty; all where empty 适用主体类型.
    async fn subject_kinds(&self) -> &[String] {
        &self.0.subject_kinds.0
    }

    /// What is counted over the subject's records; a mark where there is none 计量指标.
    async fn indicator(&self, ctx: &Context<'_>) -> Option<Result<Indicator>> {
        let id = self.0.indicator_id?;
        let row = match ctx.rows() {
            Ok(rows) => loader::one(rows, id).await,
            Err(error) => Err(error),
        };
        row.map(|row| row.map(Indicator)).transpose()
    }

    /// How much of it 目标值.
    async fn target(&self) -> Quantity {
        self.0.target
    }

    /// How often 周期.
    async fn period(&self) -> DutyPeriod {
        self.0.period
    }

    /// Day of the period by which it is due; the last one where absent 期限日.
    async fn due_day(&self) -> Option<i32> {
        self.0.due_day
    }

    /// How binding it is 约束力.
    async fn obligation(&self) -> Obligation {
        self.0.obligation
    }

    /// First day it holds 有效期起.
    async fn valid_from(&self) -> Date {
        self.0.valid_from
    }

    /// Last day it holds 有效期止.
    async fn valid_to(&self) -> Option<Date> {
        self.0.valid_to
    }

    /// Number of the act that last changed it; guards edits 版本.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// A named list of duties for one kind of subject 清单.
#[derive(Description)]
pub struct Checklist(pub checklist::Model);

#[Object(use_type_description)]
impl Checklist {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Checklist, self.0.id).into()
    }

    /// Code, unique in the programme 代码.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whose checklist it is 主体.
    async fn subject(&self) -> DutySubject {
        self.0.subject
    }

    /// How binding it is 约束力.
    async fn obligation(&self) -> Obligation {
        self.0.obligation
    }

    /// Its items, in order 清单项目.
    async fn items(&self, ctx: &Context<'_>) -> Result<Vec<DutyRule>> {
        let rows = loader::many(ctx.rows()?, ItemsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(DutyRule).collect())
    }
}

/// A set of categories 类别集.
#[derive(Description)]
pub struct CategorySet(pub category_set::Model);

#[Object(use_type_description)]
impl CategorySet {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::CategorySet, self.0.id).into()
    }

    /// Code 代码.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its categories, in order 类别.
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>> {
        let rows = loader::many(ctx.rows()?, CategoriesOf(self.0.id)).await?;
        Ok(rows.into_iter().map(Category).collect())
    }
}

/// A category of a set 类别.
#[derive(Description)]
pub struct Category(pub category::Model);

#[Object(use_type_description)]
impl Category {
    /// Its own id, as indicator definitions name it.
    async fn key(&self) -> uuid::Uuid {
        self.0.id.0
    }

    /// Code 代码.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// English name 英文名称.
    async fn name_en(&self) -> Option<&str> {
        self.0.name_en.as_deref()
    }

    /// Unit in which contributions or outcomes of this kind are counted; absent where they are counted in many, or in
    /// that of the first record 计量单位.
    async fn unit(&self) -> Option<&str> {
        self.0.unit.as_deref().filter(|unit| *unit != VARIOUS)
    }
}

/// A figure that can be asked for: a filter and a measure, or a ratio of two 指标.
#[derive(Description)]
pub struct Indicator(pub indicator::Model);

#[Object(use_type_description)]
impl Indicator {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Indicator, self.0.id).into()
    }

    /// Code 代码.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// English name 英文名称.
    async fn name_en(&self) -> Option<&str> {
        self.0.name_en.as_deref()
    }

    /// Unit of its value 单位.
    async fn unit(&self) -> &str {
        &self.0.unit
    }

    /// How many of what is measured make one of the unit: 1000000 fen are 1万元 换算.
    async fn divisor(&self) -> i64 {
        self.0.divisor
    }

    /// What it looks for and measures 定义.
    async fn definition(&self) -> Definition {
        self.0.definition.clone()
    }

    /// Whether everybody is told it, without any token, for quarters that are over 是否公开.
    async fn is_public(&self) -> bool {
        self.0.public
    }

    /// Number of the act that last changed it; guards edits 版本.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// The common catalogue's indicators, and a programme's own.
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

/// The common catalogue's category sets.
pub(super) async fn catalogue(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<category_set::Model>> {
    Ok(category_set::Entity::whole(scope)
        .filter(category_set::Column::ProgrammeId.is_null())
        .order_by_asc(category_set::Column::Code)
        .all(db)
        .await?)
}
