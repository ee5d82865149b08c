//! Verifies the chains of the access log: each line follows from the line before, each chain from the chain before, and
//! the beginning and the end of each chain are sealed.
#![expect(clippy::disallowed_methods, reason = "an operator's recount reads whole tables")]

use chrono::{DateTime, Utc};
use entity::access_chain;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};

use super::line::hash;
use super::rows::{self, head_seal, kept_seal, root, walk};
use platform::chain::{Head, PAGE};
use platform::db::Db;
use platform::error::Result;
use platform::seal::{Keys, Seal};

/// Result of a walk along all chains.
#[derive(Debug, Default)]
pub struct Walked {
    pub journals: usize,
    pub chains: usize,
    /// Lines of the access log.
    pub lines: u64,
    pub heads: Vec<Head>,
    /// Sentences, each of which names the chain and the line.
    pub differences: Vec<String>,
}

/// Walks along all chains in one snapshot: servers may go on writing.
pub async fn verify(db: &Db, keys: &Keys, noted: &[Head]) -> Result<Walked> {
    let tx = db.snapshot().await?;
    let chains = rows::chains(&tx).await?;
    let mut found = Walked { chains: chains.len(), ..Walked::default() };
    let mut last: Option<&access_chain::Model> = None;
    for chain in &chains {
        let next = last.map_or(1, |last| last.id + 1);
        found.differences.extend((next..chain.id).map(|id| format!("access-log {id}: the chain is missing")));
        if let Some(before) = last.filter(|_| next == chain.id) {
            found.differences.extend(follows(&tx, before, chain).await?);
        }
        match keys.get(chain.key_id) {
            Ok(key) => along(&tx, chain, key.as_ref(), noted, &mut found).await?,
            Err(_) => found.differences.push(format!(
                "access-log {}: key {} is not in {}, and without it nothing of the chain can be checked",
                chain.id,
                chain.key_id.0,
                keys.place()
            )),
        }
        last = Some(chain);
    }
    let gone = noted.iter().filter(|head| {
        head.chain.starts_with("access-log ")
            && !chains.iter().any(|chain| head.chain == format!("access-log {}", chain.id))
    });
    found.differences.extend(gone.map(|head| format!("{}: it was noted, and is gone", head.chain)));
    Ok(found)
}

/// Compares the line of `before` from which `chain` follows with the hash that `chain` holds of it. None if the two
/// agree, or if the line has expired.
async fn follows(
    db: &impl ConnectionTrait,
    before: &access_chain::Model,
    chain: &access_chain::Model,
) -> Result<Option<String>> {
    let seq = chain.previous_seq;
    let held = if seq == before.kept_from - 1 {
        Some(before.kept_hash.clone())
    } else if seq < before.kept_from {
        return Ok(None);
    } else {
        rows::lines(db, before.id, seq - 1, 1)
            .await?
            .into_iter()
            .find(|row| row.seq == seq)
            .map(|row| row.hash)
    };
    Ok(match held {
        Some(hash) if hash == chain.previous_hash => None,
        Some(_) => {
            Some(format!("access-log {}: line {seq} is another than chain {} saw", before.id, chain.id))
        }
        None => Some(format!("access-log {}: line {seq}, which chain {} saw, is gone", before.id, chain.id)),
    })
}

async fn along(
    db: &impl ConnectionTrait,
    chain: &access_chain::Model,
    key: &dyn Seal,
    noted: &[Head],
    found: &mut Walked,
) -> Result<()> {
    let mut walk = walk(chain).against(noted);
    let is_whole = chain.kept_from > 1 || chain.kept_hash == root(chain, key);
    if !is_whole || chain.kept_seal != kept_seal(chain, key) || chain.head_seal != head_seal(chain, key) {
        walk.tell("where it begins or ends was changed".to_owned());
    }
    loop {
        let rows = rows::lines(db, chain.id, walk.seq(), PAGE).await?;
        for row in &rows {
            walk.step(row.seq, &row.hash, |before| hash(row, key, before));
        }
        found.lines += rows.len() as u64;
        if (rows.len() as u64) < PAGE {
            break;
        }
    }
    let (head, end) = (walk.head(), chain.head_seq);
    if head.seq < end {
        walk.tell(format!("it ends at line {}, and has ended at line {end}: its end is missing", head.seq));
    } else if head.seq > end {
        walk.tell(format!("lines after {end} were inserted"));
    } else if head.hash != chain.head_hash {
        walk.tell(format!("line {end} is not the one that it ended with"));
    }
    found.heads.extend(Some(head).filter(|head| !head.hash.is_empty()));
    found.differences.extend(walk.differences());
    Ok(())
}

/// Time of the latest write that the database knows: an act, or a line of the access log.
pub async fn newest(db: &Db) -> Result<Option<DateTime<Utc>>> {
    let tick = entity::ledger_clock::Entity::find()
        .order_by_desc(entity::ledger_clock::Column::TickedAt)
        .one(&db.read)
        .await?;
    let line = access_chain::Entity::find().order_by_desc(access_chain::Column::HeadAt).one(&db.read).await?;
    Ok(tick.map(|row| row.ticked_at).max(line.map(|row| row.head_at)))
}
