//! HTTP: one endpoint for GraphQL, one that says whether the server lives, one with the public keys. A token becomes
//! the viewer here.

pub mod explorer;
mod graphql;
mod oauth;
pub mod rate;
mod sign_in;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Schema;
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use entity::access_line::{AccessKind, AccessResult};
use guard::Shape;
use tower_http::timeout::TimeoutLayer;

use crate::access::Viewer;
use crate::db::Bounds;
use crate::error::{Error, Result};
use crate::session::{Asker, keys, network};
use crate::{App, Mutation, Query, Subscription};

/// The schema as it is served.
pub type Api = Schema<Query, Mutation, Subscription>;

const BODY_LIMIT: usize = 256 * 1024;
const TIME_LIMIT: Duration = Duration::from_secs(30);

#[derive(Clone)]
struct Served {
    app: App,
    schema: Api,
    shape: Arc<Shape>,
}

pub fn router(app: App) -> Router {
    let schema = crate::schema().data(app.clone()).finish();
    let explorer = explorer::built(Arc::clone(&app.about));
    Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post).fallback(graphql::other))
        .route("/health", get(health))
        .route("/.well-known/jwks.json", get(published_keys))
        .route("/oauth/token", post(oauth::token))
        .route("/sign-in/oidc", get(sign_in::begin))
        .route("/sign-in/oidc/callback", get(sign_in::callback))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIME_LIMIT))
        .with_state(Served { app, schema, shape: Arc::new(graphql::shape()) })
        .merge(explorer)
}

async fn health(State(served): State<Served>) -> StatusCode {
    match served.app.db.read.ping().await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
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
async fn asking(app: &App, headers: &HeaderMap, nobody: Asker) -> Result<(Option<Viewer>, Asker)> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        app.db.read.confine(Bounds::nothing()).await?;
        return Ok((None, nobody));
    };
    let token =
        value.to_str().ok().and_then(|value| value.strip_prefix("Bearer ")).ok_or(Error::Unauthenticated)?;
    let bearer = app.tokens.read(token.trim(), app.clock.now())?;
    let asker = Asker { bearer: Some(bearer), ..nobody };
    let viewer = Viewer::load(&app.db, bearer, app.clock.today()).await;
    if matches!(viewer, Err(Error::Unauthenticated)) {
        asker.tell(app, asker.happened(AccessKind::Refusal, AccessResult::Unauthenticated));
    }
    let viewer = viewer?;
    app.db.read.confine(viewer.bounds()).await?;
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
