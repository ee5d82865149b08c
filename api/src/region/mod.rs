//! Regions 行政区划 and villages: the tree of places. A parent is a row, never inferred from the prefix of a code;
//! ancestors are columns, so that a subtree is one index range.

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
use crate::roster;
use platform::error::Result;
use platform::gid::Gid;

pub use ledger::{Ledger, LedgerMutation, LedgerOpen, LedgerPayload};
pub use mutation::{
    RegionCreate, RegionDesignate, RegionImport, RegionMutation, RegionPayload, RegionRow, VillageDescribe,
    ledger_of,
};
pub use rows::{Described, ids_by_code, kept, known, lasting, lies_in};

/// A region of the tree of places.
/// 行政区划。
#[derive(Description)]
pub struct Region(pub region::Model);

#[Object(use_type_description)]
impl Region {
    /// Global id; it stays when the region is renamed or recoded.
    /// 全局标识;更名、改码后不变。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Region, self.0.id).into()
    }

    /// Statistical code of twelve digits; null for a region without one.
    /// 统计用区划代码,十二位;没有代码的为空。
    async fn code(&self) -> Option<&RegionCode> {
        self.0.code.as_ref()
    }

    /// Level in the tree.
    /// 行政层级。
    async fn level(&self) -> RegionLevel {
        self.0.level
    }

    /// Name of the region.
    /// 区划名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Region right above; null for a province.
    /// 上级区划;省级为空。
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.parent_id?).await.transpose()
    }

    /// Province in which the region lies, or the region itself.
    /// 所在省,或区划本身。
    async fn province(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.province_id?).await.transpose()
    }

    /// City in which the region lies, or the region itself; null above that level.
    /// 所在市,或区划本身;层级更高的为空。
    async fn city(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.city_id?).await.transpose()
    }

    /// County in which the region lies, or the region itself; null above that level.
    /// 所在县,或区划本身;层级更高的为空。
    async fn county(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.county_id?).await.transpose()
    }

    /// Township in which the region lies, or the region itself; null above that level.
    /// 所在乡镇,或区划本身;层级更高的为空。
    async fn township(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.township_id?).await.transpose()
    }

    /// First day on which the region is valid.
    /// 有效期起始日。
    async fn valid_from(&self) -> Date {
        self.0.valid_from
    }

    /// Last day on which the region is valid; null while it has no end.
    /// 有效期截止日;仍有效的为空。
    async fn valid_to(&self) -> Option<Date> {
        self.0.valid_to
    }

    /// Region that took this one's place after a merge or an upgrade.
    /// 撤并或升格后的承接区划。
    async fn successor(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.successor_id?).await.transpose()
    }

    /// Dated designations; different ones may overlap.
    /// 认定标签,不同认定的期限可以重叠。
    async fn designations(&self, ctx: &Context<'_>) -> Result<Vec<Designation>> {
        let rows = loader::many(ctx.rows()?, RegionDesignationsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Description of a village; null for other regions and for villages not described.
    /// 村情;非村级区划或未登记的为空。
    async fn village(&self, ctx: &Context<'_>) -> Option<Result<Village>> {
        let row = match ctx.rows() {
            Ok(rows) => loader::one(rows, VillageOf(self.0.id)).await,
            Err(error) => Err(error),
        };
        row.map(|row| row.map(Village)).transpose()
    }
}

/// Description of a village.
/// 村情。
#[derive(Description)]
pub struct Village(village::Model);

#[Object(use_type_description)]
impl Village {
    /// Number of inhabitants; null if unknown.
    /// 人口数;未知的为空。
    async fn population(&self) -> Option<i32> {
        self.0.population
    }

    /// Number of households; null if unknown.
    /// 户数;未知的为空。
    async fn household_count(&self) -> Option<i32> {
        self.0.household_count
    }

    /// Difficulties of the village, in words.
    /// 困难情况说明。
    async fn difficulty(&self) -> Option<&str> {
        self.0.difficulty.as_deref()
    }
}

/// A dated designation of a household or a region.
/// 农户或区划的认定,有起止日期。
#[derive(Description)]
pub struct Designation {
    category: entity::ids::CategoryId,
    from_on: Date,
    to_on: Option<Date>,
}

#[Object(use_type_description)]
impl Designation {
    /// Code of the designation, such as `POOR` or `EXITED`.
    /// 认定代码,如POOR、EXITED。
    async fn code(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.named(ctx).await.map(|row| row.map(|row| row.code)).transpose()
    }

    /// Name of the designation.
    /// 认定名称。
    async fn name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.named(ctx).await.map(|row| row.map(|row| row.name)).transpose()
    }

    /// First day of the designation.
    /// 认定起始日。
    async fn from(&self) -> Date {
        self.from_on
    }

    /// Last day of the designation; null while it has no end.
    /// 认定截止日;仍有效的为空。
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

/// Conditions on regions; a region must meet all of them.
/// 区划的筛选条件,须全部满足。
#[derive(InputObject, Default)]
pub struct RegionFilter {
    /// Only the region with this statistical code.
    /// 仅此统计用区划代码。
    code: Option<RegionCode>,
    /// Only regions of this level.
    /// 仅此层级。
    level: Option<RegionLevel>,
    /// Only regions right below this one, by global id.
    /// 仅此区划的直接下级,按全局标识。
    parent: Option<ID>,
    /// Only this region and the regions below it at any depth, by global id.
    /// 仅此区划及其以下各级区划,按全局标识。
    within: Option<ID>,
    /// Only regions whose name contains this text: characters, pinyin or initials of pinyin.
    /// 名称包含此文字、拼音或拼音首字母。
    name_contains: Option<String>,
}

/// Sort key of a list of regions.
/// 区划列表的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum RegionSort {
    /// By order of entry; regions of a national list keep the order of the list.
    /// 按录入顺序;全国名录按名录顺序。
    #[default]
    Entered,
    /// By name.
    /// 按名称。
    Name,
}

#[derive(Default)]
pub struct RegionQuery;

#[Object]
impl RegionQuery {
    /// Returns one region, by global id or by statistical code.
    /// 按全局标识或统计代码查询一个区划。
    async fn region(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id or statistical code of the region.\n区划的全局标识或统计代码。")]
        by: RegionKey,
    ) -> Option<Result<Region>> {
        match by {
            RegionKey::Id(id) => match Gid::parse(&id, "by.id", &[SourceType::Region]) {
                Ok(gid) => Region::reread(ctx, gid.ledger, gid.id).await.transpose(),
                Err(error) => Some(Err(error)),
            },
            RegionKey::Code(code) => by_code(ctx, code).await.transpose(),
        }
    }

    /// Lists regions of the tree.
    /// 区划列表。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn regions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which regions to list; all if absent.\n筛选条件,默认全部区划。")] filter: Option<
            RegionFilter,
        >,
        #[graphql(desc = "Sort key; by order of entry if absent.\n排序字段,默认按录入顺序。")]
        order_by: Option<RegionSort>,
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

/// Global id or statistical code of a region.
/// 区划的全局标识或统计代码。
#[derive(async_graphql::OneofObject)]
pub enum RegionKey {
    /// Global id of the region.
    /// 区划的全局标识。
    Id(ID),
    /// Statistical code; it finds only a region whose validity has no end.
    /// 统计用区划代码;仅能找到仍有效的区划。
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

/// Condition on the table of regions: a region is the given one or lies below it.
#[must_use]
pub fn below(above: RegionId) -> sea_orm::Condition {
    use region::Column::{CityId, CountyId, Id, ProvinceId, TownshipId};
    [Id, TownshipId, CountyId, CityId, ProvinceId]
        .into_iter()
        .fold(sea_orm::Condition::any(), |any, column| any.add(column.eq(above)))
}

/// Subquery for the ids of a region and of all regions below it.
#[must_use]
pub fn ids_below(above: RegionId) -> SelectStatement {
    Query::select().column(region::Column::Id).from(region::Entity).cond_where(below(above)).to_owned()
}

/// Id of the region that an input field names.
pub fn key(id: &ID, field: &str) -> Result<RegionId> {
    Gid::parse(id, field, &[SourceType::Region]).map(|gid| RegionId(gid.id))
}

/// The region with this id.
pub async fn by_id(ctx: &Context<'_>, id: RegionId) -> Result<Option<Region>> {
    Ok(loader::one(ctx.rows()?, id).await?.map(Region))
}

async fn by_code(ctx: &Context<'_>, code: RegionCode) -> Result<Option<Region>> {
    let row = region::Entity::whole(&ctx.viewer()?.may(Action::ReadReference)?)
        .filter(region::Column::Code.eq(code))
        .filter(roster::lasts(region::Column::ValidTo, ctx.app()?.clock.today()))
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
