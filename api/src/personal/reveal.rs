//! Showing personal values in clear, once, for a purpose and a reason that the ledger remembers, and only so often a day.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::access_line::AccessResult;
use entity::fact::SourceType;
use entity::ids::{LedgerId, PersonId};
use entity::personal::PersonalKind;
use entity::reveal::RevealPurpose;
use entity::{household, person, personal_value, reveal};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, Iterable, PaginatorTrait, QueryFilter, QueryOrder, Set,
};
use serde::Serialize;
use uuid::Uuid;

use super::opened;
use crate::access::{Action, Scope, Within};
use crate::access_log;
use crate::ledger::{Act, Subject, Tx, code};
use crate::member::{self, person_key};
use crate::mutation::Asking;
use crate::roster;
use platform::check;
use platform::error::{Error, ErrorCode, Result, UserError};
use platform::gid::Gid;

/// Values in clear, or what is to be mended 明文结果.
#[derive(SimpleObject)]
pub struct RevealPayload {
    /// The values, this once; nothing where the key was used before 明文.
    values: Option<Vec<RevealedValue>>,
    /// What the person can mend; nothing was shown where there is any 可更正的错误.
    user_errors: Vec<UserError>,
}

/// A personal value in clear 明文.
#[derive(SimpleObject)]
pub struct RevealedValue {
    /// Global id of the household, family member or person whose it is 所属.
    owner: ID,
    /// What it is 类型.
    kind: PersonalKind,
    /// The value 明文.
    value: String,
}

#[derive(Default)]
pub struct RevealMutation;

#[Object]
impl RevealMutation {
    /// Shows sealed values of a household and its family in clear; it is audited, and limited per day 查看农户明文.
    async fn household_reveal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of whom, what, and why")] input: HouseholdReveal,
    ) -> Option<async_graphql::Result<RevealPayload>> {
        let ledger =
            Gid::parse(&input.household, "household", &[SourceType::Household]).map(|gid| gid.ledger);
        let these = input.these();
        Some(answered(ctx, ledger, input, these).await)
    }

    /// Shows sealed values of a person in clear; it is audited, and limited per day 查看人员明文.
    async fn person_reveal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of whom, what, and why")] input: PersonReveal,
    ) -> Option<async_graphql::Result<RevealPayload>> {
        let ledger = member::ledger_of_person(ctx, &input.person, "person").await;
        let these = input.these();
        Some(answered(ctx, ledger, input, these).await)
    }
}

async fn answered<I>(
    ctx: &Context<'_>,
    ledger: Result<LedgerId>,
    input: I,
    these: Result<Condition>,
) -> async_graphql::Result<RevealPayload>
where
    Limited<I>: Act,
{
    let about = ledger.as_ref().ok().copied();
    let done = revealed(ctx, ledger, input, these).await;
    let (values, user_errors) = shown(ctx, Limited::<I>::NAME, about, done)?;
    Ok(RevealPayload { values, user_errors })
}

/// What an act has shown, and what is to be mended; the access log is told of a refusal.
pub fn shown<T>(
    ctx: &Context<'_>,
    act: &'static str,
    about: Option<LedgerId>,
    done: Result<Option<T>>,
) -> async_graphql::Result<(Option<T>, Vec<UserError>)> {
    let refusal = done.as_ref().err().and_then(|error| match error.code() {
        ErrorCode::LimitExceeded => Some(AccessResult::LimitExceeded),
        _ => access_log::result_of(error),
    });
    if let Some(result) = refusal {
        access_log::refused(ctx, act, about, result);
    }
    match done {
        Ok(shown) => Ok((shown, vec![])),
        Err(Error::User(error)) => Ok((None, vec![error])),
        Err(error) => Err(error.into()),
    }
}

/// The audit first: no value is opened before the act that says so is in the journal.
async fn revealed<I>(
    ctx: &Context<'_>,
    ledger: Result<LedgerId>,
    input: I,
    these: Result<Condition>,
) -> Result<Option<Vec<RevealedValue>>>
where
    Limited<I>: Act,
{
    let (app, viewer) = (ctx.app()?, ctx.viewer()?);
    let scope = viewer.may(Action::Reveal)?;
    let (ledger, these) = (ledger?, these?);
    let server = app.apart().await;
    let act = Limited { input, per_day: server.reveals_per_day };
    let receipt = server.ledger.enter(viewer, ledger, act).await?;
    drop(server);
    if receipt.repeated {
        return Ok(None);
    }
    let rows = values(&app.db, &scope, ledger, these).await?;
    rows.iter().map(|row| in_clear(ctx, row)).collect::<Result<_>>().map(Some)
}

fn in_clear(ctx: &Context<'_>, row: &personal_value::Model) -> Result<RevealedValue> {
    let owner = Gid::subject(row.owner_type, row.ledger_id, row.owner_id);
    let value = opened(row, ctx.app()?.keys.get(row.key_id)?.as_ref())?;
    Ok(RevealedValue { owner: owner.into(), kind: row.kind, value })
}

async fn values(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ledger: LedgerId,
    these: Condition,
) -> Result<Vec<personal_value::Model>> {
    use personal_value::Column;
    Ok(personal_value::Entity::within(scope)
        .filter(Column::LedgerId.eq(ledger))
        .filter(these)
        .order_by_asc(Column::OwnerId)
        .order_by_asc(Column::Kind)
        .all(db)
        .await?)
}

/// Of a household, what, and why 查看农户明文.
#[derive(InputObject, Serialize)]
#[graphql(name = "HouseholdRevealInput")]
pub struct HouseholdReveal {
    /// Chosen by the caller, once per intent; a repeat shows nothing again 幂等键.
    pub idempotency_key: String,
    /// Which household 农户.
    pub household: ID,
    /// Only of this member of its family; of the household and all its family where absent 家庭成员.
    pub member: Option<ID>,
    /// Which kinds of values 类型.
    pub kinds: Vec<PersonalKind>,
    /// What they are needed for 用途.
    pub purpose: RevealPurpose,
    /// Why, in words; it is kept, so it holds no personal value itself 理由.
    pub reason: String,
}

/// Of a person, what, and why 查看人员明文.
#[derive(InputObject, Serialize)]
#[graphql(name = "PersonRevealInput")]
pub struct PersonReveal {
    /// Chosen by the caller, once per intent; a repeat shows nothing again 幂等键.
    pub idempotency_key: String,
    /// Which person 人员.
    pub person: ID,
    /// Which kinds of values 类型.
    pub kinds: Vec<PersonalKind>,
    /// What they are needed for 用途.
    pub purpose: RevealPurpose,
    /// Why, in words; it is kept, so it holds no personal value itself 理由.
    pub reason: String,
}

/// An input with how often it is granted; the limit is no part of what was asked.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Limited<I> {
    input: I,
    #[serde(skip)]
    per_day: u32,
}

impl HouseholdReveal {
    fn these(&self) -> Result<Condition> {
        use personal_value::Column;
        let household = Gid::parse(&self.household, "household", &[SourceType::Household])?;
        let mut these = Condition::all()
            .add(Column::HouseholdId.eq(household.id))
            .add(Column::Kind.is_in(self.kinds.clone()));
        if let Some(member) = &self.member {
            let member = Gid::parse(member, "member", &[SourceType::FamilyMember])?;
            these = these.add(Column::OwnerType.eq(member.of)).add(Column::OwnerId.eq(member.id));
        }
        Ok(these)
    }
}

impl PersonReveal {
    fn these(&self) -> Result<Condition> {
        use personal_value::Column;
        let person = person_key(&self.person, "person")?;
        Ok(Condition::all()
            .add(Column::OwnerType.eq(SourceType::Person))
            .add(Column::OwnerId.eq(person.0))
            .add(Column::Kind.is_in(self.kinds.clone())))
    }
}

impl Act for Limited<HouseholdReveal> {
    const NAME: &'static str = "householdReveal";
    const ACTION: Action = Action::Reveal;

    fn idempotency_key(&self) -> &str {
        &self.input.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let input = &self.input;
        let id = crate::household::household_of(&input.household)?;
        household::Entity::within(tx.scope())
            .filter(household::Column::LedgerId.eq(tx.ledger()))
            .filter(household::Column::Id.eq(id))
            .one(tx.db())
            .await?
            .ok_or_else(|| Error::missing("household"))?;
        let rows = values(tx.db(), tx.scope(), tx.ledger(), input.these()?).await?;
        let whose = input
            .member
            .as_ref()
            .and_then(Gid::decode)
            .map_or((SourceType::Household, id.0), |gid| (gid.of, gid.id));
        self.note(tx, whose, &rows, (input.purpose, &input.reason)).await?;
        Ok(Subject { of: SourceType::Household, id: id.0 })
    }
}

impl Act for Limited<PersonReveal> {
    const NAME: &'static str = "personReveal";
    const ACTION: Action = Action::Reveal;

    fn idempotency_key(&self) -> &str {
        &self.input.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let input = &self.input;
        let id: PersonId = person_key(&input.person, "person")?;
        roster::kept::<person::Entity>(tx, id.0, "person").await?;
        let rows = values(tx.db(), tx.scope(), tx.ledger(), input.these()?).await?;
        let whose = (SourceType::Person, id.0);
        self.note(tx, whose, &rows, (input.purpose, &input.reason)).await?;
        Ok(Subject { of: SourceType::Person, id: id.0 })
    }
}

impl<I: Sync> Limited<I> {
    async fn note(
        &self,
        tx: &Tx,
        whose: (SourceType, Uuid),
        rows: &[personal_value::Model],
        why: (RevealPurpose, &str),
    ) -> Result<()> {
        if rows.is_empty() {
            return Err(Error::field("kinds", ErrorCode::NotFound, "no value of these kinds is recorded"));
        }
        note(tx, whose, rows, why, self.per_day).await
    }
}

/// Takes note that these values are shown in clear, so often a day for an account and no more.
pub async fn note(
    tx: &Tx,
    (owner_type, owner_id): (SourceType, Uuid),
    rows: &[personal_value::Model],
    (purpose, reason): (RevealPurpose, &str),
    per_day: u32,
) -> Result<()> {
    let reason = check::prose("reason", reason)?;
    once_more(tx, per_day).await?;
    let mut kinds: Vec<String> = rows.iter().map(|row| code(&row.kind)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    tx.insert(reveal::ActiveModel {
        ledger_id: Set(tx.ledger()),
        seq: Set(tx.seq()),
        account_id: Set(tx.account()),
        on_day: Set(tx.today()),
        purpose: Set(purpose),
        reason: Set(reason),
        owner_type: Set(owner_type),
        owner_id: Set(owner_id),
        kinds: Set(kinds.join("+")),
    })
    .await?;
    Ok(())
}

/// The kinds of the values that were shown.
pub fn kinds(row: &reveal::Model) -> Vec<PersonalKind> {
    let shown: Vec<&str> = row.kinds.split('+').collect();
    PersonalKind::iter().filter(|kind| shown.contains(&code(kind).as_str())).collect()
}

/// Counted over all ledgers of the account, one act at a time.
async fn once_more(tx: &Tx, per_day: u32) -> Result<()> {
    tx.lock_account().await?;
    let today = reveal::Entity::within(tx.scope())
        .filter(reveal::Column::AccountId.eq(tx.account()))
        .filter(reveal::Column::OnDay.eq(tx.today()))
        .count(tx.db())
        .await?;
    if today >= u64::from(per_day) {
        let message = format!("you have been shown values {per_day} times today: that is all for a day");
        return Err(Error::User(UserError { field: None, code: ErrorCode::LimitExceeded, message }));
    }
    Ok(())
}
