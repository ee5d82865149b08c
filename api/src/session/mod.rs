//! Sessions 会话: an account and its password for a short-lived token and a refresh token that carries the session on.
//! Whether an account exists, or is locked, cannot be told from the answer, nor from the time it takes. Outside the
//! door, since none of it belongs to a ledger; what writes runs detached from the request, as at the door.

pub mod asker;
mod change;
pub mod client;
mod family;
pub mod key_file;
pub mod keys;
mod lockout;
pub mod network;
pub mod oidc;
pub mod password;
pub mod policy;
mod rows;
mod secret;
pub mod settings;
pub mod token;

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::access_line::{AccessKind, AccessResult};
use entity::account;
use entity::ids::AccountId;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::App;
use crate::application;
use crate::mutation::Asking;
use asker::{Asker, Ended};
use family::{By, Held};
use platform::check;
use platform::db::Transaction;
use platform::error::{Error, ErrorCode, Result, UserError};

/// Account and password.
#[derive(InputObject)]
pub struct SignInInput {
    /// Name of the account 账户名.
    account: String,
    /// Password 密码.
    password: String,
}

/// So many sessions are opened, carried on and ended at once.
pub const AT_ONCE: u32 = 32;

/// A refresh token.
#[derive(InputObject)]
pub struct SessionRefreshInput {
    /// The newest refresh token of the session 刷新令牌.
    refresh_token: String,
}

/// What one who comes back from the provider has.
#[derive(InputObject)]
pub struct SessionOpenWithCodeInput {
    /// The code in the fragment of the address 授权码.
    code: String,
    /// The verifier whose hash was sent as `challenge` 校验码.
    verifier: String,
}

/// A provider at which people may sign in 身份提供方.
#[derive(SimpleObject)]
pub struct SignInProvider {
    /// What it calls itself 名称.
    name: String,
    /// What it writes itself as: its issuer 标识.
    issuer: String,
    /// Where a browser is sent, on this server, with `challenge` and `return` 登录路径.
    path: String,
}

#[derive(Default)]
pub struct SessionQuery;

#[Object]
impl SessionQuery {
    /// Where one may sign in besides, without a token 外部登录方式.
    async fn sign_in_providers(&self, ctx: &Context<'_>) -> Result<Vec<SignInProvider>> {
        let told = |provider: &Arc<oidc::Provider>| SignInProvider {
            name: provider.name().to_owned(),
            issuer: provider.issuer().to_owned(),
            path: "/sign-in/oidc".to_owned(),
        };
        Ok(ctx.app()?.oidc.iter().map(told).collect())
    }
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
        carried_on(ctx, |app, asker| sign_in(app, asker, input)).await
    }

    /// Opens a session for one who has signed in at the provider, once, within a minute 以外部身份登录.
    async fn session_open_with_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: SessionOpenWithCodeInput,
    ) -> Option<Result<SignInPayload>> {
        Some(carried_on(ctx, |app, asker| oidc::open(app, asker, input.code, input.verifier)).await)
    }

    /// Carries a session on, without a token: answers a new one, and the refresh token that follows. A refresh token
    /// that was replaced more than a moment ago ends the session 续期.
    async fn session_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: SessionRefreshInput,
    ) -> Option<Result<SignInPayload>> {
        Some(carried_on(ctx, |app, asker| family::refresh(app, asker, input.refresh_token)).await)
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
        let Some(bearer) = asker(ctx).bearer else { return Some(Err(Error::Unauthenticated)) };
        let words = change::Words { old: input.old, new: input.new };
        Some(carried_on(ctx, |app, asker| change::change(app, bearer, asker, words)).await)
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

fn asker(ctx: &Context<'_>) -> Asker {
    ctx.data_opt::<Asker>().copied().unwrap_or_default()
}

/// Opens or carries on a session, whoever still waits for it.
async fn carried_on<F>(ctx: &Context<'_>, work: impl FnOnce(App, Asker) -> F + Send) -> Result<SignInPayload>
where
    F: Future<Output = Result<Held>> + Send + 'static,
{
    let server = ctx.app()?.apart().await;
    let held = server.sessions.run(work(App::clone(&server), asker(ctx))).await;
    SignInPayload::of(ctx, held)
}

async fn signed_out(ctx: &Context<'_>, everywhere: bool) -> Result<SignOutPayload> {
    let (server, asker) = (ctx.app()?.apart().await, asker(ctx));
    let (app, bearer) = (App::clone(&server), asker.bearer.ok_or(Error::Unauthenticated)?);
    let mut what = asker.happened(AccessKind::SignOut, AccessResult::Succeeded);
    if everywhere {
        app.sessions.run(family::sign_out_everywhere(app.clone(), bearer.account)).await?;
        "signOutEverywhere".clone_into(&mut what.operation);
    } else {
        app.sessions.run(family::sign_out(app.clone(), bearer)).await?;
        "signOut".clone_into(&mut what.operation);
    }
    asker.tell(&app.access_log, what);
    Ok(SignOutPayload { done: true })
}

async fn sign_in(app: App, asker: Asker, input: SignInInput) -> Result<Held> {
    let name = check::in_one_line(&input.account);
    let counted = lockout::count(app.clone(), name.clone(), asker.address).await?;
    let named = account_named(&app, &name).await?;
    let known = named.as_ref().map(|account| account.id);
    let tell = |end| asker.tell_sign_in(&app, "signIn", known, &end);
    if !counted.is_heard {
        // Names are silenced whether there is such an account or not, so that this tells nothing, and costs nothing.
        tell(Ended::Unheard);
        return Err(wrong(None));
    }
    let account = named.filter(|account| !account.disabled);
    // An unknown account and a wrong password take the same work.
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let fits = password::fits(hash, input.password).await?;
    let held = match account.filter(|_| fits) {
        Some(account) => {
            // Before anything else that may fail: a fault of ours is no guess of theirs.
            lockout::forgive(app.clone(), counted).await?;
            family::begin(&app, account.id, By::Password(&account.password_hash)).await?
        }
        None => None,
    };
    let Some(held) = held else {
        tell(Ended::Wrong);
        return Err(wrong(None));
    };
    tell(Ended::Begun(held.bearer.session));
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

/// The account of that name; of an application no password opens it.
#[expect(clippy::disallowed_methods, reason = "signing in reads accounts before there is a viewer")]
pub async fn account_named(app: &App, name: &str) -> Result<Option<account::Model>> {
    let of_people = application::has_account().not();
    let name = check::in_one_line(name);
    let named = account::Entity::find().filter(account::Column::Name.eq(name)).filter(of_people);
    Ok(named.one(&app.db.read).await?)
}

/// The version that tokens of an account must have.
#[expect(clippy::disallowed_methods, reason = "an operator's token knows no scope")]
pub async fn version(app: &App, account: AccountId) -> Result<i32> {
    let row = entity::credential::Entity::find_by_id(account).one(&app.db.read).await?;
    Ok(row.map_or(0, |row| row.version))
}

/// To be said by the act that disables an account: its sessions end, and its tokens die at once.
pub async fn disabled(db: &impl ConnectionTrait, account: AccountId, now: DateTime<Utc>) -> Result<()> {
    rows::end_all(db, account, entity::session::EndedBy::Disabled, now).await
}

/// To be said by the act that takes an identity from an account: sessions that began by it end.
pub async fn unlinked(
    tx: &Transaction,
    account: entity::ids::AccountId,
    identity: entity::ids::IdentityId,
    now: DateTime<Utc>,
) -> Result<()> {
    rows::locked(tx, account, now).await?;
    rows::end_of_identity(tx, identity, now).await
}

/// To be said by the act that opens an account for somebody: the first sign-in asks for a password of the person's own.
pub async fn opened(db: &impl ConnectionTrait, account: AccountId, now: DateTime<Utc>) -> Result<()> {
    rows::password_given(db, account, now).await
}

/// To be said by the act that gives an account another password: its sessions end, and the next sign-in asks for a
/// password of the person's own.
pub async fn reset(
    db: &impl ConnectionTrait,
    account: AccountId,
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
