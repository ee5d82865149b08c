//! Bombs, and what is none.

use super::*;

pub fn shape() -> Shape {
    let mut shape = Shape::new("Query", "Mutation");
    for (on, name, of) in [
        ("Query", "a", "Query!"),
        ("Query", "leaf", "String"),
        ("Query", "dear", "String"),
        ("Query", "lists", "[Query!]!"),
        ("Query", "pages", "PageConnection!"),
        ("PageConnection", "nodes", "[Query!]!"),
        ("PageConnection", "totalCount", "Int"),
        ("Mutation", "act", "Query!"),
    ] {
        shape.field(on, name, of);
    }
    shape.works("Query", "dear", 50);
    shape
}

fn asked_with(
    text: &str,
    operation: Option<&str>,
    variables: &Variables,
) -> (Work, Result<Checked, Refusal>) {
    read(&Asked { text, operation, variables }, &shape(), &Limits::default())
}

fn asked(text: &str) -> (Work, Result<Checked, Refusal>) {
    asked_with(text, None, &Variables::default())
}

fn cost(text: &str) -> u64 {
    asked(text).1.unwrap().summary.cost
}

fn exceeded(text: &str) -> Limit {
    match asked(text).1 {
        Err(Refusal::Exceeded { what, asked, limit }) => {
            assert!(asked > limit);
            what
        }
        other => panic!("{other:?}"),
    }
}

/// Fragments, each of which spreads the next some times.
fn chain(length: usize, times: usize, end: &str) -> String {
    let last = length - 1;
    let link = |at: usize| {
        let spread = if at == last { end.to_owned() } else { format!("...F{} ", at + 1).repeat(times) };
        format!("fragment F{at} on Query {{ {spread} }} ")
    };
    (0..length).map(link).collect()
}

#[test]
fn values_are_counted_by_the_sizes_of_lists() {
    assert_eq!(cost("{ leaf }"), 1);
    assert_eq!(cost("{ a { leaf } }"), 2);
    assert_eq!(cost("{ lists { dear } }"), 1 + 10 * 50);
    assert_eq!(cost("{ lists { leaf } }"), 1 + 10);
    assert_eq!(cost("{ lists(ids: [1, 2, 3]) { leaf } }"), 1 + 3);
    assert_eq!(cost("{ pages { nodes { leaf } } }"), 1 + 20 * 2);
    assert_eq!(
        cost("{ pages(last: 5) { nodes { pages(first: 3) { nodes { leaf } } } } }"),
        1 + 5 * (1 + 1 + 3 * 2)
    );
    assert_eq!(cost("{ ...F a { ...F } } fragment F on Query { leaf b: leaf }"), 2 + 1 + 2);
    assert_eq!(cost("{ pages(first: -1) { totalCount } }"), 2);
    assert_eq!(cost("{ __schema { types { name kind } } }"), 1 + (1 + 2 * 600_u64).div_ceil(16));
    assert_eq!(cost("{ __type(name: \"A\") { ofType { ofType { name kind } } } }"), 2);
}

#[test]
fn variables_say_sizes_too() {
    let text = "query A($n: Int = 7) { pages(first: $n) { nodes { leaf } } } query B($n: Int) { pages(first: $n) { totalCount } }";
    let cost =
        |operation, variables: &Variables| asked_with(text, operation, variables).1.unwrap().summary.cost;
    let none = Variables::default();
    let three = Variables::from_value(ConstValue::Object([(Name::new("n"), 3.into())].into_iter().collect()));
    assert_eq!((cost(Some("A"), &none), cost(Some("A"), &three), cost(Some("B"), &three)), (15, 7, 4));
    assert_eq!(cost(Some("B"), &none), 21, "unsaid");
}

#[test]
fn what_the_operation_does_is_told() {
    let kind = |text, operation| {
        asked_with(text, operation, &Variables::default()).1.map(|checked| checked.summary.kind)
    };
    let two = "query A { leaf } mutation B { act { leaf } }";
    assert_eq!(kind("{ leaf }", None), Ok(OperationType::Query));
    assert_eq!(kind(two, Some("B")), Ok(OperationType::Mutation));
    for none in [None, Some("C")] {
        assert_eq!(kind(two, none), Err(Refusal::Operation));
    }
    assert_eq!(kind("{ leaf }", Some("C")), Err(Refusal::Operation));
}

#[test]
fn what_is_asked_for_is_named() {
    let summary = |text, operation| asked_with(text, operation, &Variables::default()).1.unwrap().summary;
    let text = "query One { a { leaf } ...F } query Two { t: __type(name: \"Query\") { name } } \
        fragment F on Query { ... on Query { pages { totalCount } } ...F2 } fragment F2 on Query { leaf }";
    let one = summary(text, Some("One"));
    assert_eq!(one.operation.as_deref(), Some("One"));
    assert_eq!(one.roots.iter().map(String::as_str).collect::<Vec<_>>(), ["a", "leaf", "pages"]);
    assert!(one.introspects, "another operation does");
    let two = summary(text, Some("Two"));
    assert_eq!((two.operation.as_deref(), two.roots.len()), (Some("Two"), 1));
    let bare = summary("{ a { __typename } }", None);
    assert_eq!((bare.operation, bare.introspects), (None, false));
    assert_eq!(summary("query Only { leaf }", None).operation.as_deref(), Some("Only"));
}

#[test]
fn bombs_are_counted_and_not_built() {
    for (bomb, steps) in [
        (format!("{{ ...F0 }} {}", chain(28, 2, "leaf")), 120),
        (format!("{{ leaf }} {}", chain(28, 2, "leaf")), 120),
        (format!("{{ ...F0 }} {}", chain(28, 2, "...Nowhere")), 120),
        (format!("{{ ...F0 ...F0 }} {}", chain(25, 20, "lists { lists { lists { leaf } } }")), 500),
        (
            format!(
                "{{ a {{ ...F0 }} }} {}",
                chain(14, 2, "leaf").replace("...", "... on Query { a { leaf } } ...")
            ),
            400,
        ),
    ] {
        let (work, refused) = asked(&bomb);
        assert!(matches!(refused, Err(Refusal::Exceeded { .. })), "{refused:?}");
        assert!(work.steps <= steps, "{} steps for {bomb}", work.steps);
    }
    // Both operations spread it, and neither alone is too large.
    let wide = format!("fragment F on Query {{ a {{ {} }} }}", "leaf ".repeat(590));
    assert_eq!(
        exceeded(&format!("query A {{ ...F }} query B {{ ...F }} query C {{ ...F }} {wide}")),
        Limit::Selections
    );
    let two = asked_with(
        &format!("query A {{ ...F }} query B {{ ...F }} {wide}"),
        Some("B"),
        &Variables::default(),
    );
    assert_eq!(two.1.unwrap().summary.cost, 591);
}

#[test]
fn circles_and_long_chains_are_refused() {
    for circle in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { leaf a { ...B } } fragment B on Query { a { leaf ... on Query { ...A } } }",
        "{ leaf } fragment A on Query { ...B ...B } fragment B on Query { ...A }",
    ] {
        assert!(matches!(asked(circle).1, Err(Refusal::Circle { .. })), "{circle}");
    }
    assert_eq!(exceeded(&format!("{{ ...F0 }} {}", chain(31, 1, "leaf"))), Limit::Height);
    assert_eq!(exceeded(&format!("{{ ...F0 }} {}", chain(200, 1, "leaf"))), Limit::Height);
    assert_eq!(cost(&format!("{{ ...F0 }} {}", chain(30, 1, "leaf"))), 1);
}

#[test]
fn floods_are_refused() {
    let limits = Limits::default();
    let many = |what: &str, number: u64| what.repeat(usize::try_from(number).unwrap());
    for (document, limit) in [
        (format!("{{ a {{ {} }} }}", many("b: leaf ", limits.aliases + 1)), Limit::Aliases),
        (format!("{{ leaf {} }}", many("@a ", limits.directives + 1)), Limit::Directives),
        (format!("query {} {{ leaf }}", many("@a ", limits.directives + 1)), Limit::Directives),
        (format!("{{ {} }}", many("leaf ", limits.roots + 1)), Limit::Roots),
        (format!("{{ ...F }} fragment F on Query {{ {} }}", many("leaf ", limits.roots + 1)), Limit::Roots),
        (format!("mutation {{ {} }}", many("act { leaf } ", limits.acts + 1)), Limit::Acts),
        (format!("{{ {} leaf {} }}", many("a { ", limits.depth), many("} ", limits.depth)), Limit::Depth),
        (format!("{{ {}", many("a { ", limits.nesting)), Limit::Nesting),
        (format!("{{ a(b: {}", many("[", 100_000)), Limit::Bytes),
        (format!("{{ a(b: {}", many("[", 2_000)), Limit::Nesting),
        (format!("{{ {} }}", many("a ", limits.tokens)), Limit::Tokens),
        (format!("{{ a {{ {} }} }}", many("leaf ", limits.selections)), Limit::Selections),
        (format!("{{ {} }}", many("a", limits.name + 1)), Limit::Name),
        ("{ pages(first: 2147483647) { nodes { leaf } } }".to_owned(), Limit::Cost),
        ("{ lists { lists { lists { lists { lists { lists { leaf } } } } } } }".to_owned(), Limit::Cost),
        ("{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }".to_owned(), Limit::Cost),
    ] {
        assert_eq!(exceeded(&document), limit, "{}", &document[..document.len().min(200)]);
    }
}

#[test]
fn numbers_stop_at_the_largest() {
    let text = format!(
        "{{ {} leaf {} }}",
        "pages(first: 9000000000000000000) { nodes { ".repeat(8),
        "} } ".repeat(8)
    );
    let limits = Limits { depth: 99, cost: 1 << 40, ..Limits::default() };
    let asked = Asked { text: &text, operation: None, variables: &Variables::default() };
    let refused = read(&asked, &shape(), &limits).1.unwrap_err();
    assert_eq!(
        refused,
        Refusal::Exceeded { what: Limit::Cost, asked: u64::MAX.div_ceil(16), limit: 1 << 40 }
    );
}

#[test]
fn a_refusal_quotes_nothing() {
    for text in [
        "{ secret(",
        "query secret { a } query secret { a }",
        "{ a } fragment secret on A { a } fragment secret on A { a }",
        "secret",
        "",
    ] {
        let refused = asked(text).1.unwrap_err();
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }
}

#[test]
fn variables_are_given_that_have_to_be() {
    let given = |text: &str, value: Option<ConstValue>| {
        let values = value.map(|value| (Name::new("n"), value)).into_iter().collect();
        asked_with(text, None, &Variables::from_value(ConstValue::Object(values))).1.is_ok()
    };
    let needs = "query($n: Int!) { pages(first: $n) { totalCount } }";
    assert_eq!(
        (given(needs, None), given(needs, Some(ConstValue::Null)), given(needs, Some(1.into()))),
        (false, false, true)
    );
    let usual = "query($n: Int! = 2) { pages(first: $n) { totalCount } }";
    assert_eq!((given(usual, None), given(usual, Some(ConstValue::Null))), (true, false));
    assert!(given("query($n: Int) { pages(first: $n) { totalCount } }", None));
}
