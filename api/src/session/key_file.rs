//! The file that holds the token keys: made where it is missing, for its owner alone, and replaced as a whole.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::keys::KeySet;
use platform::error::{Error, Result};
use platform::private;

/// The keys in a file, which is made where it is missing; a single key of earlier versions becomes a set.
pub fn open(path: &Path, now: DateTime<Utc>) -> Result<KeySet> {
    if !path.exists() {
        make(path, &KeySet::fresh(now)?)?;
    }
    let bytes = read(path)?;
    let set = KeySet::parse(&bytes, now)?;
    if !bytes.starts_with(b"{")
        && let Err(error) = replace(path, &set)
    {
        // Where the file cannot be written, as with a mounted secret, its key still signs.
        tracing::warn!(detail = error.detail(), "the token key cannot become a set that rotates");
    }
    Ok(set)
}

/// The keys in a file that is there.
pub fn load(path: &Path, now: DateTime<Utc>) -> Result<KeySet> {
    KeySet::parse(&read(path)?, now)
}

/// Puts a set in the place of the old one. A reader sees the one or the other.
pub fn replace(path: &Path, set: &KeySet) -> Result<()> {
    let new = beside(path, "new");
    // The new file is also what keeps a second writer out.
    write(&new, set).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Error::internal(format!(
            "{} is there: another rotation is under way, or was interrupted; in that case remove the file",
            new.display()
        )),
        _ => unwritable(path, &error),
    })?;
    std::fs::rename(&new, path).map_err(|error| unwritable(path, &error))
}

/// Servers that share a folder may make the file at the same time: the first one's counts.
fn make(path: &Path, set: &KeySet) -> Result<()> {
    let made = (|| {
        let new = beside(path, &uuid::Uuid::now_v7().to_string());
        write(&new, set)?;
        let linked = std::fs::hard_link(&new, path);
        std::fs::remove_file(&new)?;
        linked.or_else(|error| if error.kind() == ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })
    })();
    made.map_err(|error| unwritable(path, &error))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    private::read(path, "the token keys", "sanlian keys rotate --leaked")
}

fn write(path: &Path, set: &KeySet) -> std::io::Result<()> {
    private::write(path, &set.to_bytes().map_err(|error| std::io::Error::other(error.detail()))?)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{ending}"));
    path.with_file_name(name)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::internal(format!("cannot write the token keys {}: {error}", path.display()))
}
