//! The `Gift` of a role or of a person's seats, and the rule that nobody gives anything to themselves.

use entity::ids::PersonId;
use entity::{account, committee, person, role_grant};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::access::Gift;
use crate::access::giving::Last;
use crate::access::policy::Actor;
use crate::ledger::Tx;
use crate::link::{ledgers_of_committee, ledgers_of_person};
use crate::region as regions;
use crate::roster::{self, Kept};
use platform::error::{Error, ErrorCode, Result};

/// The gift of a role at a region. `links` of a committee's role: the ledger that keeps the committee, and the ledgers
/// that hold its links already.
pub(super) async fn of_role(tx: &Tx, grant: &role_grant::Model) -> Result<Gift> {
    let place = match grant.region_id {
        Some(region) => Some((&regions::known(tx, region, "region").await?).into()),
        None => None,
    };
    let mut links = vec![];
    if let Some(id) = grant.committee_id {
        links = ledgers_of_committee(tx, id).await?;
        links.push(roster::known::<committee::Entity>(tx, id.0, "committee").await?.keeper_id);
    }
    let last = grant.to_on.map_or(Last::Never, Last::On);
    Ok(Gift { actor: Actor::Granted(grant.role), place, organisation: grant.organisation_id, last, links })
}

/// The gift of a person's seats. `links`: the ledger that keeps the person, and the ledgers that hold the person's
/// links.
pub(super) async fn of_seats(tx: &Tx, person: &person::Model) -> Result<Gift> {
    let mut links = ledgers_of_person(tx, person.id).await?;
    links.push(person.keeper_id);
    Ok(Gift { actor: Actor::Member, place: None, organisation: None, last: Last::WithSeats, links })
}

/// May the viewer give an account the seats of `person`? True without a person; false if the viewer may not read the
/// person.
pub(super) async fn may_give_seats(tx: &Tx, person: Option<PersonId>) -> Result<bool> {
    let Some(id) = person else { return Ok(true) };
    let these = person::Column::Id.eq(id);
    let Some(row) = person::Entity::readable(tx.viewer())?.filter(these).one(tx.db()).await? else {
        return Ok(false);
    };
    Ok(tx.viewer().may_give(&of_seats(tx, &row).await?))
}

/// Refuses the viewer's own account, and any other account of the viewer's person.
pub(super) fn is_anothers(tx: &Tx, account: &account::Model) -> Result<()> {
    if account.id == tx.account() {
        return Err(oneself("account"));
    }
    is_not_oneself(tx, account.person_id, "account")
}

/// Refuses the viewer's own person.
pub(super) fn is_not_oneself(tx: &Tx, person: Option<PersonId>, field: &str) -> Result<()> {
    let own = tx.viewer().person;
    if person.is_some() && person == own { Err(oneself(field)) } else { Ok(()) }
}

fn oneself(field: &str) -> Error {
    let message = "nobody gives themselves a role or an account: somebody else who keeps accounts does";
    Error::field(field, ErrorCode::NotEligible, message)
}

/// May the viewer give this role, which an account holds already? A role without a region, such as the first
/// administrator's, is given only by an administrator without a region.
pub async fn could_give(tx: &Tx, grant: &role_grant::Model) -> Result<bool> {
    if grant.region_id.is_none() {
        return Ok(tx.viewer().administers_everywhere());
    }
    Ok(tx.viewer().may_give(&of_role(tx, grant).await?))
}
