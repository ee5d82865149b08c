//! The keys that sign tokens. A key is published before it signs (`next`), signs (`current`), and stays known until
//! the last token it signed has ended (`previous`). All lie in one file, so that a rotation is one rename.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use platform::error::{Error, Result};

/// Time for which others may cache the published keys.
pub const CACHE: Duration = Duration::minutes(5);

/// Time for which a key must have been published before it signs: longer than `CACHE` and the time until all servers
/// look.
pub const NOTICE: Duration = Duration::minutes(10);

/// Time for which a previous key stays good: longer than any token that `sanlian token` prints.
const OVERLAP: Duration = Duration::hours(25);

/// Stage in the life of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Current,
    Next,
    Previous,
}

/// A key, its state, and the time since which it has that state. No `Debug`: the secret is printed nowhere.
#[derive(Clone, Serialize, Deserialize)]
pub struct Key {
    /// The thumbprint of RFC 7638.
    pub id: String,
    pub state: State,
    pub since: DateTime<Utc>,
    pkcs8: String,
}

/// All keys, the current one first.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeySet {
    keys: Vec<Key>,
}

impl Key {
    fn fresh(state: State, since: DateTime<Utc>) -> Result<Self> {
        let random = aws_lc_rs::rand::SystemRandom::new();
        let key = Ed25519KeyPair::generate_pkcs8(&random).map_err(Error::internal)?;
        Self::of(key.as_ref(), state, since)
    }

    fn of(pkcs8: &[u8], state: State, since: DateTime<Utc>) -> Result<Self> {
        let id = thumbprint(&public(pkcs8)?);
        Ok(Self { id, state, since, pkcs8: STANDARD.encode(pkcs8) })
    }

    /// The secret, in PKCS#8 DER.
    pub(super) fn secret(&self) -> Result<Vec<u8>> {
        STANDARD.decode(&self.pkcs8).map_err(|_| Error::internal("a token key is not in base64"))
    }

    /// The public half, 32 bytes.
    pub(super) fn public(&self) -> Result<Vec<u8>> {
        public(&self.secret()?)
    }

    /// Are tokens of this key accepted, and is the key published?
    pub(super) fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.state != State::Previous || now < self.since + OVERLAP
    }
}

impl KeySet {
    /// A current key and a next one.
    pub fn fresh(now: DateTime<Utc>) -> Result<Self> {
        Ok(Self { keys: vec![Key::fresh(State::Current, now)?, Key::fresh(State::Next, now)?] })
    }

    /// Reads the content of a key file: a set, or the single key in PKCS#8 DER of earlier versions.
    pub fn parse(bytes: &[u8], now: DateTime<Utc>) -> Result<Self> {
        if !bytes.starts_with(b"{") {
            let keys = vec![Key::of(bytes, State::Current, now)?, Key::fresh(State::Next, now)?];
            return Ok(Self { keys });
        }
        let mut set: Self = serde_json::from_slice(bytes)
            .map_err(|error| Error::internal(format!("the token keys do not read: {error}")))?;
        set.keys.sort_by_key(|key| key.state);
        let states = |state| set.keys.iter().filter(|key| key.state == state).count();
        if (states(State::Current), states(State::Next)) != (1, 1) {
            return Err(Error::internal("of the token keys one must be current and one next"));
        }
        Ok(set)
    }

    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec_pretty(self).map_err(Error::internal)
    }

    /// Rotates the keys: the next key becomes current, and the current one previous until its tokens have ended.
    pub fn rotated(&self, now: DateTime<Utc>) -> Result<Self> {
        let mut keys: Vec<Key> = self.keys.iter().filter(|key| key.is_good(now)).cloned().collect();
        for key in &mut keys {
            let state = match key.state {
                State::Next => State::Current,
                State::Current | State::Previous => State::Previous,
            };
            if key.state != state {
                (key.state, key.since) = (state, now);
            }
        }
        keys.push(Key::fresh(State::Next, now)?);
        keys.sort_by_key(|key| key.state);
        Ok(Self { keys })
    }

    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    pub fn current(&self) -> Result<&Key> {
        self.keys.first().ok_or_else(|| Error::internal("there is no token key"))
    }

    /// Has the next key been published for long enough to sign?
    pub fn is_ripe(&self, now: DateTime<Utc>) -> bool {
        self.keys.iter().all(|key| key.state != State::Next || key.since + NOTICE <= now)
    }

    /// The public keys as a JWK set (RFC 7517).
    pub fn published(&self, now: DateTime<Utc>) -> Result<Value> {
        let keys = self.keys.iter().filter(|key| key.is_good(now)).map(|key| {
            let x = URL_SAFE_NO_PAD.encode(key.public()?);
            Ok(json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.id, "x": x }))
        });
        Ok(json!({ "keys": keys.collect::<Result<Vec<_>>>()? }))
    }
}

fn public(pkcs8: &[u8]) -> Result<Vec<u8>> {
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8)
        .map_err(|_| Error::internal("the token key is no Ed25519 key in PKCS#8 DER"))?;
    Ok(pair.public_key().as_ref().to_vec())
}

/// The hash of the key's required members in alphabetical order (RFC 7638).
fn thumbprint(public: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    let digest = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
    URL_SAFE_NO_PAD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_as_in_rfc_8037() {
        let public = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(thumbprint(&public), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_key_is_next_then_current_then_previous_then_gone() {
        let now = DateTime::UNIX_EPOCH;
        let mut set = KeySet::fresh(now).unwrap();
        let key = set.keys.iter().find(|key| key.state == State::Next).unwrap().id.clone();
        let state = |set: &KeySet| set.keys.iter().find(|at| at.id == key).map(|at| at.state);
        for wanted in [State::Current, State::Previous, State::Previous] {
            set = KeySet::parse(&set.rotated(now).unwrap().to_bytes().unwrap(), now).unwrap();
            assert_eq!(state(&set), Some(wanted));
        }
        assert_eq!(set.published(now).unwrap()["keys"].as_array().unwrap().len(), 5);
        assert_eq!(set.published(now + OVERLAP).unwrap()["keys"].as_array().unwrap().len(), 2);
        assert_eq!(state(&set.rotated(now + OVERLAP).unwrap()), None);
        assert!(!set.is_ripe(now) && set.is_ripe(now + NOTICE));
    }
}
