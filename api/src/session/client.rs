//! Client credentials (RFC 6749 §4.4): an application sends its id and secret and gets a token for fifteen minutes,
//! without a refresh token. Wrong secrets are counted as wrong passwords are. Neither the answer nor the SQL statements
//! show whether the application exists. A secret is 256 random bits, too many to guess, so SHA-256 protects it as well
//! as a slow hash would.

use std::num::NonZeroU32;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use entity::access_line::AccessResult;
use entity::application::Scopes;
use entity::ids::AccountId;
use uuid::Uuid;

use super::asker::Asker;
use super::lockout::{self, Counted};
use super::rows::{self, Registered};
use super::secret::Secret;
use super::{Ended, token};
use crate::App;
use crate::access::Bearer;
use platform::error::{Error, Result};

/// Prefix that lets secret scanners recognise a leaked secret.
const PREFIX: &str = "sanlian_app_";

/// Compared if there is no application, so that the work is the same.
const NOBODY: &str = "0000000000000000000000000000000000000000000";

/// Id and secret that an application sends. No `Debug`: a secret is printed nowhere.
pub struct Credentials {
    pub id: String,
    pub secret: String,
}

/// A token and its scopes.
pub struct Granted {
    pub token: String,
    pub scopes: Scopes,
}

/// Reason why an application gets no token.
pub enum Refusal {
    /// There is no such application, its secret is wrong, or it is disabled.
    Client,
    /// There were too many wrong secrets before; the answer is the same as for one more.
    Unheard,
    /// The application has no role today.
    Grant,
    /// The application asks for a scope that it does not have.
    Scope,
    /// The application asks too often, and may ask again after this time.
    Rate(Duration),
    Fault(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

/// A new secret as it is shown, and its hash.
pub fn fresh_secret() -> Result<(String, String)> {
    let secret = Secret::fresh()?;
    Ok((format!("{PREFIX}{}", secret.text()), secret.hash()))
}

/// A token for an application, with all its scopes if `scope` is none. The access log gets a line as for a sign-in.
pub async fn grant(
    app: App,
    asker: Asker,
    said: Credentials,
    scope: Option<String>,
) -> Result<Granted, Refusal> {
    let counted = lockout::count(app.clone(), format!("application {}", said.id), asker.address).await?;
    let id = AccountId(said.id.parse().unwrap_or(Uuid::nil()));
    let found = rows::registered(&app.db.read, id, app.clock.today()).await?;
    let known = found.as_ref().map(|_| id);
    let fits = fits(found.as_ref(), &said.secret, app.clock.now());
    let granted = granted(&app, counted, id, found.filter(|_| fits), scope.as_deref()).await;
    let end = match &granted {
        Ok(_) => Ended::Begun(None),
        Err(Refusal::Client) => Ended::Wrong,
        Err(Refusal::Unheard) => Ended::Unheard,
        Err(Refusal::Grant | Refusal::Scope) => Ended::Refused(AccessResult::Forbidden),
        Err(Refusal::Rate(_)) => Ended::Refused(AccessResult::LimitExceeded),
        Err(Refusal::Fault(_)) => return granted,
    };
    asker.tell_sign_in(&app, "POST /oauth/token", known, &end);
    granted
}

async fn granted(
    app: &App,
    counted: Counted,
    id: AccountId,
    found: Option<Registered>,
    scope: Option<&str>,
) -> Result<Granted, Refusal> {
    if !counted.is_heard {
        return Err(Refusal::Unheard);
    }
    let found = found.filter(|found| !found.disabled).ok_or(Refusal::Client)?;
    lockout::forgive(app.clone(), counted).await?;
    let rate = u32::try_from(found.rate).ok().and_then(NonZeroU32::new).ok_or(Refusal::Grant)?;
    if let Some(wait) = app.rates.wait(id, rate, &app.clock) {
        return Err(Refusal::Rate(wait));
    }
    if !found.is_active {
        return Err(Refusal::Grant);
    }
    let scopes = asked(&found, scope).ok_or(Refusal::Scope)?;
    let bearer = Bearer { version: Some(found.version), scopes: Some(scopes), ..id.into() };
    Ok(Granted { token: app.tokens.issue_to(&bearer, app.clock.now(), token::LIFETIME)?, scopes })
}

fn asked(found: &Registered, scope: Option<&str>) -> Option<Scopes> {
    let allowed = Scopes::parse(&found.scopes)?;
    let asked = scope.map_or(Some(allowed), Scopes::parse)?;
    (asked.and(allowed) == asked && !asked.is_empty()).then_some(asked)
}

/// Is this the present secret, or the one before while it is valid? Both are always compared, so that time reveals
/// nothing.
fn fits(found: Option<&Registered>, said: &str, now: chrono::DateTime<chrono::Utc>) -> bool {
    let said = said.strip_prefix(PREFIX).and_then(Secret::parse).map(|secret| secret.hash());
    let equal = |kept: &str| {
        let said = said.as_deref().unwrap_or_default().as_bytes();
        verify_slices_are_equal(kept.as_bytes(), said).is_ok()
    };
    let old = found.filter(|found| found.old_secret_until.is_some_and(|until| now < until));
    let present = equal(found.map_or(NOBODY, |found| &found.secret_hash));
    let before = equal(old.and_then(|found| found.old_secret_hash.as_deref()).unwrap_or(NOBODY));
    found.is_some() && (present | (before && old.is_some()))
}
