//! Disables accounts and resets passwords. A password is reset only by an office that could give every role of the
//! account and the seats of its person. Otherwise an office could rise by signing in to the account.

use async_graphql::{Context, ID, InputObject};
use entity::fact::SourceType;
use entity::ids::{AccountId, LedgerId, RegionId};
use entity::{account, role_grant};
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde::Serialize;

use super::gift::{could_give, may_give_seats};
use super::of_people;
use crate::access::Action;
use crate::access::scope::grants_of;
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::Asking;
use crate::region as regions;
use crate::session::policy::{self, Policy};
use crate::session::{self, password};
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

pub(super) const fn subject(id: AccountId) -> Subject {
    Subject { of: SourceType::Account, id: id.0 }
}

fn key(id: &ID) -> Result<AccountId> {
    Gid::parse(id, "account", &[SourceType::Account]).map(|gid| AccountId(gid.id))
}

/// The ledger that keeps an account; an error if the viewer does not keep the account.
pub(super) async fn kept_in(ctx: &Context<'_>, id: &ID) -> Result<LedgerId> {
    seen(ctx, id).await.map(|row| row.keeper_id)
}

/// An account that the viewer keeps; an error for any other.
pub(super) async fn seen(ctx: &Context<'_>, id: &ID) -> Result<account::Model> {
    let row = of_people(ctx.viewer()?)?.filter(account::Column::Id.eq(key(id)?)).one(&ctx.app()?.db).await?;
    row.ok_or_else(|| Error::missing("account"))
}

/// An account that the act's ledger keeps, with its roles. Acts that take something away need no more: an office may
/// disable every account it keeps, even if others have since given its person more. Accounts kept by the reference
/// tables lie in all regions; there an administrator must be able to give all that the account has.
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

/// `account_kept` for acts that give something, such as a password: the viewer must be able to give all roles of the
/// account, also ended ones, and the seats of its person.
pub(super) async fn account_to_give(tx: &Tx, id: &ID) -> Result<account::Model> {
    let (row, grants) = account_kept(tx, id).await?;
    if !may_give_all(tx, &row, &grants).await? {
        return Err(Error::field("account", ErrorCode::NotEligible, say!("account-beyond-own")));
    }
    Ok(row)
}

/// May the viewer give all roles and seats of the account? An account without roles and person that the reference
/// tables keep is given only by an administrator without a region: it may get a role later, and an identity linked
/// before would still open it.
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

/// Account to disable or enable.
/// 要停用或启用的账户。
#[derive(InputObject, Serialize)]
#[graphql(name = "AccountUpdateInput")]
pub struct AccountUpdate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Account to change.
    /// 要变更的账户。
    pub account: ID,
    /// True to disable the account: it cannot sign in, and its sessions and tokens end at once. False to enable it.
    /// true为停用:账户不能登录,其会话与令牌立即失效;false为启用。
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

/// New password for the account of another person.
/// 为他人账户设置的新密码。
#[derive(InputObject)]
#[graphql(name = "PasswordResetInput")]
pub struct PasswordReset {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Account whose password is reset.
    /// 要重置密码的账户。
    pub account: ID,
    /// New password, which the person must change at the next sign-in. Sending the same key again does not change it.
    /// 新密码,本人下次登录时须更改;同一幂等键重复提交不会再次更改密码。
    pub password: String,
}

impl PasswordReset {
    /// Checks the password against the policy and hashes it.
    pub(super) async fn hashed(self, policy: Policy, account: &str) -> Result<Resetting> {
        policy::check(policy, account, &self.password)?;
        let password_hash = password::hash(self.password.clone()).await?;
        Ok(Resetting { password_hash, ..Resetting::nothing(self) })
    }
}

/// The reset as an act. The password's hash is not serialised.
#[derive(Serialize)]
pub struct Resetting {
    idempotency_key: String,
    account: ID,
    #[serde(skip)]
    password_hash: String,
}

impl Resetting {
    /// The act without a hash, to report an error before any password is hashed.
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
        let (password_hash, within_id) = (Set(self.password_hash.clone()), Set(narrowed(tx, &row).await?));
        tx.update(account::ActiveModel { password_hash, within_id, ..row.into() }).await?;
        Ok(subject(id))
    }
}

/// The region whose links an account opens when the viewer gives it a password or an identity: never more than before.
pub(super) async fn narrowed(tx: &Tx, account: &account::Model) -> Result<Option<RegionId>> {
    let (Some(own), Some(before)) = (tx.viewer().administered(), account.within_id) else {
        return Ok(tx.viewer().administered().or(account.within_id));
    };
    let own = regions::known(tx, own, "account").await?;
    Ok(Some(if regions::lies_in(&own, before) { own.id } else { before }))
}
