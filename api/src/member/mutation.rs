//! Acts on people and seats: registering and changing a person, giving, changing and ending a seat.

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
use platform::say;

payload!(
    /// A person, or the errors to correct.
    /// 人员结果,或需更正的错误。
    PersonPayload {
        /// The person as registered now; empty if there are errors.
        /// 人员的当前内容;有错误时为空。
        person: Person
    }
);

payload!(
    /// A seat, or the errors to correct.
    /// 席位结果,或需更正的错误。
    MemberPayload {
        /// The seat as it is now; empty if there are errors.
        /// 席位的当前内容;有错误时为空。
        member: Member
    }
);

#[derive(Default)]
pub struct MemberMutation;

#[Object]
impl MemberMutation {
    /// Registers a person; `memberAppoint` can give a seat afterwards.
    /// 登记人员;之后可用 `memberAppoint` 任命席位。
    async fn person_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person to register.\n要登记的人员。")] input: PersonRegister,
    ) -> Option<async_graphql::Result<PersonPayload>> {
        run(ctx, region::ledger_of(ctx, &input.region, "region").await, input).await
    }

    /// Changes a person; absent fields stay as they are.
    /// 变更人员信息;未填的字段不变。
    async fn person_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person to change.\n要变更的人员。")] input: PersonUpdate,
    ) -> Option<async_graphql::Result<PersonPayload>> {
        run(ctx, ledger_of_person(ctx, &input.person, "person").await, input).await
    }

    /// Gives a person a seat in an organisation.
    /// 登记人员在单位的任职。
    async fn member_appoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The seat to give.\n要登记的任职。")] input: MemberAppoint,
    ) -> Option<async_graphql::Result<MemberPayload>> {
        run(ctx, bodies::ledger_of(ctx, &input.organisation, "organisation").await, input).await
    }

    /// Changes the tags of a seat.
    /// 变更席位标签。
    async fn member_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The seat to change.\n要变更的席位。")] input: MemberUpdate,
    ) -> Option<async_graphql::Result<MemberPayload>> {
        run(ctx, ledger_of(ctx, &input.member).await, input).await
    }

    /// Ends a seat on a day.
    /// 登记离任。
    async fn member_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The seat to end.\n要结束的席位。")] input: MemberEnd,
    ) -> Option<async_graphql::Result<MemberPayload>> {
        run(ctx, ledger_of(ctx, &input.member).await, input).await
    }
}

async fn ledger_of(ctx: &Context<'_>, member: &ID) -> Result<LedgerId> {
    let row = loader::one(ctx.rows()?, key(member, "member")?).await?;
    let row = row.ok_or_else(|| Error::missing("member"))?;
    Ok(row.keeper_id)
}

/// The ledger that keeps the person whom an input names.
pub async fn ledger_of_person(ctx: &Context<'_>, person: &ID, field: &str) -> Result<LedgerId> {
    let known = super::person(ctx, person_key(person, field)?).await?;
    known.map(|person| person.0.keeper_id).ok_or_else(|| Error::missing(field))
}

/// A person to register.
/// 要登记的人员。
#[derive(InputObject, Serialize)]
#[graphql(name = "PersonRegisterInput")]
pub struct PersonRegister {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Name.
    /// 姓名。
    pub name: String,
    /// True if the person is a member of the Party; false if absent.
    /// 是否中共党员,默认否。
    pub is_party_member: Option<bool>,
    /// Expertise of the person.
    /// 专长。
    pub expertise: Option<String>,
    /// Identity number; kept sealed. Nobody else of the roster of the ledger may have it.
    /// 身份证号;加密保存,同一台账的人员不得重复。
    pub identity_number: Option<Written>,
    /// Phone; kept sealed.
    /// 电话;加密保存。
    pub phone: Option<Written>,
    /// Region whose ledger keeps the person.
    /// 人员建档所在区划。
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
                id: Set(PersonId(tx.new_id(self.id).await?)),
                name: Set(check::name("name", &self.name)?),
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

/// A person to change; absent fields stay as they are.
/// 要变更的人员;未填的字段不变。
#[derive(InputObject, Serialize)]
#[graphql(name = "PersonUpdateInput")]
pub struct PersonUpdate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Person to change.
    /// 要变更的人员。
    pub person: ID,
    /// Name.
    /// 姓名。
    pub name: Option<String>,
    /// True if the person is a member of the Party.
    /// 是否中共党员。
    pub is_party_member: Option<bool>,
    /// Expertise of the person; null removes it.
    /// 专长;传空则清除。
    pub expertise: MaybeUndefined<String>,
    /// Identity number; null removes it, its own mask leaves it as it is.
    /// 身份证号;传空则清除,传回其掩码则不变。
    pub identity_number: MaybeUndefined<Written>,
    /// Phone; null removes it, its own mask leaves it as it is.
    /// 电话;传空则清除,传回其掩码则不变。
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
            row.name = Set(check::name("name", name)?);
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

/// A seat to give to a person.
/// 要登记的任职。
#[derive(InputObject, Serialize)]
#[graphql(name = "MemberAppointInput")]
pub struct MemberAppoint {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Person who gets the seat.
    /// 任职人员。
    pub person: ID,
    /// Organisation in which the seat is.
    /// 席位所在单位。
    pub organisation: ID,
    /// Kind of the seat; a person holds one seat of a kind in an organisation at a time.
    /// 席位类型;同一人在同一单位同时只能有一个同类席位。
    pub kind: MemberKind,
    /// Keys of the categories that the seat is tagged with, such as resident or principal.
    /// 席位标签的类别键,如驻会、主要负责人。
    #[graphql(default)]
    pub tags: Vec<Uuid>,
    /// First day of the seat.
    /// 任职起始日期。
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
                id: Set(MemberId(tx.new_id(self.id).await?)),
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

/// A person whom an act may name, in whatever ledger kept. Refuses a person whose data were erased.
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
        let message = say!("member-seat-taken");
        roster::vacant::<member::Entity>(tx, same, "person", message).await
    }
}

/// A seat to change. Its kind cannot be changed: another kind is another seat.
/// 要变更的席位;类型不可变更,换类型须另设席位。
#[derive(InputObject, Serialize)]
#[graphql(name = "MemberUpdateInput")]
pub struct MemberUpdate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Seat to change.
    /// 要变更的席位。
    pub member: ID,
    /// Keys of all categories that the seat is tagged with; an empty list removes the tags.
    /// 席位全部标签的类别键;空列表表示清除标签。
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

/// A seat to end.
/// 要结束的席位。
#[derive(InputObject, Serialize)]
#[graphql(name = "MemberEndInput")]
pub struct MemberEnd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Seat to end.
    /// 要结束的席位。
    pub member: ID,
    /// Last day of the seat; no link or record of the seat may lie after it.
    /// 任职结束日期;其后不得有该席位的结对或记录。
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
