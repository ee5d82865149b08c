//! Signed tokens: EdDSA, fifteen minutes, one issuer and audience, type `at+jwt`.

use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chrono::{DateTime, Duration, Utc};
use entity::ids::AccountId;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::setup::write_private;

const ISSUER: &str = "sanlian";
const TYPE: &str = "at+jwt";

/// How long a token is good for.
pub const LIFETIME: Duration = Duration::minutes(15);

/// Signs and checks tokens.
pub struct Tokens {
    sign: EncodingKey,
    check: DecodingKey,
    validation: Validation,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: uuid::Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl Tokens {
    /// With a key of its own that is gone with the process.
    pub fn generate() -> Result<Self> {
        Self::from_pkcs8(&new_key()?)
    }

    /// With the key in a file, which is made, readable by its owner alone, where it is missing.
    pub fn from_file(path: &Path) -> Result<Self> {
        if !path.exists() {
            write_private(path, &new_key()?).map_err(|error| {
                Error::internal(format!("cannot write the token key {}: {error}", path.display()))
            })?;
        }
        let key = std::fs::read(path).map_err(|error| {
            Error::internal(format!("cannot read the token key {}: {error}", path.display()))
        })?;
        Self::from_pkcs8(&key)
    }

    fn from_pkcs8(key: &[u8]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(key)
            .map_err(|_| Error::internal("the token key is no Ed25519 key in PKCS#8 DER"))?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        validation.set_audience(&[ISSUER]);
        validation.set_issuer(&[ISSUER]);
        // Time is ours to inject: the claims are compared with the house's clock in `read`.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Ok(Self {
            sign: EncodingKey::from_ed_der(key),
            check: DecodingKey::from_ed_der(pair.public_key().as_ref()),
            validation,
        })
    }

    /// A token for an account, good from now.
    pub fn issue(&self, account: AccountId, now: DateTime<Utc>, lifetime: Duration) -> Result<String> {
        let (now, end) = (now.timestamp(), (now + lifetime).timestamp());
        let issuer = || ISSUER.to_owned();
        let claims = Claims { iss: issuer(), aud: issuer(), sub: account.0, iat: now, nbf: now, exp: end };
        let header = Header { typ: Some(TYPE.to_owned()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, &claims, &self.sign).map_err(Error::internal)
    }

    /// The account a token speaks for; UNAUTHENTICATED for any token that is not good now.
    pub fn read(&self, token: &str, now: DateTime<Utc>) -> Result<AccountId> {
        let read = jsonwebtoken::decode::<Claims>(token, &self.check, &self.validation)
            .map_err(|_| Error::Unauthenticated)?;
        let now = now.timestamp();
        let good =
            read.header.typ.as_deref() == Some(TYPE) && read.claims.nbf <= now && now < read.claims.exp;
        if good { Ok(AccountId(read.claims.sub)) } else { Err(Error::Unauthenticated) }
    }
}

fn new_key() -> Result<Vec<u8>> {
    let random = aws_lc_rs::rand::SystemRandom::new();
    let key = Ed25519KeyPair::generate_pkcs8(&random).map_err(Error::internal)?;
    Ok(key.as_ref().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_lifetime_and_only_under_its_key() {
        let (ours, theirs) = (Tokens::generate().unwrap(), Tokens::generate().unwrap());
        let (account, now) = (AccountId::fresh(), Utc::now());
        let token = ours.issue(account, now, LIFETIME).unwrap();
        assert_eq!(ours.read(&token, now).unwrap(), account);
        assert!(ours.read(&token, now + LIFETIME).is_err());
        assert!(ours.read(&token, now - Duration::seconds(2)).is_err());
        assert!(theirs.read(&token, now).is_err());
    }
}
