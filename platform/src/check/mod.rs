//! Checks that inputs of several features share; each names the field it refuses.

mod day;
mod text;

use chrono::{DateTime, Days, SubsecRound, Utc};
use entity::values::Date;
use uuid::Uuid;

use crate::error::{Error, ErrorCode, Result};
use crate::say;

pub use day::{BEGINNING, apart, born, day, ends_after, happens, has_come, optional_day, span};
pub use text::{
    account_name, in_one_line, name, optional_number, optional_prose, optional_text, prose, text,
};

/// Each value once, in the order in which they come first.
pub fn distinct<T: PartialEq>(values: &[T]) -> Vec<&T> {
    values.iter().fold(vec![], |mut known, value| {
        if !known.contains(&value) {
            known.push(value);
        }
        known
    })
}

const LONGEST_CODE: usize = 60;

/// A code: ASCII letters, digits and `_ - .`, so that it can stand in filters, files and `CHECKLIST/ITEM`.
pub fn code(field: &str, code: &str) -> Result<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if (1..=LONGEST_CODE).contains(&code.len()) && code.bytes().all(plain) {
        return Ok(code.to_owned());
    }
    let message = say!("no-code", field = field, longest = LONGEST_CODE);
    Err(Error::field(field, ErrorCode::Invalid, message))
}

/// Of whom the personal data were erased, nothing is written any more.
pub fn not_erased(erased_on: Option<Date>, field: &str) -> Result<()> {
    match erased_on {
        None => Ok(()),
        Some(day) => {
            let message = say!("erased", day = day);
            Err(Error::field(field, ErrorCode::WrongStep, message))
        }
    }
}

/// When something was written down: now, or before, on a device that was offline. A device's clock may run a little
/// fast; what claims to be later than that is taken as now. It is kept to the microsecond, as PostgreSQL does.
pub fn recorded_at(field: &str, claimed: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let at = claimed.map_or(now, |claimed| claimed.min(now)).trunc_subsecs(6);
    day::day(field, Date(at.date_naive()))?;
    Ok(at)
}

/// The id a client chose, or a fresh one.
pub fn id(chosen: Option<Uuid>) -> Result<Uuid> {
    match chosen {
        None => Ok(Uuid::now_v7()),
        Some(id) if id.is_nil() || id.is_max() => {
            Err(Error::field("id", ErrorCode::Invalid, say!("no-row-id")))
        }
        Some(id) => Ok(id),
    }
}

/// How many persons there were; nobody where nothing is said.
pub fn persons(field: &str, given: Option<i32>) -> Result<i64> {
    match given.unwrap_or_default() {
        count if count < 0 => Err(Error::field(field, ErrorCode::Invalid, say!("below-zero", field = field))),
        count => Ok(count.into()),
    }
}

/// The row is still what the caller has seen.
pub fn version(expected: Option<i64>, actual: i64) -> Result<()> {
    match expected {
        Some(expected) if expected != actual => {
            let message = say!("newer-version", version = actual);
            Err(Error::field("expectedVersion", ErrorCode::VersionConflict, message))
        }
        _ => Ok(()),
    }
}

/// The day before, for what ends when something else begins.
#[must_use]
pub fn day_before(day: Date) -> Date {
    day.checked_sub_days(Days::new(1)).unwrap_or(day)
}
