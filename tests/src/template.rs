//! What every test's database is copied from: an empty one with today's schema.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use platform::db::Db;

/// Today's schema, by the text of its migrations.
pub const SCHEMA: &str = env!("SCHEMA");

/// What makes a world: today's schema, service and harness, by the text of their source.
pub const SOURCE: &str = env!("SOURCE");

/// A folder of this checkout's own.
pub fn folder(name: &str) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_MANIFEST_DIR").hash(&mut hasher);
    memory().join(format!("sanlian-{name}-{:016x}", hasher.finish()))
}

/// A place for files that need not outlive the tests: in memory, where there is one.
pub fn memory() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// Whether a process that left something behind is no more; where we cannot know, it is not gone.
pub fn gone(process: &str) -> bool {
    let processes = Path::new("/proc");
    processes.join("self").exists() && !processes.join(process).exists()
}

/// Brings an empty database up to today's schema and catalogue.
pub async fn migrate(url: &str) {
    let owner = Db::owner(url).await.unwrap();
    api::setup::prepare(&owner).await.unwrap();
    owner.close().await.unwrap();
}
