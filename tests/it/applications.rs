//! Third-party applications: how they are registered, come by a token, and what that is good for.

mod asking;
mod keeping;

use axum::http::{Request, header};
use serde_json::{Value, json};
use tests::{Answer, TestApp, World, world::Registered};

/// A request for a token; `basic` says who asks in the header.
async fn ask(app: &TestApp, form: &str, basic: Option<&str>) -> Answer {
    let mut request =
        Request::post("/oauth/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(said) = basic {
        request = request.header(header::AUTHORIZATION, format!("Basic {}", base64(said)));
    }
    app.stranger().send(request.body(form.to_owned().into()).unwrap()).await
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// The same, of an application with a secret, for all its scopes or some.
async fn token(app: &TestApp, id: &str, secret: &str, scope: &str) -> Answer {
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)])
        .extend_pairs((!scope.is_empty()).then_some(("scope", scope)))
        .finish();
    ask(app, &form, None).await
}

/// Whether an application comes by a token.
async fn is_let_in(world: &World, application: &Registered, secret: &str) -> bool {
    let answer = token(&world.app, &application.client_id, secret, "").await;
    assert_eq!(answer.json["access_token"].is_string(), answer.status.is_success(), "{answer}");
    answer.status.is_success()
}

/// Registers or rotates: the payload.
async fn shown(world: &World, mutation: &str, input: Value) -> Value {
    let kind = format!("{}{}", mutation[..1].to_uppercase(), &mutation[1..]);
    let query = format!(
        "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ application {{ id clientId previousSecretUntil }} secret
            userErrors {{ field code message }} }} }}"
    );
    world.admin.post(&query, json!({ "input": input })).await.expect_ok().at(&format!("/{mutation}")).clone()
}
