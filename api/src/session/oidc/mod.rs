//! Sign-in at an OpenID Connect provider. The client keeps a verifier and sends its hash as `challenge`. The browser
//! comes back to a configured address with a code in the fragment, and the client opens a session with code and
//! verifier. So an address never holds a token, and is worth nothing without the verifier. The state travels along,
//! sealed: a sign-in that was only begun leaves nothing in the database. The provider's subject, linked to an account
//! before, says who the person is.

mod provider;
mod rows;
pub mod settings;

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use entity::ids::IdentityId;
use entity::sign_in_code;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use provider::Errand;
pub use provider::Provider;
pub(super) use rows::is_linked;

use super::asker::{Asker, Ended};
use super::family::{self, By, Held};
use super::lockout;
use super::secret::Secret;
use crate::App;
use platform::error::{Error, ErrorCode, Result};
use platform::say;

/// Time that a person may take at the provider.
const ERRAND: Duration = Duration::minutes(10);

/// Time within which a code must be used.
const CODE: Duration = Duration::seconds(60);

/// Purpose to which the seal of a state is bound.
const PLACE: &[u8] = b"sign-in state";

/// The state of a sign-in, which travels along sealed.
#[derive(Serialize, Deserialize)]
struct State {
    /// Hash of the verifier that the client keeps.
    challenge: String,
    /// Configured address to which the browser comes back.
    back: String,
    nonce: String,
    /// Verifier that this server shows the provider together with the provider's code.
    verifier: String,
    until: DateTime<Utc>,
}

/// Parameters that the provider sends back.
#[derive(Default, Deserialize)]
pub struct Came {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// The address at the provider at which a person signs in. None if `challenge` is no hash, or `back` is no configured
/// address.
pub async fn begin(
    app: &App,
    provider: &Provider,
    challenge: &str,
    back: Option<&str>,
) -> Result<Option<String>> {
    let is_hash = URL_SAFE_NO_PAD.decode(challenge).is_ok_and(|hash| hash.len() == 32);
    let Some(back) = provider.way_back(back).filter(|_| is_hash) else { return Ok(None) };
    let now = app.clock.now();
    let state = State {
        challenge: challenge.to_owned(),
        back: back.to_owned(),
        nonce: Secret::fresh()?.text(),
        verifier: Secret::fresh()?.text(),
        until: now + ERRAND,
    };
    let errand = Errand { state: sealed(app, &state)?, nonce: &state.nonce, verifier: &state.verifier };
    Ok(Some(provider.way_there(errand, now).await?.into()))
}

/// The configured address to which a browser is sent when it comes from the provider: with a code, or with
/// `access_denied`, never with a reason. None if this server did not make the state.
pub async fn finish(app: App, address: Option<IpAddr>, came: Came) -> Result<Option<String>> {
    let Some(provider) = app.oidc.clone() else { return Ok(None) };
    let Some(sealed) = came.state.clone() else { return Ok(None) };
    let Some(state) = opened(&app, &sealed) else { return Ok(None) };
    let counted = lockout::count(app.clone(), format!("sign-in {sealed}"), address).await?;
    let code = if counted.is_heard { let_in(&app, &provider, &state, &sealed, came).await } else { Ok(None) };
    let code = code.unwrap_or_else(|error| {
        tracing::warn!(detail = error.detail(), "somebody who comes from the provider is not let in");
        None
    });
    let Some(code) = code else { return Ok(Some(format!("{}#error=access_denied", state.back))) };
    lockout::forgive(app, counted).await?;
    Ok(Some(format!("{}#code={}", state.back, code.text())))
}

async fn let_in(
    app: &App,
    provider: &Provider,
    state: &State,
    sealed: &str,
    came: Came,
) -> Result<Option<Secret>> {
    let now = app.clock.now();
    let elsewhere = came.iss.is_some_and(|issuer| issuer != provider.issuer());
    let Some(code) = came.code.filter(|_| !elsewhere && came.error.is_none() && now < state.until) else {
        return Ok(None);
    };
    let errand = Errand { state: String::new(), nonce: &state.nonce, verifier: &state.verifier };
    let subject = provider.who(code, errand, now).await?;
    let Some(identity) = rows::linked(&app.db.read, provider.issuer(), &subject).await? else {
        return Ok(None);
    };
    let code = Secret::fresh()?;
    let row = sign_in_code::Model {
        state_hash: hash(sealed),
        code_hash: code.hash(),
        identity_id: identity.id,
        challenge: state.challenge.clone(),
        until: now + CODE,
        used_at: None,
    };
    Ok(rows::keep(&app.db.write, row).await?.then_some(code))
}

/// Opens a session with a code and its verifier. The code is used up, whether the verifier fits or not.
pub(super) async fn open(app: App, asker: Asker, code: String, verifier: String) -> Result<Held> {
    let identity = identity(&app, &code, &verifier).await?;
    let account = match identity {
        Some(identity) => rows::account_of(&app.db.read, identity).await?.map(|account| (account, identity)),
        None => None,
    };
    let held = match account {
        Some((account, identity)) => family::begin(&app, account, By::Identity(identity)).await?,
        None => None,
    };
    let end = held.as_ref().map_or(Ended::Wrong, |held| Ended::Begun(held.bearer.session));
    asker.tell_sign_in(&app, "sessionOpenWithCode", account.map(|(account, _)| account), &end);
    held.ok_or_else(|| Error::field("code", ErrorCode::BadCredentials, say!("sign-in-code-invalid")))
}

/// The identity of a code. None if the code was used before, is too old, or does not fit the verifier.
async fn identity(app: &App, code: &str, verifier: &str) -> Result<Option<IdentityId>> {
    let now = app.clock.now();
    let Some(code) = Secret::parse(code) else { return Ok(None) };
    // In a transaction: without one, SQLite returns the row even if the commit after it fails.
    let tx = super::rows::open(&app.db).await?;
    let taken = rows::take(&tx, code.hash(), now).await?;
    tx.commit().await?;
    let good = taken.filter(|taken| now < taken.until && hash(verifier) == taken.challenge);
    Ok(good.map(|taken| taken.identity_id))
}

fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

fn sealed(app: &App, state: &State) -> Result<String> {
    let clear = serde_json::to_vec(state).map_err(Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(app.keys.get(app.keys.newest()?)?.seal(&clear, PLACE)?))
}

fn opened(app: &App, state: &str) -> Option<State> {
    let sealed = URL_SAFE_NO_PAD.decode(state).ok()?;
    let key = app.keys.get(app.keys.newest().ok()?).ok()?;
    serde_json::from_slice(&key.open(&sealed, PLACE).ok()?).ok()
}
