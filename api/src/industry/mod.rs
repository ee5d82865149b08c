//! Industries 产业 of a county, with their tiers, parks 园区 and operators 经营主体.

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

/// An industry of a county.
/// 县域产业。
#[derive(Description)]
pub struct Industry(pub industry::Model);

#[Object(use_type_description)]
impl Industry {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Industry, self.0.id).into()
    }

    /// Name of the industry.
    /// 产业名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Tier in the county's system, counted from 1; in "2+3+3" from 1 to 3. Null if none was given.
    /// 在全县产业体系中的层次,从1起计;如“2+3+3”为1至3。未填写时为空。
    async fn tier(&self) -> Option<i32> {
        self.0.tier
    }

    /// Industry of which this one is a part; null if there is none.
    /// 上级产业;没有时为空。
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.parent_id?).await.transpose()
    }

    /// First day of the industry; null if the industry is older than the records.
    /// 产业开始日期;早于台账记录时为空。
    async fn from(&self) -> Option<Date> {
        self.0.from_on
    }

    /// Last day of the industry; null while no end is set.
    /// 产业终止日期;未终止时为空。
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }

    /// Region that the industry belongs to: a county, as a rule.
    /// 产业所属区划,一般为县。
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id).await.transpose()
    }

    /// Parks and operators of the industry, including past ones.
    /// 产业的园区和经营主体,含已终止的。
    async fn units(&self, ctx: &Context<'_>) -> Result<Vec<IndustryUnit>> {
        let rows = loader::many(ctx.rows()?, UnitsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(IndustryUnit).collect())
    }
}

/// A park or an operator of an industry.
/// 产业的园区或经营主体。
#[derive(Description)]
pub struct IndustryUnit(pub industry_unit::Model);

#[Object(use_type_description)]
impl IndustryUnit {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::IndustryUnit, self.0.id).into()
    }

    /// Industry that the park or operator belongs to.
    /// 所属产业。
    async fn industry(&self, ctx: &Context<'_>) -> Option<Result<Industry>> {
        by_id(ctx, self.0.industry_id).await.transpose()
    }

    /// Name of the park or operator.
    /// 园区或经营主体名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Kind: park or operator.
    /// 类型:园区或经营主体。
    async fn kind(&self) -> IndustryUnitKind {
        self.0.kind
    }

    /// Region in which the park or operator lies.
    /// 所在区划。
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id).await.transpose()
    }

    /// First day of the park or operator.
    /// 开始日期。
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day of the park or operator; null while no end is set.
    /// 终止日期;未终止时为空。
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }
}

/// Conditions on industries; an industry must pass all that are given.
/// 产业筛选条件,须同时满足。
#[derive(InputObject, Default)]
pub struct IndustryFilter {
    /// Only industries of this region or of one below it.
    /// 仅限该区划及其下级的产业。
    region: Option<ID>,
    /// Only industries of this tier in the county's system.
    /// 仅限该层次的产业。
    tier: Option<i32>,
    /// Only industries whose name contains this text, in characters, pinyin or initials.
    /// 仅限名称包含该文字的产业,可用汉字、拼音或首字母。
    name_contains: Option<String>,
}

/// Sort key of industries.
/// 产业的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum IndustrySort {
    /// By order of entry.
    /// 按录入顺序。
    #[default]
    Entered,
    /// By name.
    /// 按名称。
    Name,
}

#[derive(Default)]
pub struct IndustryQuery;

#[Object]
impl IndustryQuery {
    /// One industry; null if there is none with this id.
    /// 查询一个产业;没有该标识时为空。
    async fn industry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the industry.\n产业的全局标识。")] id: ID,
    ) -> Option<Result<Industry>> {
        match Gid::parse(&id, "id", &[SourceType::Industry]) {
            Ok(gid) => Industry::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Industries that pass the filter.
    /// 符合筛选条件的产业列表。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn industries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which industries to list; all if absent.\n筛选条件,默认全部。")] filter: Option<
            IndustryFilter,
        >,
        #[graphql(desc = "Sort key; by order of entry if absent.\n排序字段,默认按录入顺序。")]
        order_by: Option<IndustrySort>,
        #[graphql(desc = "Direction; ascending if absent.\n排序方向,默认升序。")] direction: Option<
            Direction,
        >,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 20 if absent.\n从头取的条数,1至100,默认20。"
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor after which the page begins.\n起始游标。")] after: Option<String>,
        #[graphql(desc = "Number of items from the end, 1 to 100.\n从尾取的条数,1至100。")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.\n截止游标。")] before: Option<String>,
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

/// Finds an industry by id.
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
