//! Answers come in the order asked for, whatever takes its time, and errors in that of the answer.

use serde_json::{Value, json};
use tests::{TestApp, World, on_both};

#[expect(clippy::disallowed_methods, reason = "a database breaks from without")]
async fn hide(app: &TestApp, table: &str) {
    use sea_orm::ConnectionTrait;
    let rename = format!("ALTER TABLE {table} RENAME TO hidden_table");
    app.owner().await.execute_unprepared(&rename).await.unwrap();
}

on_both! {
    async fn fields_come_in_the_order_asked_for(world: World) {
        world.link(0, 0, "2022-01-01").await;
        // What waits longest comes first, and what waits for nothing stands between.
        let query = "{ households(first: 1) { nodes {
            links { helper { ... on Member { person { name } kind __typename } } from target { ... on Household { village { township { county { name } name } name } headName } } }
            headName village { township { name } name } id members { name } registeredOn } totalCount } __typename viewer { account } }";
        let keys = ["households", "nodes", "links", "helper", "person", "name", "kind", "__typename", "from", "target",
            "village", "township", "county", "name", "name", "name", "headName", "headName", "village", "township", "name",
            "name", "id", "members", "name", "name", "registeredOn", "totalCount", "__typename", "viewer", "account"];
        let answer = world.members[0].client.post(query, Value::Null).await.expect_ok();
        let mut rest = answer.text.strip_prefix("{\"data\":").unwrap();
        for key in keys {
            let sought = format!("\"{key}\":");
            let at = rest.find(&sought).unwrap_or_else(|| panic!("{key} does not come next in {rest}"));
            assert!(!rest[..at].contains("\":"), "something comes before {key}: {}", &rest[..at]);
            rest = &rest[at + sought.len()..];
        }
    }

    async fn errors_come_in_the_order_of_the_answer(world: World) {
        let query = "query($id: ID!, $other: ID!) { z: household(id: $other) { id } nodes(ids: [$other, $id, $other]) { id }
            households(after: \"x\") { totalCount } a: household(id: $other) { id } m: node(id: $other) { id } }";
        let variables = json!({ "id": world.households[0], "other": world.stranger });
        for _ in 0..4 {
            let answer = world.office.post(query, variables.clone()).await;
            let paths: Vec<&Value> = answer.errors().iter().map(|error| &error["path"]).collect();
            let told = [json!(["z"]), json!(["households"]), json!(["a"]), json!(["m"])];
            assert_eq!(paths, told.iter().collect::<Vec<_>>(), "{answer}");
            assert!(answer.errors().iter().all(|error| error["extensions"]["code"].is_string()));
        }
        let wrong = "{ b c a(x: 1) ...F } fragment F on Query { d } fragment E on Query { e }";
        let first = world.office.post(wrong, Value::Null).await;
        assert!(first.errors().len() > 3);
        for _ in 0..4 {
            assert_eq!(world.office.post(wrong, Value::Null).await.text, first.text);
        }
    }

    /// A fault of ours names the request by which the log knows it, and nothing else.
    async fn a_fault_is_known_by_its_request(world: World) {
        hide(&world.app, "industry").await;
        let answer = world.office.post("{ industries { nodes { name } } }", Value::Null).await;
        let error = &answer.errors()[0];
        assert_eq!((answer.code(), &error["message"]), (Some("INTERNAL"), &json!("internal error")), "{answer}");
        let id = answer.headers["x-request-id"].to_str().unwrap();
        assert_eq!(error["extensions"]["requestId"], json!(id));
        assert!(!answer.text.contains("industry") && !answer.text.contains("relation"), "{answer}");
    }
}
