//! Industries 产业 of a county, with their tier, parks and operators.

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use chrono::NaiveDate;
use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::{IndustryId, IndustryUnitId, LedgerId};
use entity::industry;
use entity::industry_unit::{self, IndustryUnitKind};
use sea_orm::{ColumnTrait, QueryFilter, Select, Set};
use serde::Serialize;
use uuid::Uuid;

use crate::access::Action;
use crate::access::scope::Whole;
use crate::check;
use crate::error::{Error, ErrorCode, Result};
use crate::gid::Gid;
use crate::ledger::{Act, BEGINNING, Draft, Record, Subject, Tx, code};
use crate::loader::{self, UnitsOf};
use crate::mutation::{Asking, Reread, home, run};
use crate::page::{self, Direction, Nodes, Page, Sort};
use crate::payload;
use crate::region::{self, Region};
use crate::roster;

/// An industry of a county 产业.
#[derive(Description)]
pub struct Industry(pub industry::Model);

#[Object(use_type_description)]
impl Industry {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Industry, self.0.id).into()
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Tier in the county's system, counted from 1: in "2+3+3" from 1 to 3 层次.
    async fn tier(&self) -> Option<i32> {
        self.0.tier
    }

    /// The industry it is part of 上级产业.
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.parent_id?).await.transpose()
    }

    /// The county it belongs to 所在区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id).await.transpose()
    }

    /// Its parks and operators, also past ones 园区与经营主体.
    async fn units(&self, ctx: &Context<'_>) -> Result<Vec<IndustryUnit>> {
        let rows = loader::many(ctx.rows()?, UnitsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(IndustryUnit).collect())
    }
}

/// A park or an operator of an industry 园区·经营主体.
#[derive(Description)]
pub struct IndustryUnit(pub industry_unit::Model);

#[Object(use_type_description)]
impl IndustryUnit {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::IndustryUnit, self.0.id).into()
    }

    /// The industry it belongs to 所属产业.
    async fn industry(&self, ctx: &Context<'_>) -> Option<Result<Industry>> {
        by_id(ctx, self.0.industry_id).await.transpose()
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Park or operator 类型.
    async fn kind(&self) -> IndustryUnitKind {
        self.0.kind
    }

    /// Where it is 所在区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id).await.transpose()
    }

    /// First day 起.
    async fn from(&self) -> NaiveDate {
        self.0.from_on
    }

    /// Last day, where it has ended 止.
    async fn to(&self) -> Option<NaiveDate> {
        self.0.to_on
    }
}

/// Which industries 产业筛选.
#[derive(InputObject, Default)]
pub struct IndustryFilter {
    /// Of this region, or of one below it 所在区划.
    region: Option<ID>,
    /// Of this tier in the county's system 层次.
    tier: Option<i32>,
    /// Whose name contains this 名称.
    name_contains: Option<String>,
}

/// Sort key of industries 产业排序.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum IndustrySort {
    /// As entered 录入顺序.
    #[default]
    Entered,
    /// By name 名称.
    Name,
}

#[derive(Default)]
pub struct IndustryQuery;

#[Object]
impl IndustryQuery {
    /// One industry 产业.
    async fn industry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id")] id: ID,
    ) -> Option<Result<Industry>> {
        match Gid::parse(&id, "id", &[SourceType::Industry]) {
            Ok(gid) => by_id(ctx, IndustryId(gid.id)).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Industries 产业列表.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn industries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which industries; all where absent")] filter: Option<IndustryFilter>,
        #[graphql(desc = "Sort key; as entered where absent")] order_by: Option<IndustrySort>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
    ) -> Result<Nodes<Industry>> {
        let page = Page::of(first, after, last, before)?;
        let rows = selected(ctx, filter.unwrap_or_default())?;
        let by = match order_by.unwrap_or_default() {
            IndustrySort::Entered => industry::Column::Id,
            IndustrySort::Name => industry::Column::Name,
        };
        let sort = Sort { by, id: industry::Column::Id, direction: direction.unwrap_or_default() };
        page::read(&ctx.app()?.db.read, rows, sort, page, Industry).await
    }
}

fn selected(ctx: &Context<'_>, filter: IndustryFilter) -> Result<Select<industry::Entity>> {
    use industry::Column;
    let mut rows = industry::Entity::whole(&ctx.viewer()?.may(Action::ReadReference)?);
    if let Some(region) = filter.region {
        let below = region::ids_below(region::key(&region, "filter.region")?);
        rows = rows.filter(Column::RegionId.in_subquery(below));
    }
    if let Some(tier) = filter.tier {
        rows = rows.filter(Column::Tier.eq(tier));
    }
    if let Some(part) = filter.name_contains {
        rows = rows.filter(roster::contains(ctx.app()?.db.backend(), Column::Name, part));
    }
    Ok(rows)
}

fn key(id: &ID, field: &str) -> Result<IndustryId> {
    Gid::parse(id, field, &[SourceType::Industry]).map(|gid| IndustryId(gid.id))
}

/// An industry by its id.
pub async fn by_id(ctx: &Context<'_>, id: IndustryId) -> Result<Option<Industry>> {
    Ok(loader::one(ctx.rows()?, id).await?.map(Industry))
}

impl Reread for Industry {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        ctx.viewer()?.may(Action::ReadReference)?;
        by_id(ctx, IndustryId(id)).await
    }
}

impl Reread for IndustryUnit {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        ctx.viewer()?.may(Action::ReadReference)?;
        Ok(loader::one(ctx.rows()?, IndustryUnitId(id)).await?.map(Self))
    }
}

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
    ) -> async_graphql::Result<IndustryPayload> {
        run(ctx, region::ledger_of(ctx, &input.region, "region").await, input).await
    }

    /// Adds a park or an operator to an industry 新增园区·经营主体.
    async fn industry_unit_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: IndustryUnitAdd,
    ) -> async_graphql::Result<IndustryUnitPayload> {
        run(ctx, ledger_of(ctx, &input.industry, "industry").await, input).await
    }
}

async fn ledger_of(ctx: &Context<'_>, industry: &ID, field: &str) -> Result<LedgerId> {
    let row = loader::one(ctx.rows()?, key(industry, field)?).await?.ok_or_else(|| Error::missing(field))?;
    home(&ctx.app()?.db.read, row.region_id, field).await
}

/// An industry to be entered 新增产业.
#[derive(InputObject, Serialize)]
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
}

impl Act for IndustryCreate {
    const NAME: &'static str = "industryCreate";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let region = region::kept(tx, region::key(&self.region, "region")?, "region").await?;
        if self.tier.is_some_and(|tier| tier < 1) {
            return Err(Error::field("tier", ErrorCode::Invalid, "tiers are counted from 1"));
        }
        let row = tx
            .insert(industry::ActiveModel {
                id: Set(IndustryId(check::id(self.id)?)),
                region_id: Set(region.id),
                name: Set(check::text("name", &self.name)?),
                tier: Set(self.tier),
                parent_id: Set(self.parent(tx).await?),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        tx.created(&row);
        tx.tick_reference().await?;
        Ok(Subject { of: SourceType::Industry, id: row.id.0 })
    }
}

impl IndustryCreate {
    async fn parent(&self, tx: &Tx) -> Result<Option<IndustryId>> {
        let Some(parent) = &self.parent else { return Ok(None) };
        let id = key(parent, "parent")?;
        let row = roster::known::<industry::Entity>(tx, id.0, "parent").await?;
        Ok(Some(row.id))
    }
}

/// A park or an operator to be added 新增园区·经营主体.
#[derive(InputObject, Serialize)]
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
    pub from: NaiveDate,
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
        let region = region::known(tx, region::key(&self.region, "region")?, "region").await?;
        if !region::lies_in(&region, industry.region_id) {
            let message = "it lies outside the industry's region";
            return Err(Error::field("region", ErrorCode::Invalid, message));
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
        tx.tick_reference().await?;
        Ok(Subject { of: SourceType::IndustryUnit, id: row.id.0 })
    }
}

impl Record for industry::Model {
    fn of(&self) -> SourceType {
        SourceType::Industry
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        let tier = self.tier.map(|tier| tier.to_string()).unwrap_or_default();
        vec![
            Draft::new(SourceType::Industry, self.id, Step::Recorded, self.region_id, BEGINNING)
                .category(tier)
                .refers([(RefRole::TargetIndustry, self.id.0)]),
        ]
    }
}

impl Record for industry_unit::Model {
    fn of(&self) -> SourceType {
        SourceType::IndustryUnit
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        vec![
            Draft::new(SourceType::IndustryUnit, self.id, Step::Recorded, self.region_id, self.from_on)
                .until(self.to_on)
                .kind(code(&self.kind))
                .refers([(RefRole::TargetIndustry, self.industry_id.0)]),
        ]
    }
}
