//! A piece of work on a connection of either database: it is counted, told to `ears`, and traced by a span.

use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Executor, PgConnection, SqliteConnection};
use tracing::Span;

use super::count;
use super::ears::{Ears, Heard};

pub trait Work: Send + Sync {
    type Done: Send;

    /// None where it is bounds and the like, of which nobody hears.
    fn statement(&self) -> Option<&Statement>;

    fn on_sqlite(
        &self,
        connection: &mut SqliteConnection,
    ) -> impl Future<Output = Result<Self::Done, DbErr>> + Send;

    fn on_postgres(
        &self,
        connection: &mut PgConnection,
    ) -> impl Future<Output = Result<Self::Done, DbErr>> + Send;

    fn span(&self) -> Span {
        self.statement().map_or_else(Span::none, count::span)
    }

    /// Counts the statement and tells of it.
    fn told(&self, ears: &Ears) -> Result<(), DbErr> {
        let Some(statement) = self.statement() else { return Ok(()) };
        count::one();
        ears.hear(Heard::Statement(&statement.sql))
    }
}

pub struct Execute(pub Statement);
pub struct Unprepared<'a>(pub &'a str);
pub struct One(pub Statement);
pub struct All(pub Statement);

/// The same work on both databases, whose drivers are of different types.
macro_rules! work {
    ($work:ty => $done:ty, |$self:ident| $statement:expr, |$connection:ident| $run:expr) => {
        impl Work for $work {
            type Done = $done;

            fn statement(&self) -> Option<&Statement> {
                let $self = self;
                $statement
            }

            async fn on_sqlite(&self, $connection: &mut SqliteConnection) -> Result<$done, DbErr> {
                let $self = self;
                $run
            }

            async fn on_postgres(&self, $connection: &mut PgConnection) -> Result<$done, DbErr> {
                let $self = self;
                $run
            }
        }
    };
}

work!(Execute => ExecResult, |work| Some(&work.0), |connection| {
    connection.execute(query(&work.0)).await.map(Into::into).map_err(executed)
});

work!(Unprepared<'_> => ExecResult, |_work| None, |connection| {
    connection.execute(AssertSqlSafe(_work.0)).await.map(Into::into).map_err(executed)
});

work!(One => Option<QueryResult>, |work| Some(&work.0), |connection| {
    Ok(connection.fetch_optional(query(&work.0)).await.map_err(queried)?.map(Into::into))
});

work!(All => Vec<QueryResult>, |work| Some(&work.0), |connection| {
    let rows = connection.fetch_all(query(&work.0)).await.map_err(queried)?;
    Ok(rows.into_iter().map(Into::into).collect())
});

fn query<DB: sqlx::Database>(statement: &Statement) -> sqlx::query::Query<'_, DB, SqlxValues>
where
    SqlxValues: sqlx::IntoArguments<DB>,
{
    let values = statement.values.clone().unwrap_or(sea_orm::Values(vec![]));
    sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}

fn executed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

fn queried(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
