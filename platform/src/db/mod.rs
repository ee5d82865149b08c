//! Database pools. SQLite has one writer and several read-only readers over a WAL. PostgreSQL has one pool, whose
//! connections all take the role `sanlian_app`: row-level security lets through what a `Bounds` says, and nothing
//! where nothing was said. A request reads by a `RequestDb`, which has one connection; the server by `Db`.

mod bounds;
mod connection;
mod count;
mod ears;
mod failure;
mod pool;
mod request;
mod role;
mod time;
mod transaction;
mod work;

pub use bounds::Bounds;
pub use count::{Run, carried, counted, waiting};
pub use ears::Heard;
pub use failure::Failure;
pub use pool::Pool;
pub use request::{Apart, RequestDb};
pub use time::within;
pub use transaction::{Transaction, Turn};

use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, RuntimeErr};
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use connection::Source;
use ears::Ears;

/// The server's connections or a request's: what reads rows, and whether scopes choose them there.
pub trait Reads: Sync {
    type Reader: ConnectionTrait;

    fn reader(&self) -> &Self::Reader;
    fn filters(&self) -> bool;
}

/// The connections of a running server.
#[derive(Clone, Debug)]
pub struct Db {
    /// Reads everything, a statement at a time: for what is read outside of requests, and for operators.
    pub read: Pool,
    /// Writes outside the door, a statement at a time.
    pub write: Pool,
    /// For the access log alone: nothing waits for it, and it waits for no act's turn.
    pub log: Pool,
    /// How long a transaction that writes may take.
    time: Option<Duration>,
    /// Acts that are under way at once. On PostgreSQL they leave half of the connections to those who read: acts of one
    /// ledger wait for each other, and each holds its connection meanwhile.
    pub acts_at_once: u32,
    filters: bool,
}

/// An open transaction left behind by a lost client is ended by the database after this long.
const IDLE_IN_TRANSACTION: &str = "15s";

/// So long somebody waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(10);

/// How much a server asks of its database.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Connections to PostgreSQL, two at least.
    pub connections: u32,
    /// How long a statement, and a transaction that writes, may take; operators' any time.
    pub time: Option<Duration>,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { connections: 16, time: None }
    }
}

/// Readers of SQLite.
const READERS: u32 = 4;

impl Db {
    /// Connects. A SQLite file is created where it is missing; PostgreSQL is refused where its row-level security would
    /// not hold for this server.
    pub async fn connect(url: &str, capacity: Capacity) -> Result<Self, DbErr> {
        if url.starts_with("sqlite:") {
            Self::sqlite(url, capacity.time).await
        } else {
            Self::postgres(url, capacity).await
        }
    }

    /// A connection of the owner of the tables, who migrates; on SQLite, that of the file.
    pub async fn owner(url: &str) -> Result<DatabaseConnection, DbErr> {
        if url.starts_with("sqlite:") {
            let options = sqlite_options(url)?.create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
            let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
            return Ok(pool.map_err(unopened)?.into());
        }
        let mut options = ConnectOptions::new(url.to_owned());
        options.max_connections(1).min_connections(1).acquire_timeout(ACQUIRE).sqlx_logging(false);
        Database::connect(options).await
    }

    async fn sqlite(url: &str, time: Option<Duration>) -> Result<Self, DbErr> {
        let write = sqlite_options(url)?.create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
        let write = sqlite_pool(1).min_connections(1).connect_with(write).await.map_err(unopened)?;
        let read = sqlite_options(url)?.read_only(true);
        let read = sqlite_pool(READERS).min_connections(1).connect_with(read).await.map_err(unopened)?;
        let log = sqlite_pool(1).connect_lazy_with(sqlite_options(url)?);
        let of = |pool, time, reads_only| Pool {
            source: Source::Sqlite(pool, time),
            ears: Ears::default(),
            reads_only,
        };
        let (read, write, log) = (of(read, time, true), of(write, time, false), of(log, None, false));
        Ok(Self { read, write, log, time, acts_at_once: 64, filters: true })
    }

    async fn postgres(url: &str, Capacity { connections, time }: Capacity) -> Result<Self, DbErr> {
        let options = postgres_options(url, time)?;
        let pool = |most| {
            PgPoolOptions::new().max_connections(most).acquire_timeout(ACQUIRE).test_before_acquire(false)
        };
        let pools =
            pool(connections).min_connections(1).connect_with(options.clone()).await.map_err(unopened)?;
        let log = pool(1).connect_lazy_with(options);
        let of = |pool: &sqlx::PgPool, reads_only| Pool {
            source: Source::Postgres(pool.clone()),
            ears: Ears::default(),
            reads_only,
        };
        let (read, write, log) = (of(&pools, true), of(&pools, false), of(&log, false));
        role::check(&read).await?;
        Ok(Self { read, write, log, time, acts_at_once: (connections / 2).max(1), filters: true })
    }

    /// The connection of one request.
    #[must_use]
    pub fn for_request(&self) -> RequestDb {
        RequestDb::of(&self.read, self.time, self.filters)
    }

    /// The same for a piece of work that began then: its transactions share what time it has.
    #[must_use]
    pub fn since(&self, began: Instant) -> Self {
        let time = self.time.map(|time| time.saturating_sub(began.elapsed()));
        Self { time, ..self.clone() }
    }

    /// A transaction that may write, within bounds.
    pub async fn begin(&self, bounds: &Bounds) -> Result<Transaction, DbErr> {
        Transaction::writing(&self.write, bounds, self.time.map(|time| Instant::now() + time)).await
    }

    /// A transaction of an act, within bounds.
    pub async fn begin_act(&self, bounds: &Bounds, turn: Turn) -> Result<Transaction, DbErr> {
        Transaction::acting(&self.write, bounds, turn, self.time.map(|time| Instant::now() + time)).await
    }

    /// A transaction of the access log.
    pub async fn begin_log(&self) -> Result<Transaction, DbErr> {
        Transaction::writing(&self.log, &Bounds::house(), None).await
    }

    /// A transaction of the house that reads all as it stood at one moment.
    pub async fn snapshot(&self) -> Result<Transaction, DbErr> {
        Transaction::snapshot(&self.read).await
    }

    /// Which database it is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }

    /// The same without the service's own filter of rows, to show that row-level security alone holds. None on SQLite,
    /// which has nothing else.
    #[must_use]
    pub fn without_filter(&self) -> Option<Self> {
        (self.backend() == DbBackend::Postgres).then(|| Self { filters: false, ..self.clone() })
    }

    /// Connections that are open and those of them that wait for work, by what they are for.
    #[must_use]
    pub fn pools(&self) -> [(&'static str, u32, usize); 3] {
        [("read", &self.read), ("write", &self.write), ("log", &self.log)].map(|(name, pool)| {
            let (open, idle) = pool.size();
            (name, open, idle)
        })
    }

    /// Tells all that requests and acts do from now on, before it is done. What the listener refuses fails.
    pub fn listen(&mut self, listener: impl Fn(Heard<'_>) -> Result<(), DbErr> + Send + Sync + 'static) {
        let ears = Ears::of(listener);
        for pool in [&mut self.read, &mut self.write] {
            pool.ears = ears.clone();
        }
    }
}

impl Reads for Db {
    type Reader = Pool;

    fn reader(&self) -> &Pool {
        &self.read
    }

    fn filters(&self) -> bool {
        self.filters
    }
}

/// The file of an embedded database.
#[must_use]
pub fn file(url: &str) -> Option<PathBuf> {
    let file = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    Some(PathBuf::from(file.split('?').next().unwrap_or(file)))
}

fn unopened(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

fn sqlite_pool(most: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(most).acquire_timeout(ACQUIRE).test_before_acquire(false)
}

/// The file, in a folder that is made where it is missing.
fn sqlite_options(url: &str) -> Result<SqliteConnectOptions, DbErr> {
    let file = file(url).ok_or_else(|| DbErr::Custom("no file is named".to_owned()))?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| DbErr::Custom(format!("cannot create {}: {error}", folder.display())))?;
    }
    let options = SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("cache_size", "-16000")
        // Erased bytes are overwritten, not only freed.
        .pragma("secure_delete", "ON");
    Ok(options.disable_statement_logging())
}

fn postgres_options(url: &str, time: Option<Duration>) -> Result<PgConnectOptions, DbErr> {
    // 0 means no limit.
    let time = time.unwrap_or_default().as_millis().to_string();
    let options = PgConnectOptions::from_str(url).map_err(unopened)?.options([
        ("statement_timeout", time.as_str()),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION),
        ("timezone", "UTC"),
        ("role", role::APP),
    ]);
    Ok(options.disable_statement_logging())
}
