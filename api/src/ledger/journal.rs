//! The journal of a ledger: a line per act, chained by hash, which also remembers idempotency keys. It holds a keyed
//! hash of each input: a plain hash of a short input, such as a phone number, could be found by trying all numbers.
#![expect(clippy::disallowed_methods, reason = "the journal lies under the door, not behind a scope")]

use std::collections::HashSet;

use entity::ids::{KeyId, LedgerId};
use entity::{act, ledger_clock};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use sha2::{Digest, Sha256};

use super::{Act, Receipt, Subject, Tx};
use platform::chain::{Head, PAGE, Walk};
use platform::error::{Error, ErrorCode, Result};
use platform::say;
use platform::seal::hex;

/// A line before it is written.
pub(super) struct Line {
    action: &'static str,
    key: String,
    /// The mutation's name and its input, for the hash.
    input: Vec<u8>,
    input_hash: String,
}

/// Lines that the journal holds already: the hash of the last line, and the line under the same idempotency key.
pub(super) struct Before {
    hash: String,
    same_key: Option<act::Model>,
}

impl Line {
    pub(super) fn of<A: Act>(act: &A, tx: &Tx) -> Result<Self> {
        let mut input = format!("{}\0", A::NAME).into_bytes();
        serde_json::to_writer(&mut input, act).map_err(Error::internal)?;
        let hash = hex(&tx.keys().get(tx.key())?.hash("input", &input));
        let input_hash = format!("{}:{hash}", tx.key().0);
        Ok(Self { action: A::NAME, key: act.idempotency_key().to_owned(), input, input_hash })
    }

    /// Whether `done` was written for this input. Its `input_hash` names the sealing key; one that names none is a
    /// plain hash, written before there were keys. If the key is gone, the answer is no.
    fn is_of(&self, done: &act::Model, tx: &Tx) -> bool {
        let Some((id, hash)) = done.input_hash.split_once(':') else {
            return done.input_hash == hex(&Sha256::digest(&self.input));
        };
        let key = id.parse().ok().and_then(|id| tx.keys().get(KeyId(id)).ok());
        key.is_some_and(|key| hash == hex(&key.hash("input", &self.input)))
    }

    /// Two look-ups by an index each: asked as one, with `OR`, the planner reads the whole journal.
    pub(super) async fn look_back(&self, tx: &Tx) -> Result<Before> {
        let of_ledger = || act::Entity::find().filter(act::Column::LedgerId.eq(tx.ledger()));
        let same_key = of_ledger()
            .filter(act::Column::AccountId.eq(tx.account()))
            .filter(act::Column::IdempotencyKey.eq(self.key.as_str()))
            .one(tx.db())
            .await?;
        // The clock of the reference tables ticks for acts of other ledgers, too: its numbers have gaps.
        let last = of_ledger().order_by_desc(act::Column::Seq).one(tx.db()).await?;
        Ok(Before { hash: last.map(|line| line.hash).unwrap_or_default(), same_key })
    }

    pub(super) async fn write(self, tx: &Tx, subject: Subject, before: &Before) -> Result<()> {
        let mut line = act::Model {
            ledger_id: tx.ledger(),
            seq: tx.seq(),
            at: tx.at(),
            account_id: tx.account(),
            action: self.action.to_owned(),
            idempotency_key: self.key,
            input_hash: self.input_hash,
            subject_type: subject.of,
            subject_id: subject.id,
            hash: String::new(),
        };
        line.hash = chained(&before.hash, &line);
        let row = act::ActiveModel {
            ledger_id: Set(line.ledger_id),
            seq: Set(line.seq),
            at: Set(line.at),
            account_id: Set(line.account_id),
            action: Set(line.action),
            idempotency_key: Set(line.idempotency_key),
            input_hash: Set(line.input_hash),
            subject_type: Set(line.subject_type),
            subject_id: Set(line.subject_id),
            hash: Set(line.hash),
        };
        act::Entity::insert(row).exec_without_returning(tx.db()).await?;
        Ok(())
    }
}

impl Before {
    /// The receipt of the act that was done under this idempotency key; an error if its input was another.
    pub(super) fn repeated(&self, line: &Line, tx: &Tx) -> Result<Option<Receipt>> {
        let Some(done) = &self.same_key else { return Ok(None) };
        if !line.is_of(done, tx) {
            return Err(Error::field(
                "idempotencyKey",
                ErrorCode::IdempotencyKeyReused,
                say!("idempotency-key-reused"),
            ));
        }
        let subject = Subject { of: done.subject_type, id: done.subject_id };
        Ok(Some(Receipt { ledger: done.ledger_id, seq: done.seq, subject, repeated: true }))
    }
}

fn chained(before: &str, line: &act::Model) -> String {
    let text = format!(
        "{before}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{:?}\n{}",
        line.ledger_id.0,
        line.seq,
        line.at.timestamp_micros(),
        line.account_id.0,
        line.action,
        line.idempotency_key,
        line.input_hash,
        line.subject_type,
        line.subject_id,
    );
    hex(&Sha256::digest(text))
}

/// Walks the journal of a ledger up to its clock, checks the chain, and compares it with heads noted before. The
/// clock of the reference tables ticks for acts of other ledgers, too: its numbers have gaps.
pub async fn walk(db: &impl ConnectionTrait, ledger: LedgerId, noted: &[Head]) -> Result<Walk> {
    let has_gaps = ledger == LedgerId::REFERENCE;
    let clock = ledger_clock::Entity::find_by_id(ledger).one(db).await?.map_or(0, |row| row.seq);
    let mut walk = Walk::after(format!("ledger {}", ledger.0), 0, String::new(), has_gaps).against(noted);
    loop {
        let after = act::Column::LedgerId.eq(ledger).and(act::Column::Seq.gt(walk.seq()));
        let lines =
            act::Entity::find().filter(after).order_by_asc(act::Column::Seq).limit(PAGE).all(db).await?;
        for line in &lines {
            walk.step(line.seq, &line.hash, |before| chained(before, line));
        }
        if (lines.len() as u64) < PAGE {
            break;
        }
    }
    let end = walk.seq();
    // Acts that commit during the walk stand beyond the clock that was read.
    if end < clock && !has_gaps {
        walk.tell(format!("the clock stands at {clock}, the journal ends at {end}"));
    }
    Ok(walk)
}

/// Which of these idempotency keys have been used in a ledger, by any account.
pub async fn keys_used(
    db: &impl ConnectionTrait,
    ledger: LedgerId,
    keys: &[&str],
) -> Result<HashSet<String>> {
    let lines = act::Entity::find()
        .filter(act::Column::LedgerId.eq(ledger))
        .filter(act::Column::IdempotencyKey.is_in(keys.iter().copied()))
        .all(db)
        .await?;
    Ok(lines.into_iter().map(|line| line.idempotency_key).collect())
}
