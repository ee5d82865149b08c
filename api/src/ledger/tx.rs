//! An act's transaction: the rows it reads and writes, and the facts, cells and feed lines that follow from them.
#![expect(clippy::disallowed_methods, reason = "the one place that writes rows")]

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use entity::fact_ref::RefRole;
use entity::feed::FeedOp;
use entity::ids::{AccountId, FactId, KeyId, LedgerId};
use entity::values::Date;
use entity::{cell, fact, fact_ref, feed};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult,
    IdenStatic, IntoActiveModel, Iterable, QueryFilter, Set, Statement,
};
use uuid::Uuid;

use super::fact::{CellKey, Draft, Moves, Record, Sums, cells_of};
use crate::access::scope::one_of;
use crate::access::{Action, Scope, Viewer};
use platform::check;
use platform::clock::{Clock, day_in_shanghai};
use platform::db::{Bounds, Db, Transaction, Turn, waiting};
use platform::error::{Error, ErrorCode, Result, UserError};
use platform::say;
use platform::seal::Keys;

/// Rows per insert: below the number of bound values that SQLite allows.
const BATCH: usize = 500;

pub struct Tx {
    connection: Transaction,
    viewer: Arc<Viewer>,
    scope: Scope,
    ledger: LedgerId,
    seq: i64,
    at: DateTime<Utc>,
    keys: Arc<Keys>,
    key: KeyId,
    facts: Vec<fact::ActiveModel>,
    refs: Vec<fact_ref::ActiveModel>,
    cells: BTreeMap<CellKey, Sums>,
    feed: Vec<feed::ActiveModel>,
    wrote_reference: AtomicBool,
    turn: Turn,
}

#[derive(FromQueryResult)]
struct Tick {
    seq: i64,
    ticked_at: DateTime<Utc>,
    key_id: Option<KeyId>,
}

/// Time never runs backwards within a ledger, so that an as-of names one clock value.
const TICK: &str = "UPDATE ledger_clock
    SET seq = seq + 1, ticked_at = CASE WHEN ticked_at > $2 THEN ticked_at ELSE $2 END
    WHERE ledger_id = $1 RETURNING seq, ticked_at, (SELECT MAX(id) FROM seal_key) AS key_id";

impl Tx {
    /// Begins with its turn, and then the ledger's next number, which locks its clock until the end.
    pub(super) async fn begin(
        (db, clock, keys): (&Db, &Clock, &Arc<Keys>),
        viewer: Arc<Viewer>,
        ledger: LedgerId,
        (action, turn): (Action, Turn),
    ) -> Result<Self> {
        let connection = db.begin_act(&viewer.bounds().entering(ledger), turn).await?;
        let tick = Statement::from_sql_and_values(db.backend(), TICK, [ledger.into(), clock.now().into()]);
        let row = waiting(connection.query_one_raw(tick)).await?.ok_or_else(no_clock)?;
        let Tick { seq, ticked_at, key_id } = Tick::from_query_result(&row, "")?;
        let scope = viewer.may(action)?;
        Ok(Self {
            connection,
            viewer,
            scope,
            ledger,
            seq,
            at: ticked_at,
            key: key_id.map_or_else(|| keys.newest(), Ok)?,
            keys: Arc::clone(keys),
            facts: vec![],
            refs: vec![],
            cells: BTreeMap::new(),
            feed: vec![],
            wrote_reference: AtomicBool::new(false),
            turn,
        })
    }

    /// Whether an act that is under way with others has written a reference row: it must be done again, alone.
    pub(super) fn should_be_alone(&self) -> bool {
        self.turn == Turn::Together && self.wrote_reference.load(Ordering::Relaxed)
    }

    /// Notes that a row of the table `E` is written. A table without `ledger_id` is a reference table: their clock
    /// must tick.
    fn writes<E: EntityTrait>(&self) {
        if !E::Column::iter().any(|column| column.as_str() == "ledger_id") {
            self.wrote_reference.store(true, Ordering::Relaxed);
        }
    }

    /// Ticks the clock of the reference tables, too, if an act of another ledger wrote there. Every act locks its own
    /// clock first and this one last, so that no two wait for each other.
    async fn tick_reference(&self) -> Result<()> {
        if self.ledger == LedgerId::REFERENCE || !self.wrote_reference.load(Ordering::Relaxed) {
            return Ok(());
        }
        let values = [LedgerId::REFERENCE.into(), self.at.into()];
        let tick = Statement::from_sql_and_values(self.connection.get_database_backend(), TICK, values);
        self.connection.query_one_raw(tick).await?.ok_or_else(no_clock)?;
        Ok(())
    }

    /// Locks the viewer's account until the transaction ends, for limits per account over all ledgers. It is locked
    /// after the ledger's clock. SQLite has one writer and needs no lock.
    pub async fn lock_account(&self) -> Result<()> {
        if self.connection.get_database_backend() == sea_orm::DbBackend::Postgres {
            let lock = "SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE";
            let values = [self.account().into()];
            let lock = Statement::from_sql_and_values(sea_orm::DbBackend::Postgres, lock, values);
            self.connection.query_one_raw(lock).await?.ok_or(Error::NotFound)?;
        }
        Ok(())
    }

    /// Lets one act at a time go on that names this, in whatever ledgers.
    pub async fn lock_name(&self, name: &str) -> Result<()> {
        if self.connection.get_database_backend() == sea_orm::DbBackend::Postgres {
            let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
            let lock = Statement::from_sql_and_values(sea_orm::DbBackend::Postgres, lock, [name.into()]);
            self.connection.query_one_raw(lock).await?;
        }
        Ok(())
    }

    /// Keys that seal personal values.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Key with which the journal hashes inputs.
    #[must_use]
    pub(super) const fn key(&self) -> KeyId {
        self.key
    }

    #[must_use]
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// The act's number: the version of every row it writes.
    #[must_use]
    pub const fn seq(&self) -> i64 {
        self.seq
    }

    #[must_use]
    pub const fn at(&self) -> DateTime<Utc> {
        self.at
    }

    #[must_use]
    pub fn today(&self) -> Date {
        day_in_shanghai(self.at)
    }

    #[must_use]
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    #[must_use]
    pub fn account(&self) -> AccountId {
        self.viewer.account
    }

    /// Scope of the act's own action.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Scope of another action, for rows that the act must read on its way.
    pub fn may(&self, action: Action) -> Result<Scope> {
        self.viewer.may(action)
    }

    /// For reading: rows are named by `T::within(scope)` and `T::whole(scope)`.
    #[must_use]
    pub const fn db(&self) -> &Transaction {
        &self.connection
    }

    /// Reads past the viewer's bounds, as for limits that count in all ledgers. The act must not show what it reads.
    pub async fn over_all_ledgers<T>(&self, read: impl AsyncFnOnce(&Transaction) -> Result<T>) -> Result<T> {
        self.connection.confine(&Bounds::house()).await?;
        let done = read(&self.connection).await?;
        self.connection.confine(&Bounds::nothing()).await?;
        Ok(done)
    }

    /// The id that a client chose for a new row, or a fresh one. An id is taken once, whatever its type and its ledger:
    /// references are compared by it.
    pub async fn new_id(&self, chosen: Option<Uuid>) -> Result<Uuid> {
        let id = check::id(chosen)?;
        if chosen.is_some() {
            let backend = self.connection.get_database_backend();
            let sql = "SELECT 1 FROM taken_id WHERE id = $1";
            let taken = Statement::from_sql_and_values(backend, sql, [id.into()]);
            if self.connection.query_one_raw(taken).await?.is_some() {
                return Err(Error::field("id", ErrorCode::AlreadyExists, say!("id-taken")));
            }
        }
        Ok(id)
    }

    pub async fn insert<A>(&self, row: A) -> Result<<A::Entity as EntityTrait>::Model>
    where
        A: ActiveModelTrait + ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        self.writes::<A::Entity>();
        Ok(row.insert(&self.connection).await?)
    }

    pub async fn insert_many<A>(&self, rows: Vec<A>) -> Result<()>
    where
        A: ActiveModelTrait + ActiveModelBehavior + Send,
    {
        if !rows.is_empty() {
            self.writes::<A::Entity>();
        }
        insert_many(&self.connection, rows).await
    }

    pub async fn update<A>(&self, row: A) -> Result<<A::Entity as EntityTrait>::Model>
    where
        A: ActiveModelTrait + ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        self.writes::<A::Entity>();
        Ok(row.update(&self.connection).await?)
    }

    /// Replaces rows, in tables whose rows have no life of their own, such as the references of a record.
    pub async fn replace<E: EntityTrait, A>(&self, old: sea_orm::Condition, new: Vec<A>) -> Result<()>
    where
        A: ActiveModelTrait<Entity = E> + ActiveModelBehavior + Send,
    {
        self.writes::<E>();
        E::delete_many().filter(old).exec(&self.connection).await?;
        insert_many(&self.connection, new).await
    }

    /// A new record: all its facts begin.
    pub fn created(&mut self, record: &impl Record) {
        for fact in record.facts() {
            self.begin_fact(&fact);
        }
        self.feed_line(record, FeedOp::Create, Moves::default());
    }

    /// A record that has changed: facts that no longer hold end, new ones begin, the rest stay as they are.
    pub async fn changed(&mut self, record: &impl Record, before: Moves) -> Result<()> {
        self.flush().await?;
        let mut wanted = record.facts();
        let mut gone = vec![];
        for (row, fact) in self.open_facts(record.id()).await? {
            match wanted.iter().position(|draft| *draft == fact) {
                Some(at) => {
                    wanted.swap_remove(at);
                }
                None => gone.push((row, fact)),
            }
        }
        self.end_facts(&gone).await?;
        for fact in &wanted {
            self.begin_fact(fact);
        }
        self.feed_line(record, FeedOp::Change, before);
        Ok(())
    }

    fn begin_fact(&mut self, fact: &Draft) {
        let (row, refs) = fact.rows(self.ledger, self.seq);
        self.facts.push(row);
        self.refs.extend(refs);
        cells_of(fact, 1, &mut self.cells);
    }

    async fn open_facts(&self, source: Uuid) -> Result<Vec<(fact::Model, Draft)>> {
        let rows = fact::Entity::find()
            .filter(fact::Column::LedgerId.eq(self.ledger))
            .filter(fact::Column::SourceId.eq(source))
            .filter(fact::Column::UntilSeq.eq(fact::OPEN))
            .all(&self.connection)
            .await?;
        let ids = rows.iter().map(|row| row.id.0);
        let refs = fact_ref::Entity::find()
            .filter(fact_ref::Column::LedgerId.eq(self.ledger))
            .filter(one_of(self.connection.get_database_backend(), fact_ref::Column::FactId, ids))
            .all(&self.connection)
            .await?;
        let mut of: HashMap<FactId, Vec<(RefRole, Uuid)>> = HashMap::new();
        for row in refs {
            of.entry(row.fact_id).or_default().push((row.role, row.ref_id));
        }
        Ok(rows
            .into_iter()
            .map(|row| {
                let draft = Draft::read(&row, of.remove(&row.id).unwrap_or_default());
                (row, draft)
            })
            .collect())
    }

    async fn end_facts(&mut self, gone: &[(fact::Model, Draft)]) -> Result<()> {
        let (young, old): (Vec<_>, Vec<_>) = gone.iter().partition(|(row, _)| row.from_seq == self.seq);
        for (_, fact) in gone {
            cells_of(fact, -1, &mut self.cells);
        }
        let backend = self.connection.get_database_backend();
        let these = |rows: Vec<&(fact::Model, Draft)>| {
            sea_orm::Condition::all().add(fact::Column::LedgerId.eq(self.ledger)).add(one_of(
                backend,
                fact::Column::Id,
                rows.into_iter().map(|(row, _)| row.id.0),
            ))
        };
        if !old.is_empty() {
            fact::Entity::update_many()
                .col_expr(fact::Column::UntilSeq, Expr::val(self.seq))
                .filter(these(old))
                .exec(&self.connection)
                .await?;
        }
        // Facts that began in this very act are deleted: nobody has read them.
        if !young.is_empty() {
            let ids: Vec<Uuid> = young.iter().map(|(row, _)| row.id.0).collect();
            fact_ref::Entity::delete_many()
                .filter(fact_ref::Column::LedgerId.eq(self.ledger))
                .filter(one_of(backend, fact_ref::Column::FactId, ids))
                .exec(&self.connection)
                .await?;
            fact::Entity::delete_many().filter(these(young)).exec(&self.connection).await?;
        }
        Ok(())
    }

    fn feed_line(&mut self, record: &impl Record, op: FeedOp, before: Moves) {
        let now = record.moves();
        let position = i32::try_from(self.feed.len()).unwrap_or(i32::MAX);
        self.feed.push(feed::ActiveModel {
            ledger_id: Set(self.ledger),
            seq: Set(self.seq),
            position: Set(position),
            source_type: Set(record.of()),
            source_id: Set(record.id()),
            op: Set(op),
            old_household_id: Set(before.household),
            new_household_id: Set(now.household),
            old_village_id: Set(before.village),
            new_village_id: Set(now.village),
            old_helper_id: Set(before.helper),
            new_helper_id: Set(now.helper),
        });
    }

    /// Writes the facts and cells that have gathered. `commit` writes the feed.
    pub(super) async fn flush(&mut self) -> Result<()> {
        insert_many(&self.connection, std::mem::take(&mut self.facts)).await?;
        insert_many(&self.connection, std::mem::take(&mut self.refs)).await?;
        let cells: Vec<_> =
            std::mem::take(&mut self.cells).into_iter().map(|(key, sums)| self.cell(key, sums)).collect();
        for batch in cells.chunks(BATCH) {
            let added = cell::Entity::insert_many(batch.to_vec())
                .on_conflict(add_up())
                .exec_without_returning(&self.connection)
                .await?;
            if added < batch.len() as u64 {
                return Err(too_large_a_sum());
            }
        }
        Ok(())
    }

    fn cell(&self, key: CellKey, sums: Sums) -> cell::ActiveModel {
        cell::ActiveModel {
            ledger_id: Set(self.ledger),
            programme_id: Set(key.programme),
            month: Set(key.month),
            source_type: Set(key.of),
            step: Set(key.step),
            kind: Set(key.kind),
            category: Set(key.category),
            parties: Set(key.parties),
            verification: Set(key.verification),
            begun: Set(sums.begun),
            quantity: Set(entity::values::Quantity(sums.quantity)),
            amount: Set(entity::values::Money(sums.amount)),
            persons: Set(sums.persons),
            ended: Set(sums.ended),
        }
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        insert_many(&self.connection, std::mem::take(&mut self.feed)).await?;
        self.tick_reference().await?;
        Ok(self.connection.commit().await?)
    }
}

/// A viewer who enters a ledger reaches it, so its clock must be readable: if it is not, the fault is the service's.
fn no_clock() -> Error {
    Error::internal("a ledger has no clock")
}

fn too_large_a_sum() -> Error {
    Error::User(UserError { field: None, message: say!("month-sum-too-large"), code: ErrorCode::Invalid })
}

/// Inserts rows, `BATCH` per statement.
pub async fn insert_many<A>(connection: &impl ConnectionTrait, rows: Vec<A>) -> Result<()>
where
    A: ActiveModelTrait + ActiveModelBehavior + Send,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let batch: Vec<A> = rows.by_ref().take(BATCH).collect();
        A::Entity::insert_many(batch).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// The largest sum to which a cell still adds. One act adds less than as much again, so 64 bits hold the result.
const LARGEST: i64 = i64::MAX / 2;

/// Adds to existing cells. A cell above `LARGEST` takes nothing more: its row is not written, and `flush` sees that.
fn add_up() -> OnConflict {
    use cell::Column::{
        Amount, Begun, Category, Ended, Kind, LedgerId, Month, Parties, Persons, ProgrammeId, Quantity,
        SourceType, Step, Verification,
    };
    let key = [LedgerId, ProgrammeId, SourceType, Step, Month, Kind, Category, Parties, Verification];
    let mut conflict = OnConflict::columns(key);
    let excluded = |sum| Expr::col((sea_orm::sea_query::Alias::new("excluded"), sum));
    for sum in [Begun, Quantity, Amount, Persons, Ended] {
        conflict.value(sum, Expr::col((cell::Entity, sum)).add(excluded(sum)));
    }
    for sum in [Quantity, Amount] {
        conflict.action_and_where(Expr::col((cell::Entity, sum)).lte(LARGEST).or(excluded(sum).lte(0)));
    }
    conflict
}
