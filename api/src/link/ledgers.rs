//! The ledgers in which a helper's links lie. Accounts of the helper work there on the records of the links.

use entity::ids::{CommitteeId, LedgerId, PersonId};
use entity::{link, member};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};

use crate::ledger::Tx;
use crate::roster;
use platform::error::Result;

/// Ledgers in which the committee has a link that has not ended.
pub async fn ledgers_of_committee(tx: &Tx, committee: CommitteeId) -> Result<Vec<LedgerId>> {
    ledgers(tx, Condition::all().add(link::Column::HelperId.eq(committee))).await
}

/// Ledgers in which a seat of the person, not ended itself, has a link that has not ended.
pub async fn ledgers_of_person(tx: &Tx, person: PersonId) -> Result<Vec<LedgerId>> {
    let seats = Query::select()
        .column(member::Column::Id)
        .from(member::Entity)
        .and_where(member::Column::PersonId.eq(person))
        .cond_where(roster::lasts(member::Column::ToOn, tx.today()))
        .to_owned();
    ledgers(tx, Condition::all().add(link::Column::HelperId.in_subquery(seats))).await
}

#[expect(clippy::disallowed_methods, reason = "it names ledgers in which a link lies, and shows no link")]
async fn ledgers(tx: &Tx, of_helper: Condition) -> Result<Vec<LedgerId>> {
    let rows = link::Entity::find()
        .select_only()
        .column(link::Column::LedgerId)
        .distinct()
        .filter(of_helper)
        .filter(roster::lasts(link::Column::ToOn, tx.today()))
        .into_tuple();
    tx.over_all_ledgers(async |db| Ok(rows.all(db).await?)).await
}
