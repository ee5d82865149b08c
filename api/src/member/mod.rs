//! People 人员 and their seats 席位. A person may hold several seats; figures count seats, not people.

mod mutation;
mod rows;

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use entity::fact::SourceType;
use entity::ids::{CategoryId, LedgerId, MemberId, PersonId};
use entity::member::{self, MemberKind};
use entity::person;
use entity::personal::PersonalKind;
use entity::values::Date;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::access::scope::Whole;
use crate::access::{Action, Within};
use crate::committee;
use crate::loader::{self, Holder, SeatsOf};
use crate::mutation::{Asking, Reread};
use crate::name;
use crate::organisation::{self, Organisation};
use crate::page::{self, Direction, Nodes, Page, Sort};
use crate::personal::{self, Written};
use crate::programme::Category;
use crate::roster;
use platform::error::Result;
use platform::gid::Gid;

pub use mutation::{
    MemberAppoint, MemberEnd, MemberMutation, MemberPayload, PersonPayload, PersonRegister, PersonUpdate,
    known_person, ledger_of_person,
};
pub use rows::Placed;

/// A person's seat in an organisation.
/// 席位:人员在单位中的任职。
#[derive(Description)]
pub struct Member(pub member::Model);

#[Object(use_type_description)]
impl Member {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Member, self.0.id).into()
    }

    /// Kind of the seat.
    /// 席位类型。
    async fn kind(&self) -> MemberKind {
        self.0.kind
    }

    /// Tags of the seat, such as resident or principal.
    /// 席位标签,如驻会、主要负责人。
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<Category>> {
        let mut tags = vec![];
        for tag in &self.0.tags.0 {
            tags.extend(loader::one(ctx.rows()?, CategoryId(*tag)).await?.map(Category));
        }
        Ok(tags)
    }

    /// First day of the seat.
    /// 任职起始日期。
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day of the seat; empty while it has none.
    /// 任职结束日期;仍在任的为空。
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }

    /// Person who holds the seat; empty if the viewer may not know the name.
    /// 任职人员;无权知晓姓名的为空。
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person(ctx, self.0.person_id).await.transpose()
    }

    /// Organisation in which the seat is.
    /// 席位所在单位。
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.0.organisation_id).await.transpose()
    }
}

/// A person with or without a seat or post, such as a member of a CPPCC or a donor.
/// 人员:席位或职务的任职人,也可以没有席位,如爱心人士。
#[derive(Description)]
pub struct Person(pub person::Model);

#[Object(use_type_description)]
impl Person {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Person, self.0.id).into()
    }

    /// Name.
    /// 姓名。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Identity number, masked; shown to offices that read the ledger which keeps the person.
    /// 身份证号,掩码显示;只对可查看其所属台账的办公室显示。
    async fn identity_number(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        personal::of_person(ctx, &self.0, PersonalKind::IdentityNumber).await.transpose()
    }

    /// Phone, masked; shown to offices that read the ledger which keeps the person, and in clear to the person.
    /// 电话,掩码显示;只对可查看其所属台账的办公室显示,本人可见完整号码。
    async fn phone(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        personal::of_person(ctx, &self.0, PersonalKind::Phone).await.transpose()
    }

    /// True if the person is a member of the Party.
    /// 是否中共党员。
    async fn is_party_member(&self) -> bool {
        self.0.party_member
    }

    /// Expertise of the person.
    /// 专长。
    async fn expertise(&self) -> Option<&str> {
        self.0.expertise.as_deref()
    }

    /// Day on which the personal data were erased, the name among them.
    /// 个人信息(含姓名)删除日期。
    async fn erased_on(&self) -> Option<Date> {
        self.0.erased_on
    }

    /// Seats of the person, also past ones.
    /// 席位,含已结束的。
    async fn seats(&self, ctx: &Context<'_>) -> Result<Vec<Member>> {
        let rows = loader::many(ctx.rows()?, SeatsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(Member).collect())
    }
}

/// Conditions that the seats must meet, all of them.
/// 席位筛选条件,须全部满足。
#[derive(InputObject, Default)]
pub struct MemberFilter {
    /// Organisation in which the seats are.
    /// 所在单位。
    organisation: Option<ID>,
    /// Committee to which the holder belongs, on `validOn` or, if that is absent, today.
    /// 任职人所在委室;以 `validOn` 当日为准,未填则为今日。
    committee: Option<ID>,
    /// Region of the organisation, with all regions below it.
    /// 单位所在区划,含所有下级。
    region: Option<ID>,
    /// Kind of the seats.
    /// 席位类型。
    kind: Option<MemberKind>,
    /// Day on which the seats are held.
    /// 在任日期。
    valid_on: Option<Date>,
    /// Part of the holder's name, in characters, pinyin or initials.
    /// 任职人姓名的一部分,可用汉字、拼音或首字母。
    name_contains: Option<String>,
    /// True for seats with a link today that the viewer may see, false for those without one.
    /// 今日是否有可查看的结对。
    is_linked: Option<bool>,
}

/// Sort key of seats.
/// 席位的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum MemberSort {
    /// Order of entry.
    /// 录入顺序。
    #[default]
    Entered,
    /// First day of the seat.
    /// 任职起始日期。
    From,
}

/// Conditions that the people must meet, all of them.
/// 人员筛选条件,须全部满足。
#[derive(InputObject, Default)]
pub struct PersonFilter {
    /// Part of the name, in characters, pinyin or initials.
    /// 姓名的一部分,可用汉字、拼音或首字母。
    name_contains: Option<String>,
    /// Identity number, in full; for the office that keeps the person only.
    /// 完整身份证号;仅限建档单位使用。
    identity_number: Option<Written>,
    /// Phone, in full; for the office that keeps the person only.
    /// 完整电话;仅限建档单位使用。
    phone: Option<Written>,
}

/// Sort key of people.
/// 人员的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum PersonSort {
    /// Order of entry.
    /// 录入顺序。
    #[default]
    Entered,
    /// Name.
    /// 姓名。
    Name,
}

#[derive(Default)]
pub struct MemberQuery;

#[Object]
impl MemberQuery {
    /// One seat, by its global id.
    /// 按标识查询一个席位。
    async fn member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the seat.\n席位的全局标识。")] id: ID,
    ) -> Option<Result<Member>> {
        match Gid::parse(&id, "id", &[SourceType::Member]) {
            Ok(gid) => Member::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Seats, also past ones.
    /// 席位列表,含已结束的。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which seats to list; all if absent.\n筛选条件,默认全部。")] filter: Option<
            MemberFilter,
        >,
        #[graphql(desc = "Sort key; in the order of entry if absent.\n排序字段,默认按录入顺序。")]
        order_by: Option<MemberSort>,
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
    ) -> Option<Result<Nodes<Member>>> {
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = seats(ctx, filter.unwrap_or_default())?;
            let by = match order_by.unwrap_or_default() {
                MemberSort::Entered => member::Column::Id,
                MemberSort::From => member::Column::FromOn,
            };
            let sort = Sort { by, id: member::Column::Id, direction: direction.unwrap_or_default() };
            page::read(&ctx.app()?.db, rows, sort, page, Member).await
        };
        Some(page.await)
    }

    /// One person, by the global id.
    /// 按标识查询一名人员。
    async fn person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the person.\n人员的全局标识。")] id: ID,
    ) -> Option<Result<Person>> {
        match person_key(&id, "id") {
            Ok(id) => Person::reread(ctx, LedgerId::REFERENCE, id.0).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// People whom the viewer may know by name.
    /// 可知晓姓名的人员列表。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which people to list; all if absent.\n筛选条件,默认全部。")] filter: Option<
            PersonFilter,
        >,
        #[graphql(desc = "Sort key; in the order of entry if absent.\n排序字段,默认按录入顺序。")]
        order_by: Option<PersonSort>,
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
    ) -> Option<Result<Nodes<Person>>> {
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = persons(ctx, filter.unwrap_or_default()).await?;
            let by = match order_by.unwrap_or_default() {
                PersonSort::Entered => person::Column::Id,
                PersonSort::Name => person::Column::Name,
            };
            let sort = Sort { by, id: person::Column::Id, direction: direction.unwrap_or_default() };
            page::read(&ctx.app()?.db, rows, sort, page, Person).await
        };
        Some(page.await)
    }
}

fn seats(ctx: &Context<'_>, filter: MemberFilter) -> Result<Select<member::Entity>> {
    use member::Column;
    let (viewer, today) = (ctx.viewer()?, ctx.app()?.clock.today());
    let mut rows = member::Entity::whole(&viewer.may(Action::ReadReference)?);
    if let Some(organisation) = filter.organisation {
        let organisation = organisation::key(&organisation, "filter.organisation")?;
        rows = rows.filter(Column::OrganisationId.eq(organisation));
    }
    if let Some(committee) = filter.committee {
        let committee = committee::key(&committee, "filter.committee")?;
        let people = rows::people_in(committee, filter.valid_on.unwrap_or(today));
        rows = rows.filter(Column::PersonId.in_subquery(people));
    }
    if let Some(region) = filter.region {
        rows =
            rows.filter(Column::OrganisationId.in_subquery(organisation::ids_in(&region, "filter.region")?));
    }
    if let Some(kind) = filter.kind {
        rows = rows.filter(Column::Kind.eq(kind));
    }
    if let Some(day) = filter.valid_on {
        rows = rows.filter(roster::valid_on(Column::FromOn, Column::ToOn, day));
    }
    if let Some(part) = filter.name_contains {
        let people = viewer.may_know_people()?;
        let column = Column::PersonId;
        rows = rows.filter(name::named(&people, SourceType::Person, column, &part)?);
    }
    if let Some(linked) = filter.is_linked {
        let with_link = rows::linked(&viewer.may(Action::ReadHousehold)?, today);
        rows = rows.filter(if linked { with_link } else { with_link.not() });
    }
    Ok(rows)
}

async fn persons(ctx: &Context<'_>, filter: PersonFilter) -> Result<Select<person::Entity>> {
    let scope = ctx.viewer()?.may_know_people()?;
    let mut rows = person::Entity::within(&scope);
    if let Some(part) = filter.name_contains {
        let column = person::Column::Id;
        rows = rows.filter(name::named(&scope, SourceType::Person, column, &part)?);
    }
    for (kind, field, value) in [
        (PersonalKind::IdentityNumber, "filter.identityNumber", &filter.identity_number),
        (PersonalKind::Phone, "filter.phone", &filter.phone),
    ] {
        if let Some(value) = value {
            rows = rows.filter(personal::people(ctx, kind, field, value).await?);
        }
    }
    Ok(rows)
}

/// Id of the seat that an input field names.
pub fn key(id: &ID, field: &str) -> Result<MemberId> {
    Gid::parse(id, field, &[SourceType::Member]).map(|gid| MemberId(gid.id))
}

/// Id of the person that an input field names.
pub fn person_key(id: &ID, field: &str) -> Result<PersonId> {
    Gid::parse(id, field, &[SourceType::Person]).map(|gid| PersonId(gid.id))
}

/// A seat by its id.
pub async fn by_id(ctx: &Context<'_>, id: MemberId) -> Result<Option<Member>> {
    Ok(loader::one(ctx.rows()?, id).await?.map(Member))
}

/// A person by id; none if the viewer may not know the name.
pub async fn person(ctx: &Context<'_>, id: PersonId) -> Result<Option<Person>> {
    let viewer = ctx.viewer()?;
    let Some(row) = loader::one(ctx.rows()?, id).await? else { return Ok(None) };
    if viewer.person == Some(id) {
        return Ok(Some(Person(row)));
    }
    let Ok(scope) = viewer.may_know_people() else { return Ok(None) };
    let is_known = scope.holds(row.keeper_id) || loader::one(ctx.rows()?, Holder(id)).await?.is_some();
    Ok(is_known.then_some(Person(row)))
}

impl Reread for Member {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        ctx.viewer()?.may(Action::ReadReference)?;
        by_id(ctx, MemberId(id)).await
    }
}

impl Reread for Person {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        let viewer = ctx.viewer()?;
        if viewer.person != Some(PersonId(id)) {
            viewer.may(Action::ReadPeople)?;
        }
        person(ctx, PersonId(id)).await
    }
}
