//! Sealing all values under a new key while servers keep running. First the new key is taken into use; then each ledger
//! is passed through in batches, with its clock locked: an act that sealed under the old key has committed by then, and
//! a later one seals under the new key. If interrupted, it resumes.
#![expect(
    clippy::disallowed_methods,
    reason = "what values say stays as it is: no act of a ledger, nobody's edit"
)]

use entity::ids::{KeyId, LedgerId};
use entity::personal::PersonalKind;
use entity::{ledger_clock, personal_value};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set, Statement,
};
use uuid::Uuid;

use super::{opened, place, purpose};
use platform::clock::Clock;
use platform::db::{Bounds, Db, Transaction};
use platform::error::{Error, Result};
use platform::seal::{self, Keys};

/// Values per transaction: writers of the ledger wait for one batch at most.
const BATCH: u64 = 100;

/// Result of a run.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// The key under which all values are sealed after the run.
    pub key: KeyId,
    pub resealed: u64,
    /// One sentence for each value that did not open and was left as it was.
    pub unopened: Vec<String>,
}

/// Seals all values under a new key; none if nothing is sealed yet. `tell` is called with the values done and their
/// total.
pub async fn run(db: &Db, keys: &Keys, clock: &Clock, tell: &dyn Fn(u64, u64)) -> Result<Option<Report>> {
    let Some(key) = next(db, keys, clock).await? else { return Ok(None) };
    let all = old(key).count(&db.write).await?;
    let mut report = Report { key, resealed: 0, unopened: vec![] };
    let ledgers =
        ledger_clock::Entity::find().order_by_asc(ledger_clock::Column::LedgerId).all(&db.write).await?;
    for ledger in ledgers {
        let mut after = None;
        loop {
            tell(report.resealed, all.max(report.resealed));
            after = batch(db, keys, ledger.ledger_id, after, &mut report).await?;
            if after.is_none() {
                break;
            }
        }
    }
    if report.unopened.is_empty() {
        seal::retire_before(&db.write, key).await?;
    }
    Ok(Some(report))
}

/// The new key: that of an interrupted run, or the one after the current key.
async fn next(db: &Db, keys: &Keys, clock: &Clock) -> Result<Option<KeyId>> {
    let used = seal::in_use(&db.write, keys).await?;
    let Some((current, _)) = used.current() else { return Ok(None) };
    if used.is_changing() {
        return Ok(Some(*current));
    }
    let next = keys.after(*current)?;
    seal::take_into_use(&db.write, keys, next, clock.now()).await?;
    Ok(Some(next))
}

fn old(key: KeyId) -> sea_orm::Select<personal_value::Entity> {
    personal_value::Entity::find().filter(personal_value::Column::KeyId.ne(key))
}

/// Last value of a batch.
type Last = (Uuid, PersonalKind);

/// Reseals one batch of a ledger and returns its last value; none if no values were left.
async fn batch(
    db: &Db,
    keys: &Keys,
    ledger: LedgerId,
    after: Option<Last>,
    report: &mut Report,
) -> Result<Option<Last>> {
    let tx = db.begin(&Bounds::house()).await?;
    lock(&tx, ledger).await?;
    let rows = old(report.key)
        .filter(personal_value::Column::LedgerId.eq(ledger))
        .filter(beyond(after))
        .order_by_asc(personal_value::Column::OwnerId)
        .order_by_asc(personal_value::Column::Kind)
        .limit(BATCH)
        .all(&tx)
        .await?;
    let last = rows.last().map(|row| (row.owner_id, row.kind));
    for row in rows {
        match reseal(&tx, keys, report.key, row).await {
            Ok(()) => report.resealed += 1,
            Err(Error::Internal(sentence)) => report.unopened.push(sentence),
            Err(error) => return Err(error),
        }
    }
    tx.commit().await?;
    Ok(last)
}

/// Locks the ledger's clock, so that no act of the ledger runs until the batch is done.
async fn lock(tx: &Transaction, ledger: LedgerId) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let lock = "SELECT seq FROM ledger_clock WHERE ledger_id = $1 FOR UPDATE";
        tx.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, lock, [ledger.into()])).await?;
    }
    Ok(())
}

fn beyond(last: Option<Last>) -> Condition {
    use personal_value::Column;
    let Some((owner, kind)) = last else { return Condition::all() };
    let same = Condition::all().add(Column::OwnerId.eq(owner)).add(Column::Kind.gt(kind));
    Condition::any().add(Column::OwnerId.gt(owner)).add(same)
}

async fn reseal(tx: &Transaction, keys: &Keys, id: KeyId, row: personal_value::Model) -> Result<()> {
    let value = opened(&row, keys.get(row.key_id)?.as_ref())?;
    let (key, place) = (keys.get(id)?, place(row.ledger_id, row.owner_type, row.owner_id, row.kind));
    let new = personal_value::ActiveModel {
        sealed: Set(key.seal(value.as_bytes(), &place)?),
        hash: Set(key.hash(purpose(row.kind), value.as_bytes())),
        key_id: Set(id),
        ..row.into()
    };
    personal_value::Entity::update(new).exec(tx).await?;
    Ok(())
}
