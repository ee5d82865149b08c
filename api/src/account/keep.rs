//! Accounts that an office keeps: stopped, given a new password. A new password is for an account of which the office could
//! give every role, and the seats of its person, or else it would be a way to rise.

use async_graphql::{Context, ID, InputObject};
use entity::fact::SourceType;
use entity::ids::{AccountId, LedgerId};
use entity::{account, role_grant};
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde::Serialize;

use super::gift::{could_give, may_give_seats};
use super::of_people;
use crate::access::Action;
use crate::access::scope::grants_of;
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::Asking;
use crate::session::policy::{self, Policy};
use crate::session::{self, password};
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;

pub(super) const fn subject(id: AccountId) -> Subject {
    Subject { of: SourceType::Account, id: id.0 }
}

fn key(id: &ID) -> Result<AccountId> {
    Gid::parse(id, "account", &[SourceType::Account]).map(|gid| AccountId(gid.id))
}

/// The ledger that keeps an account, where the viewer keeps it.
pub(super) async fn kept_in(ctx: &Context<'_>, id: &ID) -> Result<LedgerId> {
    seen(ctx, id).await.map(|row| row.keeper_id)
}

/// An account, where the viewer keeps it.
pub(super) async fn seen(ctx: &Context<'_>, id: &ID) -> Result<account::Model> {
    let row = of_people(ctx.viewer()?)?.filter(account::Column::Id.eq(key(id)?)).one(&ctx.app()?.db).await?;
    row.ok_or_else(|| Error::missing("account"))
}

/// An account that the act's ledger keeps, with its roles. That is enough for acts that take something away: whoever keeps
/// an account may always disable it, whatever others have given to its person since. Accounts of the reference tables lie in
/// all regions; there, too, an administrator takes only what that administrator may give.
pub(super) async fn account_kept(tx: &Tx, id: &ID) -> Result<(account::Model, Vec<role_grant::Model>)> {
    let row = of_people(tx.viewer())?
        .filter(account::Column::KeeperId.eq(tx.ledger()))
        .filter(account::Column::Id.eq(key(id)?))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing("account"))?;
    let grants = grants_of(tx.scope(), &row).all(tx.db()).await?;
    if tx.ledger() == LedgerId::REFERENCE && !may_give_all(tx, &row, &grants).await? {
        return Err(Error::missing("account"));
    }
    Ok((row, grants))
}

/// The same for acts that give something, be it a password: the viewer may give all its roles, also those that have ended,
/// and may act for its person.
pub(super) async fn account_to_give(tx: &Tx, id: &ID) -> Result<account::Model> {
    let (row, grants) = account_kept(tx, id).await?;
    if !may_give_all(tx, &row, &grants).await? {
        let message = "this account may do more, or see more, than you: you may disable it and end its roles";
        return Err(Error::field("account", ErrorCode::NotEligible, message));
    }
    Ok(row)
}

/// An account without roles and person is given by an administrator of everywhere alone: it may be given a role later, and
/// a sign-in that was linked before would still open it.
async fn may_give_all(tx: &Tx, row: &account::Model, grants: &[role_grant::Model]) -> Result<bool> {
    let is_blank = grants.is_empty() && row.person_id.is_none();
    if is_blank && tx.ledger() == LedgerId::REFERENCE && !tx.viewer().administers_everywhere() {
        return Ok(false);
    }
    for grant in grants {
        if !could_give(tx, grant).await? {
            return Ok(false);
        }
    }
    may_give_seats(tx, row.person_id).await
}

/// What changes in an account 账户变更.
#[derive(InputObject, Serialize)]
#[graphql(name = "AccountUpdateInput")]
pub struct AccountUpdate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which account 账户.
    pub account: ID,
    /// Whether it may no longer sign in, nor go on where it is signed in 是否停用.
    pub is_disabled: bool,
}

impl Act for AccountUpdate {
    const NAME: &'static str = "accountUpdate";
    const ACTION: Action = Action::KeepAccount;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let row = if self.is_disabled {
            account_kept(tx, &self.account).await?.0
        } else {
            account_to_give(tx, &self.account).await?
        };
        let id = row.id;
        if self.is_disabled {
            session::disabled(tx.db(), id, tx.at()).await?;
        }
        tx.update(account::ActiveModel { disabled: Set(self.is_disabled), ..row.into() }).await?;
        Ok(subject(id))
    }
}

/// A new password for somebody else 重置密码.
#[derive(InputObject)]
#[graphql(name = "PasswordResetInput")]
pub struct PasswordReset {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Whose 账户.
    pub account: ID,
    /// The new password, until the person signs in and sets their own; a repeat under the same key does not change it 密码.
    pub password: String,
}

impl PasswordReset {
    /// The act, which holds the hash only.
    pub(super) async fn hashed(self, policy: Policy, account: &str) -> Result<Resetting> {
        policy::check(policy, account, &self.password)?;
        let password_hash = password::hash(self.password.clone()).await?;
        Ok(Resetting { password_hash, ..Resetting::nothing(self) })
    }
}

/// A password to be reset, as it enters the ledger.
#[derive(Serialize)]
pub struct Resetting {
    idempotency_key: String,
    account: ID,
    #[serde(skip)]
    password_hash: String,
}

impl Resetting {
    /// Where the account is not the viewer's no hash is made.
    pub(super) fn nothing(input: PasswordReset) -> Self {
        let PasswordReset { idempotency_key, account, .. } = input;
        Self { idempotency_key, account, password_hash: String::new() }
    }
}

impl Act for Resetting {
    const NAME: &'static str = "passwordReset";
    const ACTION: Action = Action::KeepAccount;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let row = account_to_give(tx, &self.account).await?;
        let id = row.id;
        session::reset(tx.db(), id, row.password_hash.clone(), tx.at()).await?;
        let password_hash = Set(self.password_hash.clone());
        tx.update(account::ActiveModel { password_hash, ..row.into() }).await?;
        Ok(subject(id))
    }
}
