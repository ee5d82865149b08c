//! Who an account is at the OpenID Connect provider. Whoever keeps an account links it, as they could set its password;
//! nothing is linked by a name or an address, and no account comes about by itself.

use async_graphql::{Context, Description, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::account_identity;
use entity::ids::IdentityId;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::keep::{account_kept, account_to_give, kept_in, subject};
use super::mutation::AccountPayload;
use crate::access::Action;
use crate::access::scope::identities_of;
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::{Asking, run};
use crate::session;
use platform::error::{Error, ErrorCode, Result};

const LONGEST: usize = 255;

/// Who an account is at a provider 外部身份.
#[derive(Description)]
pub struct AccountIdentity(pub account_identity::Model);

#[Object(use_type_description)]
impl AccountIdentity {
    /// What names it when it is unlinked 标识.
    async fn key(&self) -> Uuid {
        self.0.id.0
    }

    /// The provider 身份提供方.
    async fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// What the provider calls the person 主体标识.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Since when it is linked 关联时间.
    async fn linked_at(&self) -> DateTime<Utc> {
        self.0.linked_at
    }

    /// When it was unlinked 解除时间.
    async fn unlinked_at(&self) -> Option<DateTime<Utc>> {
        self.0.unlinked_at
    }
}

#[derive(Default)]
pub struct IdentityMutation;

#[Object]
impl IdentityMutation {
    /// Lets whom the provider calls by this subject sign in to an account 关联外部身份.
    async fn account_identity_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: AccountIdentityLink,
    ) -> Option<async_graphql::Result<AccountPayload>> {
        let issuer = match ctx.app() {
            Ok(app) => app.oidc.as_ref().map(|provider| provider.issuer().to_owned()),
            Err(error) => return Some(Err(error.into())),
        };
        run(ctx, kept_in(ctx, &input.account).await, Linking { input, issuer }).await
    }

    /// Takes that back; sessions that began so end at once 解除外部身份.
    async fn account_identity_unlink(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: AccountIdentityUnlink,
    ) -> Option<async_graphql::Result<AccountPayload>> {
        run(ctx, kept_in(ctx, &input.account).await, input).await
    }
}

/// Who an account is at the provider 关联外部身份.
#[derive(InputObject, Serialize)]
#[graphql(name = "AccountIdentityLinkInput")]
pub struct AccountIdentityLink {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which account 账户.
    pub account: ID,
    /// What the server's provider calls the person, letter for letter 主体标识.
    pub subject: String,
}

/// The same with the provider's issuer.
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
            let message = "this server knows no provider: set SANLIAN_OIDC_ISSUER first";
            return Err(Error::field("subject", ErrorCode::NotEligible, message));
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
        Ok(subject(account.id))
    }
}

/// A subject is compared byte for byte: what nobody can see in it would only be a mistake.
fn exact(subject: &str) -> Result<String> {
    let hidden = |letter: char| letter.is_control() || letter.is_whitespace();
    if (1..=LONGEST).contains(&subject.len()) && !subject.contains(hidden) {
        return Ok(subject.to_owned());
    }
    let message = format!("`subject` has 1 to {LONGEST} bytes, and no blanks");
    Err(Error::field("subject", ErrorCode::Invalid, message))
}

/// The end of an identity 解除外部身份.
#[derive(InputObject, Serialize)]
#[graphql(name = "AccountIdentityUnlinkInput")]
pub struct AccountIdentityUnlink {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which account 账户.
    pub account: ID,
    /// Key of the identity 外部身份.
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
