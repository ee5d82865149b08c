//! Sealing: personal values lie in the database as nobody reads them without a key of the server's. What a seal must
//! do is three functions, so that a certified module can take the place of the one that ships.

mod aes;
mod keys;
mod used;

pub use keys::Keys;
pub use used::{InUse, in_use, nothing_sealed, retire_before, sealing, take_into_use};

use crate::error::Result;

/// One key's work.
pub trait Seal: Send + Sync {
    /// Encrypts a value for one place; opened at any other, it is refused.
    fn seal(&self, clear: &[u8], place: &[u8]) -> Result<Vec<u8>>;

    /// What was sealed for this place.
    fn open(&self, sealed: &[u8], place: &[u8]) -> Result<Vec<u8>>;

    /// A keyed hash by which an equal value is found; of one purpose it says nothing about another.
    fn hash(&self, purpose: &str, value: &[u8]) -> Vec<u8>;
}

/// Bytes as they are written in texts.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
