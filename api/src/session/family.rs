//! The life of a session. A password or an identity at the provider begins it; refresh tokens carry it on, and only the
//! newest is good. Its owner ends it, or its age, or idleness, or the reuse of a replaced token: then two parties hold
//! the token, and one of them is a thief.

use chrono::{DateTime, Duration, Utc};
use entity::access_line::{AccessKind, AccessResult};
use entity::ids::{AccountId, IdentityId, SessionId};
use entity::session::{self, EndedBy};
use entity::{credential, refresh_token};

use super::asker::Asker;
use super::oidc;
use super::rows;
use super::secret::Secret;
use crate::App;
use crate::access::Bearer;
use crate::access_log::Happened;
use platform::db::Transaction;
use platform::error::{Error, Result};

/// Time during which a replaced token still gets the same successor, since the reply may have been lost.
const GRACE: Duration = Duration::seconds(10);

/// A session that has just begun or been carried on.
pub struct Held {
    pub bearer: Bearer,
    pub refresh: Secret,
    /// Time at which the refresh token ends if it is not used before.
    pub until: DateTime<Utc>,
}

/// Proof with which a session begins.
#[derive(Clone, Copy)]
pub enum By<'a> {
    /// Hash of a password that was found right.
    Password(&'a str),
    /// Identity that the provider named.
    Identity(IdentityId),
}

impl By<'_> {
    /// Does the proof still hold?
    async fn holds(self, tx: &Transaction, account: AccountId) -> Result<bool> {
        match self {
            Self::Password(hash) => rows::unchanged(tx, account, hash).await,
            Self::Identity(id) => {
                Ok(rows::able(tx, account).await?.is_some() && oidc::is_linked(tx, id, account).await?)
            }
        }
    }

    const fn identity(self) -> Option<IdentityId> {
        match self {
            Self::Password(_) => None,
            Self::Identity(id) => Some(id),
        }
    }
}

/// Begins a session; none if the account has changed meanwhile.
pub async fn begin(app: &App, account: AccountId, by: By<'_>) -> Result<Option<Held>> {
    let tx = rows::open(&app.db).await?;
    let held = begin_in(&tx, app, account, by).await?;
    tx.commit().await?;
    Ok(held)
}

/// Begins a session in the caller's transaction.
pub async fn begin_in(tx: &Transaction, app: &App, account: AccountId, by: By<'_>) -> Result<Option<Held>> {
    let now = app.clock.now();
    let credential = rows::locked(tx, account, now).await?;
    if !by.holds(tx, account).await? {
        return Ok(None);
    }
    let row = session::Model {
        id: SessionId::fresh(),
        account_id: account,
        began_at: now,
        used_at: now,
        ends_at: now + app.settings.lifetime(),
        ended_at: None,
        ended_by: None,
        identity_id: by.identity(),
    };
    let refresh = Secret::fresh()?;
    rows::insert_session(tx, row.clone()).await?;
    rows::insert_token(tx, row.id, &refresh, now).await?;
    Ok(Some(held(app, &row, &credential, refresh, now)))
}

fn held(
    app: &App,
    row: &session::Model,
    credential: &credential::Model,
    refresh: Secret,
    now: DateTime<Utc>,
) -> Held {
    let policy = app.settings.password_policy;
    // A password that is due matters only if the session began with a password.
    let bearer = Bearer {
        account: row.account_id,
        session: Some(row.id),
        version: Some(credential.version),
        password_due: row.identity_id.is_none()
            && (credential.must_change || policy.is_due(credential.password_since, now)),
        scopes: None,
    };
    Held { bearer, refresh, until: row.ends_at.min(now + app.settings.idle()) }
}

/// Carries a session on. UNAUTHENTICATED if the session has ended, or if the token was replaced and `GRACE` is over.
pub async fn refresh(app: App, asker: Asker, token: String) -> Result<Held> {
    let secret = Secret::parse(&token).ok_or(Error::Unauthenticated)?;
    let tx = rows::open(&app.db).await?;
    let held = follow(&tx, &app, &asker, &secret).await?;
    tx.commit().await?;
    held.ok_or(Error::Unauthenticated)
}

async fn follow(tx: &Transaction, app: &App, asker: &Asker, secret: &Secret) -> Result<Option<Held>> {
    let now = app.clock.now();
    let Some(row) = rows::session_of(tx, secret).await? else { return Ok(None) };
    if row.ended_at.is_some() || row.ends_at <= now || row.used_at + app.settings.idle() <= now {
        return Ok(None);
    }
    let Some(credential) = rows::credential(tx, row.account_id).await? else {
        rows::end(tx, row.id, EndedBy::Disabled, now).await?;
        return Ok(None);
    };
    let Some(token) = rows::token(tx, secret).await? else { return Ok(None) };
    let Some(next) = next(tx, token, secret, now).await? else {
        tracing::warn!(session = %row.id.0, "a refresh token came again after it was replaced: its session is ended");
        rows::end(tx, row.id, EndedBy::Reuse, now).await?;
        let (account, session) = (Some(row.account_id), Some(row.id));
        let what = asker.happened(AccessKind::Refusal, AccessResult::Reused);
        asker.tell(
            &app.access_log,
            Happened { account, session, operation: "sessionRefresh".to_owned(), ..what },
        );
        return Ok(None);
    };
    Ok(Some(held(app, &row, &credential, next, now)))
}

/// The token that follows. None if this token was replaced, and its successor was used or `GRACE` is over.
async fn next(
    tx: &Transaction,
    token: refresh_token::Model,
    secret: &Secret,
    now: DateTime<Utc>,
) -> Result<Option<Secret>> {
    let Some(replaced_at) = token.replaced_at else {
        let successor = Secret::fresh()?;
        rows::insert_token(tx, token.session_id, &successor, now).await?;
        rows::replace(tx, token, secret.seal(&successor), now).await?;
        return Ok(Some(successor));
    };
    if now > replaced_at + GRACE {
        return Ok(None);
    }
    let Some(successor) = token.successor.and_then(|sealed| secret.unseal(&sealed)) else { return Ok(None) };
    let is_newest = rows::token(tx, &successor).await?.is_some_and(|token| token.replaced_at.is_none());
    Ok(is_newest.then_some(successor))
}

/// Ends the session of a token; does nothing for a token without a session.
pub async fn sign_out(app: App, bearer: Bearer) -> Result<()> {
    match bearer.session {
        Some(session) => rows::end(&app.db.write, session, EndedBy::SignOut, app.clock.now()).await,
        None => Ok(()),
    }
}

/// Ends all sessions of an account, and all its tokens.
pub async fn sign_out_everywhere(app: App, account: AccountId) -> Result<()> {
    let tx = rows::open(&app.db).await?;
    rows::end_all(&tx, account, EndedBy::SignOut, app.clock.now()).await?;
    Ok(tx.commit().await?)
}
