//! How long a server's work may take. The database itself ends what takes longer, so that nothing goes on for which nobody
//! waits any more. PostgreSQL has a setting for it; SQLite asks us now and then whether to go on.

use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnection;

/// So many steps of SQLite's machine lie between two looks at the clock: less than a millisecond.
const STEPS: i32 = 10_000;

tokio::task_local! {
    /// The time that each statement of a part of the work has.
    static PART: Duration;
}

/// Gives a part of the work less time than the rest has: each of its statements ends when it is up. The database is told;
/// a caller who only stopped waiting would leave the statement running.
pub async fn within<T>(time: Duration, work: impl Future<Output = T>) -> T {
    PART.scope(time, work).await
}

/// The time limit of the next statement, where a part of the work has its own.
pub(super) fn part() -> Option<Duration> {
    // Nothing would be no limit.
    PART.try_with(|part| (*part).max(Duration::from_millis(1))).ok()
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
