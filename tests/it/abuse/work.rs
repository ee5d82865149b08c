//! Requests whose work is more than they look: what is named again and again is done once, what is quoted is cut, and
//! what breaks is told like any fault.

use axum::http::{Request, StatusCode};
use platform::db::Heard;
use serde_json::{Value, json};
use tests::{World, on_both};

on_both! {
    /// Somebody sent one indicator two hundred times, and the server counted two hundred times for next to nothing.
    async fn what_is_named_again_is_done_once(world: World) {
        let query = "query($region: ID!, $codes: [String!], $verification: [Verification!]) {
            progress(input: { region: { id: $region }, period: { year: 2022 }, indicators: $codes, verification: $verification }) {
                groups(first: 1) { nodes { figures { indicator { code } } } } } }";
        let ask = async |codes: Value, verification: Value| {
            let mut variables = json!({ "region": world.county, "verification": verification });
            if !codes.is_null() {
                variables["codes"] = codes;
            }
            world.app.statements(world.office.post(query, variables)).await
        };
        let (all, _) = ask(Value::Null, Value::Null).await;
        let codes: Vec<Value> = all.expect_ok().at("/progress/groups/nodes/0/figures").as_array().unwrap()[..2]
            .iter().map(|figure| figure["indicator"]["code"].clone()).collect();
        let (once, one) = ask(json!(codes), json!(["VERIFIED"])).await;
        let again: Vec<&Value> = [&codes[0]; 150].into_iter().chain(&codes).collect();
        let (often, many) = ask(json!(again), json!(vec!["VERIFIED"; 1_500])).await;
        let (once, often) = (once.expect_ok(), often.expect_ok());
        assert_eq!(once.data(), often.data());
        let text = |statements: &[String]| statements.iter().map(String::len).sum::<usize>();
        assert_eq!(text(&one), text(&many), "{many:?}");
        let cost = once.json["extensions"]["cost"]["requested"].as_u64().unwrap();
        assert!(cost >= 300, "it counts facts: {cost}");
    }

    /// An answer is not a hundred times as long as its request.
    async fn what_is_quoted_is_cut(world: World) {
        let long = format!("canary{}", "x".repeat(100_000));
        let fields: String = (0..50).map(|at| format!("a{at}: progress(input: {{ region: {{ code: \"{long}\" }}, period: {{ year: 2022 }}, indicators: [$long] }}) {{ from }} ").replace(&long, "510822000000")).collect();
        let told = world.office.post(&format!("query($long: String!) {{ {fields} }}"), json!({ "long": long })).await;
        assert!(!told.errors().is_empty() && told.text.len() < 50_000, "{}", told.text.len());
        for (query, variables) in [
            ("query($by: Direction) { households(direction: $by) { totalCount } }", json!({ "by": long })),
            ("query($of: HouseholdFilter) { households(filter: $of) { totalCount } }", json!({ "of": { "nameContains": [long] } })),
            ("query($of: HouseholdFilter) { households(filter: $of) { totalCount } }", json!({ "of": { (long.clone()): 1 } })),
        ] {
            let told = world.office.post(query, variables).await;
            assert_eq!((told.code(), told.json.get("data")), (Some("INVALID"), None), "{told}");
            assert!(told.text.len() < 1_000 , "{told}");
        }
        let body = json!({ "query": "query A { __typename }", "operationName": "canary" }).to_string();
        let request = Request::post("/graphql").header("content-type", "application/json").body(body.into()).unwrap();
        let told = world.office.send(request).await;
        assert!(told.code() == Some("INVALID") && !told.text.contains("canary"), "{told}");
    }

    /// A fault that nobody thought of ends its request alone, and its message stays here.
    async fn what_breaks_is_told(world: World) {
        let (office, county) = (world.office.token().unwrap().to_owned(), world.county.clone());
        let app = world.app.hearing(|moment| {
            assert!(!matches!(moment, Heard::Statement(sql) if sql.contains("region")), "a fault of the canary's");
            Ok(())
        });
        let office = app.client(office);
        let told = office.post("query($id: ID!) { region(by: { id: $id }) { name } }", json!({ "id": county })).await;
        assert_eq!((told.status, told.code()), (StatusCode::INTERNAL_SERVER_ERROR, Some("INTERNAL")), "{told}");
        assert!(told.headers.contains_key("x-request-id") && !told.text.contains("canary"), "{told}");
        let _ = app.stranger().post("{ __typename }", Value::Null).await.expect_ok();
    }
}
