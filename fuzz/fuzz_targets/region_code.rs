//! Whatever text comes as a region's code, a date, an amount, a quantity or a ledger's number: it is valid if and only if
//! it is read, and what is read is written as a value that is read as the same.
#![no_main]

use async_graphql::{ScalarType, Value};
use entity::ids::LedgerId;
use entity::values::{Date, Money, Quantity, RegionCode};
use libfuzzer_sys::fuzz_target;

fn round<T: ScalarType + PartialEq + std::fmt::Debug>(value: &Value) {
    let read = T::parse(value.clone());
    assert_eq!(read.is_ok(), T::is_valid(value));
    if let Ok(read) = read {
        let again = T::parse(read.to_value()).unwrap_or_else(|_| panic!("{read:?} is not read again"));
        assert_eq!(read, again);
    }
}

fuzz_target!(|text: &str| {
    let values =
        [Some(Value::from(text)), serde_json::from_str(text).ok(), text.parse::<i64>().ok().map(Value::from)];
    for value in values.into_iter().flatten() {
        round::<RegionCode>(&value);
        round::<Date>(&value);
        round::<Money>(&value);
        round::<Quantity>(&value);
        round::<LedgerId>(&value);
        if let Ok(RegionCode(code)) = RegionCode::parse(value) {
            assert!(code.len() == 12 && code.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
});
