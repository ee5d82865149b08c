//! The database as one request reads it. It holds one connection at most, from its first statement on, in one transaction that only
//! reads, within the bounds of its viewer. There is no way from here to another connection: who needs the server's pools
//! gives this one back first, and the request reads nothing until they are done (`apart`).

use std::sync::Arc;
use std::time::Duration;

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::{Mutex, MutexGuard};

use super::connection::{Connection, Source};
use super::ears::Ears;
use super::failure::Failure;
use super::pool::{Pool, begin_reading};
use super::work::{All, Execute, One, Unprepared, Work};
use super::{Bounds, Reads};

#[derive(Clone)]
pub struct RequestDb(Arc<Held>);

struct Held {
    source: Source,
    ears: Ears,
    time: Option<Duration>,
    filters: bool,
    reading: Mutex<Reading>,
}

struct Reading {
    bounds: Bounds,
    connection: Option<Connection>,
}

/// While this is held the request has no connection, and takes none.
pub struct Apart<'a>(#[expect(dead_code, reason = "held, not read")] MutexGuard<'a, Reading>);

/// The request's connection, reading past its viewer's bounds: a statement at a time.
#[derive(Clone, Copy)]
pub struct PastBounds<'a>(&'a RequestDb);

impl RequestDb {
    /// It reads with `Bounds::house` until the viewer is known.
    pub(super) fn of(pool: &Pool, time: Option<Duration>, filters: bool) -> Self {
        let reading = Mutex::new(Reading { bounds: Bounds::house(), connection: None });
        Self(Arc::new(Held { source: pool.source.clone(), ears: pool.ears.clone(), time, filters, reading }))
    }

    /// From now on the request reads within these bounds.
    pub async fn confine(&self, bounds: Bounds) -> Result<(), DbErr> {
        let mut reading = self.0.reading.lock().await;
        if let (DbBackend::Postgres, Some(connection)) = (self.backend(), &mut reading.connection) {
            let set = connection.set(bounds.sql()).await;
            if set.is_err() {
                // The next statement begins a transaction within the new bounds.
                reading.connection = None;
            }
        }
        reading.bounds = bounds;
        Ok(())
    }

    /// Gives the request's connection back, and keeps the request from taking another until the answer is dropped. The next
    /// statement after that sees what was written meanwhile.
    pub async fn apart(&self) -> Apart<'_> {
        let mut reading = self.0.reading.lock().await;
        if let Some(connection) = reading.connection.take() {
            connection.give_up().await;
        }
        Apart(reading)
    }

    /// For reads of rows that the viewer does not see, where the answer contains only what everybody may know.
    #[must_use]
    pub const fn past_bounds(&self) -> PastBounds<'_> {
        PastBounds(self)
    }

    /// How long a statement may take; any time where none is set.
    #[must_use]
    pub fn time(&self) -> Option<Duration> {
        self.0.time
    }

    /// Which database it is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.0.source.backend()
    }

    /// A statement whose connection was lost is asked again, once, on another. One that failed otherwise fails, and the next
    /// begins a new transaction.
    async fn run<W: Work>(&self, work: W, past_bounds: bool) -> Result<W::Done, DbErr> {
        let mut reading = self.0.reading.lock().await;
        // Boxed, so that the futures of callers stay small.
        match Box::pin(self.once(&mut reading, &work, past_bounds)).await {
            Err(error) if Failure::of(&error) == Failure::Lost => {
                Box::pin(self.once(&mut reading, &work, past_bounds)).await
            }
            done => done,
        }
    }

    async fn once<W: Work>(
        &self,
        reading: &mut Reading,
        work: &W,
        past_bounds: bool,
    ) -> Result<W::Done, DbErr> {
        work.told(&self.0.ears)?;
        let mut connection = match reading.connection.take() {
            Some(connection) => connection,
            None => begin_reading(&self.0.source, "BEGIN READ ONLY", &reading.bounds).await?,
        };
        let past_bounds = past_bounds && self.backend() == DbBackend::Postgres;
        if past_bounds {
            connection.set(Bounds::house().sql()).await?;
        }
        let done = connection.run(work).await?;
        if past_bounds {
            connection.set(Bounds::nothing().sql()).await?;
        }
        reading.connection = Some(connection);
        Ok(done)
    }
}

impl Reads for RequestDb {
    type Reader = Self;

    fn reader(&self) -> &Self {
        self
    }

    fn filters(&self) -> bool {
        self.0.filters
    }
}

/// The methods of a connection, each a piece of work that `run` does.
macro_rules! reads_by {
    ($type:ty, |$self:ident| $db:expr, $past_bounds:literal) => {
        #[async_trait]
        impl ConnectionTrait for $type {
            fn get_database_backend(&$self) -> DbBackend {
                $db.backend()
            }

            async fn execute_raw(&$self, statement: Statement) -> Result<ExecResult, DbErr> {
                $db.run(Execute(statement), $past_bounds).await
            }

            async fn execute_unprepared(&$self, sql: &str) -> Result<ExecResult, DbErr> {
                $db.run(Unprepared(sql), $past_bounds).await
            }

            async fn query_one_raw(&$self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
                $db.run(One(statement), $past_bounds).await
            }

            async fn query_all_raw(&$self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                $db.run(All(statement), $past_bounds).await
            }
        }
    };
}

reads_by!(RequestDb, |self| self, false);
reads_by!(PastBounds<'_>, |self| self.0, true);
