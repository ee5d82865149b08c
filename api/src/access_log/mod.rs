//! The access log 访问日志: sign-ins, refusals, exports, and personal data shown in clear. No request waits for the
//! log: lines gather in memory and are written in batches, chained by hash, one chain for each server process. Like
//! sessions it lies outside the ledger's door. It holds ids and kinds of data, never a value.

mod line;
mod rows;
mod trail;
mod verify;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::access_chain;
use entity::access_line::{AccessKind, AccessResult};
use tokio::sync::{Mutex as Turn, Notify};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use line::Queue;
use platform::clock::Clock;
use platform::db::Db;
use platform::error::{Error, Result};
use platform::seal::Keys;
use rows::Point;

pub use line::{Happened, Line, MOST};
pub use trail::{Asked, Trail, exported, refused, result_of, shown};
pub use verify::{Walked, newest, verify};

/// Days for which lines are kept by default.
pub const DAYS: u32 = 365;

/// Least number of days that the law asks for.
pub const LEAST_DAYS: u32 = 180;

/// Lines are written when this many wait, or after this time.
const BATCH: usize = 500;
const AFTER: Duration = Duration::from_secs(1);

/// Time between two removals of old lines; the end of the chain goes to the server's own log as often.
const LOOK: Duration = Duration::from_hours(1);

/// Time for which a stopping server waits for its last lines.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct AccessLog {
    db: Db,
    clock: Clock,
    keys: Arc<Keys>,
    queue: Mutex<Queue>,
    is_full: Notify,
    writer: Turn<Writer>,
}

/// State of the one task that writes at a time.
#[derive(Default)]
struct Writer {
    chain: Option<access_chain::Model>,
    /// Lines of the current batches; a line stays until the database has confirmed it.
    waiting: VecDeque<Line>,
    /// End of the chain if the last batch was written. Set while it is not known whether the batch was written.
    unsure: Option<Point>,
}

impl AccessLog {
    #[must_use]
    pub fn new(db: &Db, clock: Clock, keys: Arc<Keys>) -> Self {
        let (queue, writer) = (Mutex::default(), Turn::default());
        Self { db: db.clone(), clock, keys, queue, is_full: Notify::new(), writer }
    }

    /// Queues a line without waiting. If the queue is full, the line is counted as lost.
    pub fn tell(&self, line: Line) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.add(line);
        if queue.len() >= BATCH {
            self.is_full.notify_one();
        }
    }

    /// Queues one event that happens now, in a request or outside of any.
    pub fn tell_now(&self, request: Option<Uuid>, what: Happened) {
        self.tell(Line { at: self.clock.now(), request, times: 1, what });
    }

    /// Number of lines in the queue.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Begins a chain if this process has none.
    pub async fn begin(&self) -> Result<()> {
        self.begun(&mut *self.writer.lock().await).await?;
        Ok(())
    }

    async fn begun(&self, writer: &mut Writer) -> Result<access_chain::Model> {
        if let Some(chain) = &writer.chain {
            return Ok(chain.clone());
        }
        let chain = rows::begin(&self.db, &self.keys, self.clock.now()).await?;
        writer.chain = Some(chain.clone());
        Ok(chain)
    }

    /// Writes all lines that wait. A line that cannot be written waits for the next call.
    pub async fn flush(&self) -> Result<()> {
        let mut writer = self.writer.lock().await;
        // If the last batch was written after all, its lines must not be written again.
        self.settle(&mut writer).await?;
        if writer.waiting.is_empty() {
            let now = self.clock.now();
            writer.waiting.extend(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take(now));
        }
        while !writer.waiting.is_empty() {
            self.write(&mut writer).await?;
        }
        Ok(())
    }

    async fn write(&self, writer: &mut Writer) -> Result<()> {
        let before = self.begun(writer).await?;
        let key = self.keys.get(before.key_id)?;
        let size = writer.waiting.len().min(BATCH);
        let batch: Vec<Line> = writer.waiting.iter().take(size).cloned().collect();
        let rows = rows::follow(&before, &batch, key.as_ref());
        let Some(last) = rows.last() else { return Ok(()) };
        let mut after = access_chain::Model {
            head_seq: last.seq,
            head_hash: last.hash.clone(),
            head_at: self.clock.now(),
            ..before.clone()
        };
        after.head_seal = rows::head_seal(&after, key.as_ref());
        writer.unsure = Some(Point { seq: after.head_seq, hash: after.head_hash.clone() });
        let is_written = rows::append(&self.db, &before, &after, rows).await?;
        writer.unsure = None;
        if is_written {
            writer.waiting.drain(..size);
            writer.chain = Some(after);
            return Ok(());
        }
        // The next call begins a new chain for the lines.
        writer.chain = None;
        let id = before.id;
        Err(Error::internal(format!(
            "chain {id} of the access log is not where it was left: somebody changed it"
        )))
    }

    /// Finds out whether the last batch was written if its reply was lost.
    async fn settle(&self, writer: &mut Writer) -> Result<()> {
        let (Some(unsure), Some(chain)) = (writer.unsure.clone(), writer.chain.clone()) else {
            return Ok(());
        };
        let known = rows::chain(&self.db.log, chain.id).await?;
        if let Some(known) =
            known.filter(|known| (known.head_seq, &known.head_hash) == (unsure.seq, &unsure.hash))
        {
            let written = usize::try_from(unsure.seq - chain.head_seq).unwrap_or_default();
            writer.waiting.drain(..written.min(writer.waiting.len()));
            writer.chain = Some(known);
        }
        writer.unsure = None;
        Ok(())
    }

    /// Writes lines until the process ends, and removes lines older than `days`.
    pub async fn run(self: Arc<Self>, days: u32) {
        let (mut soon, mut late) = (tokio::time::interval(AFTER), tokio::time::interval(LOOK));
        soon.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_late = tokio::select! {
                _ = soon.tick() => false,
                () = self.is_full.notified() => false,
                _ = late.tick() => true,
            };
            let done = if is_late { self.expire(days).await } else { self.flush().await };
            if let Err(error) = done {
                tracing::error!(detail = error.detail(), "the access log is not written");
                tokio::time::sleep(AFTER).await;
            }
            if is_late {
                self.tell_where().await;
            }
        }
    }

    /// Removes lines older than `days`, at least `LEAST_DAYS`.
    pub async fn expire(&self, days: u32) -> Result<()> {
        let before = self.clock.now() - chrono::Duration::days(days.max(LEAST_DAYS).into());
        for chain in rows::chains(&self.db.log).await? {
            let mut chain = Some(chain);
            while let Some(left) = chain.take() {
                if rows::expire(&self.db, &self.keys, &left, before).await? {
                    chain = rows::chain(&self.db.log, left.id).await?;
                }
            }
        }
        Ok(())
    }

    /// Writes the end of the chain to the server's own log, so that its keeper can show later where the chain ended
    /// then.
    pub async fn tell_where(&self) {
        if let Some(chain) = &self.writer.lock().await.chain {
            let (chain, line, hash) = (chain.id, chain.head_seq, &chain.head_hash);
            tracing::info!("access-log {chain} line {line} {hash}");
        }
    }

    /// Writes all lines that wait, and a last line that says that the server stops.
    pub async fn end(&self) -> Result<()> {
        self.tell_now(None, Happened::new(AccessKind::Stopped, AccessResult::Succeeded));
        let done = tokio::time::timeout(PATIENCE, async {
            // Twice: the first call may only finish a batch of an earlier call, while newer lines wait in the queue.
            self.flush().await?;
            self.flush().await
        });
        done.await.map_err(|_| Error::internal("the last lines of the access log are not written"))?
    }

    /// The time by the log's own clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
