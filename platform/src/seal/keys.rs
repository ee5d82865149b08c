//! The keys of a server, by number: from a file that is made where nothing is sealed yet, or from the environment. One
//! line each: number, kind of seal, secret in Base64. Which of them seals, the database says; a key that the database
//! names and the server has not seen is looked for in the file again, so that keys are rotated while it serves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::ids::KeyId;

use super::aes::Aes;
use super::{Seal, hex};
use crate::error::{Error, Result};
use crate::private;

const AES: &str = "aes-256-gcm";

const FIRST: KeyId = KeyId(1);

const HEAD: &str = "# Keys that seal personal values: number, kind, secret. Without them the values are lost: keep a copy apart from\n\
# the database's. `sanlian rekey` adds one; an old one may go when no value and no backup needs it any longer.\n";

pub struct Keys {
    source: Source,
    held: RwLock<Ring>,
}

/// A key, and whether somebody has made its secret up.
struct Held {
    key: Arc<dyn Seal>,
    is_weak: bool,
}

enum Source {
    /// Gone with the process.
    Memory,
    Environment,
    File(PathBuf),
}

type Ring = BTreeMap<KeyId, Held>;

impl Keys {
    /// One key that is gone with the process.
    pub fn generate() -> Result<Self> {
        let (_, line) = new_line(FIRST)?;
        Ok(Self { source: Source::Memory, held: RwLock::new(read(&line)?) })
    }

    /// As they stand in a setting.
    pub fn from_text(text: &str) -> Result<Self> {
        let held = read(text).map_err(|error| error.in_keys("SANLIAN_SEAL_KEYS"))?;
        Ok(Self { source: Source::Environment, held: RwLock::new(held) })
    }

    /// The keys in a file.
    pub fn from_file(path: &Path) -> Result<Self> {
        let held = RwLock::new(read_file(path)?);
        Ok(Self { source: Source::File(path.to_owned()), held })
    }

    /// A file with a first key, readable by its owner alone.
    pub fn make_file(path: &Path) -> Result<()> {
        let (_, line) = new_line(FIRST)?;
        private::write(path, format!("{HEAD}{line}").as_bytes())
            .map_err(|error| Error::internal(format!("cannot write the keys {}: {error}", path.display())))
    }

    /// The key of that number.
    pub fn get(&self, id: KeyId) -> Result<Arc<dyn Seal>> {
        let known = || self.held().get(&id).map(|held| Arc::clone(&held.key));
        if let Some(key) = known() {
            return Ok(key);
        }
        self.reload()?;
        let key = known();
        key.ok_or_else(|| {
            Error::internal(format!("the database names key {}, which is not in {}", id.0, self.place()))
        })
    }

    /// The key with the highest number.
    pub fn newest(&self) -> Result<KeyId> {
        self.held()
            .keys()
            .next_back()
            .copied()
            .ok_or_else(|| Error::internal(format!("there is no key in {}", self.place())))
    }

    /// Whether the secret of a key does not look like chance: a text, a repetition, a count.
    #[must_use]
    pub fn is_weak(&self, id: KeyId) -> bool {
        self.held().get(&id).is_some_and(|held| held.is_weak)
    }

    /// What tells a key from another of the same number, and nothing else of it.
    pub fn print(&self, id: KeyId) -> Result<String> {
        Ok(hex(&self.get(id)?.hash("print", b"")[..8]))
    }

    /// A key after this one: the next that is there, or a new one in the file.
    pub fn after(&self, id: KeyId) -> Result<KeyId> {
        self.reload()?;
        let next = self.held().keys().find(|key| **key > id).copied();
        match (next, &self.source) {
            (Some(next), _) => Ok(next),
            (None, Source::File(path)) => {
                let (next, line) = new_line(KeyId(id.0 + 1))?;
                append(path, &line).map_err(|error| {
                    Error::internal(format!("cannot write the keys {}: {error}", path.display()))
                })?;
                self.reload()?;
                Ok(next)
            }
            (None, _) => Err(Error::internal(format!(
                "there is no key after {} in {}: add one first",
                id.0,
                self.place()
            ))),
        }
    }

    /// Where they come from.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.source {
            Source::Memory => "memory".to_owned(),
            Source::Environment => "SANLIAN_SEAL_KEYS".to_owned(),
            Source::File(path) => path.display().to_string(),
        }
    }

    fn reload(&self) -> Result<()> {
        if let Source::File(path) = &self.source {
            let read = read_file(path)?;
            *self.held.write().unwrap_or_else(PoisonError::into_inner) = read;
        }
        Ok(())
    }

    fn held(&self) -> std::sync::RwLockReadGuard<'_, Ring> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody sees a key by accident.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.place())
    }
}

fn read_file(path: &Path) -> Result<Ring> {
    let bytes = private::read(path, "the keys", "sanlian rekey")?;
    read(&String::from_utf8_lossy(&bytes)).map_err(|error| error.in_keys(&path.display().to_string()))
}

/// Lines, or entries of one line with `;` between them.
fn read(text: &str) -> Result<Ring, Unreadable> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let lines = lines.flat_map(|line| line.split(';')).map(str::trim).filter(|line| !line.is_empty());
    let mut ring = Ring::new();
    for line in lines {
        let (id, key) = entry(line).ok_or(Unreadable::Line)?;
        if ring.insert(id, key).is_some() {
            return Err(Unreadable::Twice(id));
        }
    }
    if ring.is_empty() { Err(Unreadable::Empty) } else { Ok(ring) }
}

fn entry(line: &str) -> Option<(KeyId, Held)> {
    let mut words = line.split_whitespace();
    let id = words.next()?.parse().ok().filter(|id| *id > 0).map(KeyId)?;
    let (kind, secret) = (words.next()?, STANDARD.decode(words.next()?).ok()?);
    let key: Arc<dyn Seal> = match kind {
        AES => Arc::new(Aes::of(secret.as_slice().try_into().ok()?).ok()?),
        _ => return None,
    };
    words.next().is_none().then(|| (id, Held { key, is_weak: is_weak(&secret) }))
}

/// Of 32 bytes by chance, thirty or so differ, and so do the steps from each to the next.
fn is_weak(secret: &[u8]) -> bool {
    let different = |bytes: &mut dyn Iterator<Item = u8>| bytes.collect::<BTreeSet<u8>>().len();
    let mut steps = secret.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
    different(&mut secret.iter().copied()) < 16
        || different(&mut steps) < 16
        || secret.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')
}

/// Why keys are not read; the line itself is not told.
enum Unreadable {
    Line,
    Twice(KeyId),
    Empty,
}

impl Unreadable {
    fn in_keys(&self, place: &str) -> Error {
        Error::internal(match self {
            Self::Line => format!("{place}: a line is not `NUMBER {AES} BASE64` with a secret of 32 bytes"),
            Self::Twice(id) => format!("{place}: there are two keys {}", id.0),
            Self::Empty => format!("{place}: there is no key"),
        })
    }
}

impl From<Unreadable> for Error {
    fn from(error: Unreadable) -> Self {
        error.in_keys("keys")
    }
}

fn new_line(id: KeyId) -> Result<(KeyId, String)> {
    let mut secret = [0; 32];
    aws_lc_rs::rand::fill(&mut secret).map_err(Error::internal)?;
    Ok((id, format!("{} {AES} {}\n", id.0, STANDARD.encode(secret))))
}

/// In one step: who reads the file meanwhile reads the old keys or all.
fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let mut text = std::fs::read_to_string(path)?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    private::write(&new, (text + line).as_bytes())?;
    std::fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1 aes-256-gcm AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    const TWO: &str = "2 aes-256-gcm AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

    #[test]
    fn keys_are_read_by_number() {
        let keys = Keys::from_text(&format!("# ours\n{TWO};{ONE}\n")).ok().unwrap();
        assert_eq!(keys.newest().ok(), Some(KeyId(2)));
        assert_ne!(keys.print(KeyId(1)).ok(), keys.print(KeyId(2)).ok());
        assert_eq!(keys.after(KeyId(1)).ok(), Some(KeyId(2)));
        assert!(keys.get(KeyId(3)).is_err() && keys.after(KeyId(2)).is_err());
    }

    #[test]
    fn what_is_no_key_is_refused_without_a_word_of_it() {
        for text in [
            "",
            "1 aes-256-gcm c2VjcmV0",
            "1 sm9 AQEB",
            "0 aes-256-gcm AQ==",
            &format!("{ONE};{ONE}"),
            &format!("{ONE} x"),
        ] {
            let error = Keys::from_text(text).err().unwrap().detail();
            assert!(
                error.starts_with("SANLIAN_SEAL_KEYS: ") && !error.contains("AQ") && !error.contains("c2Vj"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_secret_that_somebody_made_up_is_weak() {
        let keys = Keys::from_text(ONE).ok().unwrap();
        assert!(keys.is_weak(KeyId(1)) && !keys.is_weak(KeyId(2)));
        let counted: Vec<u8> = (1..=32).collect();
        for secret in [counted.as_slice(), b"correct horse battery staple 123", &[0x5a, 0xa5].repeat(16)] {
            assert!(is_weak(secret), "{secret:?}");
        }
        for _ in 0..1000 {
            assert!(!Keys::generate().ok().unwrap().is_weak(FIRST));
        }
    }

    /// A server that has read the file finds the key that another process adds.
    #[test]
    fn a_file_grows_while_it_is_used() {
        let folder = std::env::temp_dir().join(uuid::Uuid::now_v7().to_string());
        let file = folder.join("seal.keys");
        Keys::make_file(&file).ok().unwrap();
        let (server, operator) = (Keys::from_file(&file).ok().unwrap(), Keys::from_file(&file).ok().unwrap());
        let next = operator.after(KeyId(1)).ok().unwrap();
        assert_eq!((next, server.newest().ok()), (KeyId(2), Some(KeyId(1))));
        assert_eq!(server.print(next).ok(), operator.print(next).ok());
        assert_eq!(operator.after(KeyId(1)).ok(), Some(KeyId(2)), "the next is not made twice");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(Keys::make_file(&file).is_err(), "keys are never written over");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
