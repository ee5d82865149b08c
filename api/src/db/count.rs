//! How many statements a piece of work has run, in whichever task, and a span of its trace for each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{DbBackend, Statement};
use tracing::{Instrument, Span, debug_span};

tokio::task_local! {
    static RUN: Arc<AtomicU32>;
}

/// One more; nobody counts outside a request.
pub(super) fn one() {
    let _ = RUN.try_with(|run| run.fetch_add(1, Ordering::Relaxed));
}

/// A statement in the trace of a request: its text, in which values are never written out.
pub(super) fn span(statement: &Statement) -> Span {
    if Span::current().is_none() {
        return Span::none();
    }
    let system = if statement.db_backend == DbBackend::Postgres { "postgresql" } else { "sqlite" };
    debug_span!(
        "statement",
        otel.kind = "client",
        db.system.name = system,
        db.query.text = statement.sql.as_str()
    )
}

/// Does the work, and tells how many statements it has run.
pub async fn counted<T>(work: impl Future<Output = T>) -> (T, u32) {
    let run = Arc::<AtomicU32>::default();
    let done = RUN.scope(Arc::clone(&run), work).await;
    (done, run.load(Ordering::Relaxed))
}

/// The same work in another task, whose statements count here.
pub fn carried<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    RUN.scope(RUN.try_with(Arc::clone).unwrap_or_default(), work.in_current_span())
}
