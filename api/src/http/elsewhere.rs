//! Pages elsewhere: those that may ask, and what the others are told.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::graphql::turned_away;
use super::settings::Origin;
use platform::error::{Error, ErrorCode};

type Origins = Arc<[Origin]>;

/// How long a browser remembers what a page elsewhere may ask.
const REMEMBERED: Duration = Duration::from_hours(1);

/// So much of an origin is told again.
const LONGEST_ORIGIN: usize = 100;

/// Refuses what a page elsewhere makes a browser send, unless that page may ask.
pub fn kept_out(api: Router, origins: &[Origin]) -> Router {
    let origins: Origins = origins.into();
    let api = api.layer(CsrfLayer::new()).layer(from_fn_with_state(Arc::clone(&origins), trusted));
    // Where no page elsewhere may ask, `OPTIONS` is a method like any other.
    let api = if origins.is_empty() { api } else { api.layer(shared_with(Arc::clone(&origins))) };
    api.layer(from_fn_with_state(origins, told))
}

fn may_ask(origins: &[Origin], origin: Option<&HeaderValue>) -> bool {
    origin.is_some_and(|origin| origins.iter().any(|one| one.is(origin)))
}

/// A page that may ask is taken for one of this server's own.
async fn trusted(State(origins): State<Origins>, mut request: Request, next: Next) -> Response {
    if may_ask(&origins, request.headers().get(header::ORIGIN)) {
        request.headers_mut().remove(header::ORIGIN);
        request.headers_mut().remove("sec-fetch-site");
    }
    next.run(request).await
}

/// Tells browsers which pages elsewhere may ask, and read the answers.
fn shared_with(origins: Origins) -> CorsLayer {
    let told = ["x-request-id", "ratelimit", "ratelimit-policy", "retry-after", "etag"];
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| may_ask(&origins, Some(origin))))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_NONE_MATCH])
        .expose_headers(told.map(HeaderName::from_static))
        .max_age(REMEMBERED)
}

/// Says to a page that may not ask which setting would let it: to the question that a browser asks beforehand, too,
/// since after its refusal there is no other.
async fn told(State(origins): State<Origins>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let accepted = request.headers().clone();
    let asks_before = request.method() == Method::OPTIONS
        && origin.is_some()
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if asks_before && !may_ask(&origins, origin.as_ref()) {
        return turned_away(refused(origin.as_ref()), &accepted);
    }
    let response = next.run(request).await;
    if response.extensions().get::<ProtectionError>().is_some() {
        return turned_away(refused(origin.as_ref()), &accepted);
    }
    response
}

fn refused(origin: Option<&HeaderValue>) -> Error {
    let page = match origin.and_then(|origin| origin.to_str().ok()) {
        Some(origin) => format!("a page at {}", origin.chars().take(LONGEST_ORIGIN).collect::<String>()),
        None => "a page elsewhere".to_owned(),
    };
    let message = format!(
        "{page} may not ask here: name its origin in the server's setting SANLIAN_ALLOWED_ORIGINS (--allowed-origins)"
    );
    tracing::debug!(message, "a page elsewhere was refused");
    Error::Protocol { code: ErrorCode::Forbidden, message }
}
