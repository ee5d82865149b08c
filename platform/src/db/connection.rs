//! A connection while it is in use. It goes back to its pool only when every statement of it was done and its transaction
//! has ended; otherwise it is closed, and the pool opens another. After an error nothing is assumed: SQLite ends a transaction
//! by itself when the disk is full, and a driver that does not know of it would begin the next one within nothing.

use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use sea_orm::{DbBackend, DbErr, RuntimeErr};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool};
use tracing::Instrument;

use super::failure::{BROKEN, Failure};
use super::work::Work;
use super::{count, time};

/// Where connections come from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// With the time that a connection has once it is taken.
    Sqlite(SqlitePool, Option<Duration>),
    Postgres(PgPool),
}

enum Driver {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Outside of a transaction.
    Idle,
    /// In a transaction, all of whose statements were done.
    Open,
    /// The same, on its way back to the pool.
    Leaving,
    /// In the middle of a statement, or after one that failed.
    Broken,
}

pub(super) struct Connection {
    /// Taken when it goes back.
    driver: Option<Driver>,
    state: State,
    /// When SQLite ends its work.
    until: Option<Instant>,
}

impl Source {
    pub(super) const fn backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(..) => DbBackend::Sqlite,
            Self::Postgres(_) => DbBackend::Postgres,
        }
    }

    /// Connections that are open, and those of them that wait for work.
    pub(super) fn size(&self) -> (u32, usize) {
        match self {
            Self::Sqlite(pool, _) => (pool.size(), pool.num_idle()),
            Self::Postgres(pool) => (pool.size(), pool.num_idle()),
        }
    }

    fn most(&self) -> u32 {
        match self {
            Self::Sqlite(pool, _) => pool.options().get_max_connections(),
            Self::Postgres(pool) => pool.options().get_max_connections(),
        }
    }

    /// A connection outside of a transaction.
    pub(super) async fn take(&self) -> Result<Connection, DbErr> {
        let (driver, until) = match self {
            Self::Sqlite(pool, time) => {
                let mut connection = pool.acquire().await.map_err(connecting)?;
                let until = time.map(|time| Instant::now() + time);
                time::ends(&mut connection, until).await.map_err(connecting)?;
                (Driver::Sqlite(connection), until)
            }
            Self::Postgres(pool) => (Driver::Postgres(pool.acquire().await.map_err(connecting)?), None),
        };
        Ok(Connection { driver: Some(driver), state: State::Idle, until })
    }

    /// A connection in a transaction that this statement begins, in one round trip. Connections that were lost while they
    /// waited in the pool, as after a restart of the database, are closed, and the next is tried.
    ///
    /// Boxed, so that the futures of callers stay small.
    pub(super) fn begin<'a>(&'a self, begin: &'a str) -> BoxFuture<'a, Result<Connection, DbErr>> {
        Box::pin(self.begun(begin))
    }

    async fn begun(&self, begin: &str) -> Result<Connection, DbErr> {
        let mut tried = 0;
        loop {
            let mut connection = self.take().await?;
            match connection.execute(begin).await {
                Ok(()) => {
                    connection.state = State::Open;
                    return Ok(connection);
                }
                Err(error) if Failure::of_driver(&error) == Failure::Lost && tried < self.most() => {
                    tried += 1;
                    connection.close().await;
                }
                Err(error) => return Err(connecting(error)),
            }
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(pool, _) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

fn connecting(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

impl Driver {
    async fn execute(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Sqlite(connection) => connection.execute(sql).await.map(drop),
            Self::Postgres(connection) => connection.execute(sql).await.map(drop),
        }
    }

    fn close_on_drop(&mut self) {
        match self {
            Self::Sqlite(connection) => connection.close_on_drop(),
            Self::Postgres(connection) => connection.close_on_drop(),
        }
    }
}

/// Does the work on a connection whose time is up at `until`; a part of the work may have less.
async fn on_sqlite<W: Work>(
    connection: &mut SqliteConnection,
    work: &W,
    until: Option<Instant>,
) -> Result<W::Done, DbErr> {
    let Some(part) = time::part().map(|part| Instant::now() + part) else {
        return work.on_sqlite(connection).await;
    };
    let sooner = until.map_or(part, |until| until.min(part));
    time::ends(connection, Some(sooner)).await.map_err(connecting)?;
    let done = work.on_sqlite(connection).await?;
    time::ends(connection, until).await.map_err(connecting)?;
    Ok(done)
}

/// The same on PostgreSQL, which has the time of the rest from its settings.
async fn on_postgres<W: Work>(connection: &mut PgConnection, work: &W) -> Result<W::Done, DbErr> {
    let Some(part) = time::part() else { return work.on_postgres(connection).await };
    let limited = format!("SET LOCAL statement_timeout = {}", part.as_millis());
    connection.execute(AssertSqlSafe(limited)).await.map_err(connecting)?;
    let done = work.on_postgres(connection).await?;
    let unlimited = AssertSqlSafe("SET LOCAL statement_timeout TO DEFAULT");
    connection.execute(unlimited).await.map_err(connecting)?;
    Ok(done)
}

impl Connection {
    /// A statement outside of all counting: where a transaction begins or ends, and its bounds.
    async fn execute(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        let (state, Some(driver)) = (self.state, &mut self.driver) else {
            return Err(sqlx::Error::PoolClosed);
        };
        self.state = State::Broken;
        driver.execute(sql).await?;
        self.state = state;
        Ok(())
    }

    pub(super) async fn run<W: Work>(&mut self, work: &W) -> Result<W::Done, DbErr> {
        let (state, Some(driver)) = (self.state, &mut self.driver) else {
            return Err(DbErr::Custom(BROKEN.to_owned()));
        };
        if state == State::Broken {
            return Err(DbErr::Custom(BROKEN.to_owned()));
        }
        self.state = State::Broken;
        let (span, until) = (work.span(), self.until);
        let done = async {
            match driver {
                Driver::Sqlite(connection) => on_sqlite(connection, work, until).await,
                Driver::Postgres(connection) => on_postgres(connection, work).await,
            }
        };
        let done = count::watched(done.instrument(span)).await?;
        self.state = state;
        Ok(done)
    }

    /// Sets bounds of the transaction.
    pub(super) async fn set(&mut self, sql: &str) -> Result<(), DbErr> {
        self.execute(sql).await.map_err(connecting)
    }

    /// Marks the connection as broken when a test makes its statement fail.
    pub(super) fn fail(&mut self) {
        self.state = State::Broken;
    }

    /// Writes down what the transaction has done. Where this fails it may have been written or not.
    pub(super) async fn commit(mut self) -> Result<(), DbErr> {
        if self.state == State::Broken {
            return Err(DbErr::Custom(BROKEN.to_owned()));
        }
        self.end("COMMIT").await
    }

    /// Gives the transaction up; a broken connection is closed.
    pub(super) async fn give_up(mut self) {
        if self.state == State::Broken {
            self.close().await;
        } else if let Err(error) = self.end("ROLLBACK").await {
            tracing::debug!(%error, "a connection was lost as it went back");
        }
    }

    async fn end(&mut self, sql: &str) -> Result<(), DbErr> {
        self.execute(sql).await.map_err(connecting)?;
        self.state = State::Idle;
        Ok(())
    }

    /// Closes the connection, before anybody takes its place in the pool.
    pub(super) async fn close(mut self) {
        let closed = match self.driver.take() {
            Some(Driver::Sqlite(connection)) => connection.close().await,
            Some(Driver::Postgres(connection)) => connection.close().await,
            None => Ok(()),
        };
        if let Err(error) = closed {
            tracing::debug!(%error, "a broken connection did not close in peace");
        }
    }
}

impl Drop for Connection {
    /// The connection was dropped without an end: the request is over, the act was refused, or the caller has gone.
    fn drop(&mut self) {
        let Some(mut driver) = self.driver.take() else { return };
        match (self.state, tokio::runtime::Handle::try_current()) {
            (State::Idle, _) => drop(driver),
            (State::Open, Ok(runtime)) => {
                // A runtime that shuts down drops the task at once, and then the connection is closed.
                let leaving = Self { driver: Some(driver), state: State::Leaving, until: self.until };
                runtime.spawn(leaving.give_up());
            }
            _ => driver.close_on_drop(),
        }
    }
}
