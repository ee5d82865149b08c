//! Time is injected. Days are calendar days in Asia/Shanghai; instants are UTC, to the microsecond, as both
//! databases keep them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, FixedOffset, Utc};
use entity::values::Date;

const SHANGHAI: FixedOffset = match FixedOffset::east_opt(8 * 3600) {
    Some(offset) => offset,
    None => panic!("eight hours east is an offset"),
};

/// The clock of the house: the system's, or one that is set by hand.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    set: Option<Arc<AtomicI64>>,
}

impl Clock {
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still until it is set.
    #[must_use]
    pub fn set_at(now: DateTime<Utc>) -> Self {
        Self { set: Some(Arc::new(AtomicI64::new(now.timestamp_micros()))) }
    }

    /// Sets a hand-set clock, for everyone who holds it; the system's clock cannot be set.
    pub fn set(&self, now: DateTime<Utc>) {
        if let Some(set) = &self.set {
            set.store(now.timestamp_micros(), Ordering::SeqCst);
        }
    }

    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn now(&self) -> DateTime<Utc> {
        let micros =
            self.set.as_ref().map_or_else(|| Utc::now().timestamp_micros(), |set| set.load(Ordering::SeqCst));
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    #[must_use]
    pub fn today(&self) -> Date {
        day_in_shanghai(self.now())
    }
}

/// The calendar day of an instant in Asia/Shanghai.
#[must_use]
pub fn day_in_shanghai(instant: DateTime<Utc>) -> Date {
    Date(instant.with_timezone(&SHANGHAI).date_naive())
}

/// The first instant of a calendar day in Asia/Shanghai.
#[must_use]
pub fn start_of_day(day: Date) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN)
        .and_local_timezone(SHANGHAI)
        .single()
        .map_or_else(DateTime::default, |start| start.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_turns_at_sixteen_hours_utc() {
        let late = "2022-12-31T15:59:59Z".parse().unwrap();
        let later = "2022-12-31T16:00:00Z".parse().unwrap();
        assert_eq!(day_in_shanghai(late).to_string(), "2022-12-31");
        assert_eq!(day_in_shanghai(later).to_string(), "2023-01-01");
        assert_eq!(start_of_day(day_in_shanghai(later)), later);
    }
}
