//! Rows of the access log. They are written outside the ledger's door, on a connection of their own, and in batches: no
//! request waits for them.
#![expect(
    clippy::disallowed_methods,
    reason = "the access log lies outside the door: it tells who came to it"
)]

use chrono::{DateTime, Utc};
use entity::access_line::{AccessKind, AccessResult};
use entity::{access_chain, access_line};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;

use super::line::{Happened, Line, chained, hash};
use platform::chain::Walk;
use platform::db::Db;
use platform::error::{Error, Result};
use platform::seal::{Keys, Seal, hex};

/// The end of a chain: number and hash of its last line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    pub seq: i64,
    pub hash: String,
}

/// Number of attempts to begin a chain if other processes take its number.
const ATTEMPTS: usize = 20;

/// Begins a chain after the newest one, with a line of kind STARTED. Processes that begin at the same time get
/// different numbers.
pub async fn begin(db: &Db, keys: &Keys, now: DateTime<Utc>) -> Result<access_chain::Model> {
    let mut attempt = 1;
    loop {
        match begin_once(db, keys, now).await {
            Err(Error::Database(error)) if is_taken(&error) && attempt < ATTEMPTS => attempt += 1,
            done => return done,
        }
    }
}

fn is_taken(error: &sea_orm::DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}

async fn begin_once(db: &Db, keys: &Keys, now: DateTime<Utc>) -> Result<access_chain::Model> {
    let tx = db.begin_log().await?;
    let last = access_chain::Entity::find().order_by_desc(access_chain::Column::Id).one(&tx).await?;
    let key_id = keys.newest()?;
    let key = keys.get(key_id)?;
    let mut chain = access_chain::Model {
        id: last.as_ref().map_or(0, |last| last.id) + 1,
        key_id,
        began_at: now,
        previous_seq: last.as_ref().map_or(0, |last| last.head_seq),
        previous_hash: last.map(|last| last.head_hash).unwrap_or_default(),
        kept_from: 1,
        kept_hash: String::new(),
        kept_seal: String::new(),
        head_seq: 1,
        head_at: now,
        head_hash: String::new(),
        head_seal: String::new(),
    };
    chain.kept_hash = root(&chain, key.as_ref());
    let started = Happened::new(AccessKind::Started, AccessResult::Succeeded);
    let line = Line { at: now, request: None, times: 1, what: started };
    let row = chained(chain.id, 1, &line, key.as_ref(), &chain.kept_hash);
    chain.head_hash.clone_from(&row.hash);
    chain.kept_seal = kept_seal(&chain, key.as_ref());
    chain.head_seal = head_seal(&chain, key.as_ref());
    access_chain::Entity::insert(chain.clone().into_active_model()).exec_without_returning(&tx).await?;
    access_line::Entity::insert(row.into_active_model()).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(chain)
}

/// The hash from which the first line of a chain follows: a seal of the chain's own beginning.
pub fn root(chain: &access_chain::Model, key: &dyn Seal) -> String {
    sealed("root", chain, key, "")
}

/// Seals the beginning of the lines that are kept: without the key nobody can move it unnoticed. The head has a seal of
/// its own, so that expiry and writing do not overwrite each other's.
pub fn kept_seal(chain: &access_chain::Model, key: &dyn Seal) -> String {
    sealed("kept", chain, key, &json!([chain.kept_from, chain.kept_hash]).to_string())
}

pub fn head_seal(chain: &access_chain::Model, key: &dyn Seal) -> String {
    let head = json!([chain.head_seq, chain.head_at.timestamp_micros(), chain.head_hash]);
    sealed("head", chain, key, &head.to_string())
}

fn sealed(what: &str, chain: &access_chain::Model, key: &dyn Seal, more: &str) -> String {
    let began_at = chain.began_at.timestamp_micros();
    let text = json!([what, chain.id, chain.key_id, began_at, chain.previous_seq, chain.previous_hash, more]);
    hex(&key.hash("access log", text.to_string().as_bytes()))
}

/// The rows of lines that follow the end of a chain.
pub fn follow(chain: &access_chain::Model, lines: &[Line], key: &dyn Seal) -> Vec<access_line::Model> {
    let mut before = chain.head_hash.clone();
    let next = |(seq, line): (i64, &Line)| {
        let row = chained(chain.id, seq, line, key, &before);
        before.clone_from(&row.hash);
        row
    };
    (chain.head_seq + 1..).zip(lines).map(next).collect()
}

/// Writes rows at the end of a chain. False if the chain has changed since `before`; then nothing was written.
pub async fn append(
    db: &Db,
    before: &access_chain::Model,
    after: &access_chain::Model,
    rows: Vec<access_line::Model>,
) -> Result<bool> {
    use access_chain::Column;
    let tx = db.begin_log().await?;
    let done = access_chain::Entity::update_many()
        .col_expr(Column::HeadSeq, Expr::value(after.head_seq))
        .col_expr(Column::HeadAt, Expr::value(after.head_at))
        .col_expr(Column::HeadHash, Expr::value(after.head_hash.clone()))
        .col_expr(Column::HeadSeal, Expr::value(after.head_seal.clone()))
        .filter(Column::Id.eq(before.id))
        .filter(Column::HeadSeq.eq(before.head_seq))
        .filter(Column::HeadHash.eq(before.head_hash.clone()))
        .exec(&tx)
        .await?;
    if done.rows_affected != 1 {
        return Ok(false);
    }
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    access_line::Entity::insert_many(rows).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// The chain as the database holds it.
pub async fn chain(db: &impl ConnectionTrait, id: i32) -> Result<Option<access_chain::Model>> {
    Ok(access_chain::Entity::find_by_id(id).one(db).await?)
}

pub async fn chains(db: &impl ConnectionTrait) -> Result<Vec<access_chain::Model>> {
    Ok(access_chain::Entity::find().order_by_asc(access_chain::Column::Id).all(db).await?)
}

/// Up to `most` lines of a chain with numbers above `after`, in their order.
pub async fn lines(
    db: &impl ConnectionTrait,
    chain: i32,
    after: i64,
    most: u64,
) -> Result<Vec<access_line::Model>> {
    use access_line::Column;
    let rows = access_line::Entity::find().filter(Column::ChainId.eq(chain)).filter(Column::Seq.gt(after));
    Ok(rows.order_by_asc(Column::Seq).limit(most).all(db).await?)
}

/// Number of lines that expire in one transaction.
const AT_ONCE: u64 = 5000;

/// Removes lines from the beginning of a chain that are older than `before`, and seals the new beginning. True if there
/// may be more to remove. Lines that do not verify are not removed: traces of tampering stay.
pub async fn expire(
    db: &Db,
    keys: &Keys,
    chain: &access_chain::Model,
    before: DateTime<Utc>,
) -> Result<bool> {
    let first = lines(&db.log, chain.id, chain.kept_from - 1, 1).await?;
    if first.first().is_none_or(|first| first.at >= before) {
        return Ok(false);
    }
    let rows = lines(&db.log, chain.id, chain.kept_from - 1, AT_ONCE).await?;
    let key = keys.get(chain.key_id)?;
    let mut walk = walk(chain);
    for row in rows.iter().take_while(|row| row.at < before) {
        walk.step(row.seq, &row.hash, |before| hash(row, key.as_ref(), before));
    }
    let last = walk.head();
    if let Some(difference) = walk.differences().first() {
        return Err(Error::internal(format!(
            "{difference}; nothing of it expires: run `sanlian audit verify`"
        )));
    }
    let mut left = chain.clone();
    (left.kept_from, left.kept_hash) = (last.seq + 1, last.hash);
    let is_done = cut(db, chain, &left, kept_seal(&left, key.as_ref())).await?;
    Ok(is_done && rows.len() as u64 == AT_ONCE)
}

/// A walk along the lines of a chain that are kept.
pub fn walk(chain: &access_chain::Model) -> Walk {
    Walk::after(format!("access-log {}", chain.id), chain.kept_from - 1, chain.kept_hash.clone(), false)
}

/// Moves the beginning of a chain and deletes the lines before it. False if another server moved it first.
async fn cut(db: &Db, chain: &access_chain::Model, left: &access_chain::Model, seal: String) -> Result<bool> {
    let tx = db.begin_log().await?;
    let done = access_chain::Entity::update_many()
        .col_expr(access_chain::Column::KeptFrom, Expr::value(left.kept_from))
        .col_expr(access_chain::Column::KeptHash, Expr::value(left.kept_hash.clone()))
        .col_expr(access_chain::Column::KeptSeal, Expr::value(seal))
        .filter(access_chain::Column::Id.eq(chain.id))
        .filter(access_chain::Column::KeptFrom.eq(chain.kept_from))
        .exec(&tx)
        .await?;
    if done.rows_affected != 1 {
        return Ok(false);
    }
    access_line::Entity::delete_many()
        .filter(access_line::Column::ChainId.eq(chain.id))
        .filter(access_line::Column::Seq.lt(left.kept_from))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(true)
}
