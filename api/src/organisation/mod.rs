//! Organisations 单位: bodies with a region, which gives them a level, and a system.

mod mutation;
mod rows;

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use entity::fact::SourceType;
use entity::ids::{LedgerId, OrganisationId};
use entity::organisation::{self, OrganisationKind, System};
use entity::values::Date;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::access::Action;
use crate::access::scope::Whole;
use crate::committee::Committee;
use crate::loader::{self, CommitteesOf};
use crate::mutation::{Asking, Reread};
use crate::name;
use crate::page::{self, Direction, Nodes, Page, Sort};
use crate::region::{self, Region};
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

pub use mutation::{
    OrganisationCreate, OrganisationEnd, OrganisationMutation, OrganisationPayload, OrganisationUpdate,
};

/// An organisation, such as a CPPCC body, a department or an enterprise.
/// 单位,如政协机关、政府部门或企业。
#[derive(Description)]
pub struct Organisation(pub organisation::Model);

#[Object(use_type_description)]
impl Organisation {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Organisation, self.0.id).into()
    }

    /// Name of the organisation.
    /// 单位名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Kind of the organisation.
    /// 单位类型。
    async fn kind(&self) -> OrganisationKind {
        self.0.kind
    }

    /// System to which the organisation belongs.
    /// 所属系统。
    async fn system(&self) -> System {
        self.0.system
    }

    /// First day of the organisation; null if it is older than the records.
    /// 成立日期;早于记录的为空。
    async fn from(&self) -> Option<Date> {
        self.0.from_on
    }

    /// Last day of the organisation; null while it has no end.
    /// 撤销日期;未撤销的为空。
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }

    /// Region of the organisation, which gives it its level.
    /// 所在区划,单位层级由此而定。
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id).await.transpose()
    }

    /// Committees of the organisation.
    /// 内设委室。
    async fn committees(&self, ctx: &Context<'_>) -> Result<Vec<Committee>> {
        let rows = loader::many(ctx.rows()?, CommitteesOf(self.0.id)).await?;
        Ok(rows.into_iter().map(Committee).collect())
    }
}

/// Conditions on organisations; an organisation must meet all of them.
/// 单位的筛选条件,须全部满足。
#[derive(InputObject, Default)]
pub struct OrganisationFilter {
    /// Only organisations in this region or below it, by global id.
    /// 仅此区划及其下级区划内的单位,按全局标识。
    region: Option<ID>,
    /// Only organisations of this kind.
    /// 仅此类型。
    kind: Option<OrganisationKind>,
    /// Only organisations of this system.
    /// 仅此系统。
    system: Option<System>,
    /// Only organisations whose name contains this text: characters, pinyin or initials of pinyin.
    /// 名称包含此文字、拼音或拼音首字母。
    name_contains: Option<String>,
}

/// Sort key of a list of organisations.
/// 单位列表的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum OrganisationSort {
    /// By order of entry.
    /// 按录入顺序。
    #[default]
    Entered,
    /// By name.
    /// 按名称。
    Name,
}

#[derive(Default)]
pub struct OrganisationQuery;

#[Object]
impl OrganisationQuery {
    /// Returns one organisation.
    /// 查询一个单位。
    async fn organisation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the organisation.\n单位的全局标识。")] id: ID,
    ) -> Option<Result<Organisation>> {
        match Gid::parse(&id, "id", &[SourceType::Organisation]) {
            Ok(gid) => Organisation::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Lists organisations.
    /// 单位列表。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn organisations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which organisations to list; all if absent.\n筛选条件,默认全部单位。")]
        filter: Option<OrganisationFilter>,
        #[graphql(desc = "Sort key; by order of entry if absent.\n排序字段,默认按录入顺序。")]
        order_by: Option<OrganisationSort>,
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
    ) -> Option<Result<Nodes<Organisation>>> {
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = selected(ctx, filter.unwrap_or_default())?;
            let by = match order_by.unwrap_or_default() {
                OrganisationSort::Entered => organisation::Column::Id,
                OrganisationSort::Name => organisation::Column::Name,
            };
            let sort = Sort { by, id: organisation::Column::Id, direction: direction.unwrap_or_default() };
            page::read(&ctx.app()?.db, rows, sort, page, Organisation).await
        };
        Some(page.await)
    }
}

fn selected(ctx: &Context<'_>, filter: OrganisationFilter) -> Result<Select<organisation::Entity>> {
    use organisation::Column;
    let scope = ctx.viewer()?.may(Action::ReadReference)?;
    let mut rows = organisation::Entity::whole(&scope);
    if let Some(region) = filter.region {
        let below = region::ids_below(region::key(&region, "filter.region")?);
        rows = rows.filter(Column::RegionId.in_subquery(below));
    }
    if let Some(kind) = filter.kind {
        rows = rows.filter(Column::Kind.eq(kind));
    }
    if let Some(system) = filter.system {
        rows = rows.filter(Column::System.eq(system));
    }
    if let Some(part) = filter.name_contains {
        rows = rows.filter(name::named(&scope, SourceType::Organisation, Column::Id, &part)?);
    }
    Ok(rows)
}

/// Subquery for the ids of the organisations in a region or below it.
pub fn ids_in(region: &ID, field: &str) -> Result<SelectStatement> {
    Ok(Query::select()
        .column(organisation::Column::Id)
        .from(organisation::Entity)
        .and_where(organisation::Column::RegionId.in_subquery(region::ids_below(region::key(region, field)?)))
        .to_owned())
}

/// Id of the organisation that an input field names.
pub fn key(id: &ID, field: &str) -> Result<OrganisationId> {
    Gid::parse(id, field, &[SourceType::Organisation]).map(|gid| OrganisationId(gid.id))
}

/// The organisation with this id.
pub async fn by_id(ctx: &Context<'_>, id: OrganisationId) -> Result<Option<Organisation>> {
    Ok(loader::one(ctx.rows()?, id).await?.map(Organisation))
}

impl Reread for Organisation {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        ctx.viewer()?.may(Action::ReadReference)?;
        by_id(ctx, OrganisationId(id)).await
    }
}

/// The ledger that keeps the organisation named in an input.
pub async fn ledger_of(ctx: &Context<'_>, organisation: &ID, field: &str) -> Result<LedgerId> {
    ledger_by_id(ctx, key(organisation, field)?, field).await
}

/// The ledger that keeps an organisation, by its id.
pub async fn ledger_by_id(ctx: &Context<'_>, id: OrganisationId, field: &str) -> Result<LedgerId> {
    Ok(loader::one(ctx.rows()?, id).await?.ok_or_else(|| Error::missing(field))?.keeper_id)
}

/// Checks the first day of a row that begins within an organisation and has no last day: the organisation must exist on
/// that day and must have no end.
pub fn there_from(row: &organisation::Model, from: Date, field: &str) -> Result<()> {
    check::day(field, from)?;
    let message = match (row.from_on, row.to_on) {
        (Some(first), _) if from < first => say!("organisation-begins-later", first = first),
        (_, Some(last)) => say!("organisation-ends", last = last),
        (_, None) => return Ok(()),
    };
    Err(Error::field(field, ErrorCode::NotEligible, message))
}
