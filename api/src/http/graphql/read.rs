//! Turns what HTTP brings into a request. It is checked from the outside in, and the first fault is answered.

use async_graphql::{Request, Value, Variables};
use axum::body::Body;
use axum::http::HeaderMap;

use super::json::{self, Fault};
use super::media;
use crate::http::front::Front;
use crate::http::intake::Received;
use platform::error::{Error, ErrorCode, Result};
use platform::message::Message;
use platform::say;

/// How a request is sent.
pub enum Sent {
    /// By `GET`: the query string of the address.
    Get(String),
    /// By `POST`: the body.
    Post(Body),
}

/// A request that has been received, and is not parsed yet.
pub enum Here<'a> {
    Address(String),
    Body(Received<'a>),
}

impl Sent {
    /// Receives the body within the time limit; an error if it is not JSON.
    pub async fn received<'a>(self, headers: &HeaderMap, front: &'a Front) -> Result<Here<'a>> {
        match self {
            Self::Get(query) => Ok(Here::Address(query)),
            Self::Post(body) if media::is_json(headers) => {
                front.intake.whole(body, front.settings.time()).await.map(Here::Body)
            }
            Self::Post(_) => {
                let message = say!("front-content-type");
                Err(Error::Protocol { code: ErrorCode::UnsupportedMediaType, message })
            }
        }
    }
}

impl Here<'_> {
    pub fn read(self) -> Result<Read> {
        request(match self {
            Self::Address(query) => by_address(&query)?,
            Self::Body(received) => by_body(&received.bytes)?,
        })
    }
}

/// A parsed request, and the id of its document if the text is not sent.
pub struct Read {
    pub request: Request,
    pub document: Option<String>,
}

/// The parameters of a request, as far as they are given.
#[derive(Default)]
struct Fields {
    query: Option<Value>,
    document: Option<Value>,
    operation: Option<Value>,
    variables: Option<Value>,
    extensions: Option<Value>,
}

impl Fields {
    fn by(&mut self, name: &str) -> Option<&mut Option<Value>> {
        match name {
            "query" => Some(&mut self.query),
            "documentId" => Some(&mut self.document),
            "operationName" => Some(&mut self.operation),
            "variables" => Some(&mut self.variables),
            "extensions" => Some(&mut self.extensions),
            _ => None,
        }
    }
}

fn bad(message: Message) -> Error {
    Error::Protocol { code: ErrorCode::BadRequest, message }
}

fn by_body(bytes: &[u8]) -> Result<Fields> {
    let text = str::from_utf8(bytes).map_err(|_| bad(say!("body-no-utf8")))?;
    if text.trim_start().starts_with('[') {
        return Err(bad(say!("body-array")));
    }
    let Value::Object(given) = json("body", text)? else { return Err(bad(say!("body-no-object"))) };
    let mut fields = Fields::default();
    for (name, value) in given {
        if let Some(field) = fields.by(&name) {
            *field = Some(value);
        }
    }
    Ok(fields)
}

fn json(what: &str, text: &str) -> Result<Value> {
    json::read(text).map_err(|fault| match fault {
        Fault::Twice => bad(say!("json-key-twice", part = what)),
        Fault::Syntax { line, column } => bad(say!("no-json", part = what, line = line, column = column)),
    })
}

fn by_address(query: &str) -> Result<Fields> {
    let mut fields = Fields::default();
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        let Some(field) = fields.by(&name) else { continue };
        // The decoder puts this character in place of bytes that are not UTF-8.
        if text.contains('\u{fffd}') {
            return Err(bad(say!("address-no-utf8", name = name)));
        }
        let value = match &*name {
            "query" => Value::String(text.into_owned()),
            _ if text.is_empty() => Value::Null,
            "documentId" | "operationName" => Value::String(text.into_owned()),
            _ => json(&name, &text)?,
        };
        if field.replace(value).is_some() {
            return Err(bad(say!("address-twice", name = name)));
        }
    }
    Ok(fields)
}

fn request(fields: Fields) -> Result<Read> {
    let (query, document) = match (fields.query, fields.document) {
        (Some(Value::String(query)), None | Some(Value::Null)) => (query, None),
        (None | Some(Value::Null), Some(Value::String(id))) => (String::new(), Some(id)),
        (Some(_), Some(Value::String(_))) => return Err(bad(say!("query-and-document"))),
        (_, Some(value)) if value != Value::Null => return Err(bad(say!("no-string", name = "documentId"))),
        (Some(_), _) => return Err(bad(say!("no-string", name = "query"))),
        (None, _) => return Err(bad(say!("no-query"))),
    };
    let mut request = Request::new(query);
    request.operation_name = match fields.operation {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err(bad(say!("no-string", name = "operationName"))),
    };
    request.variables = match fields.variables {
        None | Some(Value::Null) => Variables::default(),
        Some(values @ Value::Object(_)) => Variables::from_value(values),
        Some(_) => return Err(bad(say!("no-object", name = "variables"))),
    };
    if !matches!(fields.extensions, None | Some(Value::Null | Value::Object(_))) {
        return Err(bad(say!("no-object", name = "extensions")));
    }
    if holds_nul(&request) {
        let message = say!("no-nul");
        return Err(Error::Protocol { code: ErrorCode::Invalid, message });
    }
    Ok(Read { request, document })
}

/// Whether a document holds U+0000, escaped or not: PostgreSQL stores it in no text.
pub fn text_holds_nul(text: &str) -> bool {
    let is_zero = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit == b'0');
    let mut braced = text.split("\\u{").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    text.contains("\\u0000") || text.contains('\0') || braced.any(is_zero)
}

fn holds_nul(request: &Request) -> bool {
    fn within(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::List(values) => values.iter().any(within),
            Value::Object(fields) => fields.values().any(within),
            _ => false,
        }
    }
    text_holds_nul(&request.query) || request.variables.values().any(within)
}
