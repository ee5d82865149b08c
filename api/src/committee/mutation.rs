//! Acts on committees: setting up and ending a committee, and giving and ending places in it.

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
use platform::say;

payload!(
    /// A committee, or the errors to correct.
    /// 委室结果,或需更正的错误。
    CommitteePayload {
        /// The committee as it stands after the act.
        /// 操作后的委室。
        committee: Committee
    }
);

payload!(
    /// A place in a committee, or the errors to correct.
    /// 委室成员结果,或需更正的错误。
    CommitteeMemberPayload {
        /// The place in the committee as it stands after the act.
        /// 操作后的委室成员。
        committee_member: CommitteeMember
    }
);

#[derive(Default)]
pub struct CommitteeMutation;

#[Object]
impl CommitteeMutation {
    /// Sets up a committee in an organisation.
    /// 在单位内设立委室。
    async fn committee_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The committee to set up.\n要设立的委室。")] input: CommitteeCreate,
    ) -> Option<async_graphql::Result<CommitteePayload>> {
        run(ctx, bodies::ledger_of(ctx, &input.organisation, "organisation").await, input).await
    }

    /// Ends a committee, and with it the places of its members.
    /// 撤销委室,其成员同时离任。
    async fn committee_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The committee to end.\n要撤销的委室。")] input: CommitteeEnd,
    ) -> Option<async_graphql::Result<CommitteePayload>> {
        run(ctx, ledger_of(ctx, &input.committee).await, input).await
    }

    /// Gives a person a place in a committee.
    /// 增补委室成员。
    async fn committee_member_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person and their place in the committee.\n人员及其委室职务。")]
        input: CommitteeMemberAdd,
    ) -> Option<async_graphql::Result<CommitteeMemberPayload>> {
        run(ctx, ledger_of(ctx, &input.committee).await, input).await
    }

    /// Ends a person's place in a committee.
    /// 委室成员离任。
    async fn committee_member_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The place to end.\n要离任的委室成员。")] input: CommitteeMemberEnd,
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

/// A committee to set up.
/// 要设立的委室。
#[derive(InputObject, Serialize)]
#[graphql(name = "CommitteeCreateInput")]
pub struct CommitteeCreate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Global id of the organisation to which the committee belongs.
    /// 所属单位的全局标识。
    pub organisation: ID,
    /// Global id of the committee of which this one is a part; none if absent.
    /// 上级委室的全局标识;可不填。
    pub parent: Option<ID>,
    /// Name; two committees of an organisation never bear one name at the same time.
    /// 委室名称;同一单位同期的委室不得重名。
    pub name: String,
    /// Kind of the committee.
    /// 委室类型。
    pub kind: CommitteeKind,
    /// First day of the committee.
    /// 成立日期。
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
        let name = check::name("name", &self.name)?;
        let same = Condition::all()
            .add(committee::Column::OrganisationId.eq(id))
            .add(committee::Column::Name.eq(&name))
            .add(roster::lasts(committee::Column::ToOn, self.from));
        let message = say!("committee-name-taken");
        roster::vacant::<committee::Entity>(tx, same, "name", message).await?;
        let row = tx
            .insert(committee::ActiveModel {
                id: Set(CommitteeId(tx.new_id(self.id).await?)),
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
            return Err(Error::field("parent", ErrorCode::Invalid, say!("parent-not-throughout")));
        }
        Ok(Some(row.id))
    }
}

/// A committee to end.
/// 要撤销的委室。
#[derive(InputObject, Serialize)]
#[graphql(name = "CommitteeEndInput")]
pub struct CommitteeEnd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of the committee.
    /// 委室的全局标识。
    pub committee: ID,
    /// Last day of the committee.
    /// 撤销日期。
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

/// Refuses if a committee below this one lasts beyond the last day.
async fn none_below_after(tx: &Tx, id: CommitteeId, last: Date) -> Result<()> {
    let below = committee::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(committee::Column::ParentId.eq(id))
        .filter(roster::outlasts(committee::Column::ToOn, last))
        .one(tx.db())
        .await?;
    roster::parts_end_first(below.as_ref().map(|part| part.name.as_str()))
}

/// Places in a committee that last beyond its last day.
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

/// A person's new place in a committee.
/// 要增补的委室成员。
#[derive(InputObject, Serialize)]
#[graphql(name = "CommitteeMemberAddInput")]
pub struct CommitteeMemberAdd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of the committee.
    /// 委室的全局标识。
    pub committee: ID,
    /// Global id of the person, who may belong to another organisation.
    /// 人员的全局标识;可为其他单位的人员。
    pub person: ID,
    /// Role of the person in the committee.
    /// 委室内职务。
    pub role: CommitteeRole,
    /// First day in the place.
    /// 任职起始日。
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
            let message = say!("committee-begins-later", first = committee.from_on);
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
        let message = say!("committee-member-person-taken");
        roster::vacant::<committee_member::Entity>(tx, same, "person", message).await
    }
}

/// A place in a committee to end.
/// 要离任的委室成员。
#[derive(InputObject, Serialize)]
#[graphql(name = "CommitteeMemberEndInput")]
pub struct CommitteeMemberEnd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of the place in the committee.
    /// 委室成员的全局标识。
    pub committee_member: ID,
    /// Last day in the place.
    /// 任职截止日。
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
