//! Acts on committees: setting one up, ending one, and the comings and goings of its members.

use async_graphql::{Context, ID, InputObject, Object};
use entity::committee::{self, CommitteeKind};
use entity::committee_member::{self, CommitteeRole};
use entity::fact::SourceType;
use entity::ids::{CommitteeId, CommitteeMemberId, LedgerId, PersonId, RegionId};
use entity::organisation;
use entity::values::Date;
use sea_orm::{ColumnTrait, Condition, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::rows::{Placed, Sitting};
use super::{Committee, CommitteeMember, key};
use crate::access::Action;
use crate::access::scope::Whole;
use crate::ledger::{Act, Moves, Subject, Tx};
use crate::loader;
use crate::member;
use crate::mutation::{Asking, run};
use crate::name;
use crate::organisation as bodies;
use crate::payload;
use crate::record;
use crate::roster;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;

payload!(
    /// A committee, or what is to be mended 委室结果.
    CommitteePayload {
        /// The committee as it is now 委室.
        committee: Committee
    }
);

payload!(
    /// A place in a committee, or what is to be mended 委室成员结果.
    CommitteeMemberPayload {
        /// The place in the committee as it is now 委室成员.
        committee_member: CommitteeMember
    }
);

#[derive(Default)]
pub struct CommitteeMutation;

#[Object]
impl CommitteeMutation {
    /// Sets up a committee in an organisation 设立委室.
    async fn committee_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: CommitteeCreate,
    ) -> Option<async_graphql::Result<CommitteePayload>> {
        run(ctx, bodies::ledger_of(ctx, &input.organisation, "organisation").await, input).await
    }

    /// Ends a committee, and its members' places with it 撤销委室.
    async fn committee_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: CommitteeEnd,
    ) -> Option<async_graphql::Result<CommitteePayload>> {
        run(ctx, ledger_of(ctx, &input.committee).await, input).await
    }

    /// Gives a person a place in a committee 增补委室成员.
    async fn committee_member_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: CommitteeMemberAdd,
    ) -> Option<async_graphql::Result<CommitteeMemberPayload>> {
        run(ctx, ledger_of(ctx, &input.committee).await, input).await
    }

    /// Ends a person's place in a committee 委室成员离任.
    async fn committee_member_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: CommitteeMemberEnd,
    ) -> Option<async_graphql::Result<CommitteeMemberPayload>> {
        run(ctx, ledger_of_place(ctx, &input.committee_member).await, input).await
    }
}

async fn ledger_of(ctx: &Context<'_>, committee: &ID) -> Result<LedgerId> {
    ledger_by_id(ctx, key(committee, "committee")?, "committee").await
}

async fn ledger_of_place(ctx: &Context<'_>, place: &ID) -> Result<LedgerId> {
    let row = loader::one(ctx.rows()?, place_key(place)?).await?;
    Ok(row.ok_or_else(|| Error::missing("committeeMember"))?.keeper_id)
}

async fn ledger_by_id(ctx: &Context<'_>, id: CommitteeId, field: &str) -> Result<LedgerId> {
    let row = loader::one(ctx.rows()?, id).await?.ok_or_else(|| Error::missing(field))?;
    Ok(row.keeper_id)
}

fn place_key(id: &ID) -> Result<CommitteeMemberId> {
    Gid::parse(id, "committeeMember", &[SourceType::CommitteeMember]).map(|gid| CommitteeMemberId(gid.id))
}

const fn subject(id: CommitteeId) -> Subject {
    Subject { of: SourceType::Committee, id: id.0 }
}

const fn place_subject(id: CommitteeMemberId) -> Subject {
    Subject { of: SourceType::CommitteeMember, id: id.0 }
}

/// A committee to be set up 设立委室.
#[derive(InputObject, Serialize)]
#[graphql(name = "CommitteeCreateInput")]
pub struct CommitteeCreate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// The organisation it belongs to 所属单位.
    pub organisation: ID,
    /// The committee above 上级委室.
    pub parent: Option<ID>,
    /// Name, once at a time in an organisation 名称.
    pub name: String,
    /// Kind 类型.
    pub kind: CommitteeKind,
    /// First day 成立日期.
    pub from: Date,
}

impl Act for CommitteeCreate {
    const NAME: &'static str = "committeeCreate";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = bodies::key(&self.organisation, "organisation")?;
        let organisation = roster::kept::<organisation::Entity>(tx, id.0, "organisation").await?;
        bodies::there_from(&organisation, self.from, "from")?;
        let parent_id = self.parent(tx).await?;
        let name = check::text("name", &self.name)?;
        let same = Condition::all()
            .add(committee::Column::OrganisationId.eq(id))
            .add(committee::Column::Name.eq(&name))
            .add(roster::lasts(committee::Column::ToOn, self.from));
        let message = "a committee of this organisation has this name";
        roster::vacant::<committee::Entity>(tx, same, "name", message).await?;
        let row = tx
            .insert(committee::ActiveModel {
                id: Set(CommitteeId(check::id(self.id)?)),
                organisation_id: Set(id),
                parent_id: Set(parent_id),
                name: Set(name),
                kind: Set(self.kind),
                from_on: Set(self.from),
                to_on: Set(None),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        tx.created(&Placed(&row, organisation.region_id));
        name::keep(tx, row.id, &row.name).await?;
        Ok(subject(row.id))
    }
}

impl CommitteeCreate {
    async fn parent(&self, tx: &Tx) -> Result<Option<CommitteeId>> {
        let Some(parent) = &self.parent else { return Ok(None) };
        let id = key(parent, "parent")?;
        let row = roster::known::<committee::Entity>(tx, id.0, "parent").await?;
        if self.from < row.from_on || row.to_on.is_some() {
            let message = "`parent` is there from the first day on, and has no end";
            return Err(Error::field("parent", ErrorCode::Invalid, message));
        }
        Ok(Some(row.id))
    }
}

/// A committee to be ended 撤销委室.
#[derive(InputObject, Serialize)]
#[graphql(name = "CommitteeEndInput")]
pub struct CommitteeEnd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which committee 委室.
    pub committee: ID,
    /// Last day 撤销日期.
    pub to: Date,
}

impl Act for CommitteeEnd {
    const NAME: &'static str = "committeeEnd";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = key(&self.committee, "committee")?;
        let row = roster::kept::<committee::Entity>(tx, id.0, "committee").await?;
        roster::still_open(row.to_on, "committee")?;
        check::ends_after("to", row.from_on, Some(self.to))?;
        record::nothing_outside(tx, id.0, (None, Some(self.to)), "to").await?;
        none_below_after(tx, id, self.to).await?;
        let region = region_of(tx, &row).await?;
        for place in places_after(tx, id, self.to).await? {
            end_place(tx, place, self.to, region).await?;
        }
        let row = tx.update(committee::ActiveModel { to_on: Set(Some(self.to)), ..row.into() }).await?;
        tx.changed(&Placed(&row, region), Moves::default()).await?;
        Ok(subject(id))
    }
}

async fn region_of(tx: &Tx, committee: &committee::Model) -> Result<RegionId> {
    let id = committee.organisation_id;
    Ok(roster::known::<organisation::Entity>(tx, id.0, "committee").await?.region_id)
}

/// No committee outlasts the one that it is a part of.
async fn none_below_after(tx: &Tx, id: CommitteeId, last: Date) -> Result<()> {
    let below = committee::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(committee::Column::ParentId.eq(id))
        .filter(roster::outlasts(committee::Column::ToOn, last))
        .one(tx.db())
        .await?;
    roster::parts_end_first(below.as_ref().map(|part| part.name.as_str()))
}

/// Places in a committee that would outlast it.
async fn places_after(tx: &Tx, id: CommitteeId, to: Date) -> Result<Vec<committee_member::Model>> {
    use committee_member::Column;
    Ok(committee_member::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(Column::CommitteeId.eq(id))
        .filter(roster::outlasts(Column::ToOn, to))
        .all(tx.db())
        .await?)
}

async fn end_place(tx: &mut Tx, row: committee_member::Model, to: Date, region: RegionId) -> Result<()> {
    check::ends_after("to", row.from_on, Some(to))?;
    let row = tx.update(committee_member::ActiveModel { to_on: Set(Some(to)), ..row.into() }).await?;
    tx.changed(&Sitting(&row, region), Moves::default()).await
}

/// A person's place in a committee 增补委室成员.
#[derive(InputObject, Serialize)]
#[graphql(name = "CommitteeMemberAddInput")]
pub struct CommitteeMemberAdd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which committee 委室.
    pub committee: ID,
    /// Who, also from another organisation 人员.
    pub person: ID,
    /// As what 职务.
    pub role: CommitteeRole,
    /// First day 起.
    pub from: Date,
}

impl Act for CommitteeMemberAdd {
    const NAME: &'static str = "committeeMemberAdd";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = key(&self.committee, "committee")?;
        let committee = roster::kept::<committee::Entity>(tx, id.0, "committee").await?;
        roster::still_open(committee.to_on, "committee")?;
        if self.from < committee.from_on {
            let message = "the committee did not exist on the first day";
            return Err(Error::field("from", ErrorCode::Invalid, message));
        }
        check::day("from", self.from)?;
        let person = member::known_person(tx, &self.person, "person").await?.id;
        self.must_be_new(tx, id, person).await?;
        let row = tx
            .insert(committee_member::ActiveModel {
                id: Set(CommitteeMemberId::fresh()),
                committee_id: Set(id),
                person_id: Set(person),
                role: Set(self.role),
                from_on: Set(self.from),
                to_on: Set(None),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        let region = region_of(tx, &committee).await?;
        tx.created(&Sitting(&row, region));
        Ok(place_subject(row.id))
    }
}

impl CommitteeMemberAdd {
    async fn must_be_new(&self, tx: &Tx, committee: CommitteeId, person: PersonId) -> Result<()> {
        use committee_member::Column;
        let same = Condition::all()
            .add(Column::CommitteeId.eq(committee))
            .add(Column::PersonId.eq(person))
            .add(roster::lasts(Column::ToOn, self.from));
        let message = "this person is in the committee";
        roster::vacant::<committee_member::Entity>(tx, same, "person", message).await
    }
}

/// A place in a committee to be ended 委室成员离任.
#[derive(InputObject, Serialize)]
#[graphql(name = "CommitteeMemberEndInput")]
pub struct CommitteeMemberEnd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which place in a committee 委室成员.
    pub committee_member: ID,
    /// Last day 止.
    pub to: Date,
}

impl Act for CommitteeMemberEnd {
    const NAME: &'static str = "committeeMemberEnd";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = place_key(&self.committee_member)?;
        let row = roster::kept::<committee_member::Entity>(tx, id.0, "committeeMember").await?;
        roster::still_open(row.to_on, "committeeMember")?;
        let committee = roster::known::<committee::Entity>(tx, row.committee_id.0, "committeeMember").await?;
        let region = region_of(tx, &committee).await?;
        end_place(tx, row, self.to, region).await?;
        Ok(place_subject(id))
    }
}
