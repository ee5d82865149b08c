//! Committees 委室·小组: bodies inside an organisation. Their members have dates and may belong to other organisations.

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

/// A committee of an organisation.
/// 单位内设的委室。
#[derive(Description)]
pub struct Committee(pub committee::Model);

#[Object(use_type_description)]
impl Committee {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Committee, self.0.id).into()
    }

    /// Name of the committee.
    /// 委室名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Kind of the committee.
    /// 委室类型。
    async fn kind(&self) -> CommitteeKind {
        self.0.kind
    }

    /// First day of the committee.
    /// 成立日期。
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day of the committee; null while it has no end.
    /// 撤销日期;未撤销的为空。
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }

    /// Organisation to which the committee belongs.
    /// 所属单位。
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.0.organisation_id).await.transpose()
    }

    /// Committee of which this one is a part; null for none.
    /// 上级委室;没有的为空。
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.parent_id?).await.transpose()
    }

    /// Places in the committee, ended ones included.
    /// 委室成员,含已离任的。
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<CommitteeMember>> {
        let rows = loader::many(ctx.rows()?, CommitteeMembersOf(self.0.id)).await?;
        Ok(rows.into_iter().map(CommitteeMember).collect())
    }
}

/// A person's dated place in a committee.
/// 委室成员及其任职期限。
#[derive(Description)]
pub struct CommitteeMember(pub committee_member::Model);

#[Object(use_type_description)]
impl CommitteeMember {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::CommitteeMember, self.0.id).into()
    }

    /// Committee in which the place is.
    /// 所在委室。
    async fn committee(&self, ctx: &Context<'_>) -> Option<Result<Committee>> {
        by_id(ctx, self.0.committee_id).await.transpose()
    }

    /// Person who holds the place.
    /// 任职人员。
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        member::person(ctx, self.0.person_id).await.transpose()
    }

    /// Role of the person in the committee.
    /// 委室内职务。
    async fn role(&self) -> CommitteeRole {
        self.0.role
    }

    /// First day in the place.
    /// 任职起始日。
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day in the place; null while it has no end.
    /// 任职截止日;在任的为空。
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }
}

/// Conditions on committees; a committee must meet all of them.
/// 委室的筛选条件,须全部满足。
#[derive(InputObject, Default)]
pub struct CommitteeFilter {
    /// Only committees of this organisation, by global id.
    /// 仅此单位的委室,按全局标识。
    organisation: Option<ID>,
    /// Only committees of organisations in this region or below it, by global id.
    /// 仅此区划及其下级区划内单位的委室,按全局标识。
    region: Option<ID>,
    /// Only committees right below this one, by global id.
    /// 仅此委室的直接下级,按全局标识。
    parent: Option<ID>,
    /// Only committees of this kind.
    /// 仅此类型。
    kind: Option<CommitteeKind>,
    /// Only committees that exist on this day.
    /// 仅此日存在的委室。
    valid_on: Option<Date>,
    /// Only committees whose name contains this text: characters, pinyin or initials of pinyin.
    /// 名称包含此文字、拼音或拼音首字母。
    name_contains: Option<String>,
}

/// Sort key of a list of committees.
/// 委室列表的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum CommitteeSort {
    /// By order of entry.
    /// 按录入顺序。
    #[default]
    Entered,
    /// By name.
    /// 按名称。
    Name,
    /// By first day.
    /// 按成立日期。
    From,
}

#[derive(Default)]
pub struct CommitteeQuery;

#[Object]
impl CommitteeQuery {
    /// Returns one committee.
    /// 查询一个委室。
    async fn committee(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the committee.\n委室的全局标识。")] id: ID,
    ) -> Option<Result<Committee>> {
        match Gid::parse(&id, "id", &[SourceType::Committee]) {
            Ok(gid) => Committee::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Lists committees.
    /// 委室列表。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn committees(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which committees to list; all if absent.\n筛选条件,默认全部委室。")] filter: Option<
            CommitteeFilter,
        >,
        #[graphql(desc = "Sort key; by order of entry if absent.\n排序字段,默认按录入顺序。")]
        order_by: Option<CommitteeSort>,
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

/// Id of the committee that an input field names.
pub fn key(id: &ID, field: &str) -> Result<CommitteeId> {
    Gid::parse(id, field, &[SourceType::Committee]).map(|gid| CommitteeId(gid.id))
}

/// The committee with this id.
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
