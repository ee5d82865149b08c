//! Showing personal values in clear, once, for a purpose and a reason. The ledger keeps both, and the number of acts
//! per day is limited.

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
use platform::say;

/// Values in clear, or the errors to correct.
/// 明文结果,或需更正的错误。
#[derive(SimpleObject)]
pub struct RevealPayload {
    /// The values, given once; null if the idempotency key was used before.
    /// 明文,仅给出一次;幂等键用过的为空。
    values: Option<Vec<RevealedValue>>,
    /// Errors that the caller can correct; nothing was shown if there are any.
    /// 可更正的错误;有错误时未显示任何内容。
    user_errors: Vec<UserError>,
}

/// A personal value in clear.
/// 一项个人信息的明文。
#[derive(SimpleObject)]
pub struct RevealedValue {
    /// Global id of the household, family member or person to whom the value belongs.
    /// 信息所属农户、家庭成员或人员的全局标识。
    owner: ID,
    /// Kind of the value.
    /// 信息类型。
    kind: PersonalKind,
    /// The value in clear.
    /// 明文内容。
    value: String,
}

#[derive(Default)]
pub struct RevealMutation;

#[Object]
impl RevealMutation {
    /// Shows sealed values of a household and its family in clear. It is audited, and counts against the daily limit of
    /// the account.
    /// 查看农户及其家庭成员加密信息的明文;操作留痕,并计入账户每日查看次数。
    async fn household_reveal(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The household, the kinds of values and the reason.\n要查看的农户、信息类型及理由。"
        )]
        input: HouseholdReveal,
    ) -> Option<async_graphql::Result<RevealPayload>> {
        let ledger =
            Gid::parse(&input.household, "household", &[SourceType::Household]).map(|gid| gid.ledger);
        let these = input.these();
        Some(answered(ctx, ledger, input, these).await)
    }

    /// Shows sealed values of a person in clear. It is audited, and counts against the daily limit of the account.
    /// 查看人员加密信息的明文;操作留痕,并计入账户每日查看次数。
    async fn person_reveal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person, the kinds of values and the reason.\n要查看的人员、信息类型及理由。")]
        input: PersonReveal,
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

/// Splits the outcome of an act that shows values into the values and the errors to correct; a refusal goes to the
/// access log.
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

/// Journals the act before any value is opened.
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

/// A request to see sealed values of a household in clear.
/// 查看农户明文的请求。
#[derive(InputObject, Serialize)]
#[graphql(name = "HouseholdRevealInput")]
pub struct HouseholdReveal {
    /// Key chosen by the caller, once per intent; sending it again shows no values.
    /// 幂等键:同一操作重复提交时使用同一键,不会再次显示明文。
    pub idempotency_key: String,
    /// Global id of the household.
    /// 农户的全局标识。
    pub household: ID,
    /// Global id of the family member whose values to show; the household and all its family if absent.
    /// 仅查看此家庭成员,填全局标识;默认为农户及全体家庭成员。
    pub member: Option<ID>,
    /// Kinds of the values to show.
    /// 要查看的信息类型。
    pub kinds: Vec<PersonalKind>,
    /// Purpose for which the values are needed.
    /// 查看用途。
    pub purpose: RevealPurpose,
    /// Reason in words. It is stored readable: write no personal data in it.
    /// 查看理由;以明文保存,请勿写入个人信息。
    pub reason: String,
}

/// A request to see sealed values of a person in clear.
/// 查看人员明文的请求。
#[derive(InputObject, Serialize)]
#[graphql(name = "PersonRevealInput")]
pub struct PersonReveal {
    /// Key chosen by the caller, once per intent; sending it again shows no values.
    /// 幂等键:同一操作重复提交时使用同一键,不会再次显示明文。
    pub idempotency_key: String,
    /// Global id of the person.
    /// 人员的全局标识。
    pub person: ID,
    /// Kinds of the values to show.
    /// 要查看的信息类型。
    pub kinds: Vec<PersonalKind>,
    /// Purpose for which the values are needed.
    /// 查看用途。
    pub purpose: RevealPurpose,
    /// Reason in words. It is stored readable: write no personal data in it.
    /// 查看理由;以明文保存,请勿写入个人信息。
    pub reason: String,
}

/// An input with the daily limit of the server. The limit is left out of the input's hash.
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
            return Err(Error::field("kinds", ErrorCode::NotFound, say!("reveal-no-value")));
        }
        note(tx, whose, rows, why, self.per_day).await
    }
}

/// Records that an account is shown these values in clear; refused above the daily limit of the account.
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

/// Kinds of the values that were shown.
pub fn kinds(row: &reveal::Model) -> Vec<PersonalKind> {
    let shown: Vec<&str> = row.kinds.split('+').collect();
    PersonalKind::iter().filter(|kind| shown.contains(&code(kind).as_str())).collect()
}

/// Refuses above the daily limit. Acts of the account in all ledgers are counted; the account is locked, so that two
/// acts at once do not both pass.
async fn once_more(tx: &Tx, per_day: u32) -> Result<()> {
    tx.lock_account().await?;
    let today = reveal::Entity::within(tx.scope())
        .filter(reveal::Column::AccountId.eq(tx.account()))
        .filter(reveal::Column::OnDay.eq(tx.today()))
        .count(tx.db())
        .await?;
    if today >= u64::from(per_day) {
        let message = say!("reveals-per-day", most = per_day);
        return Err(Error::User(UserError { field: None, code: ErrorCode::LimitExceeded, message }));
    }
    Ok(())
}
