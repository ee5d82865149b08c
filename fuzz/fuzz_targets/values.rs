//! Whatever is sent as a day, a region code, an amount or a quantity: it is read or refused, and what is read is written
//! as it can be read again.
#![no_main]

use async_graphql::{Number, ScalarType, Value};
use entity::values::{Date, Money, Quantity, RegionCode};
use libfuzzer_sys::fuzz_target;

fn again<T: ScalarType + PartialEq + std::fmt::Debug>(value: &Value) {
    assert_eq!(T::is_valid(value), T::parse(value.clone()).is_ok());
    if let Ok(read) = T::parse(value.clone()) {
        let written = read.to_value();
        assert_eq!(T::parse(written.clone()).ok().as_ref(), Some(&read), "{written:?}");
    }
}

fuzz_target!(|sent: (&str, f64, i64)| {
    let (text, float, whole) = sent;
    let numbers = [Number::from_f64(float), Some(whole.into()), text.parse().ok()];
    for value in numbers.into_iter().flatten().map(Value::Number).chain([Value::String(text.to_owned())]) {
        again::<Date>(&value);
        again::<RegionCode>(&value);
        again::<Money>(&value);
        again::<Quantity>(&value);
    }
});
