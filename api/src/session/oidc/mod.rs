//! Signing in at an OpenID Connect provider. Whoever begins keeps a verifier and gives its hash; they come back with a
//! code in the fragment of an address that was set, and open a session with code and verifier. So no token is in an
//! address, and who sees the address has nothing. What must be known on the way back goes along, sealed, as the state:
//! one who only begins leaves nothing behind. Who somebody is, is the provider's subject, linked to an account before.

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

/// How long somebody may take at the provider.
const ERRAND: Duration = Duration::minutes(10);

/// How long a code waits to be taken.
const CODE: Duration = Duration::seconds(60);

/// What a state is sealed for.
const PLACE: &[u8] = b"sign-in state";

/// What goes along, sealed.
#[derive(Serialize, Deserialize)]
struct State {
    /// The hash of the verifier that whoever began keeps.
    challenge: String,
    /// Where they are sent on to.
    back: String,
    nonce: String,
    /// What the provider is shown with its code.
    verifier: String,
    until: DateTime<Utc>,
}

/// What the provider sends back.
#[derive(Default, Deserialize)]
pub struct Came {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Where somebody goes to sign in; none where what they say of themselves is not right.
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

/// Where somebody who comes back is sent on to: with a code, or told that they are not let in, and never why. None where
/// nobody of ours sent them.
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

/// Opens a session by a code and the verifier of the one who began. A code that has been shown is gone, right or wrong.
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
    held.ok_or_else(|| {
        let message = "the code is not good: begin to sign in again".to_owned();
        Error::field("code", ErrorCode::BadCredentials, message)
    })
}

/// Whose code it is, where it is good: once, in its time, for who began.
async fn identity(app: &App, code: &str, verifier: &str) -> Result<Option<IdentityId>> {
    let now = app.clock.now();
    let Some(code) = Secret::parse(code) else { return Ok(None) };
    // In a transaction: SQLite tells a driver that reads one row nothing of a commit that failed after it.
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
