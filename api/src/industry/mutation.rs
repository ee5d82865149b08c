//! Acts on industries 产业 and their parks and operators: create, change, end.

use std::collections::BTreeSet;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::fact::SourceType;
use entity::ids::{IndustryId, IndustryUnitId, LedgerId};
use entity::industry;
use entity::industry_unit::{self, IndustryUnitKind};
use entity::values::Date;
use sea_orm::{ColumnTrait, Condition, IntoActiveModel, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::{Industry, IndustryUnit, key};
use crate::access::Action;
use crate::access::scope::Whole;
use crate::ledger::{Act, Moves, Subject, Tx};
use crate::loader;
use crate::mutation::{Asking, run};
use crate::name;
use crate::payload;
use crate::record;
use crate::region;
use crate::roster;
use platform::check;
use platform::check::BEGINNING;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

payload!(
    /// An industry, or the errors to correct.
    /// 产业结果,或需更正的错误。
    IndustryPayload {
        /// The industry as it is now; null if there are errors.
        /// 产业的当前状态;有错误时为空。
        industry: Industry
    }
);

payload!(
    /// A park or an operator, or the errors to correct.
    /// 园区或经营主体结果,或需更正的错误。
    IndustryUnitPayload {
        /// The park or operator as it is now; null if there are errors.
        /// 园区或经营主体的当前状态;有错误时为空。
        industry_unit: IndustryUnit
    }
);

#[derive(Default)]
pub struct IndustryMutation;

#[Object]
impl IndustryMutation {
    /// Creates an industry in the ledger of its region.
    /// 在所在区划的台账中新增产业。
    async fn industry_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The industry to create.\n要新增的产业。")] input: IndustryCreate,
    ) -> Option<async_graphql::Result<IndustryPayload>> {
        run(ctx, region::ledger_of(ctx, &input.region, "region").await, input).await
    }

    /// Adds a park or an operator to an industry.
    /// 为产业新增园区或经营主体。
    async fn industry_unit_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The park or operator to add.\n要新增的园区或经营主体。")] input: IndustryUnitAdd,
    ) -> Option<async_graphql::Result<IndustryUnitPayload>> {
        run(ctx, ledger_of(ctx, &input.industry, "industry").await, input).await
    }

    /// Changes an industry; absent fields stay.
    /// 变更产业;未填写的字段保持不变。
    async fn industry_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The industry to change, and its new values.\n要变更的产业及新内容。")]
        input: IndustryUpdate,
    ) -> Option<async_graphql::Result<IndustryPayload>> {
        run(ctx, ledger_of(ctx, &input.industry, "industry").await, input).await
    }

    /// Ends an industry with its parks and operators; from the day after, no helper can be linked to the industry.
    /// 终止产业及其园区和经营主体;自次日起不能再与该产业结对。
    async fn industry_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The industry to end, and its last day.\n要终止的产业及其最后一日。")]
        input: IndustryEnd,
    ) -> Option<async_graphql::Result<IndustryPayload>> {
        run(ctx, ledger_of(ctx, &input.industry, "industry").await, input).await
    }

    /// Ends a park or an operator.
    /// 终止园区或经营主体。
    async fn industry_unit_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The park or operator to end, and its last day.\n要终止的园区或经营主体及其最后一日。"
        )]
        input: IndustryUnitEnd,
    ) -> Option<async_graphql::Result<IndustryUnitPayload>> {
        run(ctx, ledger_of_unit(ctx, &input.industry_unit).await, input).await
    }
}

async fn ledger_of(ctx: &Context<'_>, industry: &ID, field: &str) -> Result<LedgerId> {
    Ok(loader::one(ctx.rows()?, key(industry, field)?).await?.ok_or_else(|| Error::missing(field))?.keeper_id)
}

async fn ledger_of_unit(ctx: &Context<'_>, unit: &ID) -> Result<LedgerId> {
    let unit = loader::one(ctx.rows()?, unit_key(unit)?).await?;
    Ok(unit.ok_or_else(|| Error::missing("industryUnit"))?.keeper_id)
}

fn unit_key(id: &ID) -> Result<IndustryUnitId> {
    Gid::parse(id, "industryUnit", &[SourceType::IndustryUnit]).map(|gid| IndustryUnitId(gid.id))
}

/// Input of `industryCreate`: the industry to create.
/// 新增产业的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "IndustryCreateInput")]
pub struct IndustryCreate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Region that the industry belongs to: a county, as a rule.
    /// 产业所属区划,一般为县。
    pub region: ID,
    /// Name, unique in the region.
    /// 产业名称,在区划内唯一。
    pub name: String,
    /// Tier in the county's system, counted from 1; in "2+3+3" from 1 to 3.
    /// 在全县产业体系中的层次,从1起计;如“2+3+3”为1至3。
    pub tier: Option<i32>,
    /// Industry of which this one is a part.
    /// 上级产业。
    pub parent: Option<ID>,
    /// First day of the industry; if absent, the industry is older than the records.
    /// 产业开始日期;默认视为早于台账记录。
    pub from: Option<Date>,
}

impl Act for IndustryCreate {
    const NAME: &'static str = "industryCreate";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let region = region::lasting(tx, region::key(&self.region, "region")?, "region").await?;
        check::optional_day("from", self.from)?;
        let row = tx
            .insert(industry::ActiveModel {
                id: Set(IndustryId(tx.new_id(self.id).await?)),
                region_id: Set(region.id),
                name: Set(check::name("name", &self.name)?),
                tier: Set(tier(self.tier)?),
                parent_id: Set(parent(tx, self.parent.as_ref(), self.from).await?),
                from_on: Set(self.from),
                to_on: Set(None),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        tx.created(&row);
        name::keep(tx, row.id, &row.name).await?;
        Ok(Subject { of: SourceType::Industry, id: row.id.0 })
    }
}

fn tier(tier: Option<i32>) -> Result<Option<i32>> {
    match tier {
        Some(..1) => Err(Error::field("tier", ErrorCode::Invalid, say!("industry-tier-below-one"))),
        tier => Ok(tier),
    }
}

/// Finds the parent of an industry: a parent that has no end and begins no later than its part.
async fn parent(tx: &Tx, parent: Option<&ID>, from: Option<Date>) -> Result<Option<IndustryId>> {
    let Some(parent) = parent else { return Ok(None) };
    let row = roster::known::<industry::Entity>(tx, key(parent, "parent")?.0, "parent").await?;
    roster::still_open(row.to_on, "parent")?;
    is_part_of(from, &row, "parent")?;
    Ok(Some(row.id))
}

/// Refuses a part that begins before the whole.
fn is_part_of(from: Option<Date>, whole: &industry::Model, field: &str) -> Result<()> {
    match whole.from_on {
        Some(first) if from.is_none_or(|from| from < first) => {
            let message = say!("industry-begins-later", name = whole.name, first = first);
            Err(Error::field(field, ErrorCode::Invalid, message))
        }
        _ => Ok(()),
    }
}

/// Input of `industryUpdate`: the fields to change; absent fields stay.
/// 变更产业的输入;未填写的字段保持不变。
#[derive(InputObject, Serialize)]
#[graphql(name = "IndustryUpdateInput")]
pub struct IndustryUpdate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Industry to change.
    /// 要变更的产业。
    pub industry: ID,
    /// New name, unique in the region.
    /// 新的产业名称,在区划内唯一。
    pub name: Option<String>,
    /// New tier in the county's system, counted from 1; null removes it.
    /// 新的层次,从1起计;填 null 则清除。
    pub tier: MaybeUndefined<i32>,
    /// Industry of which this one is a part; null for none.
    /// 新的上级产业;填 null 则取消上级产业。
    pub parent: MaybeUndefined<ID>,
    /// New first day; null if the industry is older than the records.
    /// 新的开始日期;早于台账记录时填 null。
    pub from: MaybeUndefined<Date>,
}

impl Act for IndustryUpdate {
    const NAME: &'static str = "industryUpdate";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = key(&self.industry, "industry")?;
        let old = roster::kept::<industry::Entity>(tx, id.0, "industry").await?;
        let ends = old.to_on;
        let begins =
            if self.from.is_undefined() { old.from_on } else { self.from.as_opt_ref().flatten().copied() };
        let mut row = old.into_active_model();
        if let Some(name) = &self.name {
            row.name = Set(check::name("name", name)?);
        }
        if !self.tier.is_undefined() {
            row.tier = Set(tier(self.tier.as_opt_ref().flatten().copied())?);
        }
        if !self.parent.is_undefined() {
            let above = parent(tx, self.parent.as_opt_ref().flatten(), begins).await?;
            not_below_itself(tx, id, above).await?;
            row.parent_id = Set(above);
        }
        if !self.from.is_undefined() {
            check::span(("from", begins.unwrap_or(BEGINNING)), ("from", ends))?;
            if let Some(first) = begins {
                none_earlier(tx, id, first).await?;
            }
            row.from_on = Set(begins);
        }
        let row = tx.update(row).await?;
        if let (true, Some(above)) = (self.parent.is_undefined(), row.parent_id) {
            let above = roster::known::<industry::Entity>(tx, above.0, "parent").await?;
            is_part_of(begins, &above, "from")?;
        }
        tx.changed(&row, Moves::default()).await?;
        if self.name.is_some() {
            name::keep(tx, id, &row.name).await?;
        }
        Ok(Subject { of: SourceType::Industry, id: id.0 })
    }
}

/// Refuses a first day before which a part, park, operator, link or record of the industry begins.
async fn none_earlier(tx: &Tx, id: IndustryId, first: Date) -> Result<()> {
    let earlier =
        Condition::any().add(industry::Column::FromOn.is_null()).add(industry::Column::FromOn.lt(first));
    let part = industry::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(industry::Column::ParentId.eq(id))
        .filter(earlier)
        .one(tx.db())
        .await?;
    if let Some(part) = part {
        let message = say!("industry-part-began-before", name = part.name);
        return Err(Error::field("from", ErrorCode::WrongStep, message));
    }
    if units_of(tx, id).await?.iter().any(|unit| unit.from_on < first) {
        return Err(Error::field("from", ErrorCode::WrongStep, say!("industry-unit-began-before")));
    }
    record::nothing_outside(tx, id.0, (Some(first), None), "from").await
}

async fn units_of(tx: &Tx, id: IndustryId) -> Result<Vec<industry_unit::Model>> {
    Ok(industry_unit::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(industry_unit::Column::IndustryId.eq(id))
        .all(tx.db())
        .await?)
}

/// Refuses a parent that is the industry itself or one of its parts, at any depth.
async fn not_below_itself(tx: &Tx, id: IndustryId, above: Option<IndustryId>) -> Result<()> {
    let (mut next, mut seen) = (above, BTreeSet::from([id]));
    while let Some(at) = next {
        if !seen.insert(at) {
            return Err(Error::field("parent", ErrorCode::Invalid, say!("industry-part-of-itself")));
        }
        next = roster::known::<industry::Entity>(tx, at.0, "parent").await?.parent_id;
    }
    Ok(())
}

/// Input of `industryEnd`: the industry to end; its parks and operators end with it.
/// 终止产业的输入;其园区和经营主体同时终止。
#[derive(InputObject, Serialize)]
#[graphql(name = "IndustryEndInput")]
pub struct IndustryEnd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Industry to end.
    /// 要终止的产业。
    pub industry: ID,
    /// Last day of the industry; no link, record or part may last longer.
    /// 产业终止日期;其结对、记录和下级产业不得晚于该日。
    pub to: Date,
}

impl Act for IndustryEnd {
    const NAME: &'static str = "industryEnd";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = key(&self.industry, "industry")?;
        let row = roster::kept::<industry::Entity>(tx, id.0, "industry").await?;
        roster::still_open(row.to_on, "industry")?;
        check::ends_after("to", row.from_on.unwrap_or(BEGINNING), Some(self.to))?;
        record::nothing_outside(tx, id.0, (None, Some(self.to)), "to").await?;
        none_below_after(tx, id, self.to).await?;
        let units = units_of(tx, id).await?.into_iter();
        for unit in units.filter(|unit| unit.to_on.is_none_or(|last| last > self.to)) {
            end_unit(tx, unit, self.to).await?;
        }
        let row = tx.update(industry::ActiveModel { to_on: Set(Some(self.to)), ..row.into() }).await?;
        tx.changed(&row, Moves::default()).await?;
        Ok(Subject { of: SourceType::Industry, id: id.0 })
    }
}

/// Refuses a last day that a part of the industry outlasts.
async fn none_below_after(tx: &Tx, id: IndustryId, last: Date) -> Result<()> {
    let below = industry::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(industry::Column::ParentId.eq(id))
        .filter(roster::outlasts(industry::Column::ToOn, last))
        .one(tx.db())
        .await?;
    roster::parts_end_first(below.as_ref().map(|part| part.name.as_str()))
}

async fn end_unit(tx: &mut Tx, row: industry_unit::Model, to: Date) -> Result<()> {
    check::ends_after("to", row.from_on, Some(to))?;
    let row = tx.update(industry_unit::ActiveModel { to_on: Set(Some(to)), ..row.into() }).await?;
    tx.changed(&row, Moves::default()).await
}

/// Input of `industryUnitAdd`: the park or operator to add.
/// 新增园区或经营主体的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "IndustryUnitAddInput")]
pub struct IndustryUnitAdd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Industry that the park or operator belongs to.
    /// 园区或经营主体所属的产业。
    pub industry: ID,
    /// Kind: park or operator.
    /// 类型:园区或经营主体。
    pub kind: IndustryUnitKind,
    /// Name, unique among the industry's units of this kind.
    /// 名称,在同一产业同一类型内唯一。
    pub name: String,
    /// Region in which the park or operator lies, within the industry's region.
    /// 所在区划,须在产业所属区划之内。
    pub region: ID,
    /// First day of the park or operator.
    /// 开始日期。
    pub from: Date,
}

impl Act for IndustryUnitAdd {
    const NAME: &'static str = "industryUnitAdd";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = key(&self.industry, "industry")?;
        let industry = roster::kept::<industry::Entity>(tx, id.0, "industry").await?;
        check::day("from", self.from)?;
        roster::still_open(industry.to_on, "industry")?;
        is_part_of(Some(self.from), &industry, "from")?;
        let region = region::known(tx, region::key(&self.region, "region")?, "region").await?;
        if !region::lies_in(&region, industry.region_id) {
            return Err(Error::field("region", ErrorCode::Invalid, say!("industry-unit-outside")));
        }
        if let Some(last) = region.valid_to {
            let message = say!("region-ends", name = region.name, last = last);
            return Err(Error::field("region", ErrorCode::NotEligible, message));
        }
        let row = tx
            .insert(industry_unit::ActiveModel {
                id: Set(IndustryUnitId::fresh()),
                industry_id: Set(id),
                kind: Set(self.kind),
                name: Set(check::name("name", &self.name)?),
                region_id: Set(region.id),
                from_on: Set(self.from),
                to_on: Set(None),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        tx.created(&row);
        Ok(Subject { of: SourceType::IndustryUnit, id: row.id.0 })
    }
}

/// Input of `industryUnitEnd`: the park or operator to end.
/// 终止园区或经营主体的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "IndustryUnitEndInput")]
pub struct IndustryUnitEnd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Park or operator to end.
    /// 要终止的园区或经营主体。
    pub industry_unit: ID,
    /// Last day of the park or operator.
    /// 园区或经营主体的终止日期。
    pub to: Date,
}

impl Act for IndustryUnitEnd {
    const NAME: &'static str = "industryUnitEnd";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = unit_key(&self.industry_unit)?;
        let row = roster::kept::<industry_unit::Entity>(tx, id.0, "industryUnit").await?;
        roster::still_open(row.to_on, "industryUnit")?;
        end_unit(tx, row, self.to).await?;
        Ok(Subject { of: SourceType::IndustryUnit, id: id.0 })
    }
}
