//! Signed tokens: EdDSA, good for fifteen minutes, one issuer and audience, type `at+jwt`, the key's id in the header.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Duration, Utc};
use entity::application::Scopes;
use entity::ids::{AccountId, SessionId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::key_file;
use super::keys::KeySet;
use crate::access::Bearer;
use platform::error::{Error, Result};

const ISSUER: &str = "sanlian";
const TYPE: &str = "at+jwt";

/// How long a token is good for.
pub const LIFETIME: Duration = Duration::minutes(15);

/// Time after which a server checks again whether its keys have been rotated.
const LOOK: Duration = Duration::seconds(60);

/// Least time between two reads of the file because of unknown keys, however many forged tokens arrive.
const LOOK_FOR_UNKNOWN: Duration = Duration::seconds(2);

/// Signs and checks tokens. A running server takes up a rotation by itself.
pub struct Tokens {
    ring: RwLock<Arc<Ring>>,
    file: Option<PathBuf>,
    /// Time at which the file was last looked at, in milliseconds.
    looked: AtomicI64,
}

/// The keys, ready for use.
struct Ring {
    set: KeySet,
    header: Header,
    sign: EncodingKey,
    check: HashMap<String, DecodingKey>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: uuid::Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
    /// The session; an operator's token has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<uuid::Uuid>,
    /// The version that the account's tokens must have.
    ver: i32,
    /// True if the password must be changed first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    due: bool,
    /// The application that asks (RFC 9068), with its scopes in `scope`; a person's token has neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<uuid::Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

impl Claims {
    fn bearer(self) -> Option<Bearer> {
        let scopes = match (self.client_id, self.scope) {
            (None, None) => None,
            (Some(client), Some(scope)) if client == self.sub => Some(Scopes::parse(&scope)?),
            _ => return None,
        };
        Some(Bearer {
            account: AccountId(self.sub),
            session: self.sid.map(SessionId),
            version: Some(self.ver),
            password_due: self.due,
            scopes,
        })
    }
}

impl Tokens {
    /// Tokens with new keys that last as long as the process.
    pub fn generate() -> Result<Self> {
        Self::of(KeySet::fresh(DateTime::UNIX_EPOCH)?, None, DateTime::UNIX_EPOCH)
    }

    /// Tokens with the keys in a file, which is created, readable by its owner alone, if it is missing.
    pub fn from_file(path: &Path, now: DateTime<Utc>) -> Result<Self> {
        Self::of(key_file::open(path, now)?, Some(path.to_owned()), now)
    }

    fn of(set: KeySet, file: Option<PathBuf>, now: DateTime<Utc>) -> Result<Self> {
        let ring = RwLock::new(Arc::new(Ring::of(set)?));
        Ok(Self { ring, file, looked: AtomicI64::new(now.timestamp_millis()) })
    }

    /// A token without a session, for an account whose tokens were never ended.
    pub fn issue(&self, account: AccountId, now: DateTime<Utc>, lifetime: Duration) -> Result<String> {
        self.issue_to(&Bearer::from(account), now, lifetime)
    }

    /// A token that is good from `now`.
    pub fn issue_to(&self, bearer: &Bearer, now: DateTime<Utc>, lifetime: Duration) -> Result<String> {
        let (since, end) = (now.timestamp(), (now + lifetime).timestamp());
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: bearer.account.0,
            iat: since,
            nbf: since,
            exp: end,
            sid: bearer.session.map(|session| session.0),
            ver: bearer.version.unwrap_or_default(),
            due: bearer.password_due,
            client_id: bearer.scopes.map(|_| bearer.account.0),
            scope: bearer.scopes.map(Scopes::text),
        };
        self.look(now, LOOK);
        let ring = self.ring();
        jsonwebtoken::encode(&ring.header, &claims, &ring.sign).map_err(Error::internal)
    }

    /// The bearer that a token names; UNAUTHENTICATED for a token that is not good now.
    pub fn read(&self, token: &str, now: DateTime<Utc>) -> Result<Bearer> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Error::Unauthenticated)?;
        let key = header.kid.filter(|_| header.typ.as_deref() == Some(TYPE)).ok_or(Error::Unauthenticated)?;
        self.look(now, if self.ring().check.contains_key(&key) { LOOK } else { LOOK_FOR_UNKNOWN });
        let claims = self.ring().claims(token, &key, now).ok_or(Error::Unauthenticated)?;
        let now = now.timestamp();
        if claims.nbf <= now && now < claims.exp {
            return claims.bearer().ok_or(Error::Unauthenticated);
        }
        Err(Error::Unauthenticated)
    }

    /// The public keys, for programs that check tokens themselves.
    pub fn published(&self, now: DateTime<Utc>) -> Result<Value> {
        self.look(now, LOOK);
        self.ring().set.published(now)
    }

    fn ring(&self) -> Arc<Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the file again if it was last read at least `after` ago. If it cannot be read, the known keys stay.
    fn look(&self, now: DateTime<Utc>, after: Duration) {
        let Some(file) = &self.file else { return };
        let (last, now_millis) = (self.looked.load(Ordering::Acquire), now.timestamp_millis());
        let is_due = (now_millis - last).abs() >= after.num_milliseconds();
        // One of several callers at the same time reads the file; the others use the known keys.
        let looks =
            || self.looked.compare_exchange(last, now_millis, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if !is_due || !looks() {
            return;
        }
        match key_file::load(file, now).and_then(Ring::of) {
            Ok(ring) => *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring),
            Err(error) => tracing::error!(detail = error.detail(), "the token keys are not read again"),
        }
    }
}

impl Ring {
    fn of(set: KeySet) -> Result<Self> {
        let current = set.current()?;
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(current.id.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let sign = EncodingKey::from_ed_der(&current.secret()?);
        let check =
            set.keys().iter().map(|key| Ok((key.id.clone(), DecodingKey::from_ed_der(&key.public()?))));
        let check = check.collect::<Result<_>>()?;
        Ok(Self { set, header, sign, check })
    }

    /// The claims of a token that a good key has signed.
    fn claims(&self, token: &str, key: &str, now: DateTime<Utc>) -> Option<Claims> {
        self.set.keys().iter().find(|known| known.id == key && known.is_good(now))?;
        let read = jsonwebtoken::decode::<Claims>(token, self.check.get(key)?, &validation()).ok()?;
        Some(read.claims)
    }
}

fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
    validation.set_audience(&[ISSUER]);
    validation.set_issuer(&[ISSUER]);
    // `read` compares the claims with the injected clock.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn reads(tokens: &Tokens, token: &str) -> bool {
        tokens.read(token, NOW).is_ok()
    }

    #[test]
    fn a_token_is_good_for_its_lifetime_and_only_under_its_key() {
        let (ours, theirs) = (Tokens::generate().unwrap(), Tokens::generate().unwrap());
        let account = AccountId::fresh();
        let token = ours.issue(account, NOW, LIFETIME).unwrap();
        let bearer = Bearer { version: Some(0), ..account.into() };
        assert_eq!(ours.read(&token, NOW).unwrap(), bearer);
        assert!(ours.read(&token, NOW + LIFETIME).is_err());
        assert!(ours.read(&token, NOW - Duration::seconds(2)).is_err());
        assert!(theirs.read(&token, NOW).is_err());
    }

    /// Tokens that differ from a good one in one thing, signed with our key or claiming to be.
    #[test]
    fn what_differs_from_a_good_token_is_none() {
        let tokens = Tokens::generate().unwrap();
        let ring = tokens.ring();
        let good = json!({ "iss": ISSUER, "aud": ISSUER, "sub": uuid::Uuid::nil(), "iat": 0, "nbf": 0, "exp": 900, "ver": 0 });
        let sign = |header: &Header, claims: &Value, key: &EncodingKey| {
            jsonwebtoken::encode(header, claims, key).unwrap()
        };
        assert!(reads(&tokens, &sign(&ring.header, &good, &ring.sign)));
        for (claim, value) in [
            ("iss", json!("another")),
            ("aud", json!("another")),
            ("sub", json!("root")),
            ("nbf", json!(1)),
            ("exp", json!(0)),
        ] {
            for value in [value, Value::Null] {
                let mut claims = good.clone();
                claims[claim] = value;
                assert!(!reads(&tokens, &sign(&ring.header, &claims, &ring.sign)), "{claims}");
            }
        }
        let header = ring.header.clone();
        for header in [
            Header { kid: None, ..header.clone() },
            Header { kid: Some("another".to_owned()), ..header.clone() },
            Header { kid: ring.set.keys().get(1).map(|key| key.id.clone()), ..header.clone() },
            Header { typ: None, ..header.clone() },
            Header { typ: Some("JWT".to_owned()), ..header.clone() },
        ] {
            assert!(!reads(&tokens, &sign(&header, &good, &ring.sign)), "{header:?}");
        }
        let public = ring.set.current().unwrap().public().unwrap();
        let symmetric = Header { alg: Algorithm::HS256, ..header.clone() };
        assert!(!reads(&tokens, &sign(&symmetric, &good, &EncodingKey::from_secret(&public))));
        let signed = sign(&header, &good, &ring.sign);
        let (_, rest) = signed.split_once('.').unwrap();
        let (claims, signature) = rest.split_once('.').unwrap();
        let none = json!({ "alg": "none", "typ": TYPE, "kid": header.kid }).to_string();
        let none = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, none);
        for signature in ["", signature] {
            assert!(!reads(&tokens, &format!("{none}.{claims}.{signature}")));
        }
        assert!(!reads(&tokens, &signed[..signed.len() - 4]) && !reads(&tokens, ""));
    }

    #[test]
    fn a_running_server_takes_up_a_rotation() {
        let folder = std::env::temp_dir().join(format!("sanlian-keys-{}", uuid::Uuid::now_v7()));
        let file = folder.join("token.key");
        let server = Tokens::from_file(&file, NOW).unwrap();
        let before = server.issue(AccountId::fresh(), NOW, LIFETIME).unwrap();
        for _ in 0..2 {
            let set = key_file::load(&file, NOW).unwrap().rotated(NOW).unwrap();
            key_file::replace(&file, &set).unwrap();
        }
        let other = Tokens::from_file(&file, NOW).unwrap();
        let after = other.issue(AccountId::fresh(), NOW, LIFETIME).unwrap();
        assert!(!reads(&server, &after), "it looks no oftener than it should");
        let soon = NOW + LOOK_FOR_UNKNOWN;
        assert!(server.read(&after, soon).is_ok() && server.read(&before, soon).is_ok());
        assert!(other.read(&before, soon).is_ok());
        std::fs::write(&file, "{").unwrap();
        assert!(server.read(&after, NOW + LOOK).is_ok());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_single_key_of_earlier_versions_becomes_a_set() {
        let folder = std::env::temp_dir().join(format!("sanlian-keys-{}", uuid::Uuid::now_v7()));
        let file = folder.join("token.key");
        let set = key_file::open(&file, NOW).unwrap();
        let (id, secret) = (set.current().unwrap().id.clone(), set.current().unwrap().secret().unwrap());
        std::fs::write(&file, secret).unwrap();
        let sets = [key_file::open(&file, NOW).unwrap(), key_file::load(&file, NOW).unwrap()];
        for set in &sets {
            assert_eq!((set.current().unwrap().id.as_str(), set.keys().len()), (id.as_str(), 2));
        }
        assert!(sets[0].published(NOW).unwrap() == sets[1].published(NOW).unwrap());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
