//! Organisations 单位: bodies with a region, so with a level, and a system.

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

pub use mutation::{
    OrganisationCreate, OrganisationEnd, OrganisationMutation, OrganisationPayload, OrganisationUpdate,
};

/// An organisation 单位.
#[derive(Description)]
pub struct Organisation(pub organisation::Model);

#[Object(use_type_description)]
impl Organisation {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Organisation, self.0.id).into()
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Kind 类型.
    async fn kind(&self) -> OrganisationKind {
        self.0.kind
    }

    /// System 系统.
    async fn system(&self) -> System {
        self.0.system
    }

    /// First day, where it is known 成立日期.
    async fn from(&self) -> Option<Date> {
        self.0.from_on
    }

    /// Last day, where it has ended 撤销日期.
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }

    /// Where it is, and so its level 所在区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id).await.transpose()
    }

    /// Its committees 内设委室.
    async fn committees(&self, ctx: &Context<'_>) -> Result<Vec<Committee>> {
        let rows = loader::many(ctx.rows()?, CommitteesOf(self.0.id)).await?;
        Ok(rows.into_iter().map(Committee).collect())
    }
}

/// Which organisations 单位筛选.
#[derive(InputObject, Default)]
pub struct OrganisationFilter {
    /// In this region, at any level 所在区划.
    region: Option<ID>,
    /// Of this kind 类型.
    kind: Option<OrganisationKind>,
    /// Of this system 系统.
    system: Option<System>,
    /// Whose name contains this, in characters, pinyin or initials 名称.
    name_contains: Option<String>,
}

/// Sort key of organisations 单位排序.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum OrganisationSort {
    /// As entered 录入顺序.
    #[default]
    Entered,
    /// By name 名称.
    Name,
}

#[derive(Default)]
pub struct OrganisationQuery;

#[Object]
impl OrganisationQuery {
    /// One organisation 单位.
    async fn organisation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id")] id: ID,
    ) -> Option<Result<Organisation>> {
        match Gid::parse(&id, "id", &[SourceType::Organisation]) {
            Ok(gid) => Organisation::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Organisations 单位列表.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn organisations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which organisations; all where absent")] filter: Option<OrganisationFilter>,
        #[graphql(desc = "Sort key; as entered where absent")] order_by: Option<OrganisationSort>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
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

/// Ids of the organisations in a region, at any level, as a subquery.
pub fn ids_in(region: &ID, field: &str) -> Result<SelectStatement> {
    Ok(Query::select()
        .column(organisation::Column::Id)
        .from(organisation::Entity)
        .and_where(organisation::Column::RegionId.in_subquery(region::ids_below(region::key(region, field)?)))
        .to_owned())
}

/// The organisation that an input field names.
pub fn key(id: &ID, field: &str) -> Result<OrganisationId> {
    Gid::parse(id, field, &[SourceType::Organisation]).map(|gid| OrganisationId(gid.id))
}

/// An organisation by its id.
pub async fn by_id(ctx: &Context<'_>, id: OrganisationId) -> Result<Option<Organisation>> {
    Ok(loader::one(ctx.rows()?, id).await?.map(Organisation))
}

impl Reread for Organisation {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        ctx.viewer()?.may(Action::ReadReference)?;
        by_id(ctx, OrganisationId(id)).await
    }
}

/// The ledger that keeps the organisation of an input.
pub async fn ledger_of(ctx: &Context<'_>, organisation: &ID, field: &str) -> Result<LedgerId> {
    ledger_by_id(ctx, key(organisation, field)?, field).await
}

/// The same, of an organisation that a visible row refers to.
pub async fn ledger_by_id(ctx: &Context<'_>, id: OrganisationId, field: &str) -> Result<LedgerId> {
    Ok(loader::one(ctx.rows()?, id).await?.ok_or_else(|| Error::missing(field))?.keeper_id)
}

/// What begins within an organisation, without an end yet, begins when the organisation is there, and one that has
/// a last day lets nothing begin that would outlast it.
pub fn there_from(row: &organisation::Model, from: Date, field: &str) -> Result<()> {
    check::day(field, from)?;
    let refused = |message: &str| Err(Error::field(field, ErrorCode::NotEligible, message));
    if row.from_on.is_some_and(|first| from < first) {
        return refused("the organisation was not there on this day yet");
    }
    match row.to_on {
        Some(last) => refused(&format!("the organisation ends on {last}: nothing begins in it any more")),
        None => Ok(()),
    }
}
