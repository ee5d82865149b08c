//! Reads JSON and refuses a key that is twice in an object: two readers could take such a text for two things.

use std::fmt;

use async_graphql::{Name, Value};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// 2^53 - 1: up to here each whole number is a floating-point number of its own.
const EXACT: f64 = 9_007_199_254_740_991.0;

/// Error in a text.
pub enum Fault {
    Syntax { line: usize, column: usize },
    Twice,
}

pub fn read(text: &str) -> Result<Value, Fault> {
    match serde_json::from_str(text) {
        Ok(Unique(value)) => Ok(value),
        // A key that is there twice is the only error of data that the reader makes.
        Err(error) if error.is_data() => Err(Fault::Twice),
        Err(error) => Err(Fault::Syntax { line: error.line(), column: error.column() }),
    }
}

struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    /// As in JavaScript, `2.0` and `2e0` are the number 2.
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a whole number that is no larger stays what it is"
        )]
        let whole = (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64);
        Ok(whole.map_or_else(|| value.into(), Value::from))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = vec![];
        while let Some(Unique(value)) = seq.next_element()? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = async_graphql::indexmap::IndexMap::new();
        while let Some(key) = map.next_key::<String>()? {
            let Unique(value) = map.next_value()?;
            if fields.insert(Name::new(key), value).is_some() {
                return Err(A::Error::custom("a key is there twice"));
            }
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_what_it_is_however_it_is_written() {
        let read = |text: &str| read(text).ok().map(|value| value.to_string());
        for (text, same) in [
            ("2.0", "2"),
            ("2e0", "2"),
            ("-2.50e1", "-25"),
            ("-0.0", "0"),
            ("9007199254740991.0", "9007199254740991"),
            ("[{\"a\":1e3}]", "[{a: 1000}]"),
            ("2.5", "2.5"),
            ("1e300", "1e+300"),
        ] {
            assert_eq!(read(text).as_deref(), Some(same), "{text}");
        }
    }
}
