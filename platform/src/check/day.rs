//! Days as they are entered. Nothing of this product happened before the republic was founded, but for births; and
//! what has no end is left without one, so that a day in a far century is a slip of the pen.

use entity::values::Date;

use crate::error::{Error, ErrorCode, Result};
use crate::message::Message;
use crate::say;

/// The first day of what has none: before all records.
pub const BEGINNING: Date = match Date::from_ymd_opt(1949, 10, 1) {
    Some(day) => day,
    None => panic!("a day of the calendar"),
};

/// The last day that may be entered.
const LAST: Date = match Date::from_ymd_opt(2199, 12, 31) {
    Some(day) => day,
    None => panic!("a day of the calendar"),
};

/// The first birth date: of the oldest people that the first households of a ledger may have had.
const FIRST_BIRTH: Date = match Date::from_ymd_opt(1880, 1, 1) {
    Some(day) => day,
    None => panic!("a day of the calendar"),
};

/// A day on which something may happen, begin or end.
pub fn day(field: &str, day: Date) -> Result<()> {
    if day < BEGINNING {
        return Err(refused(field, say!("before-beginning", field = field, first = BEGINNING)));
    }
    if day > LAST {
        return Err(refused(field, say!("after-last-day", field = field, last = LAST)));
    }
    Ok(())
}

/// The same, where a day is given.
pub fn optional_day(field: &str, given: Option<Date>) -> Result<()> {
    given.map_or(Ok(()), |given| day(field, given))
}

/// A day that has come.
pub fn has_come(field: &str, given: Date, today: Date) -> Result<()> {
    day(field, given)?;
    no_later(field, given, today)
}

/// A day that has come, unless it may lie ahead: plans are made for days to come.
pub fn happens(field: &str, given: Date, ahead: bool, today: Date) -> Result<()> {
    if ahead { day(field, given) } else { has_come(field, given, today) }
}

/// A day on which somebody was born who may be alive.
pub fn born(field: &str, given: Date, today: Date) -> Result<()> {
    if given < FIRST_BIRTH {
        return Err(refused(field, say!("born-too-early", field = field, first = FIRST_BIRTH)));
    }
    no_later(field, given, today)
}

/// The last day may be entered, and does not lie before the first.
pub fn ends_after(field: &str, from: Date, to: Option<Date>) -> Result<()> {
    optional_day(field, to)?;
    match to {
        Some(to) if to < from => {
            let message = say!("ends-before-start", field = field);
            Err(Error::field(field, ErrorCode::EndBeforeStart, message))
        }
        _ => Ok(()),
    }
}

/// A first day and, where there is one, a last one.
pub fn span((from_field, from): (&str, Date), (to_field, to): (&str, Option<Date>)) -> Result<()> {
    day(from_field, from)?;
    ends_after(to_field, from, to)
}

/// What is held once at a time is not held in that time already. The spells may come in any order.
pub fn apart(
    field: &str,
    message: Message,
    (from, to): (Date, Option<Date>),
    held: impl IntoIterator<Item = (Date, Option<Date>)>,
) -> Result<()> {
    let begins_by = |begin: Date, end: Option<Date>| end.is_none_or(|end| begin <= end);
    let mut held = held.into_iter();
    if held.any(|(begin, end)| begins_by(from, end) && begins_by(begin, to)) {
        return Err(Error::field(field, ErrorCode::AlreadyExists, message));
    }
    Ok(())
}

fn no_later(field: &str, given: Date, today: Date) -> Result<()> {
    if given > today {
        return Err(Error::field(field, ErrorCode::Invalid, say!("in-the-future", field = field)));
    }
    Ok(())
}

fn refused(field: &str, message: Message) -> Error {
    Error::field(field, ErrorCode::Invalid, message)
}
