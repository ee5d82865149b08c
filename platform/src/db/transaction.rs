//! A transaction that somebody ends by hand: an act's, or that of work outside the door. Where nobody commits it, nothing of
//! it is there.

use std::time::Instant;

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::Mutex;

use super::Bounds;
use super::connection::{Connection, Source};
use super::ears::{Ears, Heard};
use super::failure::left;
use super::pool::{Pool, begin, begin_reading};
use super::work::{All, Execute, One, Unprepared, Work};

/// Acts of different ledgers check the same reference rows: an act that writes such a row is under way alone, the others
/// together. So nobody ends a rule while another ledger links under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Together,
    Alone,
}

impl Turn {
    /// Statements that take the turn. An act that waits to be alone lets no other act begin, so it waits for two seconds and is then
    /// tried again.
    const fn sql(self) -> &'static str {
        match self {
            Self::Together => "SELECT pg_advisory_xact_lock_shared(7355608)",
            Self::Alone => {
                "SET LOCAL lock_timeout = '2s'; SELECT pg_advisory_xact_lock(7355608); SET LOCAL lock_timeout = 0"
            }
        }
    }
}

pub struct Transaction {
    connection: Mutex<Connection>,
    backend: DbBackend,
    ears: Ears,
    until: Option<Instant>,
}

impl Transaction {
    /// One that may write, within bounds, and until then.
    pub(super) async fn writing(pool: &Pool, bounds: &Bounds, until: Option<Instant>) -> Result<Self, DbErr> {
        pool.ears.hear(Heard::Begin)?;
        let connection = match &pool.source {
            Source::Sqlite(..) => pool.source.begin("BEGIN IMMEDIATE").await?,
            Source::Postgres(_) => {
                pool.source.begin(&begin("BEGIN ISOLATION LEVEL READ COMMITTED", bounds)).await?
            }
        };
        Ok(Self::on(pool, connection, until))
    }

    /// One of an act, which takes its turn first. SQLite has one writer anyhow.
    pub(super) async fn acting(
        pool: &Pool,
        bounds: &Bounds,
        turn: Turn,
        until: Option<Instant>,
    ) -> Result<Self, DbErr> {
        if pool.source.backend() == DbBackend::Sqlite {
            return Self::writing(pool, bounds, until).await;
        }
        pool.ears.hear(Heard::Begin)?;
        let start = begin("BEGIN ISOLATION LEVEL READ COMMITTED", bounds);
        let connection = pool.source.begin(&format!("{start}; {}", turn.sql())).await?;
        Ok(Self::on(pool, connection, until))
    }

    /// One that reads everything as it stood at one moment.
    pub(super) async fn snapshot(pool: &Pool) -> Result<Self, DbErr> {
        let mode = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let connection = begin_reading(&pool.source, mode, &Bounds::house()).await?;
        Ok(Self::on(pool, connection, None))
    }

    fn on(pool: &Pool, connection: Connection, until: Option<Instant>) -> Self {
        let (backend, ears) = (pool.source.backend(), pool.ears.clone());
        Self { connection: Mutex::new(connection), backend, ears, until }
    }

    /// From now on it sees what these bounds add.
    pub async fn confine(&self, bounds: &Bounds) -> Result<(), DbErr> {
        match self.backend {
            DbBackend::Postgres => self.run(Unprepared(bounds.sql())).await.map(drop),
            _ => Ok(()),
        }
    }

    async fn run<W: Work>(&self, work: W) -> Result<W::Done, DbErr> {
        left(self.until)?;
        let mut connection = self.connection.lock().await;
        work.told(&self.ears).inspect_err(|_| connection.fail())?;
        Box::pin(connection.run(&work)).await
    }

    /// If this fails, the commit may have been done or not: find out before trying again.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.ears.hear(Heard::Commit)?;
        self.connection.into_inner().commit().await?;
        self.ears.hear(Heard::Committed)
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
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
