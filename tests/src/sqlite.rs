//! A SQLite file for each test, copied from one that was migrated once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use platform::db::Db;
use sea_orm::ConnectionTrait;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::world::Made;
use crate::{DbKind, TestApp, template};

/// Followed by the process that the folder is of.
const FILE: &str = "sanlian.db";
const PREFIX: &str = "sanlian-sqlite-";

static TEMPLATE: OnceCell<PathBuf> = OnceCell::const_new();
static WORLD: OnceCell<(PathBuf, Made)> = OnceCell::const_new();

/// A database of one test; its folder goes when this does.
pub struct Database {
    folder: TempDir,
}

impl Database {
    pub async fn fresh() -> Self {
        Self::fresh_in(&template::memory()).await
    }

    pub async fn fresh_in(place: &Path) -> Self {
        Self::copied(TEMPLATE.get_or_init(migrated).await, place)
    }

    /// One with a world in it.
    pub async fn with_world() -> (Self, Made) {
        let (template, made) = WORLD.get_or_init(world).await;
        (Self::copied(template, &template::memory()), made.clone())
    }

    fn copied(template: &Path, place: &Path) -> Self {
        let database = Self::empty_in(place);
        fs::copy(template, database.file()).unwrap();
        database
    }

    /// A file in which nothing is written yet.
    pub fn empty() -> Self {
        Self::empty_in(&template::memory())
    }

    fn empty_in(place: &Path) -> Self {
        let name = format!("{PREFIX}{}-", process::id());
        let folder = tempfile::Builder::new().prefix(&name).tempdir_in(place).unwrap();
        std::fs::File::create(folder.path().join(FILE)).unwrap();
        Self { folder }
    }

    pub fn url(&self) -> String {
        format!("sqlite://{}", self.file().display())
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join(FILE)
    }
}

/// The template lies beside the test binary. Processes that make it at the same time make the same one, and each
/// renames a whole file into place.
async fn migrated() -> PathBuf {
    remove_abandoned();
    let file = format!("sanlian-{}.db", template::SCHEMA);
    let template = std::env::current_exe().unwrap().with_file_name(file);
    if !template.exists() {
        let made = tempfile::tempdir_in(template.parent().unwrap()).unwrap();
        let new = made.path().join("new.db");
        template::migrate(&format!("sqlite://{}", new.display())).await;
        fs::rename(new, &template).unwrap();
    }
    template
}

/// A world lies in a folder beside the template, with a text that says what is in it. Of processes that make one at the same
/// time the first renames its folder into place, and the others take that.
async fn world() -> (PathBuf, Made) {
    remove_abandoned();
    let beside = std::env::current_exe().unwrap();
    let folder = beside.with_file_name(format!("sanlian-world-{}", template::SOURCE));
    let about = folder.join("world.json");
    if !about.exists() {
        let new = tempfile::tempdir_in(folder.parent().unwrap()).unwrap();
        let database = Database::fresh_in(new.path()).await;
        let made = Made::on(TestApp::on_url(DbKind::Sqlite, database.url()).await).await;
        fs::write(new.path().join("world.json"), serde_json::to_vec(&made).unwrap()).unwrap();
        let owner = Db::owner(&database.url()).await.unwrap();
        let whole = format!("VACUUM INTO '{}'", new.path().join(FILE).display());
        #[expect(clippy::disallowed_methods, reason = "a file without its journal is not whole")]
        owner.execute_unprepared(&whole).await.unwrap();
        owner.close().await.unwrap();
        drop(database);
        let _ = fs::rename(new.keep(), &folder);
    }
    (folder.join(FILE), serde_json::from_slice(&fs::read(about).unwrap()).unwrap())
}

/// Removes what processes that were interrupted have left.
fn remove_abandoned() {
    for entry in fs::read_dir(template::memory()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        if process.is_some_and(template::gone) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
