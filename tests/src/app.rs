//! The service under test, in process.

use std::any::Any;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::App;
use api::document::known::Documents;
use api::http::settings as front;
use api::ledger::Ledger;
use api::session::oidc;
use api::session::policy::Policy;
use api::session::settings::Settings;
use api::session::token::Tokens;
use axum::Router;
use platform::clock::Clock;
use platform::db::{Capacity, Db, Heard};
use platform::seal::Keys;
use sea_orm::{DatabaseConnection, DbErr};
use tempfile::TempDir;

use crate::client::Client;
use crate::world::Made;
use crate::{postgres, sqlite, template};

/// When a test begins, unless it sets the clock.
const BEGINNING: &str = "2022-01-01T01:00:00Z";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DbKind {
    Sqlite,
    Postgres,
    /// PostgreSQL with the service's own filter of rows switched off: row-level security holds alone.
    RowSecurity,
}

/// A service with a fresh database; what the service itself holds (`db`, `clock`, `ledger`, `tokens`) is at hand.
pub struct TestApp {
    pub kind: DbKind,
    pub url: String,
    app: App,
    router: Router,
    statements: Statements,
    folder: TempDir,
    _database: Box<dyn Any + Send + Sync>,
}

impl TestApp {
    /// None where the database cannot be had here.
    pub async fn fresh(kind: DbKind) -> Option<Self> {
        Self::with_capacity(kind, Capacity::default()).await
    }

    /// The same with other connections.
    pub async fn with_capacity(kind: DbKind, capacity: Capacity) -> Option<Self> {
        let (url, database): (_, Box<dyn Any + Send + Sync>) = match kind {
            DbKind::Sqlite => {
                let database = sqlite::Database::fresh().await;
                (database.url(), Box::new(database))
            }
            DbKind::Postgres | DbKind::RowSecurity => {
                let database = postgres::Database::fresh().await?;
                (database.url(), Box::new(database))
            }
        };
        Some(Self::on(kind, url, database, capacity).await)
    }

    /// On a PostgreSQL that somebody else may stop and start.
    pub async fn at(server: &postgres::Restarting) -> Self {
        Self::on_url(DbKind::Postgres, server.url()).await
    }

    /// On SQLite, with its file in a folder that somebody else keeps.
    pub async fn in_folder(folder: &Path) -> Self {
        let database = sqlite::Database::fresh_in(folder).await;
        Self::on(DbKind::Sqlite, database.url(), Box::new(database), Capacity::default()).await
    }

    /// On a database that somebody else keeps.
    pub(crate) async fn on_url(kind: DbKind, url: String) -> Self {
        Self::on(kind, url, Box::new(()), Capacity::default()).await
    }

    /// With a copy of a world that was made once. None where the database cannot be had here.
    pub(crate) async fn with_world(kind: DbKind) -> Option<(Self, Made)> {
        let (url, database, made): (_, Box<dyn Any + Send + Sync>, _) = match kind {
            DbKind::Sqlite => {
                let (database, made) = sqlite::Database::with_world().await;
                (database.url(), Box::new(database), made)
            }
            DbKind::Postgres | DbKind::RowSecurity => {
                let (database, made) = postgres::Database::with_world().await?;
                (database.url(), Box::new(database), made)
            }
        };
        let folder = tempfile::tempdir_in(template::memory()).unwrap();
        made.leave_keys(&seal_keys(folder.path()));
        Some((Self::with_keys(kind, url, database, Capacity::default(), folder).await, made))
    }

    async fn on(kind: DbKind, url: String, database: Box<dyn Any + Send + Sync>, capacity: Capacity) -> Self {
        let folder = tempfile::tempdir_in(template::memory()).unwrap();
        Keys::make_file(&seal_keys(folder.path())).unwrap();
        Self::with_keys(kind, url, database, capacity, folder).await
    }

    /// With the keys that seal in a folder.
    async fn with_keys(
        kind: DbKind,
        url: String,
        database: Box<dyn Any + Send + Sync>,
        capacity: Capacity,
        folder: TempDir,
    ) -> Self {
        let mut db = Db::connect(&url, capacity).await.unwrap();
        let statements = Statements::default();
        if kind == DbKind::RowSecurity {
            db = db.without_filter().unwrap();
        }
        let heard = statements.clone();
        db.listen(move |moment| {
            if let Heard::Statement(sql) = moment {
                heard.0.lock().unwrap().push(sql.to_owned());
            }
            Ok(())
        });
        let keys = seal_keys(folder.path());
        let (clock, tokens) = (Clock::set_at(BEGINNING.parse().unwrap()), Tokens::generate().unwrap());
        let app = App::new(db, clock, tokens, Keys::from_file(&keys).unwrap());
        let app = app.with(settings()).behind(front());
        let router = api::http::router(app.clone());
        Self { kind, url, app, router, statements, folder, _database: database }
    }

    /// A connection of the owner of the tables, past row-level security and all privileges.
    pub async fn owner(&self) -> DatabaseConnection {
        Db::owner(&self.url).await.unwrap()
    }

    /// The file with the keys that seal.
    pub fn seal_keys(&self) -> PathBuf {
        seal_keys(self.folder.path())
    }

    /// The same with other settings.
    #[must_use]
    pub fn under(mut self, settings: Settings) -> Self {
        self.app = self.app.with(settings);
        self.router = api::http::router(self.app.clone());
        self
    }

    /// The same, of which documents may ask for something else.
    #[must_use]
    pub fn limited(mut self, limits: guard::Limits) -> Self {
        self.app.limits = limits.into();
        self.router = api::http::router(self.app.clone());
        self
    }

    /// The same, behind another front door.
    #[must_use]
    pub fn behind(mut self, front: front::Settings) -> Self {
        self.app = self.app.behind(front);
        self.router = api::http::router(self.app.clone());
        self
    }

    /// The same, with documents that callers need only name.
    #[must_use]
    pub fn trusting(mut self, documents: Documents) -> Self {
        self.app.documents = documents.into();
        self.router = api::http::router(self.app.clone());
        self
    }

    /// The same, whose statements may take no longer.
    #[must_use]
    pub async fn hurried(self, time: Duration) -> Self {
        self.reconnected(Capacity { time: Some(time), ..Capacity::default() }).await
    }

    /// The same with other connections.
    #[must_use]
    pub async fn reconnected(mut self, capacity: Capacity) -> Self {
        self.app.db = Db::connect(&self.url, capacity).await.unwrap();
        let keys = Arc::clone(&self.app.keys);
        self.app.ledger = Ledger::new(self.app.db.clone(), self.app.clock.clone(), keys);
        self.router = api::http::router(self.app.clone());
        self
    }

    /// The same, where somebody else hears of all that connections do, and says what fails.
    #[must_use]
    pub fn hearing(
        mut self,
        listener: impl Fn(Heard<'_>) -> Result<(), DbErr> + Send + Sync + 'static,
    ) -> Self {
        self.app.db.listen(listener);
        let keys = Arc::clone(&self.app.keys);
        self.app.ledger = Ledger::new(self.app.db.clone(), self.app.clock.clone(), keys);
        self.router = api::http::router(self.app.clone());
        self
    }

    /// The same, where people may sign in at a provider.
    #[must_use]
    pub fn with_provider(mut self, settings: &oidc::settings::Settings) -> Self {
        self.app.oidc = oidc::Provider::of(settings).unwrap();
        self.router = api::http::router(self.app.clone());
        self
    }

    /// One who shows no token.
    pub fn stranger(&self) -> Client {
        Client::new(self.router.clone(), None)
    }

    /// One who shows this token.
    pub fn client(&self, token: impl Into<String>) -> Client {
        Client::new(self.router.clone(), Some(token.into()))
    }

    /// Does it, and tells the SQL statements that ran meanwhile (begin, commit and
    /// what is not prepared are not among them).
    pub async fn statements<T>(&self, act: impl Future<Output = T>) -> (T, Vec<String>) {
        self.statements.take();
        let done = act.await;
        (done, self.statements.take())
    }
}

fn seal_keys(folder: &Path) -> PathBuf {
    folder.join("seal.keys")
}

/// Passwords of tests need only be long; what the default asks is tested by those who ask for it.
fn settings() -> Settings {
    Settings { password_policy: Policy::Nist, ..Settings::default() }
}

/// A test asks more in a moment than anybody does in a minute.
fn front() -> front::Settings {
    front::Settings {
        budget: NonZeroU32::MAX,
        budget_anonymous: NonZeroU32::MAX,
        ..front::Settings::default()
    }
}

impl Deref for TestApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

/// The statements that the service's connections have run.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}
