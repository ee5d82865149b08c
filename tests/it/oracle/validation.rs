//! Documents that fit the schema and documents that do not: graphql-js and the service carry out the same ones, but for
//! those that are listed here with what differs. All that the service reads and graphql-js does not is read in one way
//! alone, and within the same scopes.

use serde_json::{Value, json};
use tests::oracle::{Case, objections};
use tests::{World, on_each};

/// Read, or refused, by both.
const ALIKE: [&str; 77] = [
    "{ nothing }",
    "{ viewer }",
    "{ viewer { account { name } } }",
    "{ viewer { nothing } }",
    "{ viewer { account(x: 1) } }",
    "{ regions(frist: 3) { totalCount } }",
    r#"{ regions(first: "3") { totalCount } }"#,
    "{ regions(first: 3.5) { totalCount } }",
    "{ regions(first: 99999999999) { totalCount } }",
    "{ regions(first: 1, first: 2) { totalCount } }",
    "{ regions(orderBy: NOTHING) { totalCount } }",
    "{ regions(filter: { nothing: 1 }) { totalCount } }",
    "{ region(by: {}) { name } }",
    r#"{ region(by: { code: "510000000000", id: "x" }) { name } }"#,
    "{ region(by: { code: null }) { name } }",
    "{ region { name } }",
    "{ region(by: null) { name } }",
    "{ node(id: 3) { id } }",
    "{ node(id: 3.5) { id } }",
    "{ node(id: true) { id } }",
    r#"{ node(id: "x") { headName } }"#,
    r#"{ node(id: "x") { ... on Household { headName } ... on Nothing { id } } }"#,
    r#"{ node(id: "x") { ... on RegionFilter { id } } }"#,
    r#"{ node(id: "x") { ... on Viewer { account } } }"#,
    "{ viewer { ... on Household { id } } }",
    "{ ...F }",
    "{ __typename } fragment F on Query { __typename }",
    "{ ...F } fragment F on Nothing { id }",
    "{ ...F } fragment F on RegionFilter { id }",
    "{ ...F } fragment F on Query { ...F }",
    "{ ...F } fragment F on Query { __typename } fragment F on Query { __typename }",
    "query A { __typename } query A { __typename }",
    "{ __typename } query A { __typename }",
    "{ __typename } { __typename }",
    "query($a: Int) { __typename }",
    "query($a: Nothing) { regions(first: $a) { totalCount } }",
    "query($a: Region) { regions(first: $a) { totalCount } }",
    "query($a: Int, $a: Int) { regions(first: $a) { totalCount } }",
    r#"query($a: Int = "x") { regions(first: $a) { totalCount } }"#,
    "query($a: Int! = 3) { regions(first: $a) { totalCount } }",
    r#"query($a: ID = "x") { node(id: $a) { id } }"#,
    "{ regions(first: $a) { totalCount } }",
    "query($a: Int) { ...F } fragment F on Query { regions(first: $a, last: $b) { totalCount } }",
    "{ viewer @skp { account } }",
    "{ viewer { account @skip } }",
    r#"{ viewer { account @skip(if: "x") } }"#,
    "{ viewer { account @skip(if: true) @skip(if: true) } }",
    "{ viewer { account @include(unless: true) } }",
    "query @skip(if: true) { __typename }",
    "{ viewer { account @deprecated } }",
    "{ viewer { a: account a: id } }",
    "{ viewer { account account: id } }",
    "{ regions(first: 1) { totalCount } regions(first: 2) { totalCount } }",
    "{ viewer { ...A ...B } } fragment A on Viewer { x: account } fragment B on Viewer { x: id }",
    "mutation { __typename }",
    "mutation { signOut }",
    "mutation { signOut { done } a: nothing }",
    "type A { b: Int }",
    "{ __type { name } }",
    "{ __schema { nothing } }",
    r#"{ __type(name: "Query") { name fields { name } } }"#,
    "{ viewer { account } , , viewer { id } }",
    "{ viewer { } }",
    "query A($x: Int) { regions(first: $x) { totalCount } } query B { regions(first: $x) { totalCount } }",
    "{ households(filter: { nameContains: 3 }) { totalCount } }",
    "{ households(filter: { isLinked: 1 }) { totalCount } }",
    r#"{ progress(input: { region: { code: "510000000000" }, period: { year: 2022, quarter: { year: 2022, quarter: 1 } } }) { from } }"#,
    "{ progress(input: { period: { year: 2022 } }) { from } }",
    r#"{ households(first: 1, filter: { nameContains: "\uD873\uDC56" }) { totalCount } }"#,
    r#"{ regions(first: 1, filter: { nameContains: "\u{9752}\u{2CC56}" }) { totalCount } }"#,
    r#"{ regions(filter: { nameContains: "\uD873" }) { totalCount } }"#,
    r#"{ regions(filter: { nameContains: "\u{D873}\u{DC56}" }) { totalCount } }"#,
    r#"{ regions(filter: { nameContains: "\u{110000}" }) { totalCount } }"#,
    r#"{ regions(filter: { nameContains: "\u{}" }) { totalCount } }"#,
    "query($s: Boolean = true) { viewer { __typename @include(if: $s) id } }",
    "{ viewer { __typename @include(if: $s) id } }",
    "{ __typename @skp }",
];

/// Read by one of them alone, and why.
const DIFFERENT: [(&str, &str); 15] = [
    (r#"{ regions(orderBy: "NAME") { totalCount } }"#, "a text stands for a value of an enum"),
    (
        "{ regions(filter: 3) { totalCount } }",
        "a number stands for an input object until the resolver reads it",
    ),
    ("{ regions(filter: [3]) { totalCount } }", "the same of a list"),
    (
        "{ regions(filter: { level: VILLAGE, level: COUNTY }) { totalCount } }",
        "the last of two input fields counts",
    ),
    (
        "query($a: String) { regions(first: $a) { totalCount } }",
        "the type of a variable counts only where it has a value",
    ),
    ("query($a: [Int]) { regions(first: $a) { totalCount } }", "the same of a list"),
    ("query($a: ID) { node(id: $a) { id } }", "the same of one that may be null"),
    (
        "{ regions(filter: { level: null }) { totalCount } }",
        "a null in a filter is refused, since it would narrow nothing",
    ),
    (
        r#"{ node(id: "x") { ... on Household { x: headName } ... on Region { x: level } } }"#,
        "fields of types that exclude one another are not compared",
    ),
    (
        r#"{ node(id: "x") { ... on Household { x: headName } ... on Region { x: name } } }"#,
        "the same where one may be null",
    ),
    (
        "{ viewer { a: account } viewer { a: __typename } }",
        "what lies below a field that is there twice is not compared",
    ),
    ("{ viewer { a: account ... on Viewer { a: __typename } } }", "nor what a fragment repeats"),
    (
        r#"{ progress(input: { region: { code: "510000000000" }, period: { year: 99999999999 } }) { from } }"#,
        "a number beyond 32 bits is found out by the resolver",
    ),
    ("subscription { __typename }", "there are no subscriptions"),
    ("{ viewer { __typename(x: 1) } }", "nobody looks at arguments of `__typename`"),
];

on_each! { [sqlite Sqlite]
    /// What is mended in the library is noticed here, and leaves the list.
    async fn documents_are_refused_as_graphql_js_does(world: World) {
        let all = || ALIKE.into_iter().chain(DIFFERENT.map(|(query, _)| query));
        let mut answers = vec![];
        for query in all() {
            answers.push(world.office.post(query, Value::Null).await);
        }
        assert!(answers.iter().filter(|answer| answer.json.get("data").is_none()).count() >= 50);
        let none = json!({});
        let cases: Vec<Case<'_>> =
            all().zip(&answers).map(|(query, answer)| Case { query, variables: &none, answer }).collect();
        let Some(objections) = objections(&api::sdl(), &cases) else { return };
        for ((query, objection), answer) in all().zip(&objections).zip(&answers) {
            let differs = DIFFERENT.iter().any(|(different, _)| *different == query);
            assert!(objection.is_some() == differs, "{query}: {objection:?}\n{}", answer.text);
        }
    }
}
