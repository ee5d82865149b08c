//! What is done with a connection of either kind: counted, heard of, and a span of its request's trace.
#![expect(clippy::disallowed_methods, reason = "what every read and write goes through")]

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use tracing::Span;

use super::count;

/// Who hears of every statement.
pub type Ears = Arc<dyn Fn(&str) + Send + Sync>;

pub trait Work: Send {
    type Done: Send;

    /// None where it is bounds and the like, of which nobody hears.
    fn statement(&self) -> Option<&Statement>;

    /// SQLite tells what it runs.
    fn on_sqlite(
        self,
        connection: &impl ConnectionTrait,
    ) -> impl Future<Output = Result<Self::Done, DbErr>> + Send;

    fn on_postgres(
        self,
        connection: &mut PgConnection,
    ) -> impl Future<Output = Result<Self::Done, DbErr>> + Send;

    fn span(&self) -> Span {
        self.statement().map_or_else(Span::none, count::span)
    }

    /// Tells of what PostgreSQL runs.
    fn told(&self, ears: Option<&Ears>) {
        let Some(statement) = self.statement() else { return };
        count::one(Duration::ZERO);
        if let Some(ears) = ears {
            ears(&statement.sql);
        }
    }
}

pub struct Execute(pub Statement);
pub struct Unprepared<'a>(pub &'a str);
pub struct One(pub Statement);
pub struct All(pub Statement);

impl Work for Execute {
    type Done = ExecResult;

    fn statement(&self) -> Option<&Statement> {
        Some(&self.0)
    }

    async fn on_sqlite(self, connection: &impl ConnectionTrait) -> Result<ExecResult, DbErr> {
        count::watched(false, connection.execute_raw(self.0)).await
    }

    async fn on_postgres(self, connection: &mut PgConnection) -> Result<ExecResult, DbErr> {
        count::watched(true, query(&self.0).execute(connection)).await.map(Into::into).map_err(executed)
    }
}

impl Work for Unprepared<'_> {
    type Done = ExecResult;

    fn statement(&self) -> Option<&Statement> {
        None
    }

    async fn on_sqlite(self, connection: &impl ConnectionTrait) -> Result<ExecResult, DbErr> {
        connection.execute_unprepared(self.0).await
    }

    async fn on_postgres(self, connection: &mut PgConnection) -> Result<ExecResult, DbErr> {
        connection.execute(AssertSqlSafe(self.0)).await.map(Into::into).map_err(executed)
    }
}

impl Work for One {
    type Done = Option<QueryResult>;

    fn statement(&self) -> Option<&Statement> {
        Some(&self.0)
    }

    async fn on_sqlite(self, connection: &impl ConnectionTrait) -> Result<Self::Done, DbErr> {
        count::watched(false, connection.query_one_raw(self.0)).await
    }

    async fn on_postgres(self, connection: &mut PgConnection) -> Result<Self::Done, DbErr> {
        let row = count::watched(true, query(&self.0).fetch_optional(connection)).await;
        Ok(row.map_err(queried)?.map(Into::into))
    }
}

impl Work for All {
    type Done = Vec<QueryResult>;

    fn statement(&self) -> Option<&Statement> {
        Some(&self.0)
    }

    async fn on_sqlite(self, connection: &impl ConnectionTrait) -> Result<Self::Done, DbErr> {
        count::watched(false, connection.query_all_raw(self.0)).await
    }

    async fn on_postgres(self, connection: &mut PgConnection) -> Result<Self::Done, DbErr> {
        let rows = count::watched(true, query(&self.0).fetch_all(connection)).await.map_err(queried)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

fn query(statement: &Statement) -> sqlx::query::Query<'_, sqlx::Postgres, SqlxValues> {
    let values = statement.values.clone().unwrap_or(sea_orm::Values(vec![]));
    sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}

fn executed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

pub fn queried(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
