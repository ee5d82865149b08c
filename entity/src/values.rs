//! Value types: money in fen, quantities in thousandths, region codes, and days and months as whole numbers.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, Days, Months, NaiveDate};
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// Largest amount in fen, and largest quantity in thousandths: the sum of many still fits 64 bits.
const MOST: i64 = 100_000_000_000_000;

/// An amount of money in fen 分.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType, Serialize, Deserialize,
)]
pub struct Money(pub i64);

#[Scalar]
/// An amount of money in fen (hundredths of a yuan), a whole number from 0 to 10^14: `25000000` is 250,000 yuan.
/// 金额,单位为分,0至10^14的整数;25000000即25万元。
impl ScalarType for Money {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::Number(number) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        whole(number)
            .filter(|fen| (0..=MOST).contains(fen))
            .map(Self)
            .ok_or_else(|| InputValueError::custom("an amount is a whole number of fen, from 0 to 10^14"))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        self.0.into()
    }
}

/// A whole number that may exceed 32 bits.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType, Serialize, Deserialize,
)]
pub struct BigInt(pub i64);

#[Scalar]
/// A whole number that may exceed 32 bits: a count, fen, or thousandths. As a JSON number it is exact below 2^53.
/// 可能超过32位的整数:计数、分或千分之一单位;作为JSON数字,2^53以内精确。
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::Number(number) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        whole(number).map(Self).ok_or_else(|| InputValueError::custom("this is a whole number, below 2^63"))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        self.0.into()
    }
}

/// A quantity in thousandths of its unit, so that 12.5 km is exact on every database.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType, Serialize, Deserialize,
)]
pub struct Quantity(pub i64);

impl Quantity {
    pub const SCALE: i64 = 1_000;
    /// Greatest quantity that an input may have.
    pub const MOST: Self = Self(MOST);

    #[must_use]
    pub const fn whole(n: i64) -> Self {
        Self(n * Self::SCALE)
    }
}

#[Scalar]
/// A quantity from 0 to 10^11 in its unit, with up to three decimals: `12.5`.
/// 数量,0至10^11,最多三位小数,如12.5。
impl ScalarType for Quantity {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::Number(number) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        thousandths(&number.to_string())
            .map(Self)
            .ok_or_else(|| InputValueError::custom("a quantity is 0 to 10^11, with at most three decimals"))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        if self.0 % Self::SCALE == 0 {
            return (self.0 / Self::SCALE).into();
        }
        #[expect(clippy::cast_precision_loss, reason = "shown with three decimals")]
        let shown = self.0 as f64 / Self::SCALE as f64;
        async_graphql::Number::from_f64(shown).map_or(Value::Null, Value::Number)
    }
}

fn thousandths(text: &str) -> Option<i64> {
    scaled(text, 3).filter(|thousandths| (0..=MOST).contains(thousandths))
}

/// Reads a JSON number and multiplies it by ten to the power of `places`; none unless the result is a whole number of
/// 64 bits. The sign belongs to the whole number: `-0.5` is below zero, and `-0` is zero.
fn scaled(text: &str, places: i32) -> Option<i64> {
    let (is_negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (digits, power) = match text.split_once(['e', 'E']) {
        Some((digits, power)) => (digits, power.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let decimals = decimals.trim_end_matches('0');
    let digits = format!("{whole}{decimals}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    if number == 0 {
        return Some(0);
    }
    let shift = power.checked_add(places)?.checked_sub(i32::try_from(decimals.len()).ok()?)?;
    let tens = 10_i64.checked_pow(shift.unsigned_abs())?;
    let number =
        if shift < 0 { (number % tens == 0).then_some(number / tens)? } else { number.checked_mul(tens)? };
    Some(if is_negative { -number } else { number })
}

/// Reads a JSON number as a whole number. A number with a point or a power, such as `2.0`, is read up to 2^53: above
/// that, the JSON reader has lost digits.
fn whole(number: &async_graphql::Number) -> Option<i64> {
    const EXACT: i64 = 1 << 53;
    number.as_i64().or_else(|| scaled(&number.to_string(), 0).filter(|whole| whole.abs() <= EXACT))
}

/// Statistical code 统计用区划代码 of a region: twelve digits (2+2+2+3+3).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType, Serialize, Deserialize)]
pub struct RegionCode(pub String);

#[Scalar]
/// Statistical code of a region: twelve digits. The code may change; the region's id does not.
/// 统计用区划代码,十二位数字;代码可能变更,区划标识不变。
impl ScalarType for RegionCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(code) if code.len() == 12 && code.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Self(code.clone()))
            }
            Value::String(_) => Err(InputValueError::custom("a region code has twelve digits")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        self.0.clone().into()
    }
}

/// A calendar day in Asia/Shanghai.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType, Serialize, Deserialize,
)]
pub struct Date(pub NaiveDate);

impl Date {
    #[must_use]
    pub const fn from_ymd_opt(year: i32, month: u32, day: u32) -> Option<Self> {
        match NaiveDate::from_ymd_opt(year, month, day) {
            Some(day) => Some(Self(day)),
            None => None,
        }
    }

    #[must_use]
    pub fn pred_opt(self) -> Option<Self> {
        self.0.pred_opt().map(Self)
    }

    #[must_use]
    pub fn succ_opt(self) -> Option<Self> {
        self.0.succ_opt().map(Self)
    }

    #[must_use]
    pub fn checked_add_days(self, days: Days) -> Option<Self> {
        self.0.checked_add_days(days).map(Self)
    }

    #[must_use]
    pub fn checked_add_months(self, months: Months) -> Option<Self> {
        self.0.checked_add_months(months).map(Self)
    }

    #[must_use]
    pub fn checked_sub_days(self, days: Days) -> Option<Self> {
        self.0.checked_sub_days(days).map(Self)
    }

    #[must_use]
    pub fn first_of_month(self) -> Self {
        Self(self.0.with_day(1).unwrap_or(self.0))
    }
}

impl sea_orm::TryFromU64 for Date {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("Date"))
    }
}

/// Reads `2022-03-05` and no other form.
impl std::str::FromStr for Date {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let day: NaiveDate = text.parse().map_err(|_| NotADate)?;
        if text.len() == 10 && day.to_string() == text { Ok(Self(day)) } else { Err(NotADate) }
    }
}

/// Error: the text is no day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADate;

impl std::ops::Deref for Date {
    type Target = NaiveDate;

    fn deref(&self) -> &NaiveDate {
        &self.0
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[Scalar]
/// A calendar day in Asia/Shanghai: `2022-03-05`.
/// 日期,中国标准时间,如2022-03-05。
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text.parse().map_err(|NotADate| {
                InputValueError::custom("a date is a day of the calendar, written 2022-03-05")
            }),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        self.to_string().into()
    }
}

/// A calendar day in Asia/Shanghai as a number, so that facts do day arithmetic alike on every database.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType, Serialize, Deserialize,
)]
pub struct Day(pub i32);

impl Day {
    /// Last day of a row without an end.
    pub const NEVER: Self = Self(i32::MAX);

    #[must_use]
    pub fn of(date: Date) -> Self {
        Self(date.num_days_from_ce())
    }

    #[must_use]
    pub fn until(date: Option<Date>) -> Self {
        date.map_or(Self::NEVER, Self::of)
    }

    #[must_use]
    pub fn date(self) -> Option<Date> {
        NaiveDate::from_num_days_from_ce_opt(self.0).map(Date)
    }

    /// Number of the day's month, see `month_number`.
    #[must_use]
    pub fn month(self) -> i32 {
        self.date().map_or(i32::MAX, month_number)
    }
}

/// Number of a month since year 0, twelve a year: January 2022 is `2022 × 12`.
#[must_use]
pub fn month_number(date: Date) -> i32 {
    date.year() * 12 + date.month0().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_keep_three_decimals_and_refuse_more() {
        assert_eq!(thousandths("12.5"), Some(12_500));
        assert_eq!(thousandths("0.001"), Some(1));
        assert_eq!(thousandths("7"), Some(7_000));
        assert_eq!(thousandths("0.0001"), None);
        assert_eq!(thousandths("-1"), None);
        assert_eq!(thousandths("9223372036854775807"), None);
    }

    /// Numbers as serde_json writes them: a whole number, a fraction, or a power.
    #[test]
    fn what_is_read_is_exact_and_keeps_its_sign() {
        for (text, read) in [
            ("-0.5", None),
            ("-0.001", None),
            ("-1.5", None),
            ("-0", Some(0)),
            ("-0.0", Some(0)),
            ("0.0001", None),
            ("1e-4", None),
            ("1e-3", Some(1)),
            ("1e3", Some(1_000_000)),
            ("0.1e1", Some(1_000)),
            ("12.5000", Some(12_500)),
            ("100000000000.0", Some(MOST)),
            ("100000000000.001", None),
            ("1e11", Some(MOST)),
            ("1e12", None),
            ("1e22", None),
            ("1e2147483647", None),
            ("1e-2147483648", None),
            ("5e-324", None),
            ("1.7976931348623157e308", None),
            ("NaN", None),
            ("inf", None),
            ("", None),
            ("-", None),
            (".", None),
            ("e3", None),
        ] {
            assert_eq!(thousandths(text), read, "{text}");
        }
        assert_eq!(scaled("-0.5", 3), Some(-500));
        assert_eq!(scaled("2.0", 0), Some(2));
        assert_eq!(scaled("2.5", 0), None);
    }

    #[test]
    fn a_date_is_written_in_one_way() {
        assert_eq!("2022-03-05".parse().ok(), Date::from_ymd_opt(2022, 3, 5));
        for wrong in ["2022-3-5", "2022-02-31", "20220305", " 2022-03-05", "+2022-03-05", "12022-03-05x"] {
            assert_eq!(wrong.parse::<Date>(), Err(NotADate), "{wrong}");
        }
    }

    #[test]
    fn the_day_after_december_is_in_the_next_months_number() {
        let last = Day::of(Date::from_ymd_opt(2022, 12, 31).unwrap());
        assert_eq!(Day(last.0 + 1).month(), last.month() + 1);
    }
}
