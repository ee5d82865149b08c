//! Files that hold secrets: their owner alone may read them.

use std::io::Write;
use std::path::Path;

use crate::error::{Error, Result};

/// Writes a new file, down to the disk.
pub fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Reads a file, unless everybody on this machine may: then it says what to do, and what to run where somebody has.
pub fn read(path: &Path, what: &str, remedy: &str) -> Result<Vec<u8>> {
    let unreadable =
        |error: std::io::Error| Error::internal(format!("cannot read {what} {}: {error}", path.display()));
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(path).map_err(unreadable)?);
        if mode & 0o007 != 0 {
            return Err(Error::internal(format!(
                "everybody on this machine may read {what} {0}: run `chmod 600 {0}`, and `{remedy}` if somebody may have",
                path.display()
            )));
        }
    }
    std::fs::read(path).map_err(unreadable)
}
