//! Database pools. SQLite has one writer and several read-only readers over a WAL. PostgreSQL has one pool, whose
//! connections all take the role `sanlian_app`: row-level security lets through what a `Bounds` says, and nothing
//! where nothing was said.

mod bounds;
mod confined;
mod count;
mod role;
mod time;
mod work;

pub use bounds::Bounds;
pub use confined::{Reader, Transaction};
pub use count::{Run, carried, counted, waiting};
pub use time::{is_up, within};

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};

use confined::Postgres;
use work::Ears;

/// The connections of a running server, or, confined, of a request.
#[derive(Clone, Debug)]
pub struct Db {
    /// Reads what the bounds let through; everything, unless it is confined.
    pub read: Reader,
    /// Reads everything: for what is read before there is a viewer, and for operators.
    pub house: Reader,
    /// Writes outside the door, a statement at a time.
    pub write: Reader,
    /// For the access log alone: nothing waits for it, and it waits for no act's turn.
    pub log: Reader,
    /// How long a transaction that writes may take.
    time: Option<Duration>,
    filters: bool,
}

/// An open transaction left behind by a lost client is ended by the database after this long.
const IDLE_IN_TRANSACTION: &str = "15s";

impl Db {
    /// Connects. A SQLite file is created where it is missing; PostgreSQL is refused where its row-level security would
    /// not hold for this server. A statement, and a transaction that writes, may take this long; operators' any time.
    pub async fn connect(url: &str, time: Option<Duration>) -> Result<Self, DbErr> {
        if url.starts_with("sqlite:") {
            Self::sqlite(url, time).await
        } else {
            Self::postgres(url, time).await
        }
    }

    /// A connection of the owner of the tables, who migrates; on SQLite, that of the file.
    pub async fn owner(url: &str) -> Result<DatabaseConnection, DbErr> {
        if url.starts_with("sqlite:") {
            return sqlite_writer(url, None).await;
        }
        Database::connect(pool(url.to_owned(), 1, |_| ())).await
    }

    async fn sqlite(url: &str, time: Option<Duration>) -> Result<Self, DbErr> {
        let write = sqlite_writer(url, time).await?;
        let file = file(url).unwrap_or_default();
        let reader = format!("sqlite://{}?mode=ro", file.display());
        let reader = pool(reader, 4, |options| sqlite_options(options, time));
        let read = Reader::sqlite(Database::connect(reader).await?);
        let log = format!("sqlite://{}?mode=rw", file.display());
        let log = lazy(pool(log, 1, |options| sqlite_options(options, None)));
        let log = Reader::sqlite(Database::connect(log).await?);
        Ok(Self { house: read.clone(), read, write: Reader::sqlite(write), log, time, filters: true })
    }

    async fn postgres(url: &str, time: Option<Duration>) -> Result<Self, DbErr> {
        let adapt = |options: &mut ConnectOptions| postgres_options(options, time);
        let connection = Database::connect(pool(url.to_owned(), 16, adapt)).await?;
        role::check(&connection).await?;
        let log = Database::connect(lazy(pool(url.to_owned(), 1, adapt))).await?;
        let house = |connection: &DatabaseConnection| {
            let pool = connection.get_postgres_connection_pool().clone();
            Reader::Postgres(Arc::new(Postgres::of_house(pool)))
        };
        let (house, log) = (house(&connection), house(&log));
        Ok(Self { read: house.clone(), write: house.clone(), house, log, time, filters: true })
    }

    /// The same for one request. It reads as the house until it is confined, which is when it is known who asks.
    #[must_use]
    pub fn for_request(&self) -> Self {
        Self { read: self.house.for_request(), ..self.clone() }
    }

    /// The same, unconfined.
    #[must_use]
    pub fn of_house(&self) -> Self {
        Self { read: self.house.clone(), ..self.clone() }
    }

    /// The same for a piece of work that began then: its transactions share what time it has.
    #[must_use]
    pub fn since(&self, began: Instant) -> Self {
        let time = self.time.map(|time| time.saturating_sub(began.elapsed()));
        Self { time, ..self.clone() }
    }

    /// How long a statement may take; any time where none is set.
    #[must_use]
    pub const fn time(&self) -> Option<Duration> {
        self.time
    }

    /// A transaction that may write, within bounds.
    pub async fn begin(&self, bounds: &Bounds) -> Result<Transaction, DbErr> {
        begin(&self.write, bounds, self.time).await
    }

    /// A transaction of the access log.
    pub async fn begin_log(&self) -> Result<Transaction, DbErr> {
        begin(&self.log, &Bounds::house(), None).await
    }

    /// A transaction of the house that reads all as it stood at one moment.
    #[expect(clippy::disallowed_methods, reason = "the one place that opens transactions")]
    pub async fn snapshot(&self) -> Result<Transaction, DbErr> {
        match &self.house {
            Reader::Sqlite(connection) => Ok(Transaction::of_sqlite(connection.begin().await?, None)),
            Reader::Postgres(postgres) => postgres.begin_snapshot().await,
        }
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

    /// Whether scopes choose rows.
    #[must_use]
    pub const fn filters(&self) -> bool {
        self.filters
    }

    /// Connections that are open and those of them that wait for work, by what they are for.
    #[must_use]
    pub fn pools(&self) -> [(&'static str, u32, usize); 3] {
        [("read", &self.read), ("write", &self.write), ("log", &self.log)].map(|(name, reader)| {
            let (open, idle) = reader.size();
            (name, open, idle)
        })
    }

    /// Tells every statement that runs from now on; transactions' beginnings and ends are not among them.
    pub fn listen(&mut self, ears: impl Fn(&str) + Send + Sync + 'static) {
        let ears: Ears = Arc::new(ears);
        for connection in [&mut self.read, &mut self.house, &mut self.write] {
            connection.listen(&ears);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that opens transactions")]
async fn begin(connection: &Reader, bounds: &Bounds, time: Option<Duration>) -> Result<Transaction, DbErr> {
    let until = time.map(|time| Instant::now() + time);
    match connection {
        Reader::Sqlite(connection) => {
            let options = TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            };
            Ok(Transaction::of_sqlite(connection.begin_with_options(options).await?, until))
        }
        Reader::Postgres(postgres) => postgres.begin_writing(bounds, until).await,
    }
}

#[expect(clippy::disallowed_methods, reason = "a pragma is no row")]
async fn sqlite_writer(url: &str, time: Option<Duration>) -> Result<DatabaseConnection, DbErr> {
    let file = file(url).ok_or_else(|| DbErr::Custom("no file is named".to_owned()))?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| DbErr::Custom(format!("cannot create {}: {error}", folder.display())))?;
    }
    let writer = format!("sqlite://{}?mode=rwc", file.display());
    let writer = pool(writer, 1, |options| sqlite_options(options, time));
    let write = Database::connect(writer).await?;
    write.execute_unprepared("PRAGMA journal_mode = WAL").await?;
    Ok(write)
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

fn postgres_options(options: &mut ConnectOptions, time: Option<Duration>) {
    // None is no limit.
    let time = time.unwrap_or_default().as_millis().to_string();
    options.map_sqlx_postgres_opts(move |options| {
        options.options([
            ("statement_timeout", time.as_str()),
            ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION),
            ("timezone", "UTC"),
            ("role", role::APP),
        ])
    });
}

fn sqlite_options(options: &mut ConnectOptions, time: Option<Duration>) {
    if let Some(time) = time {
        time::sqlite(options, time);
    }
    options.map_sqlx_sqlite_opts(|options| {
        options
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(true)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Normal)
            .pragma("cache_size", "-16000")
            // What is erased is written over, not given back as it was.
            .pragma("secure_delete", "ON")
    });
}
