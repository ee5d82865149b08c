//! People 人员 and their seats 席位. Seats are counted, not people; a person may hold several.

use async_graphql::{Context, ID, Object};
use chrono::NaiveDate;
use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::{LedgerId, MemberId, PersonId, RegionId};
use entity::member::{self, MemberKind};
use entity::person;
use uuid::Uuid;

use crate::access::Action;
use crate::error::Result;
use crate::gid::Gid;
use crate::ledger::{Draft, Record, code};
use crate::loader::{self, SeatsOf};
use crate::mutation::{Asking, Reread};
use crate::organisation::{self, Organisation};

/// A person's seat in an organisation 席位.
pub struct Member(pub member::Model);

#[Object]
impl Member {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Member, self.0.id).into()
    }

    /// Kind of seat 席位类型.
    async fn kind(&self) -> MemberKind {
        self.0.kind
    }

    /// First day 任职起.
    async fn from(&self) -> NaiveDate {
        self.0.from_on
    }

    /// Last day, where it has ended 任职止.
    async fn to(&self) -> Option<NaiveDate> {
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
pub struct Person(pub person::Model);

#[Object]
impl Person {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Person, self.0.id).into()
    }

    /// Name 姓名.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether the person is a member of the Party 是否中共党员.
    async fn is_party_member(&self) -> bool {
        self.0.party_member
    }

    /// What the person is good at 专长.
    async fn expertise(&self) -> Option<&str> {
        self.0.expertise.as_deref()
    }

    /// The person's seats, also past ones 席位.
    async fn seats(&self, ctx: &Context<'_>) -> Result<Vec<Member>> {
        let rows = loader::many(ctx.rows()?, SeatsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(Member).collect())
    }
}

#[derive(Default)]
pub struct MemberQuery;

#[Object]
impl MemberQuery {
    /// One seat 席位.
    async fn member(&self, ctx: &Context<'_>, #[graphql(desc = "Its id")] id: ID) -> Option<Result<Member>> {
        match Gid::parse(&id, "id", &[SourceType::Member]) {
            Ok(gid) => by_id(ctx, MemberId(gid.id)).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }
}

/// A seat by its id.
pub async fn by_id(ctx: &Context<'_>, id: MemberId) -> Result<Option<Member>> {
    Ok(loader::one(ctx.rows()?, id).await?.map(Member))
}

/// A person by id.
pub async fn person(ctx: &Context<'_>, id: PersonId) -> Result<Option<Person>> {
    Ok(loader::one(ctx.rows()?, id).await?.map(Person))
}

impl Reread for Member {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        ctx.viewer()?.may(Action::ReadReference)?;
        by_id(ctx, MemberId(id)).await
    }
}

impl Reread for Person {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        ctx.viewer()?.may(Action::ReadReference)?;
        person(ctx, PersonId(id)).await
    }
}

/// A seat with the place of its organisation.
pub struct Placed<'a>(pub &'a member::Model, pub RegionId);

impl Record for Placed<'_> {
    fn of(&self) -> SourceType {
        SourceType::Member
    }

    fn id(&self) -> Uuid {
        self.0.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        let Self(row, region) = self;
        vec![
            Draft::new(SourceType::Member, row.id, Step::Recorded, *region, row.from_on)
                .until(row.to_on)
                .kind(code(&row.kind))
                .refers([
                    (RefRole::HelperMember, row.id.0),
                    (RefRole::Person, row.person_id.0),
                    (RefRole::Organisation, row.organisation_id.0),
                ]),
        ]
    }
}
