//! Documents that are small and ask for much. That each takes few steps the guard's own tests show.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tests::{TestApp, World, on_both, on_each};

use super::{GRAPHQL, JSON, body, posted, refused};

/// Fragments, each of which spreads the next twice.
pub(super) fn doubling(on: &str, end: &str) -> String {
    let link = |at: usize| format!("fragment F{at} on {on} {{ ...F{0} ...F{0} }} ", at + 1);
    (0..25).map(link).collect::<String>() + &format!("fragment F25 on {on} {{ {end} }}")
}

on_each! { [sqlite Sqlite]
    async fn bombs_are_refused(app: TestApp) {
        let (many, nodes) = (|what: &str, times: usize| what.repeat(times), "... on Household { id } ... on Member { id } ");
        for (query, code) in [
            (format!("{{ ...F0 }} {}", doubling("Query", "__typename")), "QUERY_TOO_LARGE"),
            (format!("{{ __typename }} {}", doubling("Query", "__typename")), "QUERY_TOO_LARGE"),
            (format!("query A {{ __typename }} query B {{ ...F0 }} {}", doubling("Query", "__typename")), "INVALID"),
            (format!("{{ node(id: \"x\") {{ ...F0 }} }} {}", doubling("Node", nodes)), "QUERY_TOO_LARGE"),
            (format!("{{ node(id: \"x\") {{ ... on Household {{ ...F0 }} }} }} {}", doubling("Household", "id")), "QUERY_TOO_LARGE"),
            (format!("{{ ... {{ ... {{ ...F0 }} }} }} {}", doubling("Query", "... { __typename }")), "QUERY_TOO_LARGE"),
            ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned(), "INVALID"),
            ("{ __typename } fragment A on Query { ...A }".to_owned(), "INVALID"),
            (format!("{{ viewer {{ {} }} }}", many("a: account ", 300)), "QUERY_TOO_LARGE"),
            (format!("{{ __typename {} }}", many("@skip(if: false) ", 200)), "QUERY_TOO_LARGE"),
            (format!("{{ {} }}", many("__typename ", 100)), "QUERY_TOO_LARGE"),
            (format!("mutation {{ {} }}", many("signOut { done } ", 11)), "QUERY_TOO_LARGE"),
            (format!("{{ {} }}", many("x ", 20_000)), "QUERY_TOO_LARGE"),
            (format!("{{ {} }}", "x".repeat(101)), "QUERY_TOO_LARGE"),
            (format!("{{ __typename # {} }}", "x".repeat(40_000)), "QUERY_TOO_LARGE"),
            (many("{ a ", 5_000), "DEPTH_EXCEEDED"),
            (format!("{{ a(b: {}", many("[", 10_000)), "DEPTH_EXCEEDED"),
            (format!("{{ a(b: {}", many("{c:", 5_000)), "DEPTH_EXCEEDED"),
            (format!("query($a: {}", many("[", 10_000)), "DEPTH_EXCEEDED"),
            (format!("{{ region(by: {{ code: \"51\" }}) {{ {} name {} }} }}", many("parent { ", 16), many("} ", 16)), "DEPTH_EXCEEDED"),
            ("{ households(first: 2147483647) { nodes { headName } } }".to_owned(), "QUERY_TOO_COMPLEX"),
            ("{ households(first: 100) { nodes { links { household { links { household { links { household { links { id } } } } } } } } } }".to_owned(), "QUERY_TOO_COMPLEX"),
            ("{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }".to_owned(), "QUERY_TOO_COMPLEX"),
        ] {
            let started = &query[..query.len().min(120)];
            let answer = posted(&app, JSON, GRAPHQL, body(&query)).await;
            let all = if code == "INVALID" && query.starts_with("query A") { "QUERY_TOO_LARGE" } else { code };
            assert_eq!(refused(&answer), (400, all), "{started}");
            assert_eq!(refused(&posted(&app, JSON, JSON, body(&query)).await), (200, all), "{started}");
            if all.starts_with("QUERY") || all.starts_with("DEPTH") {
                let message = answer.errors()[0]["message"].as_str().unwrap();
                assert!(message.starts_with("a document may hold ") && message.contains(": "), "{message}");
            }
        }
    }

    /// It is told what an answer may cost, before and after.
    async fn the_cost_is_told(app: TestApp) {
        let answer = posted(&app, JSON, JSON, body("{ programmes(first: 2) { nodes { code } } }")).await;
        assert_eq!(answer.json["extensions"]["cost"], json!({ "requested": 5, "limit": 50_000 }), "{answer}");
        let answer = posted(&app, JSON, JSON, body("{ programmes(first: 50000) { nodes { code } } }")).await;
        assert_eq!(answer.json["extensions"]["cost"], json!({ "requested": 100_001, "limit": 50_000 }), "{answer}");
        let app = app.limited(guard::Limits { cost: 4, ..guard::Limits::default() });
        let answer = posted(&app, JSON, JSON, body("{ programmes(first: 2) { nodes { code } } }")).await;
        assert_eq!(refused(&answer), (200, "QUERY_TOO_COMPLEX"));
    }

    /// The longest that explorers ask.
    async fn introspection_is_answered(app: TestApp) {
        let answer = app.stranger().post(include_str!("introspection.graphql"), Value::Null).await.expect_ok();
        assert!(answer.at("/__schema/types").as_array().unwrap().len() > 200);
    }

    /// Thousands of errors are not written down, nor is what a name might have been.
    async fn errors_are_few_and_suggest_nothing(app: TestApp) {
        let wrong: String = (0..1500).map(|at| format!("x{at}")).collect::<Vec<_>>().join(" ");
        let answer = posted(&app, JSON, JSON, body(&format!("{{ viewer {{ {wrong} }} }}"))).await;
        assert_eq!(answer.errors().len(), 100);
        for query in ["{ viewer { acount } }", "{ viewr { account } }", "{ households(frist: 1) { totalCount } }",
            "{ households(orderBy: NAM) { totalCount } }", "query($a: Strin) { __typename }", "{ viewer @skp { account } }",
            "{ ... on Qury { __typename } }", "{ households(filter: { isLinkd: true }) { totalCount } }"] {
            let answer = posted(&app, JSON, JSON, body(query)).await;
            assert_eq!(answer.code(), Some("INVALID"), "{query}");
            assert!(!answer.text.contains("Did you mean") && !answer.text.contains("did you mean"), "{answer}");
        }
    }

    async fn a_variable_that_is_needed_is_missed(app: TestApp) {
        let query = "query($id: ID!) { household(id: $id) { id } }";
        assert_eq!(refused(&posted(&app, JSON, GRAPHQL, body(query)).await), (400, "INVALID"));
    }
}

on_both! {
    /// A value that no scalar of ours can be stops a document before anything of it is done: what was done before it
    /// would be answered by nothing.
    async fn a_value_that_does_not_fit_stops_the_document(world: World) {
        let before = world.rows("household").await;
        let register = |alias: &str, on: &str, amount: &str| {
            format!("{alias}: householdRegister(input: {{ idempotencyKey: \"{alias}\", village: \"{}\", headName: \"甲\", registeredOn: {on}, \
                income: [{{ year: 2021, source: WAGE, amount: {amount} }}] }}) {{ household {{ id }} userErrors {{ code }} }} ", world.villages[0])
        };
        let good = register("a", "\"2022-01-01\"", "1");
        for (on, amount) in [("\"2022-02-30\"", "1"), ("\"2022-01-01\"", "-1"), ("20220101", "1"), ("\"2022-01-01\"", "1.5")] {
            let answer = world.office.post(&format!("mutation {{ {good} {} }}", register("b", on, amount)), Value::Null).await;
            assert_eq!((answer.code(), answer.json.get("data")), (Some("INVALID"), None), "{answer}");
        }
        let query = "mutation($input: HouseholdRegisterInput!) { householdRegister(input: $input) { household { id } } }";
        let input = json!({ "idempotencyKey": "c", "village": world.villages[0], "headName": "乙", "registeredOn": "2022-13-01" });
        let answer = world.office.post(query, json!({ "input": input })).await;
        assert_eq!((answer.code(), answer.json.get("data")), (Some("INVALID"), None), "{answer}");
        assert!(answer.text.contains("registeredOn") && !answer.text.contains("2022-13-01"), "{answer}");
        assert_eq!(world.rows("household").await, before);
        let _ = world.office.post(&format!("mutation {{ {good} }}"), Value::Null).await.expect_ok();
        assert_eq!(world.rows("household").await, before + 1);
    }

    /// Ids and cursors that were never given out, and pages of no size.
    async fn what_is_made_up_finds_nothing(world: World) {
        let id = &world.households[0];
        let changed: String = id.chars().rev().collect();
        for id in ["", "%", "AAAA", &id[1..], &changed, &format!("{id}{id}"), &"A".repeat(10_000)] {
            let answer = world.office.post("query($id: ID!) { household(id: $id) { id } }", json!({ "id": id })).await;
            assert!(["NOT_FOUND", "INVALID"].contains(&answer.code().unwrap()), "{answer}");
            assert!(id.is_empty() || !answer.text.contains(id), "{answer}");
        }
        let page = "query($first: Int, $after: String) { households(first: $first, after: $after) { totalCount nodes { id } pageInfo { endCursor } } }";
        let first = world.office.post(page, json!({ "first": 2 })).await.expect_ok();
        let cursor = first.text_at("/households/pageInfo/endCursor");
        for after in ["", "null", "W10", &cursor[1..], &cursor.to_uppercase(), &format!("{cursor}{cursor}"), &"A".repeat(10_000)] {
            let answer = world.office.post(page, json!({ "first": 2, "after": after })).await;
            assert_eq!(answer.code(), Some("BAD_CURSOR"), "{after}: {answer}");
        }
        // The sort key of another list, of another kind, or that no database could hold.
        let issued: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
        let mut foreign = vec![];
        for key in [json!({ "t": "a" }), json!({ "n": 1 }), json!({ "d": "2022-01-01" }), json!({ "d": "+262000-01-01" }), json!({ "i": "2022-01-01T00:00:00Z" })] {
            foreign.push(json!([issued[0], key, issued[2]]));
        }
        for then in [json!(uuid::Uuid::nil().to_string() + "x"), json!([{ "n": 1 }]), json!([]), json!([issued[2][1], issued[2][1]])] {
            foreign.push(json!([issued[0], issued[1], [issued[2][0], then]]));
        }
        foreign.push(json!([issued[0], issued[1], ["password_hash", issued[2][1]]]));
        foreign.push(json!(["2", issued[1], issued[2]]));
        for forged in foreign {
            let after = URL_SAFE_NO_PAD.encode(forged.to_string());
            let answer = world.office.post(page, json!({ "first": 2, "after": after })).await;
            assert_eq!(answer.code(), Some("BAD_CURSOR"), "{forged}: {answer}");
        }
        let by_name = "query($after: String) { regions(first: 1, after: $after, orderBy: NAME) { pageInfo { endCursor } } }";
        let first = world.office.post(by_name, Value::Null).await.expect_ok();
        let issued = URL_SAFE_NO_PAD.decode(first.text_at("/regions/pageInfo/endCursor")).unwrap();
        let mut forged: Value = serde_json::from_slice(&issued).unwrap();
        for (key, code) in [("丙", None), ("a\u{0}b", Some("BAD_CURSOR"))] {
            forged[1] = json!({ "t": key });
            let answer = world.office.post(by_name, json!({ "after": URL_SAFE_NO_PAD.encode(forged.to_string()) })).await;
            assert_eq!(answer.code(), code, "{forged}: {answer}");
        }
        for size in [0, -1, 101, i32::MIN] {
            assert_eq!(world.office.post(page, json!({ "first": size })).await.code(), Some("INVALID"), "{size}");
        }
        let huge = world.office.post(page, json!({ "first": i32::MAX })).await;
        assert_eq!(huge.code(), Some("QUERY_TOO_COMPLEX"));
    }
}
