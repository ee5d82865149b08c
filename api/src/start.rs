//! Checks before a server starts. A failed check stops it, with a sentence that says what to do.

use chrono::{DateTime, Duration, Utc};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use crate::access_log;
use platform::clock::Clock;
use platform::db::Db;
use platform::error::{Error, Result};
use platform::seal::{self, Keys};

/// Time at which this program was built, in seconds since 1970.
const BUILT_AT: &str = env!("SANLIAN_BUILT_AT");

/// Difference between clocks that is tolerated.
const TOLERANCE: Duration = Duration::minutes(5);

/// Refuses to keep the access log for fewer days than the law asks.
pub fn retention(days: u32) -> Result<()> {
    let least = access_log::LEAST_DAYS;
    if days >= least {
        return Ok(());
    }
    Err(Error::internal(format!(
        "the access log must be kept for {least} days at least, and {days} are set: raise --access-log-days, or leave it out"
    )))
}

/// Checks that the database has the schema of this program, neither an older one nor a newer.
pub async fn schema(owner: &DatabaseConnection) -> Result<()> {
    let waiting = match Migrator::get_pending_migrations_read_only(owner).await {
        Err(DbErr::Custom(message)) if message.contains("its file is missing") => {
            let newer = message.split('\'').nth(1).unwrap_or_default();
            return Err(Error::internal(format!(
                "the database is newer than this program, which does not know the migration {newer}: run the program \
                 that made it, or one after it"
            )));
        }
        waiting => waiting?.len(),
    };
    if waiting > 0 {
        return Err(Error::internal(format!(
            "the database lacks {waiting} migrations: run `sanlian migrate up` with the same --database first"
        )));
    }
    Ok(())
}

/// The same check for a running server, which owns no tables.
#[expect(clippy::disallowed_methods, reason = "the list of migrations is no row")]
pub async fn newest(db: &Db) -> Result<()> {
    let statement = Statement::from_string(db.backend(), "SELECT COUNT(*) FROM seaql_migrations");
    let row = db.read.query_one_raw(statement).await?;
    let done = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?.unwrap_or_default();
    let known = Migrator::migrations().len();
    if usize::try_from(done) == Ok(known) {
        return Ok(());
    }
    Err(Error::internal(format!("the database has {done} migrations, and this program knows {known}")))
}

/// Checks the clock, by which tokens, limits, duties and journals all go. It must not be earlier than the program or
/// than the last write, nor differ from the database server's.
pub async fn clock(db: &Db, clock: &Clock) -> Result<()> {
    let now = clock.now();
    let built = BUILT_AT.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    if let Some(built) = built.filter(|built| now + TOLERANCE < *built) {
        return Err(wrong(now, &format!("and this program was built at {}", text(built)), ""));
    }
    if let Some(newest) = access_log::newest(db).await?.filter(|newest| now + TOLERANCE < *newest) {
        let but = "; if it is right, and was wrong when that was written, start once with --trust-clock";
        return Err(wrong(now, &format!("and the database was written to at {}", text(newest)), but));
    }
    if let Some(theirs) = database_clock(db).await?.filter(|theirs| (*theirs - now).abs() > TOLERANCE) {
        return Err(wrong(now, &format!("and that of the database server {}", text(theirs)), ""));
    }
    Ok(())
}

fn wrong(now: DateTime<Utc>, and: &str, but: &str) -> Error {
    let now = text(now);
    Error::internal(format!("the clock of this machine says {now}, {and}: set it right, as with NTP{but}"))
}

fn text(at: DateTime<Utc>) -> String {
    at.format("%FT%TZ").to_string()
}

/// A database in a file has no clock of its own.
#[expect(clippy::disallowed_methods, reason = "the time is no row")]
async fn database_clock(db: &Db) -> Result<Option<DateTime<Utc>>> {
    if db.backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let statement = Statement::from_string(DbBackend::Postgres, "SELECT now()");
    let row = db.read.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// Checks that the key that seals is not easy to guess.
pub async fn seal_key(db: &Db, keys: &Keys) -> Result<()> {
    let used = seal::in_use(&db.read, keys).await?;
    let id = used.current().map_or_else(|| keys.newest(), |(id, _)| Ok(*id))?;
    if !keys.is_weak(id) {
        return Ok(());
    }
    let place = keys.place();
    Err(Error::internal(format!(
        "key {} in {place} is weak: its secret does not look like chance; where nothing is sealed yet take another, as \
         `openssl rand -base64 32` prints it, else run `sanlian rekey`",
        id.0
    )))
}
