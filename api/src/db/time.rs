//! How long a server's work may take. The database itself ends what takes longer, so that nothing goes on for which nobody
//! waits any more. PostgreSQL has a setting for it; SQLite asks us now and then whether to go on.

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sqlx::sqlite::SqliteConnection;

use super::RequestDb;

/// So many steps of SQLite's machine lie between two looks at the clock: less than a millisecond.
const STEPS: i32 = 10_000;

tokio::task_local! {
    /// What each statement of a part of the work has of it, on SQLite.
    static PART: Duration;
}

/// Gives some reads of a request less time than it has: each of their statements ends when it is up. The database is
/// told; what waits for it would leave the statement running.
#[expect(clippy::disallowed_methods, reason = "a setting is no row")]
pub async fn within<T, E: From<DbErr>>(
    db: &RequestDb,
    time: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    if db.backend() != DbBackend::Postgres {
        return PART.scope(time, work).await;
    }
    // Zero would be no limit.
    let millis = time.as_millis().max(1);
    db.execute_unprepared(&format!("SET LOCAL statement_timeout = {millis}")).await?;
    let done = work.await?;
    db.execute_unprepared("SET LOCAL statement_timeout TO DEFAULT").await?;
    Ok(done)
}

/// What the next statement has, where it is less than what the rest has.
pub(super) fn part() -> Option<Duration> {
    PART.try_with(|part| *part).ok()
}

/// From now on statements of this connection end then; never, where nothing is said.
pub(super) async fn ends(
    connection: &mut SqliteConnection,
    until: Option<Instant>,
) -> Result<(), sqlx::Error> {
    let mut handle = connection.lock_handle().await?;
    match until {
        Some(until) => handle.set_progress_handler(STEPS, move || Instant::now() < until),
        None => handle.remove_progress_handler(),
    }
    Ok(())
}
