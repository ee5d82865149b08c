//! The one door for writes. An act enters a ledger and is run detached from the request, in one transaction:
//! the ledger's next number first, then the idempotency key, the act itself, its facts, cells and feed, and a line of
//! the journal, all stamped with that number. Within a ledger two acts never overlap, so a check that an act makes
//! still holds when it writes. This module knows no feature.

mod fact;
mod home;
mod journal;
mod tx;

pub use fact::{ALL_PROGRAMMES, CellKey, Draft, Moves, Record, Sums, cells_of, code, parties};
pub use home::ledger_for;
pub use journal::{keys_used, walk};
pub use tx::{Tx, insert_many};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use entity::fact::SourceType;
use entity::ids::LedgerId;
use sea_orm::DbErr;
use serde::Serialize;
use uuid::Uuid;

use crate::access::{Action, Viewer};
use platform::clock::Clock;
use platform::db::{Db, Failure, Turn};
use platform::detached::Detached;
use platform::error::{Error, ErrorCode, Result, from_write};
use platform::say;
use platform::seal::Keys;

/// The row that an act was about. The answer is read again, in the caller's scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    pub of: SourceType,
    pub id: Uuid,
}

/// Receipt of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub ledger: LedgerId,
    pub seq: i64,
    pub subject: Subject,
    /// True if the act had been done before, under this idempotency key.
    pub repeated: bool,
}

/// A mutation's input. Its idempotency key stands for the input as serialised: the same key with another input is
/// refused.
pub trait Act: Serialize + Send + Sync + 'static {
    /// The mutation's name, for the journal.
    const NAME: &'static str;
    /// Action that the viewer must be allowed in the ledger.
    const ACTION: Action;

    /// Idempotency key, chosen by the caller once per intent.
    fn idempotency_key(&self) -> &str;

    /// Checks and writes, in one transaction: all of it counts, or nothing.
    fn apply(&self, tx: &mut Tx) -> impl Future<Output = Result<Subject>> + Send;
}

/// The door: every act enters a ledger here.
#[derive(Clone, Debug)]
pub struct Ledger {
    db: Db,
    clock: Clock,
    keys: Arc<Keys>,
    /// Acts that are under way.
    pub acts: Detached,
    waits: Arc<Waits>,
}

/// Number of acts, and the time that they have waited in all for the clocks of their ledgers.
#[derive(Debug, Default)]
pub struct Waits {
    pub acts: AtomicU64,
    pub micros: AtomicU64,
}

const ATTEMPTS: u32 = 6;

impl Ledger {
    #[must_use]
    pub fn new(db: Db, clock: Clock, keys: Arc<Keys>) -> Self {
        let acts = Detached::new(db.acts_at_once);
        Self { db, clock, keys, acts, waits: Arc::default() }
    }

    /// Runs an act in a ledger, to its end even if the caller goes away.
    pub async fn enter<A: Act>(&self, viewer: &Arc<Viewer>, ledger: LedgerId, act: A) -> Result<Receipt> {
        if !viewer.may(A::ACTION)?.reaches(ledger) {
            return Err(if viewer.reads(ledger) { Error::Forbidden } else { Error::NotFound });
        }
        check_key(act.idempotency_key())?;
        let (door, viewer) = (self.clone(), viewer.clone());
        self.acts.run(async move { door.run(viewer, ledger, &act).await }).await
    }

    /// Number of acts, and the time that they have waited for the clocks of their ledgers.
    #[must_use]
    pub fn waits(&self) -> &Waits {
        &self.waits
    }

    async fn run<A: Act>(&self, viewer: Arc<Viewer>, ledger: LedgerId, act: &A) -> Result<Receipt> {
        let (mut attempt, since) = (1, Instant::now());
        let mut turn = A::ACTION.turn();
        // True once an attempt of this call has reached its commit: an act that the next attempt finds may be its
        // own.
        let mut may_be_done = false;
        loop {
            let db = self.db.since(since);
            match self.attempt(&db, viewer.clone(), (ledger, turn), act, &mut may_be_done).await {
                Err(Error::Database(error)) if attempt < attempts(&error) => {
                    tokio::time::sleep(Duration::from_millis(5 << attempt)).await;
                    attempt += 1;
                }
                Err(Error::Database(error)) if Failure::of(&error) == Failure::Conflict => {
                    return Err(Error::busy());
                }
                Err(Error::Database(error)) => return Err(from_write(error)),
                Ok(None) => turn = Turn::Alone,
                Ok(Some(receipt)) => {
                    return Ok(Receipt { repeated: receipt.repeated && !may_be_done, ..receipt });
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Nothing is done if the act must be under way alone, and is not.
    async fn attempt<A: Act>(
        &self,
        db: &Db,
        viewer: Arc<Viewer>,
        (ledger, turn): (LedgerId, Turn),
        act: &A,
        may_be_done: &mut bool,
    ) -> Result<Option<Receipt>> {
        let since = Instant::now();
        let tx = Tx::begin((db, &self.clock, &self.keys), viewer, ledger, (A::ACTION, turn)).await;
        self.waits.acts.fetch_add(1, Ordering::Relaxed);
        let waited = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.waits.micros.fetch_add(waited, Ordering::Relaxed);
        let mut tx = tx?;
        let line = journal::Line::of(act, &tx)?;
        let before = line.look_back(&tx).await?;
        if let Some(receipt) = before.repeated(&line, &tx)? {
            return Ok(Some(receipt));
        }
        let subject = act.apply(&mut tx).await?;
        if tx.should_be_alone() {
            return Ok(None);
        }
        tx.flush().await?;
        line.write(&tx, subject, &before).await?;
        let seq = tx.seq();
        *may_be_done = true;
        tx.commit().await?;
        Ok(Some(Receipt { ledger, seq, subject, repeated: false }))
    }
}

fn check_key(key: &str) -> Result<()> {
    const LONGEST_KEY: usize = 100;
    if (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let message = say!("idempotency-key-unfit", longest = LONGEST_KEY);
    Err(Error::field("idempotencyKey", ErrorCode::Invalid, message))
}

/// How often an act is tried. After a commit that failed, or whose reply was lost, the next attempt finds out by the
/// idempotency key whether the act was done.
fn attempts(error: &DbErr) -> u32 {
    match Failure::of(error) {
        Failure::Conflict | Failure::Lost => ATTEMPTS,
        Failure::Refused => 2,
        Failure::TimeUp | Failure::Exhausted | Failure::Other => 1,
    }
}
