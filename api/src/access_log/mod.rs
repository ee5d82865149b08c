//! The access log 访问日志: sign-ins, refusals, exports, and what of people was shown in clear. Whoever tells it something
//! never waits: lines gather in memory and are written in batches, chained by hash, a chain for each server process. Like
//! sessions it lies outside the door. It holds ids and kinds of data, never a value.

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

/// How long lines are kept, unless it is set otherwise.
pub const DAYS: u32 = 365;

/// What the law asks for at least.
pub const LEAST_DAYS: u32 = 180;

/// Lines are written after so many, or after this long.
const BATCH: usize = 500;
const AFTER: Duration = Duration::from_secs(1);

/// Old lines are removed, and where the log stands is told, so often.
const LOOK: Duration = Duration::from_hours(1);

/// How long a server that stops waits for its last lines.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct AccessLog {
    db: Db,
    clock: Clock,
    keys: Arc<Keys>,
    queue: Mutex<Queue>,
    is_full: Notify,
    writer: Turn<Writer>,
}

/// What the one who writes holds.
#[derive(Default)]
struct Writer {
    chain: Option<access_chain::Model>,
    /// Lines that are not known to be written.
    waiting: VecDeque<Line>,
    /// Where the chain may stand: whether the last batch was written is not known.
    unsure: Option<Point>,
}

impl AccessLog {
    #[must_use]
    pub fn new(db: &Db, clock: Clock, keys: Arc<Keys>) -> Self {
        let (queue, writer) = (Mutex::default(), Turn::default());
        Self { db: db.clone(), clock, keys, queue, is_full: Notify::new(), writer }
    }

    /// Takes a line, at once. Where too many wait, it is counted as lost.
    pub fn tell(&self, line: Line) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.add(line);
        if queue.len() >= BATCH {
            self.is_full.notify_one();
        }
    }

    /// The same of something that happens now, once, in a request or outside of all.
    pub fn tell_now(&self, request: Option<Uuid>, what: Happened) {
        self.tell(Line { at: self.clock.now(), request, times: 1, what });
    }

    /// How many lines wait to be written.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Begins a chain, where this process has none yet.
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

    /// Writes all lines that wait. What cannot be written waits for the next time.
    pub async fn flush(&self) -> Result<()> {
        let mut writer = self.writer.lock().await;
        // What is written already does not come again with what has come since.
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
        // Its lines go into a new chain.
        writer.chain = None;
        let id = before.id;
        Err(Error::internal(format!(
            "chain {id} of the access log is not where it was left: somebody changed it"
        )))
    }

    /// Whether the last batch was written, where that is not known: the reply may have been lost.
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

    /// Writes until the process ends; removes lines that are older than so many days.
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

    /// Removes lines older than so many days.
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

    /// Who keeps the server's own log can say later where the chain stood then.
    pub async fn tell_where(&self) {
        if let Some(chain) = &self.writer.lock().await.chain {
            let (chain, line, hash) = (chain.id, chain.head_seq, &chain.head_hash);
            tracing::info!("access-log {chain} line {line} {hash}");
        }
    }

    /// Writes what waits, and that this is the end.
    pub async fn end(&self) -> Result<()> {
        self.tell_now(None, Happened::new(AccessKind::Stopped, AccessResult::Succeeded));
        let done = tokio::time::timeout(PATIENCE, async {
            // Twice: what came while a batch was under way.
            self.flush().await?;
            self.flush().await
        });
        done.await.map_err(|_| Error::internal("the last lines of the access log are not written"))?
    }

    /// Now, as the log's own clock has it.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
