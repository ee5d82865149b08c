//! Links accounts to identities at the OpenID Connect provider. An office or administrator links an account whose
//! password it could set. The server links nothing by name or e-mail address, and opens no account by itself.

use async_graphql::{Context, Description, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::ids::IdentityId;
use entity::{account, account_identity};
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::keep::{account_kept, account_to_give, kept_in, narrowed, subject};
use super::mutation::AccountPayload;
use crate::access::Action;
use crate::access::scope::identities_of;
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::{Asking, run};
use crate::session;
use platform::error::{Error, ErrorCode, Result};
use platform::say;

const LONGEST: usize = 255;

/// Identity at an OpenID Connect provider that is or was linked to an account.
/// 账户已关联或曾关联的外部身份。
#[derive(Description)]
pub struct AccountIdentity(pub account_identity::Model);

#[Object(use_type_description)]
impl AccountIdentity {
    /// Key by which `accountIdentityUnlink` names the identity.
    /// 外部身份的标识,解除关联时使用。
    async fn key(&self) -> Uuid {
        self.0.id.0
    }

    /// Issuer URL of the provider.
    /// 身份提供方的标识(issuer)。
    async fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Subject by which the provider identifies the person.
    /// 提供方用以识别该人员的主体标识。
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Time at which the identity was linked.
    /// 关联时间。
    async fn linked_at(&self) -> DateTime<Utc> {
        self.0.linked_at
    }

    /// Time at which the identity was unlinked; empty while it is linked.
    /// 解除关联的时间;仍在关联的为空。
    async fn unlinked_at(&self) -> Option<DateTime<Utc>> {
        self.0.unlinked_at
    }
}

#[derive(Default)]
pub struct IdentityMutation;

#[Object]
impl IdentityMutation {
    /// Links an identity at the provider to an account: the person may then sign in through the provider.
    /// 将外部身份关联到账户,此后该人员可经身份提供方登录。
    async fn account_identity_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identity to link.\n要关联的外部身份。")] input: AccountIdentityLink,
    ) -> Option<async_graphql::Result<AccountPayload>> {
        let issuer = match ctx.app() {
            Ok(app) => app.oidc.as_ref().map(|provider| provider.issuer().to_owned()),
            Err(error) => return Some(Err(error.into())),
        };
        run(ctx, kept_in(ctx, &input.account).await, Linking { input, issuer }).await
    }

    /// Unlinks an identity from an account; sessions that began with the identity end at once.
    /// 解除账户的外部身份;由该身份开始的会话立即结束。
    async fn account_identity_unlink(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identity to unlink.\n要解除的外部身份。")] input: AccountIdentityUnlink,
    ) -> Option<async_graphql::Result<AccountPayload>> {
        run(ctx, kept_in(ctx, &input.account).await, input).await
    }
}

/// Identity at the server's provider to link to an account.
/// 要关联到账户的外部身份。
#[derive(InputObject, Serialize)]
#[graphql(name = "AccountIdentityLinkInput")]
pub struct AccountIdentityLink {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Account to link.
    /// 要关联的账户。
    pub account: ID,
    /// Subject of the person at the server's provider, byte for byte: 1 to 255 bytes without blanks.
    /// 该人员在身份提供方的主体标识,须逐字节一致:1至255字节,不含空白。
    pub subject: String,
}

/// The input with the issuer of the server's provider; no issuer if no provider is set up.
#[derive(Serialize)]
struct Linking {
    #[serde(flatten)]
    input: AccountIdentityLink,
    issuer: Option<String>,
}

impl Act for Linking {
    const NAME: &'static str = "accountIdentityLink";
    const ACTION: Action = Action::KeepAccount;

    fn idempotency_key(&self) -> &str {
        &self.input.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let account = account_to_give(tx, &self.input.account).await?;
        let Some(issuer) = &self.issuer else {
            return Err(Error::field("subject", ErrorCode::NotEligible, say!("identity-without-provider")));
        };
        tx.insert(account_identity::ActiveModel {
            id: Set(IdentityId::fresh()),
            account_id: Set(account.id),
            issuer: Set(issuer.clone()),
            subject: Set(exact(&self.input.subject)?),
            linked_at: Set(tx.at()),
            unlinked_at: Set(None),
        })
        .await?;
        let id = account.id;
        let within_id = Set(narrowed(tx, &account).await?);
        tx.update(account::ActiveModel { within_id, ..account.into() }).await?;
        Ok(subject(id))
    }
}

/// Refuses blanks and control characters. Subjects are compared byte for byte, and nobody would see such a difference.
fn exact(subject: &str) -> Result<String> {
    let hidden = |letter: char| letter.is_control() || letter.is_whitespace();
    if (1..=LONGEST).contains(&subject.len()) && !subject.contains(hidden) {
        return Ok(subject.to_owned());
    }
    Err(Error::field("subject", ErrorCode::Invalid, say!("identity-subject", longest = LONGEST)))
}

/// Identity of an account to unlink.
/// 要解除的外部身份。
#[derive(InputObject, Serialize)]
#[graphql(name = "AccountIdentityUnlinkInput")]
pub struct AccountIdentityUnlink {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Account to which the identity is linked.
    /// 外部身份所关联的账户。
    pub account: ID,
    /// Key of the identity: `AccountIdentity.key`.
    /// 外部身份的标识(AccountIdentity.key)。
    pub identity: Uuid,
}

impl Act for AccountIdentityUnlink {
    const NAME: &'static str = "accountIdentityUnlink";
    const ACTION: Action = Action::KeepAccount;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let (account, _) = account_kept(tx, &self.account).await?;
        let row = identities_of(tx.scope(), &account)
            .filter(account_identity::Column::Id.eq(self.identity))
            .filter(account_identity::Column::UnlinkedAt.is_null())
            .one(tx.db())
            .await?
            .ok_or_else(|| Error::missing("identity"))?;
        session::unlinked(tx.db(), account.id, row.id, tx.at()).await?;
        tx.update(account_identity::ActiveModel { unlinked_at: Set(Some(tx.at())), ..row.into() }).await?;
        Ok(subject(account.id))
    }
}
