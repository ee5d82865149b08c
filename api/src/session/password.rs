//! Password hashes: argon2id, on blocking threads, two at a time.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use tokio::sync::Semaphore;

use platform::error::{Error, Result};

/// Number of hashes at a time: each takes a core and 19 MiB for a moment.
static PERMITS: Semaphore = Semaphore::const_new(2);

/// Checked if there is no account, so that the time reveals nothing.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody's password").unwrap_or_default());

/// Hashes a password for storage.
pub async fn hash(password: String) -> Result<String> {
    let _permit = PERMITS.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(move || hash_now(&password)).await.map_err(Error::internal)?
}

/// Does a password fit a stored hash? Without a hash the work is the same, and the answer is false.
pub async fn fits(hash: Option<String>, password: String) -> Result<bool> {
    let _permit = PERMITS.acquire().await.map_err(Error::internal)?;
    let check = move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let fits = PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        known && fits
    };
    tokio::task::spawn_blocking(check).await.map_err(Error::internal)
}

fn hash_now(password: &str) -> Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(Error::internal)?;
    Ok(hash.to_string())
}
