//! Whatever text is sent as a document: the guard ends, keeps to its limits, and says the same twice.
#![no_main]

use async_graphql_value::Variables;
use guard::{Asked, Limits, Shape, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut shape = Shape::new("Query", "Mutation");
    for (on, name, of) in [
        ("Query", "a", "Query!"),
        ("Query", "leaf", "String"),
        ("Query", "lists", "[Query!]!"),
        ("Query", "pages", "PageConnection!"),
        ("PageConnection", "nodes", "[Query!]!"),
        ("Mutation", "act", "Query!"),
    ] {
        shape.field(on, name, of);
    }
    let limits = Limits::default();
    let asked = Asked { text, operation: None, variables: &Variables::default() };
    let (work, first) = read(&asked, &shape, &limits);
    assert!(work.tokens <= limits.tokens + 1 && work.steps <= 4 * limits.tokens, "{work:?}");
    let (_, second) = read(&asked, &shape, &limits);
    match (first, second) {
        (Ok(first), Ok(second)) => {
            assert!(first.summary.cost <= limits.cost);
            assert_eq!(
                (first.summary.cost, first.summary.roots),
                (second.summary.cost, second.summary.roots)
            );
        }
        (Err(first), Err(second)) => assert_eq!(first.to_string(), second.to_string()),
        (first, second) => panic!("{first:?}, and then {second:?}"),
    }
});
