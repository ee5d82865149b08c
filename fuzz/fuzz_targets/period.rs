//! Whatever JSON comes as a period: it is refused, or its days are in order and within the years that are kept.
#![no_main]

use api::progress::period::PeriodInput;
use async_graphql::{InputType, Value};
use chrono::Datelike;
use entity::values::Date;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    let Ok(period) = PeriodInput::parse(Some(value)) else { return };
    let today = Date::from_ymd_opt(2022, 2, 28).expect("a day");
    for programme in [None, Some((today, None)), Some((today, Date::from_ymd_opt(2021, 1, 1)))] {
        if let Ok(period) = period.days(programme, today) {
            assert!(period.from <= period.to, "{period:?}");
            assert!(
                (1949..=2200).contains(&period.from.0.year()) && (1949..=2200).contains(&period.to.0.year())
            );
            assert_eq!(period.whole_months().is_some(), period.from.0.day() == 1 && period.ends_a_month());
            assert!(period.first() <= period.last());
        }
    }
});
