//! Sessions 会话. An account's password, or an identity at a provider, begins a session with a short-lived token and a
//! refresh token that carries the session on. Neither the answer nor its time shows whether an account exists. Sessions
//! belong to no ledger, so they lie outside the ledger's door; their writes run detached from the request, as writes at
//! the door do.

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
use platform::say;

/// Name and password of an account.
/// 账户名与密码。
#[derive(InputObject)]
pub struct SignInInput {
    /// Name of the account.
    /// 账户名。
    account: String,
    /// Password of the account.
    /// 账户密码。
    password: String,
}

/// Number of sessions that may be opened, carried on or ended at the same time.
pub const AT_ONCE: u32 = 32;

/// Refresh token of a session.
/// 会话的刷新令牌。
#[derive(InputObject)]
pub struct SessionRefreshInput {
    /// Newest refresh token of the session.
    /// 会话最新的刷新令牌。
    refresh_token: String,
}

/// Code and verifier of a person who has signed in at a provider.
/// 经身份提供方登录后所得的授权码,及其校验码。
#[derive(InputObject)]
pub struct SessionOpenWithCodeInput {
    /// Code in the fragment of the address to which the browser came back.
    /// 浏览器返回地址片段中的授权码。
    code: String,
    /// Verifier whose SHA-256 hash was sent as `challenge`.
    /// 校验码,其SHA-256哈希即登录时提交的challenge。
    verifier: String,
}

/// OpenID Connect provider at which people may sign in.
/// 可用于登录的身份提供方。
#[derive(SimpleObject)]
pub struct SignInProvider {
    /// Name of the provider for people to read.
    /// 身份提供方的名称。
    name: String,
    /// Issuer URL of the provider.
    /// 身份提供方的标识(issuer)。
    issuer: String,
    /// Path on this server at which a browser begins to sign in, with the parameters `challenge` and, optionally,
    /// `return`.
    /// 浏览器在本服务器上开始登录的路径,须附参数challenge,可附return。
    path: String,
}

#[derive(Default)]
pub struct SessionQuery;

#[Object]
impl SessionQuery {
    /// Providers at which people may sign in; needs no token.
    /// 可用于登录的身份提供方;无需令牌。
    async fn sign_in_providers(&self, ctx: &Context<'_>) -> Result<Vec<SignInProvider>> {
        let told = |provider: &Arc<oidc::Provider>| SignInProvider {
            name: provider.name().to_owned(),
            issuer: provider.issuer().to_owned(),
            path: "/sign-in/oidc".to_owned(),
        };
        Ok(ctx.app()?.oidc.iter().map(told).collect())
    }
}

/// Present password and new password of the asking account.
/// 当前账户的原密码与新密码。
#[derive(InputObject)]
pub struct PasswordChangeInput {
    /// Present password.
    /// 原密码。
    old: String,
    /// New password, which must satisfy the server's policy.
    /// 新密码,须符合服务器的密码规则。
    new: String,
}

/// Session that was begun or carried on, or the errors to correct.
/// 已开始或已续期的会话,或需更正的错误。
#[derive(SimpleObject, Default)]
pub struct SignInPayload {
    /// Token, to be sent as `Authorization: Bearer …`.
    /// 令牌,以Authorization: Bearer …发送。
    token: Option<String>,
    /// Time at which the token ends.
    /// 令牌的失效时间。
    expires_at: Option<DateTime<Utc>>,
    /// Refresh token, which carries the session on once: `sessionRefresh` returns the next one. Keep it safe; send it
    /// nowhere else.
    /// 刷新令牌,仅可续期一次,sessionRefresh会返回下一个;请妥善保管,勿作他用。
    refresh_token: Option<String>,
    /// Time at which the refresh token ends if it is not used before.
    /// 刷新令牌未使用时的失效时间。
    refresh_expires_at: Option<DateTime<Utc>>,
    /// True if the password must be changed first: until then the token is good for `passwordChange` and signing out
    /// alone.
    /// 是否须先更改密码;更改前令牌仅可用于passwordChange和退出。
    must_change_password: Option<bool>,
    /// Errors that the caller can correct; no session was begun if there are any.
    /// 可更正的错误;有错误时未开始会话。
    user_errors: Vec<UserError>,
}

/// Result of signing out.
/// 退出结果。
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// True when the session has ended, or all sessions of the account.
    /// 会话或账户的全部会话是否已结束。
    done: bool,
}

#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs in with an account and its password; the token is good for fifteen minutes. After several wrong passwords,
    /// further ones are not checked for a while, and get the same answer.
    /// 以账户和密码登录,令牌有效十五分钟;密码多次错误后,一段时间内不再校验密码,应答相同。
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account and its password.\n账户与密码。")] input: SignInInput,
    ) -> Result<SignInPayload> {
        carried_on(ctx, |app, asker| sign_in(app, asker, input)).await
    }

    /// Opens a session for a person who has signed in at a provider; the code is good once, for one minute.
    /// 以外部身份登录并开始会话;授权码一分钟内有效,仅可使用一次。
    async fn session_open_with_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code and its verifier.\n授权码与校验码。")] input: SessionOpenWithCodeInput,
    ) -> Option<Result<SignInPayload>> {
        Some(carried_on(ctx, |app, asker| oidc::open(app, asker, input.code, input.verifier)).await)
    }

    /// Carries a session on without a token: returns a new token and the next refresh token. A refresh token that was
    /// replaced is accepted for ten more seconds; after that its reuse ends the session, since it may have been stolen.
    /// 续期会话,无需令牌,返回新的令牌与刷新令牌。
    /// 已被替换的刷新令牌十秒内仍可使用;此后再用,会话即告结束。
    async fn session_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The newest refresh token of the session.\n会话最新的刷新令牌。")]
        input: SessionRefreshInput,
    ) -> Option<Result<SignInPayload>> {
        Some(carried_on(ctx, |app, asker| family::refresh(app, asker, input.refresh_token)).await)
    }

    /// Ends the session of the token; all tokens of the session end at once.
    /// 退出当前会话;该会话的令牌立即失效。
    async fn sign_out(&self, ctx: &Context<'_>) -> Option<Result<SignOutPayload>> {
        Some(signed_out(ctx, false).await)
    }

    /// Ends all sessions of the account; all its tokens end at once.
    /// 退出账户的全部会话;其全部令牌立即失效。
    async fn sign_out_everywhere(&self, ctx: &Context<'_>) -> Option<Result<SignOutPayload>> {
        Some(signed_out(ctx, true).await)
    }

    /// Changes the asking account's own password, ends all its sessions and begins a new one.
    /// 更改当前账户的密码,结束其全部会话并开始新会话。
    async fn password_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The present password and the new one.\n原密码与新密码。")]
        input: PasswordChangeInput,
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

/// Opens or carries on a session, even if the client stops waiting.
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
        // Names of no account are locked too, so this early answer reveals no account.
        tell(Ended::Unheard);
        return Err(wrong(None));
    }
    let account = named.filter(|account| !account.disabled);
    // An unknown account and a wrong password take the same work.
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let fits = password::fits(hash, input.password).await?;
    let held = match account.filter(|_| fits) {
        Some(account) => {
            // Before any step that may fail: a fault of the server must not count as a wrong guess.
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

/// The one error for every password that does not open a session.
fn wrong(field: Option<&str>) -> Error {
    Error::User(UserError {
        field: field.map(str::to_owned),
        code: ErrorCode::BadCredentials,
        message: say!("credentials-wrong"),
    })
}

/// The account of a person by its name. Accounts of applications are left out: no password opens them.
#[expect(clippy::disallowed_methods, reason = "signing in reads accounts before there is a viewer")]
pub async fn account_named(app: &App, name: &str) -> Result<Option<account::Model>> {
    let of_people = application::has_account().not();
    let name = check::in_one_line(name);
    let named = account::Entity::find().filter(account::Column::Name.eq(name)).filter(of_people);
    Ok(named.one(&app.db.read).await?)
}

/// Version that the tokens of an account must have.
#[expect(clippy::disallowed_methods, reason = "an operator's token knows no scope")]
pub async fn version(app: &App, account: AccountId) -> Result<i32> {
    let row = entity::credential::Entity::find_by_id(account).one(&app.db.read).await?;
    Ok(row.map_or(0, |row| row.version))
}

/// Called by the act that disables an account, or ends an application's secret: sessions and tokens end at once.
pub async fn disabled(db: &impl ConnectionTrait, account: AccountId, now: DateTime<Utc>) -> Result<()> {
    rows::end_all(db, account, entity::session::EndedBy::Disabled, now).await
}

/// Called by the act that unlinks an identity: sessions that began with the identity end.
pub async fn unlinked(
    tx: &Transaction,
    account: entity::ids::AccountId,
    identity: entity::ids::IdentityId,
    now: DateTime<Utc>,
) -> Result<()> {
    rows::locked(tx, account, now).await?;
    rows::end_of_identity(tx, identity, now).await
}

/// Called by the act that opens an account: the person must change the password at the first sign-in.
pub async fn opened(db: &impl ConnectionTrait, account: AccountId, now: DateTime<Utc>) -> Result<()> {
    rows::password_given(db, account, now).await
}

/// Called by the act that resets a password: the sessions end, and the person must change the password at the next
/// sign-in.
pub async fn reset(
    db: &impl ConnectionTrait,
    account: AccountId,
    old_hash: String,
    now: DateTime<Utc>,
) -> Result<()> {
    rows::password_changed(db, account, old_hash, true, now).await
}

/// Removes sessions and sign-in codes that ended a day ago or earlier, and guesses too old to count.
pub async fn purge(app: &App) -> Result<()> {
    let (now, settings) = (app.clock.now(), &app.settings);
    let over = now - chrono::Duration::days(1);
    rows::purge(&app.db, over, over - settings.idle(), now - settings.window() - settings.lock()).await
}
