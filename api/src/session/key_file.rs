//! The file of the token keys. It is created if it is missing, readable by its owner alone, and replaced as a whole.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::keys::KeySet;
use platform::error::{Error, Result};
use platform::private;

/// Reads the key file, and creates it if it is missing. A single key of earlier versions becomes a set.
pub fn open(path: &Path, now: DateTime<Utc>) -> Result<KeySet> {
    if !path.exists() {
        make(path, &KeySet::fresh(now)?)?;
    }
    let bytes = read(path)?;
    let set = KeySet::parse(&bytes, now)?;
    if !bytes.starts_with(b"{")
        && let Err(error) = replace(path, &set)
    {
        // A file that cannot be written, such as a mounted secret, still gives the key that signs.
        tracing::warn!(detail = error.detail(), "the token key cannot become a set that rotates");
    }
    Ok(set)
}

/// Reads a key file that exists.
pub fn load(path: &Path, now: DateTime<Utc>) -> Result<KeySet> {
    KeySet::parse(&read(path)?, now)
}

/// Replaces the file with another set. A reader sees the old set or the new one.
pub fn replace(path: &Path, set: &KeySet) -> Result<()> {
    let new = beside(path, "new");
    // The new file also locks out a second writer.
    write(&new, set).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Error::internal(format!(
            "{} is there: another rotation is under way, or was interrupted; in that case remove the file",
            new.display()
        )),
        _ => unwritable(path, &error),
    })?;
    std::fs::rename(&new, path).map_err(|error| unwritable(path, &error))
}

/// Creates the file. If servers that share a folder do so at the same time, the first one's file stays.
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
