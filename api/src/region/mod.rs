//! Regions 行政区划 and villages: the tree of places that everything else hangs on.
//! A parent is a row, never a prefix of a code; ancestors are columns, so that a subtree is one index range.

mod later;
mod ledger;
mod mutation;
mod rows;

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use entity::fact::SourceType;
use entity::ids::{LedgerId, RegionId};
use entity::region::{self, RegionLevel};
use entity::values::{Date, RegionCode};
use entity::{category, region_designation, village};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::access::Action;
use crate::access::scope::Whole;
use crate::loader::{self, RegionDesignationsOf, VillageOf};
use crate::mutation::{Asking, Reread};
use crate::name;
use crate::page::{self, Direction, Nodes, Page, Sort};
use platform::error::Result;
use platform::gid::Gid;

pub use ledger::{Ledger, LedgerMutation, LedgerOpen, LedgerPayload};
pub use mutation::{
    RegionCreate, RegionDesignate, RegionImport, RegionMutation, RegionPayload, RegionRow, VillageDescribe,
    ledger_of,
};
pub use rows::{Described, ids_by_code, kept, known, lasting, lies_in};

/// A region of the tree of places 行政区划.
#[derive(Description)]
pub struct Region(pub region::Model);

#[Object(use_type_description)]
impl Region {
    /// Global id; it survives renaming and recoding.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Region, self.0.id).into()
    }

    /// Statistical code, where there is one 统计用区划代码.
    async fn code(&self) -> Option<&RegionCode> {
        self.0.code.as_ref()
    }

    /// Level in the tree 层级.
    async fn level(&self) -> RegionLevel {
        self.0.level
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The region right above 上级.
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.parent_id?).await.transpose()
    }

    /// The province above, or itself 省.
    async fn province(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.province_id?).await.transpose()
    }

    /// The city above, or itself 市.
    async fn city(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.city_id?).await.transpose()
    }

    /// The county above, or itself 县.
    async fn county(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.county_id?).await.transpose()
    }

    /// The township above, or itself 乡镇.
    async fn township(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.township_id?).await.transpose()
    }

    /// First day of validity 有效期起.
    async fn valid_from(&self) -> Date {
        self.0.valid_from
    }

    /// Last day of validity, where it has ended 有效期止.
    async fn valid_to(&self) -> Option<Date> {
        self.0.valid_to
    }

    /// The region that took this one's place after a merge or an upgrade 继承区划.
    async fn successor(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.successor_id?).await.transpose()
    }

    /// Dated designations, which may overlap 认定标签.
    async fn designations(&self, ctx: &Context<'_>) -> Result<Vec<Designation>> {
        let rows = loader::many(ctx.rows()?, RegionDesignationsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// What only a village has 村情.
    async fn village(&self, ctx: &Context<'_>) -> Option<Result<Village>> {
        let row = match ctx.rows() {
            Ok(rows) => loader::one(rows, VillageOf(self.0.id)).await,
            Err(error) => Err(error),
        };
        row.map(|row| row.map(Village)).transpose()
    }
}

/// What only a village has 村(社区).
#[derive(Description)]
pub struct Village(village::Model);

#[Object(use_type_description)]
impl Village {
    /// Inhabitants 人口.
    async fn population(&self) -> Option<i32> {
        self.0.population
    }

    /// Households 户数.
    async fn household_count(&self) -> Option<i32> {
        self.0.household_count
    }

    /// What the village finds hard 困难情况.
    async fn difficulty(&self) -> Option<&str> {
        self.0.difficulty.as_deref()
    }
}

/// A dated designation of a household or a region 认定.
#[derive(Description)]
pub struct Designation {
    category: entity::ids::CategoryId,
    from_on: Date,
    to_on: Option<Date>,
}

#[Object(use_type_description)]
impl Designation {
    /// Code of the designation: `EXITED`, `POOR` … 代码.
    async fn code(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.named(ctx).await.map(|row| row.map(|row| row.code)).transpose()
    }

    /// Name of the designation 名称.
    async fn name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.named(ctx).await.map(|row| row.map(|row| row.name)).transpose()
    }

    /// First day 起.
    async fn from(&self) -> Date {
        self.from_on
    }

    /// Last day, where it has ended 止.
    async fn to(&self) -> Option<Date> {
        self.to_on
    }
}

impl Designation {
    #[must_use]
    pub const fn new(category: entity::ids::CategoryId, from_on: Date, to_on: Option<Date>) -> Self {
        Self { category, from_on, to_on }
    }

    async fn named(&self, ctx: &Context<'_>) -> Result<Option<category::Model>> {
        loader::one(ctx.rows()?, self.category).await
    }
}

impl From<region_designation::Model> for Designation {
    fn from(row: region_designation::Model) -> Self {
        Self::new(row.category_id, row.from_on, row.to_on)
    }
}

/// Which regions 区划筛选.
#[derive(InputObject, Default)]
pub struct RegionFilter {
    /// With this statistical code 代码.
    code: Option<RegionCode>,
    /// Of this level 层级.
    level: Option<RegionLevel>,
    /// Right below this region 上级.
    parent: Option<ID>,
    /// Below this region, at any depth 所属.
    within: Option<ID>,
    /// Whose name contains this, in characters, pinyin or initials 名称.
    name_contains: Option<String>,
}

/// Sort key of regions 区划排序.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum RegionSort {
    /// As entered: by code in the national list 录入顺序.
    #[default]
    Entered,
    /// By name 名称.
    Name,
}

#[derive(Default)]
pub struct RegionQuery;

#[Object]
impl RegionQuery {
    /// One region, by id or by code 区划.
    async fn region(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id or its code")] by: RegionKey,
    ) -> Option<Result<Region>> {
        match by {
            RegionKey::Id(id) => match Gid::parse(&id, "by.id", &[SourceType::Region]) {
                Ok(gid) => Region::reread(ctx, gid.ledger, gid.id).await.transpose(),
                Err(error) => Some(Err(error)),
            },
            RegionKey::Code(code) => by_code(ctx, code).await.transpose(),
        }
    }

    /// Regions of the tree 区划列表.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn regions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which regions; all where absent")] filter: Option<RegionFilter>,
        #[graphql(desc = "Sort key; as entered where absent")] order_by: Option<RegionSort>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
    ) -> Option<Result<Nodes<Region>>> {
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = selected(ctx, filter.unwrap_or_default())?;
            let by = match order_by.unwrap_or_default() {
                RegionSort::Entered => region::Column::Id,
                RegionSort::Name => region::Column::Name,
            };
            let sort = Sort { by, id: region::Column::Id, direction: direction.unwrap_or_default() };
            page::read(&ctx.app()?.db, rows, sort, page, Region).await
        };
        Some(page.await)
    }
}

/// How a region is named in a query.
#[derive(async_graphql::OneofObject)]
pub enum RegionKey {
    /// By global id.
    Id(ID),
    /// By statistical code 统计用区划代码; only regions that are valid now have one.
    Code(RegionCode),
}

fn selected(ctx: &Context<'_>, filter: RegionFilter) -> Result<Select<region::Entity>> {
    let scope = ctx.viewer()?.may(Action::ReadReference)?;
    let mut rows = region::Entity::whole(&scope);
    if let Some(code) = filter.code {
        rows = rows.filter(region::Column::Code.eq(code));
    }
    if let Some(level) = filter.level {
        rows = rows.filter(region::Column::Level.eq(level));
    }
    if let Some(parent) = filter.parent {
        rows = rows.filter(region::Column::ParentId.eq(key(&parent, "filter.parent")?));
    }
    if let Some(above) = filter.within {
        rows = rows.filter(below(key(&above, "filter.within")?));
    }
    if let Some(part) = filter.name_contains {
        rows = rows.filter(name::named(&scope, SourceType::Region, region::Column::Id, &part)?);
    }
    Ok(rows)
}

/// A region of the table that is the given one or lies below it.
#[must_use]
pub fn below(above: RegionId) -> sea_orm::Condition {
    use region::Column::{CityId, CountyId, Id, ProvinceId, TownshipId};
    [Id, TownshipId, CountyId, CityId, ProvinceId]
        .into_iter()
        .fold(sea_orm::Condition::any(), |any, column| any.add(column.eq(above)))
}

/// Ids of the regions that are the given one or lie below it, as a subquery.
#[must_use]
pub fn ids_below(above: RegionId) -> SelectStatement {
    Query::select().column(region::Column::Id).from(region::Entity).cond_where(below(above)).to_owned()
}

/// The region that an input field names.
pub fn key(id: &ID, field: &str) -> Result<RegionId> {
    Gid::parse(id, field, &[SourceType::Region]).map(|gid| RegionId(gid.id))
}

/// A region by its id.
pub async fn by_id(ctx: &Context<'_>, id: RegionId) -> Result<Option<Region>> {
    Ok(loader::one(ctx.rows()?, id).await?.map(Region))
}

async fn by_code(ctx: &Context<'_>, code: RegionCode) -> Result<Option<Region>> {
    let row = region::Entity::whole(&ctx.viewer()?.may(Action::ReadReference)?)
        .filter(region::Column::Code.eq(code))
        .filter(region::Column::ValidTo.is_null())
        .one(&ctx.app()?.db)
        .await?;
    Ok(row.map(Region))
}

impl Reread for Region {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        ctx.viewer()?.may(Action::ReadReference)?;
        by_id(ctx, RegionId(id)).await
    }
}
