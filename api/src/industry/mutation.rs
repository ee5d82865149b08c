//! Acts on industries: entering, changing and ending one, with its parks and operators.

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

payload!(
    /// An industry, or what is to be mended 产业结果.
    IndustryPayload {
        /// The industry as it is now 产业.
        industry: Industry
    }
);

payload!(
    /// A park or an operator, or what is to be mended 园区·经营主体结果.
    IndustryUnitPayload {
        /// The park or operator as it is now 园区·经营主体.
        industry_unit: IndustryUnit
    }
);

#[derive(Default)]
pub struct IndustryMutation;

#[Object]
impl IndustryMutation {
    /// Enters an industry in its region 新增产业.
    async fn industry_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: IndustryCreate,
    ) -> Option<async_graphql::Result<IndustryPayload>> {
        run(ctx, region::ledger_of(ctx, &input.region, "region").await, input).await
    }

    /// Adds a park or an operator to an industry 新增园区·经营主体.
    async fn industry_unit_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: IndustryUnitAdd,
    ) -> Option<async_graphql::Result<IndustryUnitPayload>> {
        run(ctx, ledger_of(ctx, &input.industry, "industry").await, input).await
    }

    /// Changes what is said of an industry; absent fields stay 产业变更.
    async fn industry_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: IndustryUpdate,
    ) -> Option<async_graphql::Result<IndustryPayload>> {
        run(ctx, ledger_of(ctx, &input.industry, "industry").await, input).await
    }

    /// Ends an industry: from the day after, nothing can be linked to it 产业终止.
    async fn industry_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: IndustryEnd,
    ) -> Option<async_graphql::Result<IndustryPayload>> {
        run(ctx, ledger_of(ctx, &input.industry, "industry").await, input).await
    }

    /// Ends a park or an operator 园区·经营主体终止.
    async fn industry_unit_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: IndustryUnitEnd,
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

/// An industry to be entered 新增产业.
#[derive(InputObject, Serialize)]
#[graphql(name = "IndustryCreateInput")]
pub struct IndustryCreate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// The county it belongs to 所在区划.
    pub region: ID,
    /// Name, once in a region 名称.
    pub name: String,
    /// Tier in the county's system, counted from 1: in "2+3+3" from 1 to 3 层次.
    pub tier: Option<i32>,
    /// The industry it is part of 上级产业.
    pub parent: Option<ID>,
    /// First day; older than the records where absent 起.
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
                id: Set(IndustryId(check::id(self.id)?)),
                region_id: Set(region.id),
                name: Set(check::text("name", &self.name)?),
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
        Some(..1) => Err(Error::field("tier", ErrorCode::Invalid, "tiers are counted from 1")),
        tier => Ok(tier),
    }
}

/// The industry that another one is a part of, from its first day on.
async fn parent(tx: &Tx, parent: Option<&ID>, from: Option<Date>) -> Result<Option<IndustryId>> {
    let Some(parent) = parent else { return Ok(None) };
    let row = roster::known::<industry::Entity>(tx, key(parent, "parent")?.0, "parent").await?;
    roster::still_open(row.to_on, "parent")?;
    is_part_of(from, &row, "parent")?;
    Ok(Some(row.id))
}

/// A part does not begin before the whole.
fn is_part_of(from: Option<Date>, whole: &industry::Model, field: &str) -> Result<()> {
    match whole.from_on {
        Some(first) if from.is_none_or(|from| from < first) => {
            let message =
                format!("`{}` begins on {first}: what is a part of it begins no earlier", whole.name);
            Err(Error::field(field, ErrorCode::Invalid, message))
        }
        _ => Ok(()),
    }
}

/// What changes in an industry 产业变更.
#[derive(InputObject, Serialize)]
#[graphql(name = "IndustryUpdateInput")]
pub struct IndustryUpdate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which industry 产业.
    pub industry: ID,
    /// Name, once in a region 名称.
    pub name: Option<String>,
    /// Tier in the county's system, counted from 1 层次.
    pub tier: MaybeUndefined<i32>,
    /// The industry it is part of 上级产业.
    pub parent: MaybeUndefined<ID>,
    /// First day; null for older than the records 起.
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
            row.name = Set(check::text("name", name)?);
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

/// No industry begins after its parts, parks, operators, links and work.
async fn none_earlier(tx: &Tx, id: IndustryId, first: Date) -> Result<()> {
    let earlier =
        Condition::any().add(industry::Column::FromOn.is_null()).add(industry::Column::FromOn.lt(first));
    let part = industry::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(industry::Column::ParentId.eq(id))
        .filter(earlier)
        .one(tx.db())
        .await?;
    if let Some(part) = part {
        let message = format!("`{}` is a part of it and began before this day", part.name);
        return Err(Error::field("from", ErrorCode::WrongStep, message));
    }
    if units_of(tx, id).await?.iter().any(|unit| unit.from_on < first) {
        let message = "it has parks or operators that began before this day";
        return Err(Error::field("from", ErrorCode::WrongStep, message));
    }
    record::nothing_outside(tx, id.0, (Some(first), None), "from").await
}

async fn units_of(tx: &Tx, id: IndustryId) -> Result<Vec<industry_unit::Model>> {
    Ok(industry_unit::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(industry_unit::Column::IndustryId.eq(id))
        .all(tx.db())
        .await?)
}

/// No industry is part of itself, however far up.
async fn not_below_itself(tx: &Tx, id: IndustryId, above: Option<IndustryId>) -> Result<()> {
    let mut next = above;
    while let Some(at) = next {
        if at == id {
            return Err(Error::field("parent", ErrorCode::Invalid, "an industry is no part of itself"));
        }
        next = roster::known::<industry::Entity>(tx, at.0, "parent").await?.parent_id;
    }
    Ok(())
}

/// The end of an industry, and of its parks and operators with it 产业终止.
#[derive(InputObject, Serialize)]
#[graphql(name = "IndustryEndInput")]
pub struct IndustryEnd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which industry 产业.
    pub industry: ID,
    /// Last day 止.
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

/// No industry outlasts the one that it is a part of.
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

/// A park or an operator to be added 新增园区·经营主体.
#[derive(InputObject, Serialize)]
#[graphql(name = "IndustryUnitAddInput")]
pub struct IndustryUnitAdd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which industry 产业.
    pub industry: ID,
    /// Park or operator 类型.
    pub kind: IndustryUnitKind,
    /// Name, once in an industry and kind 名称.
    pub name: String,
    /// Where it is, within the industry's region 所在区划.
    pub region: ID,
    /// First day 起.
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
        if industry.from_on.is_some_and(|first| self.from < first) {
            let message = "the industry was not there on the first day yet";
            return Err(Error::field("from", ErrorCode::Invalid, message));
        }
        let region = region::known(tx, region::key(&self.region, "region")?, "region").await?;
        if !region::lies_in(&region, industry.region_id) {
            let message = "it lies outside the industry's region";
            return Err(Error::field("region", ErrorCode::Invalid, message));
        }
        if region.valid_to.is_some() {
            let message = "the region ends: name the one that takes its place";
            return Err(Error::field("region", ErrorCode::NotEligible, message));
        }
        let row = tx
            .insert(industry_unit::ActiveModel {
                id: Set(IndustryUnitId::fresh()),
                industry_id: Set(id),
                kind: Set(self.kind),
                name: Set(check::text("name", &self.name)?),
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

/// The end of a park or an operator 园区·经营主体终止.
#[derive(InputObject, Serialize)]
#[graphql(name = "IndustryUnitEndInput")]
pub struct IndustryUnitEnd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which park or operator 园区·经营主体.
    pub industry_unit: ID,
    /// Last day 止.
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
