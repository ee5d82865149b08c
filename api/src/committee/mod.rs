//! Committees 委室·小组: bodies inside an organisation, with dated members from here and elsewhere.

use async_graphql::{Context, ID, Object};
use chrono::NaiveDate;
use entity::committee::{self, CommitteeKind};
use entity::committee_member::{self, CommitteeRole};
use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::{CommitteeId, LedgerId, RegionId};
use uuid::Uuid;

use crate::access::Action;
use crate::error::Result;
use crate::gid::Gid;
use crate::ledger::{Draft, Record, code};
use crate::loader::{self, CommitteeMembersOf};
use crate::member::{self, Person};
use crate::mutation::{Asking, Reread};
use crate::organisation::{self, Organisation};

/// A committee of an organisation 委室.
pub struct Committee(pub committee::Model);

#[Object]
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
    async fn from(&self) -> NaiveDate {
        self.0.from_on
    }

    /// Last day, where it has ended 撤销日期.
    async fn to(&self) -> Option<NaiveDate> {
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
pub struct CommitteeMember(pub committee_member::Model);

#[Object]
impl CommitteeMember {
    /// Who 人员.
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        member::person(ctx, self.0.person_id).await.transpose()
    }

    /// As what 职务.
    async fn role(&self) -> CommitteeRole {
        self.0.role
    }

    /// First day 起.
    async fn from(&self) -> NaiveDate {
        self.0.from_on
    }

    /// Last day, where it has ended 止.
    async fn to(&self) -> Option<NaiveDate> {
        self.0.to_on
    }
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
            Ok(gid) => by_id(ctx, CommitteeId(gid.id)).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }
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

/// A committee with the place of its organisation.
pub struct Placed<'a>(pub &'a committee::Model, pub RegionId);

impl Record for Placed<'_> {
    fn of(&self) -> SourceType {
        SourceType::Committee
    }

    fn id(&self) -> Uuid {
        self.0.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        let Self(row, region) = self;
        vec![
            Draft::new(SourceType::Committee, row.id, Step::Recorded, *region, row.from_on)
                .until(row.to_on)
                .kind(code(&row.kind))
                .refers([
                    (RefRole::HelperCommittee, row.id.0),
                    (RefRole::Organisation, row.organisation_id.0),
                ]),
        ]
    }
}
