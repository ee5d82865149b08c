//! Zeros that are not final: if a figure was zero at the cut-off, but a ledger has since entered a record of that type
//! for that period, the answer is NOT_YET instead of 0. Only the type is compared, not whether the record counts: the
//! answer reveals no more than that the ledger is at work.

use std::collections::BTreeSet;

use entity::definition::{Definition, Measured, TimeKind};
use entity::ids::LedgerId;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::as_of::AsOf;
use super::coarse::Coarse;
use super::condition::{day, itself};
use super::pattern::is_region;
use super::question::Question;
use super::sql::Binder;
use platform::clock::{day_in_shanghai, start_of_day};
use platform::error::Result;

#[derive(FromQueryResult)]
struct Last {
    nth: i32,
    ledger_id: i32,
    seq: i64,
}

/// For each definition and its ledgers: true if a figure that was zero at the cut-off may have changed since.
pub async fn pending(
    db: &impl ConnectionTrait,
    question: &Question,
    coarse: &Coarse,
    asked: &[(&Definition, &[LedgerId])],
) -> Result<Vec<bool>> {
    let ledgers: BTreeSet<LedgerId> = asked.iter().flat_map(|(_, ledgers)| ledgers.iter().copied()).collect();
    let ledgers: Vec<LedgerId> = ledgers.into_iter().collect();
    let mut kinds: Vec<Measured> = vec![];
    for part in asked.iter().flat_map(|(definition, _)| definition.parts()).map(kind_of) {
        if !kinds.contains(&part) && !is_region(&part) {
            kinds.push(part);
        }
    }
    if kinds.is_empty() || ledgers.is_empty() {
        return Ok(vec![false; asked.len()]);
    }
    let known = coarse.known(db, &ledgers).await?;
    let as_of = match coarse.asked_of() {
        // The start of the day, not the instant: else questions about successive instants would reveal when a record
        // was entered.
        Some(at) => Some(AsOf::at(db, start_of_day(day_in_shanghai(at))).await?),
        None => None,
    };
    let question = Question { ledgers, as_of, ..question.clone() };
    let mut bind = Binder::new(db.get_database_backend());
    let with = question.with(&mut bind);
    let selects: Vec<String> =
        kinds.iter().enumerate().map(|(nth, kind)| latest(&question, nth, kind, &mut bind)).collect();
    let found = bind.all::<Last>(db, with + &selects.join(" UNION ALL ")).await?;
    let news: BTreeSet<(usize, i32)> = found
        .into_iter()
        .filter(|row| row.seq > known.get(&row.ledger_id).copied().unwrap_or_default())
        .map(|row| (usize::try_from(row.nth).unwrap_or_default(), row.ledger_id))
        .collect();
    let is_pending = |(definition, ledgers): &(&Definition, &[LedgerId])| {
        definition.parts().map(kind_of).any(|part| {
            let nth = kinds.iter().position(|kind| *kind == part);
            nth.is_some_and(|nth| ledgers.iter().any(|ledger| news.contains(&(nth, ledger.0))))
        })
    };
    Ok(asked.iter().map(is_pending).collect())
}

/// A part with its type, step and day only, without filters on single records.
fn kind_of(part: &Measured) -> Measured {
    Measured { of: part.of, step: part.step, time: part.time, date: part.date, ..Measured::default() }
}

/// `SELECT` of the clock value at which each ledger last entered a fact of a kind for the period.
fn latest(question: &Question, nth: usize, kind: &Measured, bind: &mut Binder) -> String {
    let (known, clock) = (question.known(bind, "f"), question.clock("f"));
    let itself = itself(question, kind, bind, "f");
    let (first, last) = (question.period.first().0, question.period.last().0);
    let days = match kind.time {
        TimeKind::Stock => format!("f.on_day <= {last} AND f.until_day >= {last}"),
        TimeKind::Flow => format!("f.{} BETWEEN {first} AND {last}", day(kind)),
    };
    format!(
        "SELECT CAST({nth} AS INTEGER) AS nth, f.ledger_id, MAX(f.from_seq) AS seq FROM fact f {clock}
         WHERE {known} AND {itself} AND {days} GROUP BY f.ledger_id"
    )
}
