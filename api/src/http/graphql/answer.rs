//! Turns a GraphQL answer into an HTTP response: status, order and codes of errors, and the cost.

use std::collections::BTreeMap;

use async_graphql::{Name, PathSegment, Pos, Response as Answer, ServerError, Value, value};
use axum::Extension;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use uuid::Uuid;

use super::media::Media;
use crate::http::meter::Codes;
use platform::error::{Error, ErrorCode, code_name};

/// Errors that a refusal lists at most: a document can have thousands.
const MOST_ERRORS: usize = 100;

#[derive(Serialize)]
struct Body {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ServerError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: BTreeMap<String, Value>,
}

/// Characters of a message at most. A message may quote a text as long as the request, in each of many errors.
const LONGEST_MESSAGE: usize = 300;

/// Entry `cost` of `extensions`: the cost of the document, and the limit.
pub fn cost(requested: u64, limit: u64) -> (String, Value) {
    ("cost".to_owned(), value!({ "requested": requested, "limit": limit }))
}

/// Response to a well-formed request, whether its document was executed or refused.
pub fn of(mut answer: Answer, media: Media, request: Uuid) -> Response {
    // Only errors of execution have a path.
    let refused = answer.data == Value::Null
        && !answer.errors.is_empty()
        && answer.errors.iter().all(|error| error.path.is_empty());
    let data = (!refused).then_some(answer.data);
    for error in &mut answer.errors {
        coded(error, request);
    }
    answer.errors.sort_by_cached_key(|error| Place::of(error, data.as_ref()));
    if refused {
        answer.errors.truncate(MOST_ERRORS);
    }
    let codes = Codes(answer.errors.iter().filter_map(code).collect());
    let status = match media {
        Media::Graphql if refused => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    written(status, media, codes, &Body { errors: answer.errors, data, extensions: answer.extensions })
}

/// Response to a request that was not executed, whatever its document says.
pub fn refused(error: Error, media: Media, request: Uuid) -> Response {
    let status = status(&error);
    let mut error = async_graphql::Error::from(error).into_server_error(Pos::default());
    error.locations.clear();
    coded(&mut error, request);
    let codes = Codes(code(&error).into_iter().collect());
    let body = Body { errors: vec![error], data: None, extensions: BTreeMap::new() };
    let mut response = written(status, media, codes, &body);
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn code(error: &ServerError) -> Option<String> {
    match error.extensions.as_ref()?.get("code")? {
        Value::Enum(code) => Some(code.to_string()),
        _ => None,
    }
}

fn written(status: StatusCode, media: Media, codes: Codes, body: &Body) -> Response {
    let Ok(bytes) = serde_json::to_vec(body) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media.name())),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, Extension(codes), bytes).into_response()
}

fn status(error: &Error) -> StatusCode {
    match error.code() {
        ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::TooSlow => StatusCode::REQUEST_TIMEOUT,
        ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Busy => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// Gives each error a code, and an internal error the id under which it is logged. Errors of the library have no
/// code: the document does not fit the schema, which is INVALID.
fn coded(error: &mut ServerError, request: Uuid) {
    if let Some((end, _)) = error.message.char_indices().nth(LONGEST_MESSAGE) {
        error.message.truncate(end);
        error.message.push('…');
    }
    let extensions = error.extensions.get_or_insert_default();
    if extensions.get("code").is_none() {
        extensions.set("code", Name::new(code_name(ErrorCode::Invalid)));
    }
    let internal = Value::Enum(Name::new(code_name(ErrorCode::Internal)));
    if extensions.get("code") == Some(&internal) {
        extensions.set("requestId", request.to_string());
    }
}

/// Sort key of an error: its place in the answer; below a null, its place in the document.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    path: Vec<usize>,
    at: Vec<Pos>,
    message: String,
}

impl Place {
    fn of(error: &ServerError, data: Option<&Value>) -> Self {
        let (mut path, mut within) = (vec![], data);
        for part in &error.path {
            let (at, next) = match (part, within) {
                (PathSegment::Index(at), Some(Value::List(items))) => (*at, items.get(*at)),
                (PathSegment::Index(at), _) => (*at, None),
                (PathSegment::Field(key), Some(Value::Object(fields))) => match fields.get_full(key.as_str())
                {
                    Some((at, _, value)) => (at, Some(value)),
                    None => break,
                },
                (PathSegment::Field(_), _) => break,
            };
            path.push(at);
            within = next;
        }
        Self { path, at: error.locations.clone(), message: error.message.clone() }
    }
}
