//! Signing in: an account and its password for a short-lived token. Whether an account exists cannot be told from
//! the answer, nor from the time it takes. Outside the door: signing in writes nothing yet.
#![expect(clippy::disallowed_methods, reason = "signing in reads accounts before there is a viewer")]

pub mod key_file;
pub mod keys;
pub mod network;
pub mod password;
pub mod policy;
pub mod token;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::account;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::App;
use crate::error::{Error, ErrorCode, Result, UserError};
use crate::mutation::Asking;

/// Account and password.
#[derive(InputObject)]
pub struct SignInInput {
    /// Name of the account 账户名.
    account: String,
    /// Password 密码.
    password: String,
}

/// What signing in answers.
#[derive(SimpleObject, Default)]
pub struct SignInPayload {
    /// The token, to be sent as `Authorization: Bearer …` 令牌.
    token: Option<String>,
    /// When the token ends 令牌有效期至.
    expires_at: Option<DateTime<Utc>>,
    /// What the person can mend 可更正的错误.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs in with account and password; the token is good for fifteen minutes 登录.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: SignInInput,
    ) -> Result<SignInPayload> {
        let app = ctx.app()?;
        match sign_in(app, &input).await {
            Ok((token, expires_at)) => {
                Ok(SignInPayload { token: Some(token), expires_at: Some(expires_at), user_errors: vec![] })
            }
            Err(Error::User(error)) => {
                Ok(SignInPayload { user_errors: vec![error], ..SignInPayload::default() })
            }
            Err(error) => Err(error),
        }
    }
}

async fn sign_in(app: &App, input: &SignInInput) -> Result<(String, DateTime<Utc>)> {
    let account = account_named(app, &input.account).await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let fits = password::fits(hash, input.password.clone()).await?;
    let account = account.filter(|account| fits && !account.disabled).ok_or_else(|| {
        Error::User(UserError {
            field: None,
            code: ErrorCode::BadCredentials,
            message: "account or password is wrong".to_owned(),
        })
    })?;
    let now = app.clock.now();
    Ok((app.tokens.issue(account.id, now, token::LIFETIME)?, now + token::LIFETIME))
}

/// The account of that name.
pub async fn account_named(app: &App, name: &str) -> Result<Option<account::Model>> {
    Ok(account::Entity::find().filter(account::Column::Name.eq(name)).one(&app.db.read).await?)
}
