//! HTTP: one endpoint for GraphQL, one that says whether the server lives, one with the public keys. A token becomes
//! the viewer here.

pub mod explorer;
mod oauth;
pub mod rate;
mod sign_in;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Schema, ServerError, Value as ConstValue};
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use entity::access_line::{AccessKind, AccessResult};
use tower_http::timeout::TimeoutLayer;
use tracing::Instrument;
use uuid::Uuid;

use crate::access::Viewer;
use crate::access_log::{Asked, Trail};
use crate::db::Bounds;
use crate::error::{Error, ErrorCode, Result, code_name};
use crate::progress::AskedBefore;
use crate::session::{Asker, keys, network};
use crate::{App, Mutation, Query, Subscription, loader};

/// The schema as it is served.
pub type Api = Schema<Query, Mutation, Subscription>;

const BODY_LIMIT: usize = 256 * 1024;
const TIME_LIMIT: Duration = Duration::from_secs(30);

#[derive(Clone)]
struct Served {
    app: App,
    schema: Api,
}

pub fn router(app: App) -> Router {
    let schema = crate::schema().data(app.clone()).finish();
    let explorer = explorer::built(Arc::clone(&app.about));
    Router::new()
        .route("/graphql", post(graphql).layer(from_fn(json_only)))
        .route("/health", get(health))
        .route("/.well-known/jwks.json", get(published_keys))
        .route("/oauth/token", post(oauth::token))
        .route("/sign-in/oidc", get(sign_in::begin))
        .route("/sign-in/oidc/callback", get(sign_in::callback))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIME_LIMIT))
        .with_state(Served { app, schema })
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
        Err(error) => refused(error),
    }
}

/// Only what no browser sends across sites without asking.
async fn json_only(request: Request, next: Next) -> Response {
    let kind =
        request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        next.run(request).await
    } else {
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json\n").into_response()
    }
}

async fn graphql(
    State(served): State<Served>,
    headers: HeaderMap,
    extensions: Extensions,
    request: GraphQLRequest,
) -> Response {
    let request = request.into_inner();
    if holds_nul(&request) {
        return refused(Error::Protocol {
            code: ErrorCode::Invalid,
            message: "no text holds the character U+0000".to_owned(),
        });
    }
    let app = served.app.for_request();
    let nobody =
        Asker { bearer: None, address: address(&app, &headers, &extensions), request: Uuid::now_v7() };
    let span = tracing::info_span!("request", id = %nobody.request);
    let answered = async {
        match asking(&app, &headers, nobody).await {
            Ok((viewer, asker)) => {
                if let Some(wait) = viewer.as_ref().and_then(|viewer| too_often(&app, viewer)) {
                    let retry = [(header::RETRY_AFTER, rate::seconds(wait).to_string())];
                    return (retry, refused(Error::rate_limited())).into_response();
                }
                let answer = answer(&served.schema, app, viewer, asker, request).await;
                GraphQLResponse::from(answer).into_response()
            }
            Err(error) => refused(error),
        }
    };
    let mut response = answered.instrument(span).await;
    if let Ok(id) = nobody.request.to_string().parse() {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

async fn answer(
    schema: &Api,
    app: App,
    viewer: Option<Viewer>,
    asker: Asker,
    request: async_graphql::Request,
) -> async_graphql::Response {
    let (operation, trail) = (Asked::of(&request, asker), Arc::new(Trail::default()));
    let log = Arc::clone(&app.access_log);
    let request = request.data(asker).data(Arc::clone(&trail)).data(AskedBefore::default());
    let mut answer = match viewer {
        Some(viewer) if asker.bearer.is_some_and(|bearer| !bearer.password_due) => {
            let (rows, waves) = loader::rows(app.db.clone(), app.clock.today());
            waves.carry(schema.execute(request.data(Arc::new(viewer)).data(rows).data(app))).await
        }
        _ => schema.execute(request.data(app)).await,
    };
    answer.errors.iter_mut().for_each(coded);
    operation.tell(&log, &trail, &answer);
    answer
}

/// How long an application must wait that has asked too often.
fn too_often(app: &App, viewer: &Viewer) -> Option<Duration> {
    viewer.application.and_then(|application| app.rates.wait(viewer.account, application.rate, &app.clock))
}

/// A character that PostgreSQL stores in no text.
fn holds_nul(request: &async_graphql::Request) -> bool {
    fn within(value: &ConstValue) -> bool {
        match value {
            ConstValue::String(text) => text.contains('\0'),
            ConstValue::List(values) => values.iter().any(within),
            ConstValue::Object(fields) => fields.values().any(within),
            _ => false,
        }
    }
    request.query.contains("\\u0000")
        || request.query.contains('\0')
        || request.variables.values().any(within)
}

/// An error without a code is none of ours: the request does not parse, or does not fit the schema. What it says of
/// syntax would quote the request: only what was expected is told.
fn coded(error: &mut ServerError) {
    let extensions = error.extensions.get_or_insert_default();
    if extensions.get("code").is_some() {
        return;
    }
    extensions.set("code", async_graphql::Name::new(code_name(ErrorCode::Invalid)));
    if error.message.trim_start().starts_with("-->")
        && let Some((_, expected)) = error.message.rsplit_once('\n')
    {
        error.message = format!("syntax error: {}", expected.trim_start_matches([' ', '=']));
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

fn refused(error: Error) -> Response {
    let status = match error {
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Protocol { code: ErrorCode::RateLimited, .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Protocol { .. } => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let error = async_graphql::Error::from(error).into_server_error(async_graphql::Pos::default());
    (status, axum::Json(async_graphql::Response::from_errors(vec![error]))).into_response()
}
