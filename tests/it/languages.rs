//! Errors are said in Chinese or in English, as `Accept-Language` prefers; codes and ids of sentences stay the same.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use tests::world::key;
use tests::{Answer, Client, World, on_both};

async fn asked(client: &Client, language: &str, query: &str, variables: Value) -> Answer {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT_LANGUAGE, language);
    client.send(request.body(Body::from(body)).unwrap()).await
}

on_both! {
    async fn a_user_error_is_said_in_the_callers_language(world: World) {
        let query = "mutation($input: HouseholdUpdateInput!) { householdUpdate(input: $input) {
            userErrors { code field message messageId arguments { name value } } } }";
        let input = json!({ "input": { "idempotencyKey": key(), "household": world.households[0], "leftOn": "1948-12-31" } });
        for (language, message) in [
            ("en", "`leftOn` lies before 1949-10-01: the ledgers begin there"),
            ("zh-CN,zh;q=0.9,en;q=0.8", "`leftOn` 早于 1949-10-01:台账自该日起"),
            ("fr", "`leftOn` lies before 1949-10-01: the ledgers begin there"),
        ] {
            let answer = asked(&world.office, language, query, input.clone()).await.expect_ok();
            assert_eq!(answer.at("/householdUpdate/userErrors"), &json!([{ "code": "INVALID", "field": "leftOn", "message": message,
                "messageId": "before-beginning", "arguments": [{ "name": "field", "value": "leftOn" }, { "name": "first", "value": "1949-10-01" }] }]));
        }
    }

    async fn an_error_of_the_request_is_said_in_it_too(world: World) {
        let household = "query($id: ID!) { household(id: $id) { number } }";
        let absent = json!({ "id": world.stranger });
        for (language, message) in [("zh", "未找到"), ("en-GB, zh;q=0.1", "not found")] {
            let answer = asked(&world.office, language, household, absent.clone()).await;
            assert_eq!(answer.errors()[0]["message"], message, "{answer}");
            assert_eq!(answer.errors()[0]["extensions"], json!({ "code": "NOT_FOUND", "messageId": "not-found" }));
        }
        let nobody = asked(&world.app.stranger(), "zh", "{ viewer { account } }", Value::Null).await;
        assert_eq!(nobody.errors()[0]["message"], "请先登录");
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "text/plain").header(header::ACCEPT_LANGUAGE, "zh");
        let refused = world.office.send(request.body(Body::from("{}")).unwrap()).await;
        assert_eq!(refused.errors()[0]["message"], "请以 `content-type: application/json` 和UTF-8编码发送");
    }

    /// An answer of figures may hold sentences: its tag is of its language.
    async fn a_tag_is_of_a_language(world: World) {
        let get = async |language: &str| {
            let request = Request::get("/graphql?query=%7Bindicators%7Bcode%7D%7D").header(header::ACCEPT_LANGUAGE, language);
            world.office.send(request.body(Body::empty()).unwrap()).await.headers
        };
        let (english, chinese) = (get("en").await, get("zh").await);
        assert_ne!(english[header::ETAG], chinese[header::ETAG]);
        assert!(english[header::VARY].to_str().unwrap().contains("accept-language"), "{english:?}");
    }
}
