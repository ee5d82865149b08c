//! The seal that ships: AES-256-GCM with random nonces and HMAC-SHA-256, by AWS-LC. Keys for either are derived from one
//! secret, and so is one for each purpose of a hash.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};

use super::Seal;
use crate::error::{Error, Result};

pub struct Aes {
    cipher: RandomizedNonceKey,
    hashes: Key,
}

impl Aes {
    pub fn of(secret: &[u8; 32]) -> Result<Self> {
        let root = Key::new(HMAC_SHA256, secret);
        let cipher = RandomizedNonceKey::new(&AES_256_GCM, sign(&root, b"sanlian seal").as_ref());
        Ok(Self { cipher: cipher.map_err(Error::internal)?, hashes: derived(&root, "sanlian hash") })
    }
}

fn derived(from: &Key, purpose: &str) -> Key {
    Key::new(HMAC_SHA256, sign(from, purpose.as_bytes()).as_ref())
}

impl Seal for Aes {
    fn seal(&self, clear: &[u8], place: &[u8]) -> Result<Vec<u8>> {
        let mut text = clear.to_vec();
        let nonce =
            self.cipher.seal_in_place_append_tag(Aad::from(place), &mut text).map_err(Error::internal)?;
        Ok([nonce.as_ref().as_slice(), text.as_slice()].concat())
    }

    fn open(&self, sealed: &[u8], place: &[u8]) -> Result<Vec<u8>> {
        let refused =
            || Error::internal("a sealed value does not open: it was changed, or sealed for another place");
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or_else(refused)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| refused())?;
        let mut text = text.to_vec();
        let clear = self.cipher.open_in_place(nonce, Aad::from(place), &mut text).map_err(|_| refused())?;
        Ok(clear.to_vec())
    }

    fn hash(&self, purpose: &str, value: &[u8]) -> Vec<u8> {
        sign(&derived(&self.hashes, purpose), value).as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_at_its_place_alone() {
        let (ours, theirs) = (Aes::of(&[1; 32]).unwrap(), Aes::of(&[2; 32]).unwrap());
        let sealed = ours.seal(b"13812341234", b"here").unwrap();
        assert_eq!(ours.open(&sealed, b"here").unwrap(), b"13812341234");
        assert!(ours.open(&sealed, b"there").is_err() && theirs.open(&sealed, b"here").is_err());
        for at in 0..sealed.len() {
            let mut touched = sealed.clone();
            touched[at] ^= 1;
            assert!(ours.open(&touched, b"here").is_err(), "{at}");
        }
        assert!(ours.open(&sealed[..5], b"here").is_err());
        assert_ne!(ours.seal(b"13812341234", b"here").unwrap(), sealed, "a seal is never the same twice");
    }

    #[test]
    fn a_hash_is_of_its_key_and_purpose() {
        let (ours, theirs) = (Aes::of(&[1; 32]).unwrap(), Aes::of(&[2; 32]).unwrap());
        let hash = ours.hash("phone", b"13812341234");
        assert_eq!(ours.hash("phone", b"13812341234"), hash);
        for other in [
            ours.hash("phone", b"13812341235"),
            ours.hash("input", b"13812341234"),
            theirs.hash("phone", b"13812341234"),
        ] {
            assert_ne!(other, hash);
        }
    }
}
