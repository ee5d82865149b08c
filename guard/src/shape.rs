//! What a schema looks like to the guard: which type a field answers, and how many of them.

use std::collections::HashMap;

/// How many values a field answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    One,
    /// A connection: as many as `first` or `last` say.
    Page,
    /// A list: as many as `ids` it is given, or so many as are usual.
    List,
    /// A list of the schema's own: so many.
    Some(u64),
    /// One, where there is one at all: each time half as often.
    Half,
}

/// A page where neither `first` nor `last` is said.
const PAGE: u64 = 20;
/// Any other list.
const LIST: u64 = 10;

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub of: String,
    pub size: Size,
    /// The work for one, in values.
    pub work: u64,
}

/// Types by their names, and their fields by theirs.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    types: HashMap<String, HashMap<String, Field>>,
    pub(crate) query: String,
    pub(crate) mutation: String,
}

impl Shape {
    /// A schema of these roots; introspection is there.
    #[must_use]
    pub fn new(query: &str, mutation: &str) -> Self {
        let mut shape = Self { query: query.to_owned(), mutation: mutation.to_owned(), ..Self::default() };
        for (on, name, of, size) in INTROSPECTION {
            let on = if on.is_empty() { query } else { on };
            shape.add(on, name, of, *size);
        }
        shape
    }

    /// A field, with its type as GraphQL writes it.
    pub fn field(&mut self, on: &str, name: &str, of: &str) {
        let named = of.trim_matches(['[', ']', '!']);
        let in_page = on.ends_with("Connection");
        let size = if named.ends_with("Connection") {
            Size::Page
        } else if of.starts_with('[') && !in_page {
            Size::List
        } else {
            Size::One
        };
        self.add(on, name, named, size);
    }

    fn add(&mut self, on: &str, name: &str, of: &str, size: Size) {
        let fields = self.types.entry(on.to_owned()).or_default();
        fields.insert(name.to_owned(), Field { of: of.to_owned(), size, work: 1 });
    }

    /// A field for which more is done than it answers: as much as for so many values.
    pub fn works(&mut self, on: &str, name: &str, work: u64) {
        if let Some(field) = self.types.get_mut(on).and_then(|fields| fields.get_mut(name)) {
            field.work = work;
        }
    }

    pub(crate) fn get(&self, on: &str, name: &str) -> Option<&Field> {
        self.types.get(on)?.get(name)
    }
}

/// How many there are, where `first`, `last` and `ids` are as they are told.
pub(crate) fn count(size: Size, page: Option<u64>, ids: Option<u64>) -> u64 {
    match size {
        Size::One | Size::Half => 1,
        Size::Page => page.unwrap_or(PAGE),
        Size::List => ids.unwrap_or(LIST),
        Size::Some(number) => number,
    }
}

/// The types that every schema has: on which (the root of queries where there is none), name, type, and how many there
/// are in a schema such as ours.
const INTROSPECTION: &[(&str, &str, &str, Size)] = &[
    ("", "__schema", "__Schema", Size::One),
    ("", "__type", "__Type", Size::One),
    ("__Schema", "types", "__Type", Size::Some(600)),
    ("__Schema", "queryType", "__Type", Size::One),
    ("__Schema", "mutationType", "__Type", Size::One),
    ("__Schema", "subscriptionType", "__Type", Size::One),
    ("__Schema", "directives", "__Directive", Size::Some(10)),
    ("__Type", "fields", "__Field", Size::Some(10)),
    ("__Type", "interfaces", "__Type", Size::One),
    ("__Type", "possibleTypes", "__Type", Size::Some(2)),
    ("__Type", "enumValues", "__EnumValue", Size::Some(2)),
    ("__Type", "inputFields", "__InputValue", Size::Some(4)),
    ("__Type", "ofType", "__Type", Size::Half),
    ("__Field", "args", "__InputValue", Size::Some(2)),
    ("__Field", "type", "__Type", Size::One),
    ("__InputValue", "type", "__Type", Size::One),
    ("__Directive", "args", "__InputValue", Size::Some(2)),
];
