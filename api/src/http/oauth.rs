//! `POST /oauth/token`: a token for client credentials, as in RFC 6749.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::compress::Plain;
use super::{Served, address, rate};
use crate::session::client::{self, Credentials, Refusal};
use crate::session::{asker::Asker, token};
use platform::error::{Error, ErrorCode};

/// Error code of RFC 6749, and the reason.
type Wrong = (&'static str, &'static str);

const NOT_KEPT: [(HeaderName, &str); 2] = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];

pub async fn token(
    State(served): State<Served>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Body,
) -> Response {
    let asker = Asker::at(address(&served.app, &headers, &extensions));
    let front = &served.app.front;
    let body = match front.intake.whole(body, front.settings.time()).await {
        Ok(body) => body,
        Err(error) => return not_here(error),
    };
    let (said, scope) = match read(&headers, &body.bytes) {
        Ok(read) => read,
        Err((code, why)) => return wrong(StatusCode::BAD_REQUEST, code, why),
    };
    let Some(_place) = served.app.front.door.enter().await else { return refused(Error::busy().into()) };
    match served.app.sessions.run(client::grant(served.app.clone(), asker, said, scope)).await {
        Ok(granted) => {
            let answer = json!({
                "access_token": granted.token,
                "token_type": "Bearer",
                "expires_in": token::LIFETIME.num_seconds(),
                "scope": granted.scopes.text(),
            });
            (NOT_KEPT, Extension(Plain), Json(answer)).into_response()
        }
        Err(refusal) => refused(refusal),
    }
}

/// Reads the credentials and the scopes asked for.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<(Credentials, Option<String>), Wrong> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(("invalid_request", "send application/x-www-form-urlencoded"));
    }
    let mut form = HashMap::new();
    for (name, value) in form_urlencoded::parse(body).into_owned() {
        if form.insert(name, value).is_some() {
            return Err(("invalid_request", "a parameter is there twice"));
        }
    }
    match form.get("grant_type").map(String::as_str) {
        Some("client_credentials") => {}
        Some(_) => return Err(("unsupported_grant_type", "the grant type is client_credentials")),
        None => return Err(("invalid_request", "there is no grant_type")),
    }
    let scope = form.remove("scope").filter(|scope| !scope.is_empty());
    let (id, secret) = (form.remove("client_id"), form.remove("client_secret"));
    let said = match (headers.get(header::AUTHORIZATION), id, secret) {
        (None, Some(id), Some(secret)) => Credentials { id, secret },
        (Some(value), id, None) => {
            let said = value.to_str().ok().and_then(basic);
            let said = said.ok_or(("invalid_request", "the authorization header is not Basic"))?;
            if id.is_some_and(|id| id != said.id) {
                return Err(("invalid_request", "two clients are named"));
            }
            said
        }
        (Some(_), _, Some(_)) => return Err(("invalid_request", "the client says its secret twice")),
        // No client at all is answered like an unknown one.
        (None, ..) => Credentials { id: String::new(), secret: String::new() },
    };
    Ok((said, scope))
}

/// Reads a `Basic` header. Both halves are encoded as in a form (RFC 6749 §2.3.1).
fn basic(header: &str) -> Option<Credentials> {
    let (scheme, said) = header.split_once(' ')?;
    let said = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(said.trim()).ok())??;
    let said = String::from_utf8(said).ok()?;
    let (id, secret) = said.split_once(':')?;
    let plain =
        |text: &str| form_urlencoded::parse(text.as_bytes()).next().map(|(text, _)| text.into_owned());
    Some(Credentials { id: plain(id)?, secret: plain(secret).unwrap_or_default() })
}

/// Answers a body that did not arrive.
fn not_here(error: Error) -> Response {
    let status = match error.code() {
        ErrorCode::TooSlow => StatusCode::REQUEST_TIMEOUT,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::BadRequest => StatusCode::BAD_REQUEST,
        _ => return refused(error.into()),
    };
    wrong(status, "invalid_request", &error.detail())
}

fn refused(refusal: Refusal) -> Response {
    match refusal {
        Refusal::Client | Refusal::Unheard => {
            let ask = [(header::WWW_AUTHENTICATE, "Basic realm=\"sanlian\", charset=\"UTF-8\"")];
            let why = "the client is not known, its secret is wrong, or there were too many attempts";
            (ask, wrong(StatusCode::UNAUTHORIZED, "invalid_client", why)).into_response()
        }
        Refusal::Grant => {
            wrong(StatusCode::BAD_REQUEST, "invalid_grant", "the application may ask for nothing today")
        }
        Refusal::Scope => {
            wrong(StatusCode::BAD_REQUEST, "invalid_scope", "the application does not have this scope")
        }
        Refusal::Rate(wait) => {
            let wait = [(header::RETRY_AFTER, rate::seconds(wait).to_string())];
            let why = "the application asks too often: wait as long as Retry-After says";
            (wait, wrong(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", why)).into_response()
        }
        Refusal::Fault(error) if error.code() == ErrorCode::Busy => {
            let wait = [(header::RETRY_AFTER, "1")];
            let why = "the server is busy: try again in a moment";
            (wait, wrong(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", why)).into_response()
        }
        Refusal::Fault(error) => {
            tracing::error!(detail = error.detail(), "internal error");
            wrong(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "internal error")
        }
    }
}

fn wrong(status: StatusCode, code: &str, why: &str) -> Response {
    (status, NOT_KEPT, Json(json!({ "error": code, "error_description": why }))).into_response()
}
