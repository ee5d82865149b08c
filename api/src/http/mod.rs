//! HTTP: one endpoint for GraphQL, the schema as a file, the server's health, the public keys, and the ways to sign
//! in. A token becomes the viewer here.

mod bill;
pub mod budget;
mod compress;
pub mod door;
mod elsewhere;
pub mod explorer;
pub mod front;
pub mod graphql;
mod health;
mod host;
mod intake;
pub mod meter;
mod oauth;
pub mod rate;
pub mod settings;
mod sign_in;
mod trace;

pub use graphql::outline::OUTLINE;
pub use graphql::text_holds_nul;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_graphql::ValidationMode;
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_request, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use entity::access_line::{AccessKind, AccessResult};

use self::graphql::turned_away;

use crate::access::Viewer;
use crate::request::RequestApp;
use crate::session::{asker::Asker, keys, network};
use crate::{Api, App};
use platform::db::Bounds;
use platform::error::{Error, Result};
use platform::message::Language;

/// Time for the body of a request, beyond the time for the work.
const SENDING: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Served {
    app: App,
    schema: Api,
    /// The schema with fast validation, for documents that were found to fit.
    fitting: Api,
    sdl: Arc<str>,
    last_write: Arc<health::LastWrite>,
}

pub fn router(app: App) -> Router {
    let schema = crate::schema().finish();
    let fitting = crate::schema().validation_mode(ValidationMode::Fast).finish();
    // Made now, so that the first request need not wait for it.
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
        .layer(from_fn_with_state(front.time() + SENDING, in_time))
        // `/graphql` has time limits of its own, for the body and for the work.
        .route("/graphql", get(graphql::get).post(graphql::post).fallback(graphql::other))
        .with_state(Served { app, schema, fitting, sdl: crate::sdl().into(), last_write: Arc::default() });
    let api = elsewhere::kept_out(api, &front.allowed_origins);
    let api =
        api.merge(explorer).layer(from_fn(host::one)).layer(from_fn(spoken)).layer(map_response(closed));
    let api =
        api.layer(compress::layer()).layer(map_response(compress::told)).layer(map_request(compress::asked));
    if front.tls_cert.is_none() { api } else { api.layer(map_response(by_https)) }
}

/// Answers in the language that the caller prefers.
async fn spoken(request: Request, next: Next) -> Response {
    let wanted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|wanted| wanted.to_str().ok());
    Language::accepted(wanted.unwrap_or_default()).during(next.run(request)).await
}

/// Answers with an error when the time is up.
async fn in_time(State(time): State<Duration>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let answered = tokio::time::timeout(time, next.run(request)).await;
    answered.unwrap_or_else(|_| turned_away(Error::timed_out(), &headers))
}

/// Forbids other pages to frame an answer, and browsers to guess its type. The explorer sets a content security
/// policy of its own.
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

/// Tells browsers to use HTTPS alone for a year.
async fn by_https(mut response: Response) -> Response {
    let year = HeaderValue::from_static("max-age=31536000");
    response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    response
}

/// The schema as a file, for tools and for callers who may not introspect.
async fn sdl(State(served): State<Served>) -> Response {
    let told = [
        (header::CONTENT_TYPE, "application/graphql; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=300"),
    ];
    (told, String::from(&*served.sdl)).into_response()
}

/// The public keys, for services that check tokens themselves.
async fn published_keys(State(served): State<Served>) -> Response {
    match served.app.tokens.published(served.app.clock.now()) {
        Ok(keys) => {
            let keep = format!("public, max-age={}", keys::CACHE.num_seconds());
            ([(header::CACHE_CONTROL, keep)], axum::Json(keys)).into_response()
        }
        Err(error) => refused(&error),
    }
}

/// The viewer of a request; none without a token. A bad token is an error, so that nobody works on without noticing.
/// A valid token whose session has ended is written to the access log. Garbage and expired tokens are not, since
/// anybody could fill the log with them.
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

/// Address of the caller; `None` if a test calls the router itself.
fn address(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let forwarded: Vec<&str> = forwarded.collect();
    Some(network::client(peer.ip(), forwarded.into_iter(), &app.settings.trusted_proxies))
}

/// Answers an internal error where there is no GraphQL.
fn refused(error: &Error) -> Response {
    tracing::error!(detail = error.detail(), "internal error");
    (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response()
}
