//! GraphQL over HTTP: `GET` for queries, `POST` for all. A request is read, its document measured, and only then is it
//! asked who sends it.

mod answer;
mod json;
mod media;
mod read;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::registry::Registry;
use async_graphql::{OutputType, Request, Response as Answer, ServerError};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use guard::{Limit, Refusal, Shape};
use tracing::Instrument;
use uuid::Uuid;

use self::media::Media;
use self::read::Sent;
use super::{Api, Served, address, asking, rate};
use crate::access::Viewer;
use crate::access_log::{Asked, Trail};
use crate::error::{Error, ErrorCode, Result, code_name};
use crate::progress::AskedBefore;
use crate::session::Asker;
use crate::{App, Mutation, Query, loader, node};

pub async fn get(
    served: State<Served>,
    headers: HeaderMap,
    extensions: Extensions,
    RawQuery(query): RawQuery,
) -> Response {
    serve(&served, &headers, &extensions, Sent::Get(query.unwrap_or_default())).await
}

pub async fn post(
    served: State<Served>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    serve(&served, &headers, &extensions, Sent::Post(body)).await
}

/// Any other method.
pub async fn other(headers: HeaderMap) -> Response {
    let (media, request) = (Media::wanted(&headers).unwrap_or_default(), Uuid::now_v7());
    named(only(media, request, "GET, POST", "ask by GET or by POST"), request)
}

/// An answer with the id of its request, by which logs name it.
fn named(mut answer: Response, request: Uuid) -> Response {
    if let Ok(id) = HeaderValue::from_str(&request.to_string()) {
        answer.headers_mut().insert("x-request-id", id);
    }
    answer
}

fn only(media: Media, request: Uuid, allowed: &'static str, message: &str) -> Response {
    let error = Error::Protocol { code: ErrorCode::MethodNotAllowed, message: message.to_owned() };
    ([(header::ALLOW, allowed)], answer::refused(error, media, request)).into_response()
}

async fn serve(served: &Served, headers: &HeaderMap, extensions: &Extensions, sent: Sent) -> Response {
    let app = served.app.for_request();
    let nobody = Asker::at(address(&app, headers, extensions));
    let media = Media::wanted(headers);
    let span = tracing::info_span!("request", id = %nobody.request);
    let answered = async {
        let answer = if let Some(media) = media {
            answered(served, app, headers, nobody, sent, media).await
        } else {
            let message = "answers are application/json or application/graphql-response+json".to_owned();
            Err(Error::Protocol { code: ErrorCode::NotAcceptable, message })
        };
        answer.unwrap_or_else(|error| answer::refused(error, media.unwrap_or_default(), nobody.request))
    };
    named(answered.instrument(span).await, nobody.request)
}

async fn answered(
    served: &Served,
    app: App,
    headers: &HeaderMap,
    nobody: Asker,
    sent: Sent,
    media: Media,
) -> Result<Response> {
    let by_address = matches!(sent, Sent::Get(_));
    let mut request = sent.read(headers)?;
    let document = guard::Asked {
        text: &request.query,
        operation: request.operation_name.as_deref(),
        variables: &request.variables,
    };
    let (_, checked) = guard::read(&document, &served.shape, &app.limits);
    let checked = match checked {
        Ok(checked) => checked,
        Err(refusal) => return Ok(answer::of(not_read(&refusal), media, nobody.request)),
    };
    if by_address && checked.kind == Some(OperationType::Mutation) {
        return Ok(only(media, nobody.request, "POST", "send mutations by POST"));
    }
    request.set_parsed_query(checked.document);
    let (viewer, asker) = asking(&app, headers, nobody).await?;
    if let Some(wait) = viewer.as_ref().and_then(|viewer| too_often(&app, viewer)) {
        let retry = [(header::RETRY_AFTER, rate::seconds(wait).to_string())];
        let refused = answer::refused(Error::rate_limited(), media, nobody.request);
        return Ok((retry, refused).into_response());
    }
    let limit = app.limits.cost;
    let mut answer = carried_out(&served.schema, app, viewer, asker, request).await;
    answer.extensions.extend([answer::cost(checked.cost, limit)]);
    Ok(answer::of(answer, media, nobody.request))
}

async fn carried_out(
    schema: &Api,
    app: App,
    viewer: Option<Viewer>,
    asker: Asker,
    request: Request,
) -> Answer {
    let (operation, trail) = (Asked::of(&request, asker), Arc::new(Trail::default()));
    let log = Arc::clone(&app.access_log);
    let request = request.data(asker).data(Arc::clone(&trail)).data(AskedBefore::default());
    let answer = match viewer {
        Some(viewer) if asker.bearer.is_some_and(|bearer| !bearer.password_due) => {
            let (rows, waves) = loader::rows(app.db.clone(), app.clock.today());
            waves.carry(schema.execute(request.data(Arc::new(viewer)).data(rows).data(app))).await
        }
        _ => schema.execute(request.data(app)).await,
    };
    operation.tell(&log, &trail, &answer);
    answer
}

/// How long an application must wait that has asked too often.
fn too_often(app: &App, viewer: &Viewer) -> Option<Duration> {
    viewer.application.and_then(|application| app.rates.wait(viewer.account, application.rate, &app.clock))
}

/// The answer where the guard does not let a document pass.
fn not_read(refusal: &Refusal) -> Answer {
    let (code, cost) = match *refusal {
        Refusal::Exceeded { what: Limit::Cost, asked, limit } => {
            (ErrorCode::QueryTooComplex, Some(answer::cost(asked, limit)))
        }
        Refusal::Exceeded { what: Limit::Depth | Limit::Height | Limit::Nesting, .. } => {
            (ErrorCode::DepthExceeded, None)
        }
        Refusal::Exceeded { .. } => (ErrorCode::QueryTooLarge, None),
        Refusal::Syntax { .. } | Refusal::Circle { .. } | Refusal::Variable { .. } => {
            (ErrorCode::Invalid, None)
        }
    };
    let mut error = ServerError::new(refusal.to_string(), None);
    error.locations = refusal.at().to_vec();
    error.extensions.get_or_insert_default().set("code", async_graphql::Name::new(code_name(code)));
    let mut answer = Answer::from_errors(vec![error]);
    answer.extensions.extend(cost);
    answer
}

/// The schema, as the guard sees it.
pub fn shape() -> Shape {
    let mut registry = Registry::default();
    let roots = [Query::create_type_info(&mut registry), Mutation::create_type_info(&mut registry)];
    <node::Node as OutputType>::create_type_info(&mut registry);
    let [query, mutation] = roots.map(|root| root.trim_end_matches('!').to_owned());
    let mut shape = Shape::new(&query, &mutation);
    for (on, of) in &registry.types {
        for field in of.fields().into_iter().flat_map(|fields| fields.values()) {
            shape.field(on, &field.name, &field.ty);
        }
    }
    shape
}
