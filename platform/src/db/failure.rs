//! Why the database did not do what it was asked. One table for both databases, so that all who retry, close a
//! connection or answer a caller mean the same.

use std::time::Instant;

use sea_orm::{DbErr, RuntimeErr};

/// Kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Another transaction was in the way: nothing was written, and the next attempt may pass.
    Conflict,
    /// The connection is gone, or the server restarts. Of a commit it is not known whether it was done.
    Lost,
    /// The database cannot write, or read, at present: a full disk, a broken file, no memory.
    Refused,
    /// The work took too long and was ended.
    TimeUp,
    /// All connections were in use for too long.
    Exhausted,
    /// Anything else: a violated constraint, or a fault of ours.
    Other,
}

const TIME_IS_UP: &str = "the time for this transaction is up";

/// Error of a transaction that goes on after one of its statements has failed.
pub(super) const BROKEN: &str = "a statement of this transaction has failed before";

impl Failure {
    #[must_use]
    pub fn of(error: &DbErr) -> Self {
        match error {
            DbErr::ConnectionAcquire(_) => Self::Exhausted,
            DbErr::Conn(RuntimeErr::Internal(message)) if message == TIME_IS_UP => Self::TimeUp,
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => Self::of_driver(error),
            _ => Self::Other,
        }
    }

    pub(super) fn of_driver(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Exhausted,
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => Self::Lost,
            sqlx::Error::Database(error) => error.code().map_or(Self::Other, |code| Self::of_code(&code)),
            _ => Self::Other,
        }
    }

    /// PostgreSQL's codes have five characters; SQLite's are numbers, whose lowest byte says the kind.
    fn of_code(code: &str) -> Self {
        match (code, code.get(..2)) {
            ("57014", _) => Self::TimeUp,
            ("40001" | "40P01" | "55P03", _) => Self::Conflict,
            ("57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25P04", _) => Self::Lost,
            (_, Some("08")) if code.len() == 5 => Self::Lost,
            ("25006", _) => Self::Refused,
            (_, Some("53" | "58")) if code.len() == 5 => Self::Refused,
            _ if code.len() == 5 => Self::Other,
            _ => code.parse::<u16>().map_or(Self::Other, |code| Self::of_sqlite(code & 0xff)),
        }
    }

    /// Primary result codes of SQLite.
    const fn of_sqlite(code: u16) -> Self {
        match code {
            5 | 6 => Self::Conflict,
            9 => Self::TimeUp,
            // PERM, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB
            3 | 7 | 8 | 10 | 11 | 13 | 14 | 26 => Self::Refused,
            _ => Self::Other,
        }
    }

    /// Whether a caller may send the same again in a moment: nothing is wrong with what they sent.
    #[must_use]
    pub const fn passes(self) -> bool {
        matches!(self, Self::Conflict | Self::Lost | Self::Refused | Self::Exhausted)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_told_apart() {
        for (code, failure) in [
            ("40001", Failure::Conflict),
            ("517", Failure::Conflict),
            ("5", Failure::Conflict),
            ("57P01", Failure::Lost),
            ("08006", Failure::Lost),
            ("53100", Failure::Refused),
            ("25006", Failure::Refused),
            ("13", Failure::Refused),
            ("778", Failure::Refused),
            ("57014", Failure::TimeUp),
            ("9", Failure::TimeUp),
            ("23505", Failure::Other),
            ("2067", Failure::Other),
            ("XX000", Failure::Other),
        ] {
            assert_eq!(Failure::of_code(code), failure, "{code}");
        }
    }
}
