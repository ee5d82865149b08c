//! Periods 时期: calendar periods, spans, and the period of a programme. Days are those of Asia/Shanghai.

use async_graphql::{InputObject, OneofObject};
use chrono::{Datelike, Days, Months};
use entity::duty_rule::DutyPeriod;
use entity::values::{Date, Day, month_number};

use platform::error::{Error, ErrorCode, Result};
use platform::message::Message;
use platform::say;

/// Period to report on.
/// 统计时期。
#[derive(OneofObject, Clone)]
pub enum PeriodInput {
    /// Calendar month.
    /// 某年某月。
    Month(MonthInput),
    /// Calendar quarter.
    /// 某年某季度。
    Quarter(QuarterInput),
    /// Calendar year, 1949 to 2200.
    /// 某年,1949至2200。
    Year(i32),
    /// Span from a day to a day, both included.
    /// 自某日至某日,含首尾两日。
    Span(SpanInput),
    /// Period of the programme asked about: from its first day to today, or to its last day if it has ended. The only
    /// value is `true`.
    /// 所问行动的时期:自起始日至今日,已结束的至其截止日;只能填true。
    Programme(bool),
}

/// Calendar month.
/// 某年某月。
#[derive(InputObject, Clone, Copy)]
pub struct MonthInput {
    /// Year, 1949 to 2200.
    /// 年份,1949至2200。
    year: i32,
    /// Month, 1 to 12.
    /// 月份,1至12。
    month: u32,
}

/// Calendar quarter.
/// 某年某季度。
#[derive(InputObject, Clone, Copy)]
pub struct QuarterInput {
    /// Year, 1949 to 2200.
    /// 年份,1949至2200。
    year: i32,
    /// Quarter, 1 to 4.
    /// 季度,1至4。
    quarter: u32,
}

/// Span from a day to a day, both included.
/// 自某日至某日,含首尾两日。
#[derive(InputObject, Clone, Copy)]
pub struct SpanInput {
    /// First day.
    /// 起始日。
    from: Date,
    /// Last day, not before the first.
    /// 截止日,不早于起始日。
    to: Date,
}

/// A period as days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub from: Date,
    pub to: Date,
}

const EARLIEST: i32 = 1949;
const LATEST: i32 = 2200;

impl PeriodInput {
    /// Days of the period. A programme's begin with it and go on to today, or to its last day if it has ended.
    pub fn days(&self, programme: Option<(Date, Option<Date>)>, today: Date) -> Result<Period> {
        let bad = |message: Message| Error::Protocol { code: ErrorCode::Invalid, message };
        match self {
            Self::Month(at) => month(at.year, at.month, 1)
                .ok_or_else(|| bad(say!("period-no-month", first = EARLIEST, last = LATEST))),
            Self::Quarter(at) => (1..=4)
                .contains(&at.quarter)
                .then(|| month(at.year, at.quarter * 3 - 2, 3))
                .flatten()
                .ok_or_else(|| bad(say!("period-no-quarter", first = EARLIEST, last = LATEST))),
            Self::Year(year) => month(*year, 1, 12)
                .ok_or_else(|| bad(say!("period-no-year", first = EARLIEST, last = LATEST))),
            Self::Span(span) if span.to < span.from => Err(Error::Protocol {
                code: ErrorCode::EndBeforeStart,
                message: say!("period-ends-before-start"),
            }),
            Self::Span(span)
                if ![span.from, span.to].iter().all(|day| (EARLIEST..=LATEST).contains(&day.year())) =>
            {
                Err(bad(say!("period-beyond-years", first = EARLIEST, last = LATEST)))
            }
            Self::Span(span) => Ok(Period { from: span.from, to: span.to }),
            Self::Programme(true) => {
                let (from, to) = programme.ok_or_else(|| bad(say!("period-without-programme")))?;
                let to = to.map_or(today, |to| to.min(today)).max(from);
                Ok(Period { from, to })
            }
            Self::Programme(false) => Err(bad(say!("period-programme-false"))),
        }
    }
}

fn month(year: i32, month: u32, length: u32) -> Option<Period> {
    let from = (EARLIEST..=LATEST).contains(&year).then(|| Date::from_ymd_opt(year, month, 1)).flatten()?;
    Some(Period { from, to: last_day(from, length)? })
}

fn last_day(from: Date, months: u32) -> Option<Date> {
    from.checked_add_months(Months::new(months))?.checked_sub_days(Days::new(1))
}

impl Period {
    #[must_use]
    pub fn first(self) -> Day {
        Day::of(self.from)
    }

    #[must_use]
    pub fn last(self) -> Day {
        Day::of(self.to)
    }

    /// Numbers of the first and last month, if the period is made of whole months.
    #[must_use]
    pub fn whole_months(self) -> Option<(i32, i32)> {
        let whole = self.from.day() == 1 && self.ends_a_month();
        whole.then(|| (month_number(self.from), month_number(self.to)))
    }

    #[must_use]
    pub fn ends_a_month(self) -> bool {
        self.to.succ_opt().is_some_and(|next| next.day() == 1)
    }

    /// Calendar months of the period, cut at its ends.
    #[must_use]
    pub fn months(self) -> Vec<Self> {
        let mut months = vec![];
        let mut from = self.from;
        while from <= self.to {
            let Some(end) = last_day(from.first_of_month(), 1) else { break };
            months.push(Self { from, to: end.min(self.to) });
            let Some(next) = end.succ_opt() else { break };
            from = next;
        }
        months
    }

    /// Period of a duty that contains `day`. Without a calendar period (PROGRAMME, ONCE, AD_HOC) it runs from the
    /// programme's first day to `day`.
    #[must_use]
    pub fn of_duty(duty: DutyPeriod, day: Date, programme_from: Date) -> Self {
        let (year, month0) = (day.year(), day.month0());
        let counted = |length: u32| {
            let from = Date::from_ymd_opt(year, month0 / length * length + 1, 1)?;
            Some(Self { from, to: last_day(from, length)? })
        };
        let period = match duty {
            DutyPeriod::Week => {
                let from = day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into()));
                from.and_then(|from| Some(Self { from, to: from.checked_add_days(Days::new(6))? }))
            }
            DutyPeriod::TwoWeeks => {
                let into = u64::from((day.num_days_from_ce() - 1).rem_euclid(14).unsigned_abs());
                let from = day.checked_sub_days(Days::new(into));
                from.and_then(|from| Some(Self { from, to: from.checked_add_days(Days::new(13))? }))
            }
            DutyPeriod::Month => counted(1),
            DutyPeriod::TwoMonths => counted(2),
            DutyPeriod::Quarter => counted(3),
            DutyPeriod::HalfYear => counted(6),
            DutyPeriod::Year => counted(12),
            DutyPeriod::Programme | DutyPeriod::Once | DutyPeriod::AdHoc => None,
        };
        period.unwrap_or(Self { from: programme_from.min(day), to: day })
    }

    /// Periods of a duty that a question covers: those that lie within it, or, if there are none, the one that contains
    /// its last day.
    #[must_use]
    pub fn duty_periods(self, duty: DutyPeriod, programme_from: Date) -> Vec<Self> {
        let holding = Self::of_duty(duty, self.to, programme_from);
        if matches!(duty, DutyPeriod::Programme | DutyPeriod::Once | DutyPeriod::AdHoc) {
            return vec![holding];
        }
        let mut periods = vec![];
        let mut at = holding;
        while at.to >= self.from.max(programme_from) {
            if at.to <= self.to && at.from >= self.from {
                periods.push(at);
            }
            let Some(before) = at.from.pred_opt() else { break };
            at = Self::of_duty(duty, before, programme_from);
        }
        if periods.is_empty() { vec![holding] } else { periods }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_quarter_has_its_calendar_days() {
        let quarter = PeriodInput::Quarter(QuarterInput { year: 2022, quarter: 4 });
        let period = quarter.days(None, day("2023-01-01")).unwrap();
        assert_eq!(period, Period { from: day("2022-10-01"), to: day("2022-12-31") });
        assert_eq!(period.months().len(), 3);
        assert!(period.whole_months().is_some());
        assert!(
            PeriodInput::Quarter(QuarterInput { year: 2022, quarter: 5 })
                .days(None, day("2023-01-01"))
                .is_err()
        );
    }

    #[test]
    fn two_weeks_begin_on_a_monday_and_follow_each_other() {
        let period = Period::of_duty(DutyPeriod::TwoWeeks, day("2022-01-12"), day("2022-01-01"));
        assert_eq!(period, Period { from: day("2022-01-10"), to: day("2022-01-23") });
        let next = Period::of_duty(DutyPeriod::TwoWeeks, day("2022-01-24"), day("2022-01-01"));
        assert_eq!(next.from, day("2022-01-24"));
    }

    #[test]
    fn a_year_holds_four_quarters_and_a_month_asks_for_the_quarter_around_it() {
        let year = Period { from: day("2022-01-01"), to: day("2022-12-31") };
        assert_eq!(year.duty_periods(DutyPeriod::Quarter, day("2022-01-01")).len(), 4);
        let may = Period { from: day("2022-05-01"), to: day("2022-05-31") };
        let quarters = may.duty_periods(DutyPeriod::Quarter, day("2022-01-01"));
        assert_eq!(quarters, [Period { from: day("2022-04-01"), to: day("2022-06-30") }]);
    }
}
