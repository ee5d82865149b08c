//! Random secrets of 256 bits: refresh tokens, sign-in codes and secrets of applications. The database knows only their
//! hashes. A refresh token that was replaced keeps its successor sealed, so that only a holder of the token can read
//! the successor.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use platform::error::{Error, Result};

const LENGTH: usize = 32;

/// A random secret. No `Debug`: a secret is printed nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; LENGTH]);

impl Secret {
    pub fn fresh() -> Result<Self> {
        let mut bytes = [0; LENGTH];
        rand::fill(&mut bytes).map_err(Error::internal)?;
        Ok(Self(bytes))
    }

    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Hash by which the database knows the secret.
    pub fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0))
    }

    /// Seals the one successor, under a pad that follows from this secret and is used for nothing else.
    pub fn seal(&self, successor: &Self) -> String {
        URL_SAFE_NO_PAD.encode(self.padded(successor).0)
    }

    pub fn unseal(&self, sealed: &str) -> Option<Self> {
        Self::parse(sealed).map(|sealed| self.padded(&sealed))
    }

    fn padded(&self, other: &Self) -> Self {
        let pad = Sha256::new().chain_update("sanlian successor").chain_update(self.0).finalize();
        Self(std::array::from_fn(|at| other.0[at] ^ pad[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_opens_to_its_predecessor_alone() {
        let [first, second, third] = [(); 3].map(|()| Secret::fresh().unwrap());
        let sealed = first.seal(&second);
        assert!(first.unseal(&sealed) == Some(second.clone()));
        assert!(third.unseal(&sealed) != Some(second.clone()));
        assert!(Secret::parse(&second.text()) == Some(second.clone()));
        assert!(!sealed.contains(&second.text()) && first.hash() != second.hash());
        assert!(Secret::parse("short").is_none() && first.unseal("").is_none());
    }
}
