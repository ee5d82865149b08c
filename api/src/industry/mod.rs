//! Industries 产业 of a county, with their tier, parks and operators.

mod mutation;

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::{IndustryId, IndustryUnitId, LedgerId};
use entity::industry;
use entity::industry_unit::{self, IndustryUnitKind};
use entity::values::Date;
use sea_orm::{ColumnTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::access::Action;
use crate::access::scope::Whole;
use crate::ledger::{Draft, Record, code};
use crate::loader::{self, UnitsOf};
use crate::mutation::{Asking, Reread};
use crate::name;
use crate::page::{self, Direction, Nodes, Page, Sort};
use crate::region::{self, Region};
use platform::check::BEGINNING;
use platform::error::Result;
use platform::gid::Gid;

pub use mutation::{
    IndustryCreate, IndustryEnd, IndustryMutation, IndustryPayload, IndustryUnitAdd, IndustryUnitEnd,
    IndustryUnitPayload, IndustryUpdate,
};

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

    /// First day, where it is known 起.
    async fn from(&self) -> Option<Date> {
        self.0.from_on
    }

    /// Last day, where it has ended 止.
    async fn to(&self) -> Option<Date> {
        self.0.to_on
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
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day, where it has ended 止.
    async fn to(&self) -> Option<Date> {
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
    /// Whose name contains this, in characters, pinyin or initials 名称.
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
            Ok(gid) => Industry::reread(ctx, gid.ledger, gid.id).await.transpose(),
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
    ) -> Option<Result<Nodes<Industry>>> {
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = selected(ctx, filter.unwrap_or_default())?;
            let by = match order_by.unwrap_or_default() {
                IndustrySort::Entered => industry::Column::Id,
                IndustrySort::Name => industry::Column::Name,
            };
            let sort = Sort { by, id: industry::Column::Id, direction: direction.unwrap_or_default() };
            page::read(&ctx.app()?.db, rows, sort, page, Industry).await
        };
        Some(page.await)
    }
}

fn selected(ctx: &Context<'_>, filter: IndustryFilter) -> Result<Select<industry::Entity>> {
    use industry::Column;
    let scope = ctx.viewer()?.may(Action::ReadReference)?;
    let mut rows = industry::Entity::whole(&scope);
    if let Some(region) = filter.region {
        let below = region::ids_below(region::key(&region, "filter.region")?);
        rows = rows.filter(Column::RegionId.in_subquery(below));
    }
    if let Some(tier) = filter.tier {
        rows = rows.filter(Column::Tier.eq(tier));
    }
    if let Some(part) = filter.name_contains {
        rows = rows.filter(name::named(&scope, SourceType::Industry, Column::Id, &part)?);
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
            Draft::new(
                SourceType::Industry,
                self.id,
                Step::Recorded,
                self.region_id,
                self.from_on.unwrap_or(BEGINNING),
            )
            .until(self.to_on)
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
