//! Traces 链路追踪: a request, its waits and the time of each statement, sent to a collector by OTLP if one is set. A
//! caller's trace goes on here, by `traceparent`.

use axum::http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Span, debug_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Span of a request, in the caller's trace or in one of its own.
pub fn request(headers: &HeaderMap) -> Span {
    let span = debug_span!("graphql", otel.kind = "server");
    // Setting the parent fails if no collector listens; then there is no trace to continue.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&HeaderExtractor(headers)));
    span
}

/// Adds what is known of a request at its end. Operations have the names that the metrics use.
pub fn answered(operation: String, kind: &'static str, status: u16, cost: u64, document: String) {
    let span = Span::current();
    span.set_attribute("graphql.operation.name", operation);
    span.set_attribute("graphql.operation.type", kind);
    span.set_attribute("http.response.status_code", i64::from(status));
    span.set_attribute("sanlian.cost", i64::try_from(cost).unwrap_or(i64::MAX));
    span.set_attribute("sanlian.document", document);
}
