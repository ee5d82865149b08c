//! The `Gift` of a role or of a person's seats, and the rule that nobody gives anything to themselves.

use entity::ids::{LedgerId, PersonId};
use entity::region::RegionLevel;
use entity::role_grant::Role;
use entity::{account, committee, ledger, person, role_grant};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::access::giving::Last;
use crate::access::policy::Actor;
use crate::access::scope::Whole;
use crate::access::viewer::Grant;
use crate::access::{Action, Gift};
use crate::ledger::Tx;
use crate::region as regions;
use crate::roster::{self, Kept};
use platform::error::{Error, ErrorCode, Result};
use platform::say;

/// The gift of a role at a region. An account opens links of its keeper's ledger alone, so the links of a committee are those
/// in the ledger that keeps it.
pub(super) async fn of_role(tx: &Tx, grant: &role_grant::Model) -> Result<Gift> {
    let place = match grant.region_id {
        Some(region) => Some((&regions::known(tx, region, "region").await?).into()),
        None => None,
    };
    let links = match grant.committee_id {
        Some(id) => vec![roster::known::<committee::Entity>(tx, id.0, "committee").await?.keeper_id],
        None => vec![],
    };
    let last = grant.to_on.map_or(Last::Never, Last::On);
    Ok(Gift { actor: Actor::Granted(grant.role), place, organisation: grant.organisation_id, last, links })
}

/// The gift of a person's seats, likewise.
pub(super) fn of_seats(person: &person::Model) -> Gift {
    let links = vec![person.keeper_id];
    Gift { actor: Actor::Member, place: None, organisation: None, last: Last::WithSeats, links }
}

/// May the viewer give an account the seats of `person`? True without a person; false if the viewer may not read the
/// person.
pub(super) async fn may_give_seats(tx: &Tx, person: Option<PersonId>) -> Result<bool> {
    let Some(id) = person else { return Ok(true) };
    let these = person::Column::Id.eq(id);
    let Some(row) = person::Entity::readable(tx.viewer())?.filter(these).one(tx.db()).await? else {
        return Ok(false);
    };
    Ok(tx.viewer().may_give(&of_seats(&row)))
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
    Error::field(field, ErrorCode::NotEligible, say!("gift-to-oneself"))
}

/// May the viewer give this role, which an account holds already? A role without a region, such as the first
/// administrator's, is given only by an administrator without a region.
pub async fn could_give(tx: &Tx, grant: &role_grant::Model) -> Result<bool> {
    if grant.region_id.is_none() {
        return Ok(tx.viewer().administers_everywhere());
    }
    Ok(tx.viewer().may_give(&of_role(tx, grant).await?))
}

/// The role of the office that keeps an account, or of the regional administrators who set its passwords; nothing if only
/// administrators of all regions did.
pub(super) async fn keeper(tx: &Tx, account: &account::Model) -> Result<Option<Grant>> {
    let region = if account.keeper_id == LedgerId::REFERENCE {
        let Some(within) = account.within_id else { return Ok(None) };
        regions::known(tx, within, "account").await?
    } else {
        let reading = tx.may(Action::ReadReference)?;
        let kept = ledger::Entity::whole(&reading).filter(ledger::Column::Id.eq(account.keeper_id));
        let kept = kept.one(tx.db()).await?.ok_or_else(|| Error::missing("account"))?;
        regions::known(tx, kept.region_id, "account").await?
    };
    let role = match region.level {
        _ if account.keeper_id == LedgerId::REFERENCE => Role::Admin,
        RegionLevel::Province => Role::ProvinceOffice,
        RegionLevel::City => Role::CityOffice,
        RegionLevel::County | RegionLevel::Township | RegionLevel::Village => Role::CountyOffice,
    };
    let reading = tx.may(Action::ReadReference)?;
    let ledgers = ledger::Entity::whole(&reading)
        .filter(ledger::Column::RegionId.in_subquery(regions::ids_below(region.id)))
        .all(tx.db())
        .await?;
    Ok(Some(Grant {
        role,
        region: Some(region.id),
        organisation: None,
        committee: None,
        to: None,
        own_ledger: ledgers.iter().find(|kept| kept.region_id == region.id).map(|kept| kept.id),
        ledgers: ledgers.into_iter().map(|kept| kept.id).collect(),
        leaves_none_out: false,
        area: None,
    }))
}
