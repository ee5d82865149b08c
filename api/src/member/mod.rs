//! People 人员 and their seats 席位. Seats are counted, not people; a person may hold several.

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

/// A person's seat in an organisation 席位.
#[derive(Description)]
pub struct Member(pub member::Model);

#[Object(use_type_description)]
impl Member {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Member, self.0.id).into()
    }

    /// Kind of seat 席位类型.
    async fn kind(&self) -> MemberKind {
        self.0.kind
    }

    /// Attributes of the seat: resident, principal … 标签.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<Category>> {
        let mut tags = vec![];
        for tag in &self.0.tags.0 {
            tags.extend(loader::one(ctx.rows()?, CategoryId(*tag)).await?.map(Category));
        }
        Ok(tags)
    }

    /// First day 任职起.
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day, where it has ended 任职止.
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }

    /// Who holds the seat 人员.
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person(ctx, self.0.person_id).await.transpose()
    }

    /// Where the seat is 所在单位.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.0.organisation_id).await.transpose()
    }
}

/// A holder of seats and posts, or a caring person without any 人员.
#[derive(Description)]
pub struct Person(pub person::Model);

#[Object(use_type_description)]
impl Person {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Person, self.0.id).into()
    }

    /// Name 姓名.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Identity number, masked; for offices that read the ledger which keeps the person 身份证号.
    async fn identity_number(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        personal::of_person(ctx, &self.0, PersonalKind::IdentityNumber).await.transpose()
    }

    /// Phone, masked; for offices that read the ledger which keeps the person, and in clear for oneself 电话.
    async fn phone(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        personal::of_person(ctx, &self.0, PersonalKind::Phone).await.transpose()
    }

    /// Whether the person is a member of the Party 是否中共党员.
    async fn is_party_member(&self) -> bool {
        self.0.party_member
    }

    /// What the person is good at 专长.
    async fn expertise(&self) -> Option<&str> {
        self.0.expertise.as_deref()
    }

    /// When the person's data were erased; the name is gone with them 删除日期.
    async fn erased_on(&self) -> Option<Date> {
        self.0.erased_on
    }

    /// The person's seats, also past ones 席位.
    async fn seats(&self, ctx: &Context<'_>) -> Result<Vec<Member>> {
        let rows = loader::many(ctx.rows()?, SeatsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(Member).collect())
    }
}

/// Which seats 席位筛选.
#[derive(InputObject, Default)]
pub struct MemberFilter {
    /// In this organisation 所在单位.
    organisation: Option<ID>,
    /// Whose person is in this committee, on `validOn` or else today 所在委室.
    committee: Option<ID>,
    /// In organisations of this region, at any level 所在区划.
    region: Option<ID>,
    /// Of this kind 席位类型.
    kind: Option<MemberKind>,
    /// Held on this day 有效日期.
    valid_on: Option<Date>,
    /// Whose person's name contains this, in characters, pinyin or initials 姓名.
    name_contains: Option<String>,
    /// With a link that you may see today, or without 是否已结对.
    is_linked: Option<bool>,
}

/// Sort key of seats 席位排序.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum MemberSort {
    /// As entered 录入顺序.
    #[default]
    Entered,
    /// By first day 任职日期.
    From,
}

/// Which people 人员筛选.
#[derive(InputObject, Default)]
pub struct PersonFilter {
    /// Whose name contains this, in characters, pinyin or initials 姓名.
    name_contains: Option<String>,
    /// Whose identity number is this; for the office that keeps the person 身份证号.
    identity_number: Option<Written>,
    /// Whose phone is this; for the office that keeps the person 电话.
    phone: Option<Written>,
}

/// Sort key of people 人员排序.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum PersonSort {
    /// As entered 录入顺序.
    #[default]
    Entered,
    /// By name 姓名.
    Name,
}

#[derive(Default)]
pub struct MemberQuery;

#[Object]
impl MemberQuery {
    /// One seat 席位.
    async fn member(&self, ctx: &Context<'_>, #[graphql(desc = "Its id")] id: ID) -> Option<Result<Member>> {
        match Gid::parse(&id, "id", &[SourceType::Member]) {
            Ok(gid) => Member::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Seats, also past ones 席位列表.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which seats; all where absent")] filter: Option<MemberFilter>,
        #[graphql(desc = "Sort key; as entered where absent")] order_by: Option<MemberSort>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
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

    /// One person 人员.
    async fn person(&self, ctx: &Context<'_>, #[graphql(desc = "Its id")] id: ID) -> Option<Result<Person>> {
        match person_key(&id, "id") {
            Ok(id) => Person::reread(ctx, LedgerId::REFERENCE, id.0).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// People 人员列表.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which people; all where absent")] filter: Option<PersonFilter>,
        #[graphql(desc = "Sort key; as entered where absent")] order_by: Option<PersonSort>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
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

/// The seat that an input field names.
pub fn key(id: &ID, field: &str) -> Result<MemberId> {
    Gid::parse(id, field, &[SourceType::Member]).map(|gid| MemberId(gid.id))
}

/// The person that an input field names.
pub fn person_key(id: &ID, field: &str) -> Result<PersonId> {
    Gid::parse(id, field, &[SourceType::Person]).map(|gid| PersonId(gid.id))
}

/// A seat by its id.
pub async fn by_id(ctx: &Context<'_>, id: MemberId) -> Result<Option<Member>> {
    Ok(loader::one(ctx.rows()?, id).await?.map(Member))
}

/// A person by id; none whom the viewer may not know by name.
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
