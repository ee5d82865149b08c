//! How many statements a piece of work has run, and how long the database has worked on them, in whichever task; and a
//! span of its trace for each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::{DbBackend, Statement};
use tracing::{Instrument, Span, debug_span};

/// What a piece of work has had of the database.
#[derive(Debug, Default)]
pub struct Run {
    statements: AtomicU32,
    micros: AtomicU64,
}

tokio::task_local! {
    static RUN: Arc<Run>;
}

/// A statement that nobody waits for any more may go on for a while: it counts as much longer.
const LEFT_ALONE: Duration = Duration::from_secs(1);

impl Run {
    /// What is counted here; none outside a request.
    #[must_use]
    pub fn here() -> Option<Arc<Self>> {
        RUN.try_with(Arc::clone).ok()
    }

    /// How long the database has worked, all statements together.
    #[must_use]
    pub fn time(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }

    fn took(&self, time: Duration) {
        self.micros.fetch_add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// One more; nobody counts outside a request.
pub(super) fn one() {
    let _ = RUN.try_with(|run| run.statements.fetch_add(1, Ordering::Relaxed));
}

/// A statement under way.
struct Watch {
    run: Option<Arc<Run>>,
    since: Instant,
    is_done: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Some(run) = &self.run else { return };
        run.took(self.since.elapsed() + if self.is_done { Duration::ZERO } else { LEFT_ALONE });
    }
}

/// Runs a statement on the connection it has, and counts how long it takes.
pub(super) async fn watched<T>(statement: impl Future<Output = T>) -> T {
    let mut watch = Watch { run: Run::here(), since: Instant::now(), is_done: false };
    let done = statement.await;
    watch.is_done = true;
    done
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
    let run = Arc::<Run>::default();
    let done = RUN.scope(Arc::clone(&run), work).await;
    (done, run.statements.load(Ordering::Relaxed))
}

/// The same work in another task, whose statements count here.
pub fn carried<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    RUN.scope(RUN.try_with(Arc::clone).unwrap_or_default(), work.in_current_span())
}

/// The statements of this work count, and their time does not: they wait for somebody else.
pub async fn waiting<T>(work: impl Future<Output = T>) -> T {
    let (done, statements) = counted(work).await;
    let _ = RUN.try_with(|run| run.statements.fetch_add(statements, Ordering::Relaxed));
    done
}
