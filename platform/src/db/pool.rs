//! A pool of the server's own: each statement takes a connection for itself, and on PostgreSQL runs as the house, in a
//! transaction with bounds. For what is done outside of requests and acts.

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use super::Bounds;
use super::connection::{Connection, Source};
use super::ears::Ears;
use super::failure::Failure;
use super::work::{All, Execute, One, Unprepared, Work};

#[derive(Clone, Debug)]
pub struct Pool {
    pub(super) source: Source,
    pub(super) ears: Ears,
    /// Whether a statement may be asked again where its connection was lost.
    pub(super) reads_only: bool,
}

impl Pool {
    async fn run<W: Work>(&self, work: W) -> Result<W::Done, DbErr> {
        // Boxed, so that the futures of callers stay small.
        let once = || Box::pin(self.once(&work));
        match once().await {
            Err(error) if self.reads_only && Failure::of(&error) == Failure::Lost => once().await,
            done => done,
        }
    }

    async fn once<W: Work>(&self, work: &W) -> Result<W::Done, DbErr> {
        work.told(&self.ears)?;
        match &self.source {
            Source::Sqlite(..) => self.source.take().await?.run(work).await,
            Source::Postgres(_) => {
                let mut connection = self.source.begin(&begin("BEGIN", &Bounds::house())).await?;
                let done = connection.run(work).await?;
                connection.commit().await?;
                Ok(done)
            }
        }
    }

    /// Connections that are open, and those of them that wait for work.
    pub(super) fn size(&self) -> (u32, usize) {
        self.source.size()
    }

    /// Ends its connections.
    pub async fn close(&self) {
        self.source.close().await;
    }
}

/// The statements that begin a transaction within bounds, sent in one round trip.
pub(super) fn begin(begin: &str, bounds: &Bounds) -> String {
    format!("{begin}; {}", bounds.sql())
}

/// A transaction that reads, within bounds where the database knows of them.
pub(super) async fn begin_reading(
    source: &Source,
    on_postgres: &str,
    bounds: &Bounds,
) -> Result<Connection, DbErr> {
    match source {
        Source::Sqlite(..) => source.begin("BEGIN").await,
        Source::Postgres(_) => source.begin(&begin(on_postgres, bounds)).await,
    }
}

#[async_trait]
impl ConnectionTrait for Pool {
    fn get_database_backend(&self) -> DbBackend {
        self.source.backend()
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
