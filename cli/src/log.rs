//! The log, on standard error, and traces, to a collector.

use std::io::{IsTerminal, stderr};

use api::http::settings::{LogFormat, Settings};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use platform::error::{Error, Result};
use tracing::Level;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

/// What is logged where `RUST_LOG` says nothing.
const USUAL: &str = "info,sea_orm_migration=warn,sqlx::postgres::notice=warn,opentelemetry=warn,opentelemetry_sdk=warn,opentelemetry-otlp=warn";

/// Crates whose spans are traced.
const OURS: [&str; 4] = ["api", "cli", "guard", "platform"];

/// What goes on telling; traces that wait are sent when it ends.
pub struct Telling(Option<SdkTracerProvider>);

/// Begins to log, and to trace where a collector is set. The exporter has a thread of its own, so it begins before the
/// runtime does.
pub fn begin(settings: Option<&Settings>) -> Result<Telling> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(USUAL));
    let lines = match settings.map_or(LogFormat::Text, |settings| settings.log_format) {
        LogFormat::Text => fmt::layer().with_ansi(stderr().is_terminal()).with_writer(stderr).boxed(),
        LogFormat::Json => {
            fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(stderr).boxed()
        }
    };
    let provider = settings.map(traces).transpose()?.flatten();
    let traced = provider.as_ref().map(|provider| {
        let layer =
            tracing_opentelemetry::layer().with_tracer(provider.tracer("sanlian")).with_location(false);
        let layer = layer.with_threads(false).with_target(false).with_level(false);
        // `request` is the log's own: a trace has the request's id from its line.
        layer.with_filter(filter_fn(|told| {
            let of = told.target().split("::").next().unwrap_or_default();
            OURS.contains(&of) && *told.level() <= Level::DEBUG && told.name() != "request"
        }))
    });
    registry().with(lines.with_filter(filter)).with(traced).init();
    Ok(Telling(provider))
}

impl Telling {
    pub fn end(self) {
        if let Some(Err(error)) = self.0.map(|provider| provider.shutdown()) {
            tracing::warn!(%error, "some traces were not sent");
        }
    }
}

fn traces(settings: &Settings) -> Result<Option<SdkTracerProvider>> {
    let Some(collector) = &settings.traces else { return Ok(None) };
    let exporter = SpanExporter::builder().with_http().with_endpoint(collector.to_string()).build();
    let exporter = exporter.map_err(|error| {
        Error::internal(format!("cannot send traces to {collector} ({error}): see --traces"))
    })?;
    let sampler = Sampler::TraceIdRatioBased(f64::from(settings.traces_percent) / 100.0);
    let about = Resource::builder().with_service_name("sanlian").build();
    let builder = SdkTracerProvider::builder().with_batch_exporter(exporter);
    Ok(Some(builder.with_sampler(sampler).with_resource(about).build()))
}
