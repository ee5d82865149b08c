//! A document that is asked for again and again: it is parsed once, and measured once for each length of its pages.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};

use async_graphql_parser::types::ExecutableDocument;
use async_graphql_value::Name;

use crate::measure::{Pass, of_list, of_number};
use crate::{Asked, Limits, Refusal, Shape, Summary, chosen, given, parsed, summary, value, whole};

/// For so many lengths it is remembered what was measured.
const REMEMBERED: usize = 64;

pub struct Known {
    pub document: ExecutableDocument,
    /// The variables that say how long pages and lists are.
    lengths: BTreeSet<Name>,
    measured: RwLock<HashMap<Key, Summary>>,
}

/// An operation, and what each of those variables says, as a number and as a list.
type Key = (Option<String>, Vec<(Option<u64>, Option<u64>)>);

impl Known {
    /// All of its operations are within the limits, but for their cost, which its variables have a say in.
    pub fn new(text: &str, shape: &Shape, limits: &Limits) -> Result<Self, Refusal> {
        let document = parsed(text, limits, &mut 0)?;
        let lengths = RefCell::new(BTreeSet::new());
        let noted = |name: &Name| {
            lengths.borrow_mut().insert(name.clone());
            None
        };
        let limits = Limits { cost: u64::MAX, ..limits.clone() };
        whole(&document, &mut Pass::new(&document.fragments, shape, &noted), None, &limits)?;
        Ok(Self { document, lengths: lengths.into_inner(), measured: RwLock::default() })
    }

    /// What is asked for, and costs.
    pub fn summary(&self, asked: &Asked<'_>, shape: &Shape, limits: &Limits) -> Result<Summary, Refusal> {
        given(&self.document, asked)?;
        let key = self.key(asked);
        if let Some(known) = self.measured.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known.clone());
        }
        let summary = summary(&self.document, asked, shape, limits, &mut 0)?;
        let mut measured = self.measured.write().unwrap_or_else(PoisonError::into_inner);
        if measured.len() < REMEMBERED {
            measured.insert(key, summary.clone());
        }
        Ok(summary)
    }

    fn key(&self, asked: &Asked<'_>) -> Key {
        let chosen = chosen(&self.document.operations, asked.operation);
        let said = |name| {
            let value = value(name, asked.variables, chosen);
            (value.and_then(of_number), value.and_then(of_list))
        };
        (asked.operation.map(str::to_owned), self.lengths.iter().map(said).collect())
    }
}

#[cfg(test)]
mod tests {
    use async_graphql_value::Variables;
    use serde_json::json;

    use super::*;
    use crate::read;
    use crate::tests::shape;

    const TEXT: &str =
        "query A($n: Int = 7, $ids: [ID!]) { pages(first: $n) { nodes { leaf } } lists(ids: $ids) { leaf } }
        query B($n: Int!, $name: String) { pages(last: $n) { totalCount } a(name: $name) { leaf } }";

    fn asked<'a>(operation: Option<&'a str>, variables: &'a Variables) -> Asked<'a> {
        Asked { text: TEXT, operation, variables }
    }

    #[test]
    fn it_costs_what_it_would_cost_unknown() {
        let known = Known::new(TEXT, &shape(), &Limits::default()).unwrap();
        for (operation, variables) in [
            (Some("A"), json!({})),
            (Some("A"), json!({ "n": 3 })),
            (Some("A"), json!({ "n": -3, "ids": 5 })),
            (Some("A"), json!({ "n": null, "ids": ["1", "2"] })),
            (Some("A"), json!({ "n": 3_000_000 })),
            (Some("B"), json!({ "n": 3 })),
            (Some("B"), json!({})),
            (Some("C"), json!({ "n": 3 })),
            (None, json!({ "n": 30 })),
        ] {
            let given = Variables::from_json(variables.clone());
            let asked = asked(operation, &given);
            let unknown = read(&asked, &shape(), &Limits::default()).1.map(|checked| checked.summary);
            for _ in 0..2 {
                let known = known.summary(&asked, &shape(), &Limits::default());
                assert_eq!(known, unknown, "{operation:?} {variables}");
            }
        }
    }

    #[test]
    fn it_is_measured_once_for_each_length() {
        let known = Known::new(TEXT, &shape(), &Limits::default()).unwrap();
        // Of another schema it would cost something else.
        let cost = |shape: &Shape, variables| {
            let variables = Variables::from_json(variables);
            known.summary(&asked(Some("B"), &variables), shape, &Limits::default()).unwrap().cost
        };
        let first = cost(&shape(), json!({ "n": 9, "name": "a" }));
        assert_eq!(cost(&Shape::default(), json!({ "n": 9, "name": "b" })), first);
        assert_ne!(cost(&Shape::default(), json!({ "n": 8 })), first);
    }

    #[test]
    fn not_every_length_is_remembered() {
        let known = Known::new(TEXT, &shape(), &Limits::default()).unwrap();
        for length in 0..1_000 {
            let variables = Variables::from_json(json!({ "n": length }));
            known.summary(&asked(Some("B"), &variables), &shape(), &Limits::default()).unwrap();
        }
        assert_eq!(known.measured.read().unwrap().len(), REMEMBERED);
    }

    #[test]
    fn it_keeps_to_the_limits_whatever_it_costs() {
        let known = |text: &str| Known::new(text, &shape(), &Limits::default()).map(|_| ());
        let deep = format!("query A {{ leaf }} query B {{ {} leaf {} }}", "a { ".repeat(20), "} ".repeat(20));
        assert!(matches!(known(&deep), Err(Refusal::Exceeded { .. })));
        assert!(matches!(known("{ ...A } fragment A on Query { ...A }"), Err(Refusal::Circle { .. })));
        let pages = "pages(first: $n) { nodes { ".repeat(4);
        known(&format!("query($n: Int!) {{ {pages} leaf {} }}", "} } ".repeat(4))).unwrap();
    }
}
