//! Sentences for callers. An error carries the id of a sentence and its arguments; the words are chosen last, in the language
//! of the request, from the catalogue in `messages/`.

mod catalogue;
mod language;

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;
use entity::values::Date;
use fluent_bundle::{FluentArgs, FluentValue};

pub use language::Language;

/// Sentence to be said: its id in the catalogue, and the values that are filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    id: &'static str,
    arguments: Vec<(&'static str, Value)>,
}

/// A value that is filled in. Numbers stay numbers, since a language may count in its own way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Number(i64),
}

/// The sentence of an id, with its values: `"link-ended"`, or `"too-long", field = field, longest = 200`.
#[macro_export]
macro_rules! say {
    ($id:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::message::Message::new($id, vec![$((stringify!($name), $crate::message::Argument::value(&$value))),*])
    };
}

impl Message {
    #[must_use]
    pub const fn new(id: &'static str, arguments: Vec<(&'static str, Value)>) -> Self {
        Self { id, arguments }
    }

    /// A text from elsewhere, which is said as it stands in every language.
    #[must_use]
    pub fn verbatim(text: impl Into<String>) -> Self {
        Self::new("verbatim", vec![("text", Value::Text(text.into()))])
    }

    /// Id of the sentence, by which a front end may say it in its own words.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// Values of the sentence by name, as they are written in it.
    pub fn arguments(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.arguments.iter().map(|(name, value)| (*name, value.to_string()))
    }

    /// The sentence in a language.
    #[must_use]
    pub fn said(&self, language: Language) -> String {
        let arguments: FluentArgs =
            self.arguments.iter().map(|(name, value)| (*name, FluentValue::from(value))).collect();
        catalogue::sentence(language, self.id, &arguments)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => text.fmt(to),
            Self::Number(number) => number.fmt(to),
        }
    }
}

impl<'a> From<&'a Value> for FluentValue<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Text(text) => text.as_str().into(),
            Value::Number(number) => (*number).into(),
        }
    }
}

/// Types whose values a sentence may hold.
pub trait Argument {
    fn value(&self) -> Value;
}

macro_rules! arguments {
    (text: $($text:ty),*; number: $($number:ty),*) => {
        $(impl Argument for $text {
            fn value(&self) -> Value {
                Value::Text(self.to_string())
            }
        })*
        $(impl Argument for $number {
            fn value(&self) -> Value {
                i64::try_from(*self).map_or_else(|_| Value::Text(self.to_string()), Value::Number)
            }
        })*
    };
}

arguments!(text: str, String, Cow<'_, str>, Date, NaiveDate; number: i32, i64, u32, u64, usize);

impl<T: Argument + ?Sized> Argument for &T {
    fn value(&self) -> Value {
        (**self).value()
    }
}
