//! Sessions 会话: an account and its password for a short-lived token and a refresh token that carries the session on.
//! Whether an account exists, or is locked, cannot be told from the answer, nor from the time it takes. Outside the
//! door, since none of it belongs to a ledger; what writes runs detached from the request, as at the door.

mod change;
mod family;
pub mod key_file;
pub mod keys;
mod lockout;
pub mod network;
pub mod password;
pub mod policy;
mod rows;
mod secret;
pub mod settings;
pub mod token;

use std::net::IpAddr;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::account;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::App;
use crate::access::Bearer;
use crate::error::{Error, ErrorCode, Result, UserError};
use crate::mutation::Asking;
use family::Held;

/// Who sent the request, before any rights are looked at.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    /// What the token says; it has been found good.
    pub bearer: Option<Bearer>,
    pub address: Option<IpAddr>,
}

/// Account and password.
#[derive(InputObject)]
pub struct SignInInput {
    /// Name of the account 账户名.
    account: String,
    /// Password 密码.
    password: String,
}

/// A refresh token.
#[derive(InputObject)]
pub struct SessionRefreshInput {
    /// The newest refresh token of the session 刷新令牌.
    refresh_token: String,
}

/// The old password and a new one.
#[derive(InputObject)]
pub struct PasswordChangeInput {
    /// The present password 原密码.
    old: String,
    /// The new password, as the server's policy asks 新密码.
    new: String,
}

/// A session, just begun or carried on 会话.
#[derive(SimpleObject, Default)]
pub struct SignInPayload {
    /// The token, to be sent as `Authorization: Bearer …` 令牌.
    token: Option<String>,
    /// When the token ends 令牌有效期至.
    expires_at: Option<DateTime<Utc>>,
    /// What carries the session on, once: `sessionRefresh` answers another. Keep it safe; send it nowhere else 刷新令牌.
    refresh_token: Option<String>,
    /// When the refresh token ends, unless it is used before 刷新令牌有效期至.
    refresh_expires_at: Option<DateTime<Utc>>,
    /// Whether the password must be changed first: until then the token is good for `passwordChange` and signing out
    /// alone 须先更改密码.
    must_change_password: Option<bool>,
    /// What the person can mend 可更正的错误.
    user_errors: Vec<UserError>,
}

/// That a session has ended 退出结果.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// Whether it is done 是否完成.
    done: bool,
}

#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs in with account and password; the token is good for fifteen minutes. After several wrong passwords the
    /// next are not looked at for a while, and answered alike 登录.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: SignInInput,
    ) -> Result<SignInPayload> {
        let app = ctx.app()?.of_house();
        let address = asker(ctx).address;
        SignInPayload::of(ctx, detached(sign_in(app, address, input)).await)
    }

    /// Carries a session on, without a token: answers a new one, and the refresh token that follows. A refresh token
    /// that was replaced more than a moment ago ends the session 续期.
    async fn session_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: SessionRefreshInput,
    ) -> Option<Result<SignInPayload>> {
        Some(match ctx.app() {
            Ok(app) => {
                SignInPayload::of(ctx, detached(family::refresh(app.of_house(), input.refresh_token)).await)
            }
            Err(error) => Err(error),
        })
    }

    /// Ends the session of the token; all its tokens die at once 退出.
    async fn sign_out(&self, ctx: &Context<'_>) -> Option<Result<SignOutPayload>> {
        Some(signed_out(ctx, false).await)
    }

    /// Ends all sessions of the account; every token that is out dies at once 全部退出.
    async fn sign_out_everywhere(&self, ctx: &Context<'_>) -> Option<Result<SignOutPayload>> {
        Some(signed_out(ctx, true).await)
    }

    /// Changes the asker's own password, ends all sessions of the account and begins a new one 更改密码.
    async fn password_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: PasswordChangeInput,
    ) -> Option<Result<SignInPayload>> {
        let asker = asker(ctx);
        Some(match (ctx.app(), asker.bearer) {
            (Ok(app), Some(bearer)) => {
                let words = change::Words { old: input.old, new: input.new };
                SignInPayload::of(
                    ctx,
                    detached(change::change(app.of_house(), bearer, asker.address, words)).await,
                )
            }
            (Err(error), _) => Err(error),
            (_, None) => Err(Error::Unauthenticated),
        })
    }
}

impl SignInPayload {
    fn of(ctx: &Context<'_>, held: Result<Held>) -> Result<Self> {
        let app = ctx.app()?;
        match held {
            Ok(held) => {
                let now = app.clock.now();
                Ok(Self {
                    token: Some(app.tokens.issue_to(&held.bearer, now, token::LIFETIME)?),
                    expires_at: Some(now + token::LIFETIME),
                    refresh_token: Some(held.refresh.text()),
                    refresh_expires_at: Some(held.until),
                    must_change_password: Some(held.bearer.password_due),
                    user_errors: vec![],
                })
            }
            Err(Error::User(error)) => Ok(Self { user_errors: vec![error], ..Self::default() }),
            Err(error) => Err(error),
        }
    }
}

/// A transaction whose owner is dropped halfway could be left open in the pool, and swallow the writes of others.
async fn detached<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    tokio::spawn(work).await.map_err(Error::internal)?
}

fn asker(ctx: &Context<'_>) -> Asker {
    ctx.data_opt::<Asker>().cloned().unwrap_or_default()
}

async fn signed_out(ctx: &Context<'_>, everywhere: bool) -> Result<SignOutPayload> {
    let (app, bearer) = (ctx.app()?.of_house(), asker(ctx).bearer.ok_or(Error::Unauthenticated)?);
    if everywhere {
        detached(family::sign_out_everywhere(app, bearer.account)).await?;
    } else {
        detached(family::sign_out(app, bearer)).await?;
    }
    Ok(SignOutPayload { done: true })
}

async fn sign_in(app: App, address: Option<IpAddr>, input: SignInInput) -> Result<Held> {
    let counted = lockout::count(app.clone(), input.account.clone(), address).await?;
    let account = account_named(&app, &input.account).await?.filter(|account| !account.disabled);
    // An unknown account, a locked one and a wrong password all take the same work.
    let hash = account.as_ref().filter(|_| counted.is_heard).map(|account| account.password_hash.clone());
    let fits = password::fits(hash, input.password).await?;
    let account = account.filter(|_| fits).ok_or_else(|| wrong(None))?;
    let held = family::begin(&app, account.id, &account.password_hash).await?;
    let held = held.ok_or_else(|| wrong(None))?;
    lockout::forgive(app, counted).await?;
    Ok(held)
}

/// What is said of every password that does not open.
fn wrong(field: Option<&str>) -> Error {
    Error::User(UserError {
        field: field.map(str::to_owned),
        code: ErrorCode::BadCredentials,
        message: "account or password is wrong, or there were too many attempts: wait before the next one"
            .to_owned(),
    })
}

/// The account of that name.
#[expect(clippy::disallowed_methods, reason = "signing in reads accounts before there is a viewer")]
pub async fn account_named(app: &App, name: &str) -> Result<Option<account::Model>> {
    Ok(account::Entity::find().filter(account::Column::Name.eq(name)).one(&app.db.house).await?)
}

/// The version that tokens of an account must have.
#[expect(clippy::disallowed_methods, reason = "an operator's token knows no scope")]
pub async fn version(app: &App, account: entity::ids::AccountId) -> Result<i32> {
    let row = entity::credential::Entity::find_by_id(account).one(&app.db.house).await?;
    Ok(row.map_or(0, |row| row.version))
}

/// To be said by the act that disables an account: its sessions end, and its tokens die at once.
pub async fn disabled(
    db: &impl ConnectionTrait,
    account: entity::ids::AccountId,
    now: DateTime<Utc>,
) -> Result<()> {
    rows::end_all(db, account, entity::session::EndedBy::Disabled, now).await
}

/// To be said by the act that gives an account another password: its sessions end, and the next sign-in asks for a
/// password of the person's own.
pub async fn reset(
    db: &impl ConnectionTrait,
    account: entity::ids::AccountId,
    old_hash: String,
    now: DateTime<Utc>,
) -> Result<()> {
    rows::password_changed(db, account, old_hash, true, now).await
}

/// Removes what has been over for a day, and guesses that count no more.
pub async fn purge(app: &App) -> Result<()> {
    let (now, settings) = (app.clock.now(), &app.settings);
    let over = now - chrono::Duration::days(1);
    rows::purge(&app.db, over, over - settings.idle(), now - settings.window() - settings.lock()).await
}
