//! Acts on people and seats: registering a person, giving a seat, ending one.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::fact::SourceType;
use entity::ids::{LedgerId, MemberId, OrganisationId, PersonId};
use entity::member::{self, MemberKind};
use entity::personal::PersonalKind;
use entity::values::Date;
use entity::{organisation, person};
use sea_orm::{ColumnTrait, Condition, IntoActiveModel, Set};
use serde::Serialize;
use uuid::Uuid;

use super::rows::Placed;
use super::{Member, Person, key, person_key};
use crate::access::Action;
use crate::ledger::{Act, Moves, Subject, Tx};
use crate::loader;
use crate::mutation::{Asking, run};
use crate::name;
use crate::organisation as bodies;
use crate::payload;
use crate::personal::{self, Owner, Written};
use crate::record;
use crate::region;
use crate::roster;
use platform::check;
use platform::error::{Error, Result};

payload!(
    /// A person, or what is to be mended 人员结果.
    PersonPayload {
        /// The person as they are now 人员.
        person: Person
    }
);

payload!(
    /// A seat, or what is to be mended 席位结果.
    MemberPayload {
        /// The seat as it is now 席位.
        member: Member
    }
);

#[derive(Default)]
pub struct MemberMutation;

#[Object]
impl MemberMutation {
    /// Registers a person, with or without a seat to come 人员登记.
    async fn person_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: PersonRegister,
    ) -> Option<async_graphql::Result<PersonPayload>> {
        run(ctx, region::ledger_of(ctx, &input.region, "region").await, input).await
    }

    /// Changes what is said of a person; absent fields stay 人员变更.
    async fn person_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: PersonUpdate,
    ) -> Option<async_graphql::Result<PersonPayload>> {
        run(ctx, ledger_of_person(ctx, &input.person, "person").await, input).await
    }

    /// Gives a person a seat in an organisation 任职.
    async fn member_appoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: MemberAppoint,
    ) -> Option<async_graphql::Result<MemberPayload>> {
        run(ctx, bodies::ledger_of(ctx, &input.organisation, "organisation").await, input).await
    }

    /// Changes the attributes of a seat 席位变更.
    async fn member_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: MemberUpdate,
    ) -> Option<async_graphql::Result<MemberPayload>> {
        run(ctx, ledger_of(ctx, &input.member).await, input).await
    }

    /// Ends a seat 离任.
    async fn member_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: MemberEnd,
    ) -> Option<async_graphql::Result<MemberPayload>> {
        run(ctx, ledger_of(ctx, &input.member).await, input).await
    }
}

async fn ledger_of(ctx: &Context<'_>, member: &ID) -> Result<LedgerId> {
    let row = loader::one(ctx.rows()?, key(member, "member")?).await?;
    let row = row.ok_or_else(|| Error::missing("member"))?;
    Ok(row.keeper_id)
}

/// The ledger that keeps the person of an input.
pub async fn ledger_of_person(ctx: &Context<'_>, person: &ID, field: &str) -> Result<LedgerId> {
    let known = super::person(ctx, person_key(person, field)?).await?;
    known.map(|person| person.0.keeper_id).ok_or_else(|| Error::missing(field))
}

/// A person to be registered 人员登记.
#[derive(InputObject, Serialize)]
#[graphql(name = "PersonRegisterInput")]
pub struct PersonRegister {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// Name 姓名.
    pub name: String,
    /// Whether the person is a member of the Party; not where absent 是否中共党员.
    pub is_party_member: Option<bool>,
    /// What the person is good at 专长.
    pub expertise: Option<String>,
    /// Identity number 身份证号.
    pub identity_number: Option<Written>,
    /// Phone 电话.
    pub phone: Option<Written>,
    /// Whose ledger keeps the person 所在区划.
    pub region: ID,
}

impl Act for PersonRegister {
    const NAME: &'static str = "personRegister";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        region::kept(tx, region::key(&self.region, "region")?, "region").await?;
        let row = tx
            .insert(person::ActiveModel {
                id: Set(PersonId(check::id(self.id)?)),
                name: Set(check::text("name", &self.name)?),
                party_member: Set(self.is_party_member.unwrap_or_default()),
                expertise: Set(check::optional_text("expertise", self.expertise.as_deref())?),
                keeper_id: Set(tx.ledger()),
                erased_on: Set(None),
            })
            .await?;
        tx.created(&row);
        name::keep(tx, row.id, &row.name).await?;
        let (owner, number) = (Owner::person(row.id), self.identity_number.as_ref());
        personal::keep(tx, owner, PersonalKind::IdentityNumber, "identityNumber", number).await?;
        personal::keep(tx, owner, PersonalKind::Phone, "phone", self.phone.as_ref()).await?;
        Ok(Subject { of: SourceType::Person, id: row.id.0 })
    }
}

/// What changes in a person 人员变更.
#[derive(InputObject, Serialize)]
#[graphql(name = "PersonUpdateInput")]
pub struct PersonUpdate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which person 人员.
    pub person: ID,
    /// Name 姓名.
    pub name: Option<String>,
    /// Whether the person is a member of the Party 是否中共党员.
    pub is_party_member: Option<bool>,
    /// What the person is good at 专长.
    pub expertise: MaybeUndefined<String>,
    /// Identity number; its mask leaves it as it is 身份证号.
    pub identity_number: MaybeUndefined<Written>,
    /// Phone; its mask leaves it as it is 电话.
    pub phone: MaybeUndefined<Written>,
}

impl Act for PersonUpdate {
    const NAME: &'static str = "personUpdate";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = person_key(&self.person, "person")?;
        let row = roster::kept::<person::Entity>(tx, id.0, "person").await?;
        check::not_erased(row.erased_on, "person")?;
        let mut row = row.into_active_model();
        if let Some(name) = &self.name {
            row.name = Set(check::text("name", name)?);
        }
        if let Some(party_member) = self.is_party_member {
            row.party_member = Set(party_member);
        }
        if !self.expertise.is_undefined() {
            let expertise = self.expertise.as_opt_deref().flatten();
            row.expertise = Set(check::optional_text("expertise", expertise)?);
        }
        let row = tx.update(row).await?;
        tx.changed(&row, Moves::default()).await?;
        if self.name.is_some() {
            name::keep(tx, row.id, &row.name).await?;
        }
        let (owner, number) = (Owner::person(row.id), PersonalKind::IdentityNumber);
        personal::keep_change(tx, owner, number, "identityNumber", &self.identity_number).await?;
        personal::keep_change(tx, owner, PersonalKind::Phone, "phone", &self.phone).await?;
        Ok(Subject { of: SourceType::Person, id: row.id.0 })
    }
}

/// A seat to be given 任职.
#[derive(InputObject, Serialize)]
#[graphql(name = "MemberAppointInput")]
pub struct MemberAppoint {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// Who 人员.
    pub person: ID,
    /// Where the seat is 所在单位.
    pub organisation: ID,
    /// Kind of seat 席位类型.
    pub kind: MemberKind,
    /// Attributes of the seat, by category key: resident, principal … 标签.
    #[graphql(default)]
    pub tags: Vec<Uuid>,
    /// First day 任职起.
    pub from: Date,
}

impl Act for MemberAppoint {
    const NAME: &'static str = "memberAppoint";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let at = bodies::key(&self.organisation, "organisation")?;
        let organisation = roster::kept::<organisation::Entity>(tx, at.0, "organisation").await?;
        bodies::there_from(&organisation, self.from, "from")?;
        let person = known_person(tx, &self.person, "person").await?.id;
        self.must_be_new(tx, person, at).await?;
        let row = tx
            .insert(member::ActiveModel {
                id: Set(MemberId(check::id(self.id)?)),
                person_id: Set(person),
                organisation_id: Set(at),
                kind: Set(self.kind),
                tags: Set(roster::tags(tx, &self.tags).await?),
                from_on: Set(self.from),
                to_on: Set(None),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        tx.created(&Placed(&row, organisation.region_id));
        Ok(Subject { of: SourceType::Member, id: row.id.0 })
    }
}

/// A person whom an act may give something: whoever keeps them, and of whom something is still known.
pub async fn known_person(tx: &Tx, id: &ID, field: &str) -> Result<person::Model> {
    let row = roster::known::<person::Entity>(tx, person_key(id, field)?.0, field).await?;
    check::not_erased(row.erased_on, field)?;
    Ok(row)
}

impl MemberAppoint {
    async fn must_be_new(&self, tx: &Tx, person: PersonId, at: OrganisationId) -> Result<()> {
        use member::Column;
        let same = Condition::all()
            .add(Column::PersonId.eq(person))
            .add(Column::OrganisationId.eq(at))
            .add(Column::Kind.eq(self.kind))
            .add(roster::lasts(Column::ToOn, self.from));
        let message = "this person holds such a seat here";
        roster::vacant::<member::Entity>(tx, same, "person", message).await
    }
}

/// What changes in a seat; another kind of seat is another seat 席位变更.
#[derive(InputObject, Serialize)]
#[graphql(name = "MemberUpdateInput")]
pub struct MemberUpdate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which seat 席位.
    pub member: ID,
    /// All its attributes, by category key; none where empty 标签.
    pub tags: Vec<Uuid>,
}

impl Act for MemberUpdate {
    const NAME: &'static str = "memberUpdate";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = key(&self.member, "member")?;
        let row = roster::kept::<member::Entity>(tx, id.0, "member").await?;
        let tags = Set(roster::tags(tx, &self.tags).await?);
        changed(tx, member::ActiveModel { tags, ..row.into() }).await
    }
}

/// Writes a changed seat.
async fn changed(tx: &mut Tx, row: member::ActiveModel) -> Result<Subject> {
    let row = tx.update(row).await?;
    let organisation = roster::known::<organisation::Entity>(tx, row.organisation_id.0, "member").await?;
    tx.changed(&Placed(&row, organisation.region_id), Moves::default()).await?;
    Ok(Subject { of: SourceType::Member, id: row.id.0 })
}

/// A seat to be ended 离任.
#[derive(InputObject, Serialize)]
#[graphql(name = "MemberEndInput")]
pub struct MemberEnd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which seat 席位.
    pub member: ID,
    /// Last day 任职止.
    pub to: Date,
}

impl Act for MemberEnd {
    const NAME: &'static str = "memberEnd";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = key(&self.member, "member")?;
        let row = roster::kept::<member::Entity>(tx, id.0, "member").await?;
        roster::still_open(row.to_on, "member")?;
        check::ends_after("to", row.from_on, Some(self.to))?;
        record::nothing_outside(tx, id.0, (None, Some(self.to)), "to").await?;
        changed(tx, member::ActiveModel { to_on: Set(Some(self.to)), ..row.into() }).await
    }
}
