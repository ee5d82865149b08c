//! Traces 链路追踪: a request, what it waited for and how long each statement took, told to a collector by OTLP where one is
//! set. A caller who traces goes on in the same trace, by `traceparent`.

use axum::http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Span, debug_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// A request in a trace: its own, or the caller's.
pub fn request(headers: &HeaderMap) -> Span {
    let span = debug_span!("graphql", otel.kind = "server");
    // Where nobody listens there is nothing to go on with.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&HeaderExtractor(headers)));
    span
}

/// What is known of it at its end; names are those that the metrics tell.
pub fn answered(operation: String, kind: &'static str, status: u16, cost: u64, document: String) {
    let span = Span::current();
    span.set_attribute("graphql.operation.name", operation);
    span.set_attribute("graphql.operation.type", kind);
    span.set_attribute("http.response.status_code", i64::from(status));
    span.set_attribute("sanlian.cost", i64::try_from(cost).unwrap_or(i64::MAX));
    span.set_attribute("sanlian.document", document);
}
