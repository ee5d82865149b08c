//! Committees 委室·小组: bodies inside an organisation, with dated members from here and elsewhere.

mod mutation;
mod rows;

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use entity::committee::{self, CommitteeKind};
use entity::committee_member::{self, CommitteeRole};
use entity::fact::SourceType;
use entity::ids::{CommitteeId, CommitteeMemberId, LedgerId};
use entity::values::Date;
use sea_orm::{ColumnTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::access::Action;
use crate::access::scope::Whole;
use crate::loader::{self, CommitteeMembersOf};
use crate::member::{self, Person};
use crate::mutation::{Asking, Reread};
use crate::name;
use crate::organisation::{self, Organisation};
use crate::page::{self, Direction, Nodes, Page, Sort};
use crate::roster;
use platform::error::Result;
use platform::gid::Gid;

pub use mutation::{
    CommitteeCreate, CommitteeEnd, CommitteeMemberAdd, CommitteeMemberEnd, CommitteeMemberPayload,
    CommitteeMutation, CommitteePayload,
};
pub use rows::{Placed, Sitting};

/// A committee of an organisation 委室.
#[derive(Description)]
pub struct Committee(pub committee::Model);

#[Object(use_type_description)]
impl Committee {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Committee, self.0.id).into()
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Kind 类型.
    async fn kind(&self) -> CommitteeKind {
        self.0.kind
    }

    /// First day 成立日期.
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day, where it has ended 撤销日期.
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }

    /// The organisation it belongs to 所属单位.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.0.organisation_id).await.transpose()
    }

    /// The committee above 上级委室.
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.parent_id?).await.transpose()
    }

    /// Its members, also past ones 成员.
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<CommitteeMember>> {
        let rows = loader::many(ctx.rows()?, CommitteeMembersOf(self.0.id)).await?;
        Ok(rows.into_iter().map(CommitteeMember).collect())
    }
}

/// A person's dated place in a committee 委室成员.
#[derive(Description)]
pub struct CommitteeMember(pub committee_member::Model);

#[Object(use_type_description)]
impl CommitteeMember {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::CommitteeMember, self.0.id).into()
    }

    /// In which committee 委室.
    async fn committee(&self, ctx: &Context<'_>) -> Option<Result<Committee>> {
        by_id(ctx, self.0.committee_id).await.transpose()
    }

    /// Who 人员.
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        member::person(ctx, self.0.person_id).await.transpose()
    }

    /// As what 职务.
    async fn role(&self) -> CommitteeRole {
        self.0.role
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

/// Which committees 委室筛选.
#[derive(InputObject, Default)]
pub struct CommitteeFilter {
    /// Of this organisation 所属单位.
    organisation: Option<ID>,
    /// Of organisations in this region, at any level 所在区划.
    region: Option<ID>,
    /// Right below this committee 上级委室.
    parent: Option<ID>,
    /// Of this kind 类型.
    kind: Option<CommitteeKind>,
    /// Valid on this day 有效日期.
    valid_on: Option<Date>,
    /// Whose name contains this, in characters, pinyin or initials 名称.
    name_contains: Option<String>,
}

/// Sort key of committees 委室排序.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum CommitteeSort {
    /// As entered 录入顺序.
    #[default]
    Entered,
    /// By name 名称.
    Name,
    /// By first day 成立日期.
    From,
}

#[derive(Default)]
pub struct CommitteeQuery;

#[Object]
impl CommitteeQuery {
    /// One committee 委室.
    async fn committee(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id")] id: ID,
    ) -> Option<Result<Committee>> {
        match Gid::parse(&id, "id", &[SourceType::Committee]) {
            Ok(gid) => Committee::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Committees 委室列表.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn committees(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which committees; all where absent")] filter: Option<CommitteeFilter>,
        #[graphql(desc = "Sort key; as entered where absent")] order_by: Option<CommitteeSort>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
    ) -> Option<Result<Nodes<Committee>>> {
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = selected(ctx, filter.unwrap_or_default())?;
            let by = match order_by.unwrap_or_default() {
                CommitteeSort::Entered => committee::Column::Id,
                CommitteeSort::Name => committee::Column::Name,
                CommitteeSort::From => committee::Column::FromOn,
            };
            let sort = Sort { by, id: committee::Column::Id, direction: direction.unwrap_or_default() };
            page::read(&ctx.app()?.db, rows, sort, page, Committee).await
        };
        Some(page.await)
    }
}

fn selected(ctx: &Context<'_>, filter: CommitteeFilter) -> Result<Select<committee::Entity>> {
    use committee::Column;
    let scope = ctx.viewer()?.may(Action::ReadReference)?;
    let mut rows = committee::Entity::whole(&scope);
    if let Some(organisation) = filter.organisation {
        let organisation = organisation::key(&organisation, "filter.organisation")?;
        rows = rows.filter(Column::OrganisationId.eq(organisation));
    }
    if let Some(region) = filter.region {
        rows =
            rows.filter(Column::OrganisationId.in_subquery(organisation::ids_in(&region, "filter.region")?));
    }
    if let Some(parent) = filter.parent {
        rows = rows.filter(Column::ParentId.eq(key(&parent, "filter.parent")?));
    }
    if let Some(kind) = filter.kind {
        rows = rows.filter(Column::Kind.eq(kind));
    }
    if let Some(day) = filter.valid_on {
        rows = rows.filter(roster::valid_on(Column::FromOn, Column::ToOn, day));
    }
    if let Some(part) = filter.name_contains {
        rows = rows.filter(name::named(&scope, SourceType::Committee, Column::Id, &part)?);
    }
    Ok(rows)
}

/// The committee that an input field names.
pub fn key(id: &ID, field: &str) -> Result<CommitteeId> {
    Gid::parse(id, field, &[SourceType::Committee]).map(|gid| CommitteeId(gid.id))
}

/// A committee by its id.
pub async fn by_id(ctx: &Context<'_>, id: CommitteeId) -> Result<Option<Committee>> {
    Ok(loader::one(ctx.rows()?, id).await?.map(Committee))
}

impl Reread for Committee {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        ctx.viewer()?.may(Action::ReadReference)?;
        by_id(ctx, CommitteeId(id)).await
    }
}

impl Reread for CommitteeMember {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        ctx.viewer()?.may(Action::ReadReference)?;
        Ok(loader::one(ctx.rows()?, CommitteeMemberId(id)).await?.map(Self))
    }
}
