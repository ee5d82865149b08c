//! Requests from pages of other origins: pages of allowed origins may ask; the others get an error that names the
//! setting.

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
use platform::say;

type Origins = Arc<[Origin]>;

/// How long a browser remembers which requests a page of another origin may send.
const REMEMBERED: Duration = Duration::from_hours(1);

/// Characters of an origin that an error quotes.
const LONGEST_ORIGIN: usize = 100;

/// Refuses requests that a page of another origin makes a browser send, unless the origin is allowed.
pub fn kept_out(api: Router, origins: &[Origin]) -> Router {
    let origins: Origins = origins.into();
    let api = api.layer(CsrfLayer::new()).layer(from_fn_with_state(Arc::clone(&origins), trusted));
    // If no origin is allowed, `OPTIONS` is a method like any other.
    let api = if origins.is_empty() { api } else { api.layer(shared_with(Arc::clone(&origins))) };
    api.layer(from_fn_with_state(origins, told))
}

fn may_ask(origins: &[Origin], origin: Option<&HeaderValue>) -> bool {
    origin.is_some_and(|origin| origins.iter().any(|one| one.is(origin)))
}

/// Treats a page of an allowed origin like one of this server's own.
async fn trusted(State(origins): State<Origins>, mut request: Request, next: Next) -> Response {
    if may_ask(&origins, request.headers().get(header::ORIGIN)) {
        request.headers_mut().remove(header::ORIGIN);
        request.headers_mut().remove("sec-fetch-site");
    }
    next.run(request).await
}

/// Tells browsers which origins may ask, and read the answers.
fn shared_with(origins: Origins) -> CorsLayer {
    let told = ["x-request-id", "ratelimit", "ratelimit-policy", "retry-after", "etag"];
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| may_ask(&origins, Some(origin))))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_NONE_MATCH])
        .expose_headers(told.map(HeaderName::from_static))
        .max_age(REMEMBERED)
}

/// Tells a page of a refused origin which setting would let it ask. The preflight is answered so, too, because after
/// its refusal the browser sends no other request.
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
    let message = match origin.and_then(|origin| origin.to_str().ok()) {
        Some(origin) => {
            let origin: String = origin.chars().take(LONGEST_ORIGIN).collect();
            tracing::debug!(origin, "a page elsewhere was refused");
            say!("page-at-origin", origin = origin)
        }
        None => say!("page-elsewhere"),
    };
    Error::Protocol { code: ErrorCode::Forbidden, message }
}
