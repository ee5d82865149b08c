//! How long a server's work may take on SQLite. The database itself ends what takes longer, so that nothing goes on for
//! which nobody waits any more.

use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnection, SqlitePoolOptions};

/// So many steps of SQLite's machine lie between two looks at the clock: less than a millisecond.
const STEPS: i32 = 10_000;

/// A connection that is taken from the pool works for so long.
pub(super) fn bounded(options: SqlitePoolOptions, time: Duration) -> SqlitePoolOptions {
    options.after_connect(move |connection, _| Box::pin(begin(connection, time))).before_acquire(
        move |connection, _| Box::pin(async move { begin(connection, time).await.map(|()| true) }),
    )
}

async fn begin(connection: &mut SqliteConnection, time: Duration) -> Result<(), sqlx::Error> {
    let until = Instant::now() + time;
    connection.lock_handle().await?.set_progress_handler(STEPS, move || Instant::now() < until);
    Ok(())
}
