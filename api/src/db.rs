//! Database pools. SQLite has one writer and several read-only readers over a WAL; PostgreSQL one pool.

use std::path::PathBuf;
use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr};

/// The connections of a running server.
#[derive(Clone, Debug)]
pub struct Db {
    pub read: DatabaseConnection,
    pub write: DatabaseConnection,
    /// For the access log alone: nothing waits for it, and it waits for no act's turn.
    pub log: DatabaseConnection,
}

/// An open transaction left behind by a lost client is ended by the database after this long.
const IDLE_IN_TRANSACTION: &str = "15s";

impl Db {
    /// Connects. A SQLite file is created where it is missing.
    pub async fn connect(url: &str) -> Result<Self, DbErr> {
        if url.starts_with("sqlite:") { Self::sqlite(url).await } else { Self::postgres(url).await }
    }

    #[expect(clippy::disallowed_methods, reason = "a pragma is no row")]
    async fn sqlite(url: &str) -> Result<Self, DbErr> {
        let file = file(url).ok_or_else(|| DbErr::Custom("no file is named".to_owned()))?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| DbErr::Custom(format!("cannot create {}: {error}", folder.display())))?;
        }
        let file = file.display();
        let writer = pool(format!("sqlite://{file}?mode=rwc"), 1, sqlite_options);
        let write = Database::connect(writer).await?;
        write.execute_unprepared("PRAGMA journal_mode = WAL").await?;
        let reader = pool(format!("sqlite://{file}?mode=ro"), 4, sqlite_options);
        let log =
            Database::connect(lazy(pool(format!("sqlite://{file}?mode=rw"), 1, sqlite_options))).await?;
        Ok(Self { read: Database::connect(reader).await?, write, log })
    }

    async fn postgres(url: &str) -> Result<Self, DbErr> {
        let connection = Database::connect(pool(url.to_owned(), 16, postgres_options)).await?;
        let log = Database::connect(lazy(pool(url.to_owned(), 1, postgres_options))).await?;
        Ok(Self { read: connection.clone(), write: connection, log })
    }

    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }
}

/// The file of an embedded database.
#[must_use]
pub fn file(url: &str) -> Option<PathBuf> {
    let file = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    Some(PathBuf::from(file.split('?').next().unwrap_or(file)))
}

fn pool(url: String, most: u32, adapt: impl Fn(&mut ConnectOptions)) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(most)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .sqlx_logging(false);
    adapt(&mut options);
    options
}

/// Connected to when it is used first.
fn lazy(mut options: ConnectOptions) -> ConnectOptions {
    options.min_connections(0).connect_lazy(true);
    options
}

fn postgres_options(options: &mut ConnectOptions) {
    options.map_sqlx_postgres_opts(|options| {
        options.options([("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION), ("timezone", "UTC")])
    });
}

fn sqlite_options(options: &mut ConnectOptions) {
    options.map_sqlx_sqlite_opts(|options| {
        options
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(true)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Normal)
            .pragma("cache_size", "-16000")
    });
}
