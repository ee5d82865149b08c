//! How long a server's work may take. The database itself ends what takes longer, so that nothing goes on for which
//! nobody waits any more.

use std::time::{Duration, Instant};

use sea_orm::{ConnectOptions, ConnectionTrait, DbErr, RuntimeErr};
use sqlx::sqlite::SqliteConnection;

use super::Reader;

/// So many steps of SQLite's machine lie between two looks at the clock: less than a millisecond.
const STEPS: i32 = 10_000;

const TIME_IS_UP: &str = "the time for this transaction is up";

/// PostgreSQL's answer to a statement that took too long, and SQLite's.
const ENDED: [&str; 2] = ["57014", "9"];

tokio::task_local! {
    /// What a part of the work has of it.
    static PART: Duration;
}

/// Gives some reads of a request less time than it has: each of their statements ends when it is up. The database is
/// told; what waits for it would leave the statement running.
#[expect(clippy::disallowed_methods, reason = "a setting is no row")]
pub async fn within<T, E: From<DbErr>>(
    db: &Reader,
    time: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let Reader::Postgres(_) = db else { return PART.scope(time, work).await };
    // Zero would be no limit.
    let millis = time.as_millis().max(1);
    db.execute_unprepared(&format!("SET LOCAL statement_timeout = {millis}")).await?;
    let done = work.await?;
    db.execute_unprepared("SET LOCAL statement_timeout TO DEFAULT").await?;
    Ok(done)
}

/// Whoever has a connection of SQLite has it for so long.
pub(super) fn sqlite(options: &mut ConnectOptions, time: Duration) {
    options
        .map_sqlx_sqlite_pool_opts(move |options| {
            options.after_connect(move |connection, _| Box::pin(begin(connection, time)))
        })
        .map_sqlx_sqlite_before_acquire(move |connection, _| {
            Box::pin(async move { begin(connection, time).await.map(|()| true) })
        });
}

async fn begin(connection: &mut SqliteConnection, time: Duration) -> Result<(), sqlx::Error> {
    let until = Instant::now() + PART.try_with(|part| time.min(*part)).unwrap_or(time);
    connection.lock_handle().await?.set_progress_handler(STEPS, move || Instant::now() < until);
    Ok(())
}

/// Refuses another statement when time is up.
pub(super) fn left(until: Option<Instant>) -> Result<(), DbErr> {
    match until {
        Some(until) if until < Instant::now() => {
            Err(DbErr::Conn(RuntimeErr::Internal(TIME_IS_UP.to_owned())))
        }
        _ => Ok(()),
    }
}

/// Whether it failed because it took too long.
#[must_use]
pub fn is_up(error: &DbErr) -> bool {
    match error {
        DbErr::Conn(RuntimeErr::Internal(message)) => message == TIME_IS_UP,
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
            code.is_some_and(|code| ENDED.contains(&code.as_ref()))
        }
        _ => false,
    }
}
