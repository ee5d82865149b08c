//! What anybody with a text editor may send: each is refused with its status and its code, before it costs anything.

mod documents;
mod envelope;
mod order;
mod price;
mod work;

use axum::http::{Request, header};
use serde_json::Value;
use tests::{Answer, TestApp};

const JSON: &str = "application/json";
const GRAPHQL: &str = "application/graphql-response+json";

/// Posts a body of this type, and wants the answer in another.
async fn posted(app: &TestApp, kind: &str, accept: &str, body: impl Into<Vec<u8>>) -> Answer {
    let mut request = Request::post("/graphql").header(header::ACCEPT, accept);
    if !kind.is_empty() {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    app.stranger().send(request.body(body.into().into()).unwrap()).await
}

/// Status, code, and that nothing else is said than one error.
#[track_caller]
fn refused(answer: &Answer) -> (u16, &str) {
    assert_eq!((answer.errors().len(), answer.json.get("data")), (1, None), "{answer}");
    assert!(answer.errors()[0]["message"].as_str().is_some_and(|message| !message.is_empty()));
    assert!(answer.headers.contains_key("x-request-id"));
    (answer.status.as_u16(), answer.code().unwrap())
}

/// A document as it is sent.
fn body(query: &str) -> String {
    serde_json::json!({ "query": query, "variables": Value::Null }).to_string()
}
