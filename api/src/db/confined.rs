//! Connections within bounds. On PostgreSQL a request reads in one transaction, begun with its bounds in the same round
//! trip when it first reads; SQLite, which has no row-level security, reads as it is.
#![expect(clippy::disallowed_methods, reason = "what every read and write goes through")]

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    RuntimeErr, Statement,
};
use sqlx::{AssertSqlSafe, Executor, PgPool};
use tokio::sync::Mutex;
use tracing::Instrument;

use super::work::{All, Ears, Execute, One, Unprepared, Work, queried};
use super::{Bounds, count, time};

type PgTransaction = sqlx::Transaction<'static, sqlx::Postgres>;

/// A connection that reads within bounds.
#[derive(Clone)]
pub enum Reader {
    Sqlite(DatabaseConnection),
    Postgres(Arc<Postgres>),
}

/// PostgreSQL as somebody sees it.
pub struct Postgres {
    pool: PgPool,
    ears: Option<Ears>,
    held: Held,
}

/// How long a transaction lasts.
enum Held {
    /// As long as a statement, as the house.
    Statement,
    /// As long as a request.
    Request(Mutex<Request>),
}

struct Request {
    bounds: Bounds,
    transaction: Option<PgTransaction>,
}

/// A transaction within bounds, and with an end.
pub struct Transaction {
    on: On,
    until: Option<Instant>,
}

enum On {
    Sqlite(DatabaseTransaction),
    Postgres { transaction: Box<Mutex<PgTransaction>>, ears: Option<Ears> },
}

impl Reader {
    pub(super) fn sqlite(mut connection: DatabaseConnection) -> Self {
        connection.set_metric_callback(|run| count::one(run.elapsed));
        Self::Sqlite(connection)
    }

    /// Connections that are open, and those of them that wait for work.
    pub(super) fn size(&self) -> (u32, usize) {
        match self {
            Self::Sqlite(connection) => {
                let pool = connection.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle())
            }
            Self::Postgres(postgres) => (postgres.pool.size(), postgres.pool.num_idle()),
        }
    }

    pub(super) fn for_request(&self) -> Self {
        match self {
            Self::Sqlite(_) => self.clone(),
            Self::Postgres(postgres) => {
                let request = Request { bounds: Bounds::house(), transaction: None };
                Self::Postgres(Arc::new(Postgres {
                    held: Held::Request(Mutex::new(request)),
                    pool: postgres.pool.clone(),
                    ears: postgres.ears.clone(),
                }))
            }
        }
    }

    /// From now on a request reads within these bounds.
    pub async fn confine(&self, bounds: Bounds) -> Result<(), DbErr> {
        let Self::Postgres(postgres) = self else { return Ok(()) };
        let Held::Request(request) = &postgres.held else {
            return Err(DbErr::Custom("only a request is confined".to_owned()));
        };
        let mut request = request.lock().await;
        if let Some(transaction) = &mut request.transaction {
            let done = transaction.execute(AssertSqlSafe(bounds.sql())).await;
            done.map_err(queried)?;
        }
        request.bounds = bounds;
        Ok(())
    }

    /// Gives the request's connection back; the next read takes one again, and sees what was written meanwhile.
    pub async fn rest(&self) -> Result<(), DbErr> {
        let Self::Postgres(postgres) = self else { return Ok(()) };
        let Held::Request(request) = &postgres.held else { return Ok(()) };
        match request.lock().await.transaction.take() {
            Some(transaction) => transaction.rollback().await.map_err(queried),
            None => Ok(()),
        }
    }

    pub async fn ping(&self) -> Result<(), DbErr> {
        match self {
            Self::Sqlite(connection) => connection.ping().await,
            Self::Postgres(_) => self.execute_unprepared("SELECT 1").await.map(drop),
        }
    }

    /// Ends its connections.
    pub async fn close(self) -> Result<(), DbErr> {
        match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgres(postgres) => {
                postgres.pool.close().await;
                Ok(())
            }
        }
    }

    async fn run<W: Work>(&self, work: W) -> Result<W::Done, DbErr> {
        let span = work.span();
        let done = async {
            match self {
                Self::Sqlite(connection) => work.on_sqlite(connection).await,
                Self::Postgres(postgres) => postgres.run(work).await,
            }
        };
        done.instrument(span).await
    }

    pub(super) fn listen(&mut self, ears: &Ears) {
        let ears = Arc::clone(ears);
        match self {
            Self::Sqlite(connection) => {
                connection.set_metric_callback(move |run| {
                    count::one(run.elapsed);
                    ears(&run.statement.sql);
                });
            }
            Self::Postgres(postgres) => {
                *self = Self::Postgres(Arc::new(Postgres {
                    ears: Some(ears),
                    ..Postgres::of_house(postgres.pool.clone())
                }));
            }
        }
    }
}

impl Postgres {
    pub(super) const fn of_house(pool: PgPool) -> Self {
        Self { pool, ears: None, held: Held::Statement }
    }

    pub(super) async fn begin_writing(
        &self,
        bounds: &Bounds,
        until: Option<Instant>,
    ) -> Result<Transaction, DbErr> {
        let transaction = begin(&self.pool, "BEGIN ISOLATION LEVEL READ COMMITTED", bounds).await?;
        Ok(Transaction { on: self.on(transaction), until })
    }

    pub(super) async fn begin_snapshot(&self) -> Result<Transaction, DbErr> {
        let mode = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let transaction = begin(&self.pool, mode, &Bounds::house()).await?;
        Ok(Transaction { on: self.on(transaction), until: None })
    }

    fn on(&self, transaction: PgTransaction) -> On {
        On::Postgres { transaction: Box::new(Mutex::new(transaction)), ears: self.ears.clone() }
    }

    async fn run<W: Work>(&self, work: W) -> Result<W::Done, DbErr> {
        work.told(self.ears.as_ref());
        match &self.held {
            Held::Statement => {
                let mut transaction = begin(&self.pool, "BEGIN", &Bounds::house()).await?;
                let done = work.on_postgres(&mut transaction).await?;
                transaction.commit().await.map_err(queried)?;
                Ok(done)
            }
            Held::Request(request) => {
                let mut request = request.lock().await;
                let mut transaction = match request.transaction.take() {
                    Some(transaction) => transaction,
                    None => begin(&self.pool, "BEGIN READ ONLY", &request.bounds).await?,
                };
                // A transaction in which a statement failed is of no more use: it ends, and the next read begins another.
                let done = work.on_postgres(&mut transaction).await?;
                request.transaction = Some(transaction);
                Ok(done)
            }
        }
    }
}

/// One round trip. It goes on to its end even when the caller is gone: broken off, it would leave an open transaction in
/// the pool, and the next to come would work within it.
async fn begin(pool: &PgPool, begin: &str, bounds: &Bounds) -> Result<PgTransaction, DbErr> {
    let (pool, statement) = (pool.clone(), AssertSqlSafe(format!("{begin}; {}", bounds.sql())));
    let spawned = tokio::spawn(async move { pool.begin_with(statement).await }).await;
    let transaction = spawned.map_err(|error| DbErr::Custom(error.to_string()))?;
    transaction.map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))
}

#[async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(_) => DbBackend::Sqlite,
            Self::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.run(Execute(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.run(Unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.run(One(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.run(All(statement)).await
    }
}

impl Transaction {
    pub(super) const fn of_sqlite(transaction: DatabaseTransaction, until: Option<Instant>) -> Self {
        Self { on: On::Sqlite(transaction), until }
    }

    /// From now on it sees what these bounds add.
    pub async fn confine(&self, bounds: &Bounds) -> Result<(), DbErr> {
        match &self.on {
            On::Sqlite(_) => Ok(()),
            On::Postgres { .. } => self.execute_unprepared(bounds.sql()).await.map(drop),
        }
    }

    async fn run<W: Work>(&self, work: W) -> Result<W::Done, DbErr> {
        time::left(self.until)?;
        let span = work.span();
        let done = async {
            match &self.on {
                On::Sqlite(transaction) => work.on_sqlite(transaction).await,
                On::Postgres { transaction, ears } => {
                    work.told(ears.as_ref());
                    work.on_postgres(&mut *transaction.lock().await).await
                }
            }
        };
        done.instrument(span).await
    }

    pub async fn commit(self) -> Result<(), DbErr> {
        match self.on {
            On::Sqlite(transaction) => transaction.commit().await,
            On::Postgres { transaction, .. } => transaction.into_inner().commit().await.map_err(queried),
        }
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        match self.on {
            On::Sqlite(_) => DbBackend::Sqlite,
            On::Postgres { .. } => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.run(Execute(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.run(Unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.run(One(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.run(All(statement)).await
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Reader::Sqlite",
            Self::Postgres(_) => "Reader::Postgres",
        })
    }
}
