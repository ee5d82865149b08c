//! HTTP: one endpoint for GraphQL, and what goes with it: the schema as a file, the server's health, the public keys, the
//! ways to sign in. A token becomes the viewer here.

mod bill;
pub mod budget;
pub mod door;
pub mod explorer;
mod graphql;
mod health;
pub mod meter;
mod oauth;
pub mod rate;
pub mod settings;
mod sign_in;
mod trace;

pub use graphql::{OUTLINE, text_holds_nul};

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_graphql::{Schema, ValidationMode};
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use entity::access_line::{AccessKind, AccessResult};
use serde_json::json;
use tower_http::cors::CorsLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::timeout::TimeoutLayer;

use self::budget::Budgets;
use self::door::Door;
use self::meter::Meter;
use self::settings::Settings;

use crate::access::Viewer;
use crate::clock::Clock;
use crate::db::Bounds;
use crate::error::{Error, Result};
use crate::request::RequestApp;
use crate::session::{Asker, keys, network};
use crate::{App, Mutation, Query, Subscription};

/// The schema as it is served.
pub type Api = Schema<Query, Mutation, Subscription>;

/// What stands between a request and its work.
pub struct Front {
    pub settings: Settings,
    pub door: Door,
    pub budgets: Budgets,
    pub meter: Meter,
}

impl Front {
    #[must_use]
    pub fn new(settings: Settings, clock: &Clock) -> Self {
        let budgets = Budgets::new(settings.budget, settings.budget_anonymous, clock.clone());
        let meter = Meter::new(Duration::from_millis(settings.slow_ms));
        Self { door: Door::new(settings.requests, door::PATIENCE), budgets, meter, settings }
    }
}

const BODY_LIMIT: usize = 256 * 1024;

/// Beyond the work for a request, for its body: who takes longer is hung up on.
const SENDING: Duration = Duration::from_secs(10);

/// How long a browser remembers what a page elsewhere may ask.
const REMEMBERED: Duration = Duration::from_hours(1);

#[derive(Clone)]
struct Served {
    app: App,
    schema: Api,
    /// The same, for documents that were found to fit it.
    fitting: Api,
    sdl: Arc<str>,
    last_write: Arc<health::LastWrite>,
}

pub fn router(app: App) -> Router {
    let schema = crate::schema().data(app.clone()).finish();
    let fitting = crate::schema().validation_mode(ValidationMode::Fast).data(app.clone()).finish();
    // Drawn now, and not while the first who asks waits.
    LazyLock::force(&OUTLINE);
    let explorer = explorer::built(Arc::clone(&app.about));
    let front = app.front.settings.clone();
    let api = Router::new()
        .route("/schema.graphql", get(sdl))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/.well-known/jwks.json", get(published_keys))
        .route("/oauth/token", post(oauth::token))
        .route("/sign-in/oidc", get(sign_in::begin))
        .route("/sign-in/oidc/callback", get(sign_in::callback))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, front.time() + SENDING))
        // It has times of its own, for the body and for the work, and tells when they are up.
        .route("/graphql", get(graphql::get).post(graphql::post).fallback(graphql::other))
        .with_state(Served { app, schema, fitting, sdl: crate::sdl().into(), last_write: Arc::default() })
        .layer(from_elsewhere(&front));
    // Where no page elsewhere may ask, `OPTIONS` is a method like any other.
    let api = if front.allowed_origins.is_empty() { api } else { api.layer(shared_with(&front)) };
    let api = api.merge(explorer).layer(map_response(closed));
    if front.tls_cert.is_none() { api } else { api.layer(map_response(by_https)) }
}

/// Refuses what a page elsewhere makes a browser send, unless that page may ask.
fn from_elsewhere(front: &Settings) -> CsrfLayer<impl Fn(ProtectionError) -> Response + Clone + use<>> {
    let refused = |_| {
        let error = Error::Forbidden;
        let told =
            json!({ "message": "a page elsewhere may not ask here", "extensions": { "code": error.code() } });
        (StatusCode::FORBIDDEN, axum::Json(json!({ "errors": [told] }))).into_response()
    };
    let origins = front.allowed_origins.iter().map(ToString::to_string);
    let layer = origins.fold(CsrfLayer::new(), |layer, origin| {
        // An origin that can be set can be trusted: both are read by the same rules.
        layer.clone().add_trusted_origin(origin).unwrap_or(layer)
    });
    layer.with_rejection_response(refused)
}

/// Tells browsers which pages elsewhere may ask, and read the answers.
fn shared_with(front: &Settings) -> CorsLayer {
    let told = ["x-request-id", "ratelimit", "ratelimit-policy", "retry-after", "etag"];
    CorsLayer::new()
        .allow_origin(front.allowed_origins.iter().map(|origin| origin.0.clone()).collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_NONE_MATCH])
        .expose_headers(told.map(HeaderName::from_static))
        .max_age(REMEMBERED)
}

/// No answer is a page of somebody else's, nor taken for another type than it says; the explorer says for itself what it
/// may load.
async fn closed(mut response: Response) -> Response {
    let told = [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in told {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Who came by HTTPS once comes by nothing else for a year.
async fn by_https(mut response: Response) -> Response {
    let year = HeaderValue::from_static("max-age=31536000");
    response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    response
}

/// The schema as a file, for tools and for who may not ask for it by introspection.
async fn sdl(State(served): State<Served>) -> Response {
    let told = [
        (header::CONTENT_TYPE, "application/graphql; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=300"),
    ];
    (told, String::from(&*served.sdl)).into_response()
}

/// The public keys, for those who check tokens themselves.
async fn published_keys(State(served): State<Served>) -> Response {
    match served.app.tokens.published(served.app.clock.now()) {
        Ok(keys) => {
            let keep = format!("public, max-age={}", keys::CACHE.num_seconds());
            ([(header::CACHE_CONTROL, keep)], axum::Json(keys)).into_response()
        }
        Err(error) => refused(&error),
    }
}

/// Who asks: nobody without a token; a token that is not good is an error, so that nobody works on unawares. That a
/// token of ours comes after its session has ended is told to the access log; of what is no token, or has run out as
/// all do, nothing is told, since anybody could fill the log with it.
async fn asking(app: &RequestApp, headers: &HeaderMap, nobody: Asker) -> Result<(Option<Viewer>, Asker)> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        app.db.confine(Bounds::nothing()).await?;
        return Ok((None, nobody));
    };
    let (scheme, token) = value.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::Unauthenticated);
    }
    let bearer = app.tokens.read(token.trim(), app.clock.now())?;
    let asker = Asker { bearer: Some(bearer), ..nobody };
    let viewer = Viewer::load(&app.db, bearer, app.clock.today()).await;
    if matches!(viewer, Err(Error::Unauthenticated)) {
        asker.tell(&app.access_log, asker.happened(AccessKind::Refusal, AccessResult::Unauthenticated));
    }
    let viewer = viewer?;
    app.db.confine(viewer.bounds()).await?;
    Ok((Some(viewer), asker))
}

/// Where from. There is no peer where a test calls the router itself.
fn address(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let forwarded: Vec<&str> = forwarded.collect();
    Some(network::client(peer.ip(), forwarded.into_iter(), &app.settings.trusted_proxies))
}

/// Where there is no GraphQL to answer in.
fn refused(error: &Error) -> Response {
    tracing::error!(detail = error.detail(), "internal error");
    (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response()
}
