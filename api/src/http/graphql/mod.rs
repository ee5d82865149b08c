//! GraphQL over HTTP: `GET` for queries, `POST` for all. A request is read and its document measured before its token
//! is looked at.

mod answer;
mod json;
mod media;
mod nulls;
pub mod outline;
mod read;
mod unchanged;
mod values;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::parser::types::OperationType;
use async_graphql::{Pos, Request, Response as Answer, ServerError};
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use guard::{Limit, Refusal, Summary};
use headers::ETag;
use tokio::time::timeout;
use tracing::Instrument;
use uuid::Uuid;

use self::media::Media;
use self::outline::{OUTLINE, Outline};
pub use self::read::text_holds_nul;
use self::read::{Read, Sent};
use self::values::Unfit;
use super::bill::Bill;
use super::budget::{self, Budgets, Overspent, Payer, RateLimit};
use super::compress::Plain;
use super::meter::Measured;
use super::settings::Introspection;
use super::{Served, address, asking, rate, trace};
use crate::Api;
use crate::access::{Action, Viewer};
use crate::access_log::{Asked, Trail};
use crate::document::known;
use crate::loader;
use crate::progress::AskedBefore;
use crate::request::RequestApp;
use crate::session::asker::Asker;
use platform::db::counted;
use platform::error::{Error, ErrorCode, Result, code_name};
use platform::message::Message;
use platform::say;

pub(super) async fn get(
    served: State<Served>,
    headers: HeaderMap,
    extensions: Extensions,
    RawQuery(query): RawQuery,
) -> Response {
    serve(&served, &headers, &extensions, Sent::Get(query.unwrap_or_default())).await
}

pub(super) async fn post(
    served: State<Served>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Body,
) -> Response {
    serve(&served, &headers, &extensions, Sent::Post(body)).await
}

/// Any other method.
pub async fn other(headers: HeaderMap) -> Response {
    let (media, request) = (Media::wanted(&headers).unwrap_or_default(), Uuid::now_v7());
    named(only(media, request, "GET, POST", say!("ask-by-get-or-post")), request)
}

/// Adds the header `x-request-id`, under which logs name the request.
fn named(mut answer: Response, request: Uuid) -> Response {
    if let Ok(id) = HeaderValue::from_str(&request.to_string()) {
        answer.headers_mut().insert("x-request-id", id);
    }
    answer
}

/// Answer to a request that is refused unread.
pub fn turned_away(error: Error, headers: &HeaderMap) -> Response {
    let (media, request) = (Media::wanted(headers).unwrap_or_default(), Uuid::now_v7());
    named(answer::refused(error, media, request), request)
}

fn only(media: Media, request: Uuid, allowed: &'static str, message: Message) -> Response {
    let error = Error::Protocol { code: ErrorCode::MethodNotAllowed, message };
    ([(header::ALLOW, allowed)], answer::refused(error, media, request)).into_response()
}

/// Reason why a request is not executed.
enum Turned {
    Wrong(Error),
    /// The application asks too often, and must wait so long.
    Later(Duration),
    /// The budget of the minute does not suffice.
    Overspent(Overspent),
    Unread(Refusal),
    /// A mutation was sent by `GET`.
    ByPost,
    /// A value that does not fit its variable.
    Unfit(Unfit),
    /// The caller has the answer already, and has paid for the check.
    Unchanged(ETag, RateLimit),
}

impl From<Error> for Turned {
    fn from(error: Error) -> Self {
        Self::Wrong(error)
    }
}

impl Turned {
    /// Charges a request that is not executed: `REFUSED`, or `LEAST` if the server is at fault or the application
    /// must wait. Returns what is left.
    fn paid(self, budgets: &Budgets, payer: Payer) -> (Self, RateLimit) {
        let price = match &self {
            Self::Unchanged(_, left) | Self::Overspent(Overspent { left, .. }) => {
                let left = *left;
                return (self, left);
            }
            Self::Later(_) => budget::LEAST,
            Self::Wrong(error) if is_ours(error.code()) => budget::LEAST,
            _ => budget::REFUSED,
        };
        match budgets.spend(payer, price) {
            Ok(left) => (self, left),
            Err(over) if price == budget::LEAST => (self, over.left),
            Err(over) => (Self::Overspent(over), over.left),
        }
    }

    fn answer(self, media: Media, request: Uuid) -> Response {
        match self {
            Self::Wrong(error) if error.code() == ErrorCode::Busy => later(BUSY, error, media, request),
            Self::Wrong(error) => answer::refused(error, media, request),
            Self::Later(wait) | Self::Overspent(Overspent { wait, .. }) => {
                later(wait, Error::rate_limited(), media, request)
            }
            Self::Unread(refusal) => answer::of(not_read(&refusal), media, request),
            Self::Unfit(unfit) => answer::of(not_fit(&unfit), media, request),
            Self::ByPost => only(media, request, "POST", say!("mutations-by-post")),
            Self::Unchanged(tag, _) => {
                let mut answer = StatusCode::NOT_MODIFIED.into_response();
                unchanged::tell(answer.headers_mut(), tag);
                answer
            }
        }
    }
}

/// Time after which a caller may ask a busy server again.
const BUSY: Duration = Duration::from_secs(1);

fn later(wait: Duration, error: Error, media: Media, request: Uuid) -> Response {
    let retry = [(header::RETRY_AFTER, rate::seconds(wait).to_string())];
    (retry, answer::refused(error, media, request)).into_response()
}

const fn is_ours(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::Busy | ErrorCode::TimedOut | ErrorCode::Internal)
}

async fn serve(served: &Served, headers: &HeaderMap, extensions: &Extensions, sent: Sent) -> Response {
    let (app, since) = (RequestApp::of(&served.app), Instant::now());
    let nobody = Asker::at(address(&served.app, headers, extensions));
    let span = tracing::info_span!("request", id = %nobody.request);
    let answered = async {
        let (media, mut measured) = (Media::wanted(headers), Measured::default());
        let work = async {
            let media = media.ok_or_else(not_acceptable)?;
            Box::pin(answered(served, app, headers, nobody, sent, media, &mut measured)).await
        };
        // A panic is answered like any other internal error.
        let (done, statements) = counted(AssertUnwindSafe(work).catch_unwind()).await;
        let answer = done.unwrap_or_else(|_| Err(Error::internal("a request panicked").into()));
        measured.statements = statements;
        let payer = measured.account.map_or(Payer::Address(nobody.address), Payer::Account);
        let answer = answer.unwrap_or_else(|turned| {
            let (turned, left) = turned.paid(&served.app.front.budgets, payer);
            let mut answer = turned.answer(media.unwrap_or_default(), nobody.request);
            left.tell(answer.headers_mut(), served.app.clock.now());
            answer
        });
        served.app.front.meter.took(nobody.request, &answer, measured, since.elapsed());
        answer
    };
    let traced = span.in_scope(|| trace::request(headers));
    named(answered.instrument(traced).instrument(span).await, nobody.request)
}

fn not_acceptable() -> Error {
    Error::Protocol { code: ErrorCode::NotAcceptable, message: say!("answers-are-json") }
}

async fn answered(
    served: &Served,
    app: RequestApp,
    headers: &HeaderMap,
    nobody: Asker,
    sent: Sent,
    media: Media,
    measured: &mut Measured,
) -> Result<Response, Turned> {
    let by_get = matches!(sent, Sent::Get(_));
    let front = Arc::clone(&app.front);
    let sent = sent.received(headers, &front).await?;
    let _place = front.door.enter().await.ok_or_else(Error::busy)?;
    // Only now, since a parsed request takes more memory than the text that was sent.
    let sent = sent.read()?;
    let Ready { request, summary, schema, unfit } = read(served, &app, sent).await?;
    tracing::trace!(kind = ?summary.kind, cost = summary.cost, "measured");
    let document = known::hash(&request.query);
    *measured = Measured {
        operation: summary.operation,
        kind: Some(summary.kind),
        cost: summary.cost,
        document: document.clone(),
        ..Measured::default()
    };
    if by_get && summary.kind == OperationType::Mutation {
        return Err(Turned::ByPost);
    }
    let (viewer, asker) = asking(&app, headers, nobody).await?;
    measured.account = viewer.as_ref().map(|viewer| viewer.account);
    admitted(&app, viewer.as_ref(), &document, summary.introspects, unfit).await?;
    let tag = unchanged::tag(&app, viewer.as_ref(), &request, &summary.roots, media).await?;
    let held = tag.as_ref().filter(|tag| by_get && unchanged::has(headers, tag));
    let paid = pay(&app, viewer.as_ref(), asker, if held.is_some() { 1 } else { summary.cost })?;
    if let Some(held) = held {
        return Err(Turned::Unchanged(unchanged::as_known(headers, held), paid));
    }
    let bill = Bill::new(&front, payer(viewer.as_ref(), asker), paid, summary.cost);
    let (limit, now) = (app.limits.cost, app.clock.now());
    let work = carried_out(schema, app, viewer, asker, request.data(paid));
    let mut response = match Box::pin(timeout(front.settings.time(), work)).await {
        Ok(mut answer) => {
            let tag = tag.filter(|_| answer.errors.is_empty());
            answer.extensions.extend([answer::cost(summary.cost, limit)]);
            let mut response = answer::of(answer, media, nobody.request);
            if let Some(tag) = tag {
                unchanged::tell(response.headers_mut(), tag);
            }
            response
        }
        Err(_) => answer::refused(Error::timed_out(), media, nobody.request),
    };
    let left = bill.settle(response.extensions().get());
    left.tell(response.headers_mut(), now);
    if OUTLINE.shows_secrets(&summary.roots) {
        response.extensions_mut().insert(Plain);
    }
    Ok(response)
}

/// A request whose document has been measured.
struct Ready<'a> {
    request: Request,
    summary: Summary,
    /// Schema that executes the request, with fast validation if the document is known to fit.
    schema: &'a Api,
    unfit: Option<Unfit>,
}

/// Finds the document of a request, and measures it.
async fn read<'a>(served: &'a Served, app: &RequestApp, sent: Read) -> Result<Ready<'a>, Turned> {
    let Read { mut request, document } = sent;
    let trusted = match document {
        Some(id) => Some(app.documents.named(&app.db, &app.limits, &id).await?),
        None => None,
    };
    if let Some(trusted) = &trusted {
        request.query.clone_from(&trusted.text);
    }
    let (operation, variables) = (request.operation_name.as_deref(), &request.variables);
    let asked = guard::Asked { text: &request.query, operation, variables };
    let (Outline { types, shape, .. }, limits) = (&*OUTLINE, &*app.limits);
    let (document, summary, schema) = if let Some(trusted) = &trusted {
        let summary = trusted.known.summary(&asked, shape, limits).map_err(Turned::Unread)?;
        (trusted.known.document.clone(), summary, &served.fitting)
    } else {
        let checked = guard::read(&asked, shape, limits).1.map_err(Turned::Unread)?;
        (checked.document, checked.summary, &served.schema)
    };
    let unfit = values::unfit(types, &document, operation, variables)
        .or_else(|| nulls::unfit(&OUTLINE, &document, operation, variables));
    let defaults = values::defaults(&document, request.operation_name.as_deref());
    for (name, value) in defaults {
        // The library applies defaults of variables to arguments, but not to directives.
        request.variables.entry(name).or_insert(value);
    }
    request.set_parsed_query(document);
    Ok(Ready { request, summary, schema, unfit })
}

/// The payer: the account, or the address of a caller without a token.
fn payer(viewer: Option<&Viewer>, asker: Asker) -> Payer {
    viewer.map_or(Payer::Address(asker.address), |viewer| Payer::Account(viewer.account))
}

/// Pays the estimated cost of a request.
fn pay(app: &RequestApp, viewer: Option<&Viewer>, asker: Asker, cost: u64) -> Result<RateLimit, Turned> {
    let payer = payer(viewer, asker);
    let wait = viewer.and_then(|viewer| too_often(app, viewer));
    match wait {
        Some(wait) => Err(Turned::Later(wait)),
        None => app.front.budgets.spend(payer, cost).map_err(Turned::Overspent),
    }
}

/// Refuses a value that does not fit, a document that the caller may not send, and introspection that is not allowed.
async fn admitted(
    app: &RequestApp,
    viewer: Option<&Viewer>,
    document: &str,
    introspects: bool,
    unfit: Option<Unfit>,
) -> Result<(), Turned> {
    if let Some(unfit) = unfit {
        return Err(Turned::Unfit(unfit));
    }
    app.documents.let_in(&app.db, &app.limits, viewer, document).await?;
    if introspects && !may_introspect(app.front.settings.introspection, viewer) {
        return Err(Error::Forbidden.into());
    }
    Ok(())
}

fn may_introspect(who: Introspection, viewer: Option<&Viewer>) -> bool {
    match who {
        Introspection::Everyone => true,
        Introspection::Accounts => viewer.is_some(),
        Introspection::Keepers => viewer.is_some_and(|viewer| viewer.may(Action::KeepAccount).is_ok()),
        Introspection::Nobody => false,
    }
}

async fn carried_out(
    schema: &Api,
    app: RequestApp,
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

/// How long an application that has asked too often must wait.
fn too_often(app: &RequestApp, viewer: &Viewer) -> Option<Duration> {
    viewer.application.and_then(|application| app.rates.wait(viewer.account, application.rate, &app.clock))
}

/// Answer if the guard refuses a document.
fn not_read(refusal: &Refusal) -> Answer {
    let (code, cost) = match *refusal {
        Refusal::Exceeded { what: Limit::Cost, asked, limit } => {
            (ErrorCode::QueryTooComplex, Some(answer::cost(asked, limit)))
        }
        Refusal::Exceeded { what: Limit::Depth | Limit::Height | Limit::Nesting, .. } => {
            (ErrorCode::DepthExceeded, None)
        }
        Refusal::Exceeded { .. } => (ErrorCode::QueryTooLarge, None),
        Refusal::Syntax { .. } | Refusal::Circle { .. } | Refusal::Variable { .. } | Refusal::Operation => {
            (ErrorCode::Invalid, None)
        }
    };
    let mut answer = with_code(refusal.to_string(), refusal.at().to_vec(), code);
    answer.extensions.extend(cost);
    answer
}

fn not_fit(unfit: &Unfit) -> Answer {
    with_code(unfit.why.clone(), vec![unfit.at], unfit.code)
}

fn with_code(message: String, locations: Vec<Pos>, code: ErrorCode) -> Answer {
    let mut error = ServerError::new(message, None);
    error.locations = locations;
    error.extensions.get_or_insert_default().set("code", async_graphql::Name::new(code_name(code)));
    Answer::from_errors(vec![error])
}
