//! Opens accounts. A password is hashed before it enters the ledger. An idempotency key is not compared with the
//! password or its hash, since the salt differs each time.

use async_graphql::{Context, ID, InputObject, Object};
use entity::fact::SourceType;
use entity::ids::{AccountId, LedgerId, PersonId, RegionId};
use entity::{account, person};
use sea_orm::Set;
use serde::Serialize;
use uuid::Uuid;

use super::Account;
use super::gift;
use super::grant::{GrantEnd, GrantGive, GrantInput};
use super::keep::{AccountUpdate, PasswordReset, Resetting, kept_in, seen};
use crate::access::Action;
use crate::ledger::{Act, Subject, Tx, ledger_for};
use crate::mutation::{Asking, Payload, run};
use crate::payload;
use crate::region;
use crate::roster;
use crate::session::policy::{self, Policy};
use crate::session::{self, password};
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

payload!(
    /// An account, or the errors to correct.
    /// 账户结果,或需更正的错误。
    AccountPayload {
        /// Account after the act; empty if there are errors.
        /// 操作后的账户;有错误时为空。
        account: Account
    }
);

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Disables or enables an account.
    /// 停用或启用账户。
    async fn account_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account to disable or enable.\n要停用或启用的账户。")] input: AccountUpdate,
    ) -> Option<async_graphql::Result<AccountPayload>> {
        run(ctx, kept_in(ctx, &input.account).await, input).await
    }

    /// Sets a new password for a person who has lost theirs, and ends the account's sessions.
    /// 为丢失密码的人员重置密码,并结束该账户的会话。
    async fn password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account and its new password.\n账户及其新密码。")] input: PasswordReset,
    ) -> Option<async_graphql::Result<AccountPayload>> {
        let (account, app) = match (seen(ctx, &input.account).await, ctx.app()) {
            (Ok(account), Ok(app)) => (account, app),
            (Err(error), _) | (_, Err(error)) => {
                return run(ctx, Err(error), Resetting::nothing(input)).await;
            }
        };
        match input.hashed(app.settings.password_policy, &account.name).await {
            Ok(resetting) => run(ctx, Ok(account.keeper_id), resetting).await,
            Err(Error::User(error)) => Some(Ok(AccountPayload::new(None, vec![error]))),
            Err(error) => Some(Err(error.into())),
        }
    }

    /// Grants a role to an account.
    /// 向账户授予角色。
    async fn grant_give(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role to grant.\n要授予的角色。")] input: GrantGive,
    ) -> Option<async_graphql::Result<AccountPayload>> {
        run(ctx, kept_in(ctx, &input.account).await, input).await
    }

    /// Ends a role of an account.
    /// 终止账户的角色。
    async fn grant_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role to end.\n要终止的角色。")] input: GrantEnd,
    ) -> Option<async_graphql::Result<AccountPayload>> {
        run(ctx, kept_in(ctx, &input.account).await, input).await
    }

    /// Opens an account with its roles; the person must change the password at the first sign-in.
    /// 开设账户并授予角色;本人首次登录时须更改密码。
    async fn account_open(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account to open.\n要开设的账户。")] input: AccountOpen,
    ) -> Option<async_graphql::Result<AccountPayload>> {
        // A hash costs a core for a moment: only a viewer who may open accounts gets one.
        match ctx.viewer().and_then(|viewer| viewer.may(Opening::ACTION)) {
            Ok(_) => {}
            Err(error) => return Some(Err(error.into())),
        }
        let policy = match ctx.app() {
            Ok(app) => app.settings.password_policy,
            Err(error) => return Some(Err(error.into())),
        };
        match input.hashed(policy).await {
            Ok(opening) => run(ctx, opening.ledger(ctx).await, opening).await,
            Err(Error::User(error)) => Some(Ok(AccountPayload::new(None, vec![error]))),
            Err(error) => Some(Err(error.into())),
        }
    }
}

/// Account to open.
/// 要开设的账户。
#[derive(InputObject)]
#[graphql(name = "AccountOpenInput")]
pub struct AccountOpen {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Name to sign in with.
    /// 登录账户名。
    pub name: String,
    /// First password, which must satisfy the server's policy. Sending the same key again does not change it.
    /// 初始密码,须符合服务器的密码规则;同一幂等键重复提交不会再次更改密码。
    pub password: String,
    /// Person for whose seats the account acts; absent if it has none.
    /// 账户对应的人员,账户以其席位行事;未对应人员的不填。
    pub person: Option<ID>,
    /// Roles to grant to the account; none if absent.
    /// 授予账户的角色,默认不授予。
    #[graphql(default)]
    pub grants: Vec<GrantInput>,
}

impl AccountOpen {
    /// Checks the password against the policy and hashes it.
    pub async fn hashed(self, policy: Policy) -> Result<Opening> {
        policy::check(policy, &self.name, &self.password)?;
        Ok(Opening {
            idempotency_key: self.idempotency_key,
            id: self.id,
            name: self.name,
            password_hash: password::hash(self.password).await?,
            person: self.person,
            grants: self.grants,
            proposed: false,
            keeps_password: false,
        })
    }
}

/// The opening as an act. The password's hash is not serialised.
#[derive(Serialize)]
pub struct Opening {
    idempotency_key: String,
    id: Option<Uuid>,
    name: String,
    #[serde(skip)]
    password_hash: String,
    person: Option<ID>,
    grants: Vec<GrantInput>,
    /// The id is that of the proposal which this account comes from.
    #[serde(skip)]
    proposed: bool,
    /// True if an operator chose the password, which then need not be changed at the first sign-in.
    #[serde(skip)]
    keeps_password: bool,
}

impl Opening {
    /// The account that a proposal asks for, under the proposal's id.
    pub(super) fn of_proposal(
        idempotency_key: String,
        (id, name): (Uuid, &str),
        password_hash: String,
        person: Option<ID>,
        grants: Vec<GrantInput>,
    ) -> Self {
        let (id, name) = (Some(id), name.to_owned());
        Self {
            idempotency_key,
            id,
            name,
            password_hash,
            person,
            grants,
            proposed: true,
            keeps_password: false,
        }
    }

    /// The same act by an operator at the machine: the password need not be changed at the first sign-in. No request
    /// reaches this function.
    #[must_use]
    pub(crate) fn by_operator(self) -> Self {
        Self { keeps_password: true, ..self }
    }

    async fn ledger(&self, ctx: &Context<'_>) -> Result<LedgerId> {
        let first = self.grants.first().map(|grant| region::key(&grant.region, "grants.region"));
        keeping_ledger(ctx, first.transpose()?).await
    }
}

/// The ledger that keeps an account opened by the viewer: the reference tables for an administrator, else the viewer's
/// only ledger, or else the ledger of the region `first`.
pub(super) async fn keeping_ledger(ctx: &Context<'_>, first: Option<RegionId>) -> Result<LedgerId> {
    let scope = ctx.viewer()?.may(Opening::ACTION)?;
    if scope.holds(LedgerId::REFERENCE) {
        return Ok(LedgerId::REFERENCE);
    }
    if let Some(ledger) = scope.sole_ledger() {
        return Ok(ledger);
    }
    let wanted = || Error::field("grants", ErrorCode::Required, say!("account-place-unsaid"));
    let first = first.ok_or_else(wanted)?;
    ledger_for(&ctx.app()?.db, first, "grants.region").await
}

impl Act for Opening {
    const NAME: &'static str = "accountOpen";
    const ACTION: Action = Action::KeepAccount;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let is_blank = self.grants.is_empty() && self.person.is_none();
        if is_blank && tx.ledger() == LedgerId::REFERENCE && !tx.viewer().administers_everywhere() {
            return Err(Error::field("grants", ErrorCode::Required, say!("account-without-role-or-person")));
        }
        let id = if self.proposed { check::id(self.id)? } else { tx.new_id(self.id).await? };
        let row = tx
            .insert(account::ActiveModel {
                id: Set(AccountId(id)),
                name: Set(check::account_name("name", &self.name)?),
                password_hash: Set(self.password_hash.clone()),
                person_id: Set(person(tx, self.person.as_ref()).await?),
                disabled: Set(false),
                keeper_id: Set(tx.ledger()),
                within_id: Set(tx.viewer().administered()),
            })
            .await?;
        for grant in &self.grants {
            grant.give(tx, &row, "grants.").await?;
        }
        if !self.keeps_password {
            session::opened(tx.db(), row.id, tx.at()).await?;
        }
        Ok(Subject { of: SourceType::Account, id: row.id.0 })
    }
}

/// Reads the person of an account. The viewer must be able to give the person's seats, and must not be that person.
async fn person(tx: &Tx, id: Option<&ID>) -> Result<Option<PersonId>> {
    let Some(id) = id else { return Ok(None) };
    let id = Gid::parse(id, "person", &[SourceType::Person])?.id;
    let row = roster::known::<person::Entity>(tx, id, "person").await?;
    check::not_erased(row.erased_on, "person")?;
    if !tx.scope().holds(row.keeper_id) {
        return Err(Error::missing("person"));
    }
    gift::is_not_oneself(tx, Some(row.id), "person")?;
    if !tx.viewer().may_give(&gift::of_seats(&row)) {
        return Err(Error::field("person", ErrorCode::NotEligible, say!("account-person-beyond-own")));
    }
    Ok(Some(row.id))
}
