//! Metrics and logs: counts and times for Prometheus, a line of the log for each request, and another for a slow one.
//! A request is named by its operation only if an account asks and there are few names: callers can make up any name.
//! No value of a document is logged.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use entity::ids::AccountId;
use metrics::{Label, counter, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use uuid::Uuid;

use super::trace;
use crate::App;

/// Names of operations that are told apart at most.
const NAMES: usize = 300;

/// Name of all other operations.
const OTHER: &str = "other";

const SECONDS: &[f64] = &[0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0];
const COST: &[f64] = &[10.0, 100.0, 1_000.0, 5_000.0, 10_000.0, 25_000.0, 50_000.0];
const STATEMENTS: &[f64] = &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

pub struct Meter {
    recorder: PrometheusRecorder,
    prometheus: PrometheusHandle,
    names: Mutex<HashSet<String>>,
    slow: Duration,
}

/// Data of a request that has been answered.
#[derive(Debug, Default)]
pub struct Measured {
    pub operation: Option<String>,
    pub account: Option<AccountId>,
    pub kind: Option<OperationType>,
    /// The SHA-256 of the document.
    pub document: String,
    pub cost: u64,
    pub statements: u32,
}

/// Codes of the errors in an answer.
#[derive(Clone, Debug, Default)]
pub struct Codes(pub BTreeSet<String>);

impl Meter {
    #[expect(clippy::expect_used, reason = "no list of buckets is empty, and else none is refused")]
    pub fn new(slow: Duration) -> Self {
        let all = [("seconds", SECONDS), ("cost", COST), ("statements", STATEMENTS)];
        let builder = all.into_iter().fold(PrometheusBuilder::new(), |builder, (of, buckets)| {
            let matcher = Matcher::Suffix(of.to_owned());
            builder.set_buckets_for_metric(matcher, buckets).expect("there are buckets")
        });
        let recorder = builder.build_recorder();
        let meter = Self { prometheus: recorder.handle(), recorder, names: Mutex::default(), slow };
        with_local_recorder(&meter.recorder, described);
        meter
    }

    /// Counts and logs a request, with the time that it took.
    pub fn took(&self, request: Uuid, answer: &Response, measured: Measured, took: Duration) {
        let codes = answer.extensions().get::<Codes>().cloned().unwrap_or_default();
        let (operation, status) = (self.name(&measured), answer.status().as_u16());
        let kind = kind(measured.kind);
        let named = [Label::new("operation", operation.clone()), Label::new("kind", kind)];
        with_local_recorder(&self.recorder, || {
            let mut ended = named.to_vec();
            ended.push(Label::new("status", status.to_string()));
            counter!("sanlian_requests_total", ended).increment(1);
            histogram!("sanlian_request_seconds", named.to_vec()).record(took);
            if measured.kind.is_some() {
                #[expect(clippy::cast_precision_loss, reason = "no cost is so large")]
                histogram!("sanlian_request_cost", named.to_vec()).record(measured.cost as f64);
                histogram!("sanlian_request_statements", named.to_vec()).record(measured.statements);
            }
            for code in codes.0 {
                let mut failed = named.to_vec();
                failed.push(Label::new("code", code));
                counter!("sanlian_errors_total", failed).increment(1);
            }
        });
        let Measured { document, cost, statements, account, .. } = measured;
        let (ms, account) = (
            u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            account.map(|account| account.0.to_string()),
        );
        tracing::info!(id = %request, operation, kind, status, ms, cost, statements, account, document, "answered");
        if took >= self.slow {
            tracing::warn!(id = %request, operation, kind, ms, statements, document, "slow");
        }
        trace::answered(operation, kind, status, cost, document);
    }

    fn name(&self, measured: &Measured) -> String {
        let (Some(name), Some(_)) = (&measured.operation, measured.account) else { return OTHER.to_owned() };
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.contains(name) || (names.len() < NAMES && names.insert(name.clone())) {
            return name.clone();
        }
        OTHER.to_owned()
    }

    /// All metrics, as Prometheus reads them.
    #[must_use]
    pub fn render(&self, app: &App) -> String {
        with_local_recorder(&self.recorder, || now(app));
        self.prometheus.run_upkeep();
        self.prometheus.render()
    }
}

const fn kind(kind: Option<OperationType>) -> &'static str {
    match kind {
        Some(OperationType::Query) => "query",
        Some(OperationType::Mutation) => "mutation",
        Some(OperationType::Subscription) => "subscription",
        None => "none",
    }
}

fn described() {
    use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
    describe_counter!("sanlian_requests_total", "Requests, by operation and status");
    describe_counter!("sanlian_errors_total", "Errors in answers, by operation and code");
    describe_histogram!(
        "sanlian_request_seconds",
        Unit::Seconds,
        "Time from the whole request to the whole answer"
    );
    describe_histogram!("sanlian_request_cost", "Cost of the document, as extensions.cost tells it");
    describe_histogram!("sanlian_request_statements", "SQL statements that ran for the request");
    describe_gauge!("sanlian_pool_connections", "Connections to the database, by pool and state");
    describe_gauge!("sanlian_acts_under_way", "Acts that are being done");
    describe_counter!("sanlian_ledger_clock_acts_total", "Acts that got their ledger's next number");
    describe_counter!("sanlian_ledger_clock_wait_microseconds_total", "Time that they waited for it");
    describe_gauge!("sanlian_access_log_waiting", "Lines of the access log that are not yet written");
}

/// Sets the metrics that are not counted as they happen.
fn now(app: &App) {
    for (pool, open, idle) in app.db.pools() {
        let idle = u32::try_from(idle).unwrap_or(u32::MAX);
        gauge!("sanlian_pool_connections", "pool" => pool, "state" => "idle").set(idle);
        gauge!("sanlian_pool_connections", "pool" => pool, "state" => "busy").set(open.saturating_sub(idle));
    }
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    gauge!("sanlian_acts_under_way").set(small(app.ledger.acts.under_way()));
    gauge!("sanlian_access_log_waiting").set(small(app.access_log.waiting()));
    let waits = app.ledger.waits();
    counter!("sanlian_ledger_clock_acts_total").absolute(waits.acts.load(Ordering::Relaxed));
    counter!("sanlian_ledger_clock_wait_microseconds_total").absolute(waits.micros.load(Ordering::Relaxed));
}

/// `GET /metrics`, served at an address of its own that must not be reachable from outside.
pub fn router(app: App) -> Router {
    let text = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Router::new().route("/metrics", get(async move || (text, app.front.meter.render(&app)).into_response()))
}
