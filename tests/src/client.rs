//! People as clients: what they ask and what they are told.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

/// One who asks, with or without a token.
#[derive(Clone)]
pub struct Client {
    router: Router,
    token: Option<String>,
}

impl Client {
    pub(crate) fn new(router: Router, token: Option<String>) -> Self {
        Self { router, token }
    }

    /// What it shows, for those who ask over a wire.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Asks the GraphQL endpoint.
    pub async fn post(&self, query: &str, variables: Value) -> Answer {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Sends any request, with the token where there is one.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        if let Some(token) = &self.token {
            let bearer = format!("Bearer {token}").parse().unwrap();
            request.headers_mut().insert(header::AUTHORIZATION, bearer);
        }
        request.headers_mut().entry(header::HOST).or_insert(HeaderValue::from_static("localhost"));
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Answer { status: parts.status, headers: parts.headers, text, json }
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The body as it was sent: its keys in their order.
    pub text: String,
    /// The body, or null where it is not JSON.
    pub json: Value,
}

impl Answer {
    pub fn data(&self) -> &Value {
        &self.json["data"]
    }

    pub fn errors(&self) -> &[Value] {
        self.json["errors"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The code of the first error.
    pub fn code(&self) -> Option<&str> {
        self.errors().first()?["extensions"]["code"].as_str()
    }

    /// What `data` holds at a JSON pointer such as `/household/name`.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> &Value {
        let found = self.data().pointer(pointer);
        found.unwrap_or_else(|| panic!("nothing at {pointer} in {self}"))
    }

    /// The string that `data` holds there.
    #[track_caller]
    pub fn text_at(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or_else(|| panic!("no string at {pointer} in {self}"))
    }

    /// What the first user error of the mutation says under a name: `code`, `field`, `message`.
    #[track_caller]
    pub fn complaint(&self, name: &str) -> String {
        let payload = self.data().as_object().and_then(|data| data.values().next());
        let said = payload.and_then(|payload| payload["userErrors"][0][name].as_str());
        said.unwrap_or_else(|| panic!("no complaint: {self}")).to_owned()
    }

    /// The same, having made sure that nothing went wrong.
    #[track_caller]
    #[must_use]
    pub fn expect_ok(self) -> Self {
        assert!(self.status.is_success() && self.errors().is_empty(), "it went wrong: {self}");
        self
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.json.is_null() {
            return write!(f, "{} {}", self.status, self.text);
        }
        write!(f, "{} {:#}", self.status, self.json)
    }
}
