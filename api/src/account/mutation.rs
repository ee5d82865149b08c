//! Opening accounts. A password is hashed before it enters the ledger: neither it nor its hash is part of what an
//! idempotency key stands for, since the salt differs each time.

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

payload!(
    /// An account, or what is to be mended 账户结果.
    AccountPayload {
        /// The account as it is now 账户.
        account: Account
    }
);

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Stops an account from signing in, or lets it again 停用·启用账户.
    async fn account_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: AccountUpdate,
    ) -> Option<async_graphql::Result<AccountPayload>> {
        run(ctx, kept_in(ctx, &input.account).await, input).await
    }

    /// Sets a new password for somebody who has lost theirs 重置密码.
    async fn password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: PasswordReset,
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

    /// Grants a role to an account 授予角色.
    async fn grant_give(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: GrantGive,
    ) -> Option<async_graphql::Result<AccountPayload>> {
        run(ctx, kept_in(ctx, &input.account).await, input).await
    }

    /// Ends a role of an account 终止角色.
    async fn grant_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: GrantEnd,
    ) -> Option<async_graphql::Result<AccountPayload>> {
        run(ctx, kept_in(ctx, &input.account).await, input).await
    }

    /// Opens an account with its roles 开设账户.
    async fn account_open(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: AccountOpen,
    ) -> Option<async_graphql::Result<AccountPayload>> {
        // A hash costs a core for a moment: only those who may ask get one.
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

/// An account to be opened 开设账户.
#[derive(InputObject)]
#[graphql(name = "AccountOpenInput")]
pub struct AccountOpen {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// Name to sign in with 账户名.
    pub name: String,
    /// Password, as the server's policy asks; a repeat under the same key does not change it 密码.
    pub password: String,
    /// The person behind it, whose seats it acts for 人员.
    pub person: Option<ID>,
    /// Roles granted to it 角色.
    #[graphql(default)]
    pub grants: Vec<GrantInput>,
}

impl AccountOpen {
    /// The act, which holds the hash only.
    pub async fn hashed(self, policy: Policy) -> Result<Opening> {
        policy::check(policy, &self.name, &self.password)?;
        Ok(Opening {
            idempotency_key: self.idempotency_key,
            id: self.id,
            name: self.name,
            password_hash: password::hash(self.password).await?,
            person: self.person,
            grants: self.grants,
            keeps_password: false,
        })
    }
}

/// An account to be opened, as it enters the ledger.
#[derive(Serialize)]
pub struct Opening {
    idempotency_key: String,
    id: Option<Uuid>,
    name: String,
    #[serde(skip)]
    password_hash: String,
    person: Option<ID>,
    grants: Vec<GrantInput>,
    /// An operator chose the password for good.
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
        Self { idempotency_key, id, name, password_hash, person, grants, keeps_password: false }
    }

    /// The same, as an operator sets an account up on the machine itself: its password is not changed at the first
    /// sign-in. No request comes here.
    #[must_use]
    pub(crate) fn by_operator(self) -> Self {
        Self { keeps_password: true, ..self }
    }

    async fn ledger(&self, ctx: &Context<'_>) -> Result<LedgerId> {
        let first = self.grants.first().map(|grant| region::key(&grant.region, "grants.region"));
        keeping_ledger(ctx, first.transpose()?).await
    }
}

/// The ledger whose office keeps an account that the viewer opens; an administrator's lie with the reference tables.
pub(super) async fn keeping_ledger(ctx: &Context<'_>, first: Option<RegionId>) -> Result<LedgerId> {
    let scope = ctx.viewer()?.may(Opening::ACTION)?;
    if scope.holds(LedgerId::REFERENCE) {
        return Ok(LedgerId::REFERENCE);
    }
    if let Some(ledger) = scope.sole_ledger() {
        return Ok(ledger);
    }
    let message = "you keep accounts in several places: the first role says in which";
    let first = first.ok_or_else(|| Error::field("grants", ErrorCode::Required, message))?;
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
            let message = "an account of one region's administrator is opened with a role or for a person";
            return Err(Error::field("grants", ErrorCode::Required, message));
        }
        let row = tx
            .insert(account::ActiveModel {
                id: Set(AccountId(check::id(self.id)?)),
                name: Set(check::text("name", &self.name)?),
                password_hash: Set(self.password_hash.clone()),
                person_id: Set(person(tx, self.person.as_ref()).await?),
                disabled: Set(false),
                keeper_id: Set(tx.ledger()),
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

/// The person behind an account, for whose seats it acts. Only an office that may do and see as much opens it, and
/// nobody opens one for themselves.
async fn person(tx: &Tx, id: Option<&ID>) -> Result<Option<PersonId>> {
    let Some(id) = id else { return Ok(None) };
    let id = Gid::parse(id, "person", &[SourceType::Person])?.id;
    let row = roster::known::<person::Entity>(tx, id, "person").await?;
    check::not_erased(row.erased_on, "person")?;
    if !tx.scope().holds(row.keeper_id) {
        return Err(Error::missing("person"));
    }
    gift::is_not_oneself(tx, Some(row.id), "person")?;
    if !tx.viewer().may_give(&gift::of_seats(tx, &row).await?) {
        let message = "you may not act for this person, whose links show more than you see: \
            propose the account with `accountPropose` to somebody who may";
        return Err(Error::field("person", ErrorCode::NotEligible, message));
    }
    Ok(Some(row.id))
}
