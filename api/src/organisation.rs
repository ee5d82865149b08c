//! Organisations 单位: bodies with a region, so with a level, and a system.

use async_graphql::{Context, Description, Enum, ID, InputObject, MaybeUndefined, Object};
use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::{LedgerId, OrganisationId};
use entity::organisation::{self, OrganisationKind, System};
use entity::values::Date;
use entity::{committee, member};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Select, Set};
use serde::Serialize;
use uuid::Uuid;

use crate::access::Action;
use crate::access::scope::Whole;
use crate::check;
use crate::committee::Committee;
use crate::error::{Error, ErrorCode, Result};
use crate::gid::Gid;
use crate::ledger::{Act, BEGINNING, Draft, Moves, Record, Subject, Tx, code};
use crate::link;
use crate::loader::{self, CommitteesOf};
use crate::mutation::{Asking, Reread, run};
use crate::name;
use crate::page::{self, Direction, Nodes, Page, Sort};
use crate::payload;
use crate::region::{self, Region};
use crate::roster;

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
            page::read(&ctx.app()?.db.read, rows, sort, page, Organisation).await
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

payload!(
    /// An organisation, or what is to be mended 单位结果.
    OrganisationPayload {
        /// The organisation as it is now 单位.
        organisation: Organisation
    }
);

#[derive(Default)]
pub struct OrganisationMutation;

#[Object]
impl OrganisationMutation {
    /// Enters an organisation in its region 新增单位.
    async fn organisation_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: OrganisationCreate,
    ) -> Option<async_graphql::Result<OrganisationPayload>> {
        run(ctx, region::ledger_of(ctx, &input.region, "region").await, input).await
    }

    /// Changes what is said of an organisation; absent fields stay 单位变更.
    async fn organisation_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: OrganisationUpdate,
    ) -> Option<async_graphql::Result<OrganisationPayload>> {
        run(ctx, ledger_of(ctx, &input.organisation, "organisation").await, input).await
    }

    /// Ends an organisation 单位撤销.
    async fn organisation_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: OrganisationEnd,
    ) -> Option<async_graphql::Result<OrganisationPayload>> {
        run(ctx, ledger_of(ctx, &input.organisation, "organisation").await, input).await
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

const fn subject(id: OrganisationId) -> Subject {
    Subject { of: SourceType::Organisation, id: id.0 }
}

/// An organisation to be entered 新增单位.
#[derive(InputObject, Serialize)]
pub struct OrganisationCreate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// Where it is, and so its level 所在区划.
    pub region: ID,
    /// Name, once in a region 名称.
    pub name: String,
    /// Kind 类型.
    pub kind: OrganisationKind,
    /// System 系统.
    pub system: System,
    /// First day; older than the records where absent 成立日期.
    pub from: Option<Date>,
}

impl Act for OrganisationCreate {
    const NAME: &'static str = "organisationCreate";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let region = region::kept(tx, region::key(&self.region, "region")?, "region").await?;
        let row = tx
            .insert(organisation::ActiveModel {
                id: Set(OrganisationId(check::id(self.id)?)),
                region_id: Set(region.id),
                name: Set(check::text("name", &self.name)?),
                kind: Set(self.kind),
                system: Set(self.system),
                from_on: Set(self.from),
                to_on: Set(None),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        tx.created(&row);
        name::keep(tx, row.id, &row.name).await?;
        tx.tick_reference().await?;
        Ok(subject(row.id))
    }
}

/// What changes in an organisation 单位变更.
#[derive(InputObject, Serialize)]
pub struct OrganisationUpdate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which organisation 单位.
    pub organisation: ID,
    /// Name, once in a region 名称.
    pub name: Option<String>,
    /// Kind 类型.
    pub kind: Option<OrganisationKind>,
    /// System 系统.
    pub system: Option<System>,
    /// First day; null for older than the records 成立日期.
    pub from: MaybeUndefined<Date>,
}

impl Act for OrganisationUpdate {
    const NAME: &'static str = "organisationUpdate";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = key(&self.organisation, "organisation")?;
        let old = roster::kept::<organisation::Entity>(tx, id.0, "organisation").await?;
        let (moves, ends) = (old.moves(), old.to_on);
        let mut row = old.into_active_model();
        if let Some(name) = &self.name {
            row.name = Set(check::text("name", name)?);
        }
        if let Some(kind) = self.kind {
            row.kind = Set(kind);
        }
        if let Some(system) = self.system {
            row.system = Set(system);
        }
        if !self.from.is_undefined() {
            let from = self.from.as_opt_ref().flatten().copied();
            check::ends_after("from", from.unwrap_or(BEGINNING), ends)?;
            row.from_on = Set(from);
        }
        let row = tx.update(row).await?;
        tx.changed(&row, moves).await?;
        if self.name.is_some() {
            name::keep(tx, id, &row.name).await?;
        }
        tx.tick_reference().await?;
        Ok(subject(id))
    }
}

/// The end of an organisation, with its committees and seats 单位撤销.
#[derive(InputObject, Serialize)]
pub struct OrganisationEnd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which organisation 单位.
    pub organisation: ID,
    /// Last day 止.
    pub to: Date,
}

impl Act for OrganisationEnd {
    const NAME: &'static str = "organisationEnd";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = key(&self.organisation, "organisation")?;
        let row = roster::kept::<organisation::Entity>(tx, id.0, "organisation").await?;
        roster::still_open(row.to_on, "organisation")?;
        check::ends_after("to", row.from_on.unwrap_or(BEGINNING), Some(self.to))?;
        link::none_after(tx, id.0, self.to, "to").await?;
        none_within(tx, id, self.to).await?;
        let row = tx.update(organisation::ActiveModel { to_on: Set(Some(self.to)), ..row.into() }).await?;
        tx.changed(&row, Moves::default()).await?;
        tx.tick_reference().await?;
        Ok(subject(id))
    }
}

/// What begins within an organisation begins before it ends.
pub fn still_there(row: &organisation::Model, from: Date, field: &str) -> Result<()> {
    if row.to_on.is_none_or(|to| from <= to) {
        return Ok(());
    }
    Err(Error::field(field, ErrorCode::NotEligible, "the organisation has ended before this day"))
}

/// No organisation ends before its committees and seats.
async fn none_within(tx: &Tx, id: OrganisationId, last: Date) -> Result<()> {
    let reading = tx.may(Action::ReadReference)?;
    let committees = committee::Entity::whole(&reading)
        .filter(committee::Column::OrganisationId.eq(id))
        .filter(roster::outlasts(committee::Column::ToOn, last))
        .count(tx.db())
        .await?;
    let seats = member::Entity::whole(&reading)
        .filter(member::Column::OrganisationId.eq(id))
        .filter(roster::outlasts(member::Column::ToOn, last))
        .count(tx.db())
        .await?;
    if committees + seats == 0 {
        return Ok(());
    }
    let message = "it has committees or seats after this day: end them first";
    Err(Error::field("to", ErrorCode::WrongStep, message))
}

impl Record for organisation::Model {
    fn of(&self) -> SourceType {
        SourceType::Organisation
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        vec![
            Draft::new(
                SourceType::Organisation,
                self.id,
                Step::Recorded,
                self.region_id,
                self.from_on.unwrap_or(BEGINNING),
            )
            .until(self.to_on)
            .kind(code(&self.kind))
            .refers([(RefRole::HelperOrganisation, self.id.0)]),
        ]
    }
}
