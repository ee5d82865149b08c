//! Finding the rows that an input names, within the viewer's scope: links, helpers, targets, places and the origin.

use async_graphql::ID;
use entity::fact::SourceType;
use entity::fact_ref::{PartyKind, RefRole};
use entity::ids::{HouseholdId, LedgerId, MemberId, ProgrammeId, RecordId, RegionId};
use entity::values::Date;
use entity::{committee, household, industry, ledger, link, member, organisation, record, region};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};
use uuid::Uuid;

use super::entry::{About, Entry, nowhere};
use super::lifetime::{are_there, none_erased};
use crate::access::scope::{Whole, one_of};
use crate::access::{Action, Scope, Within};
use crate::ledger::Tx;
use crate::link::{ends, holds_on, may_name, rules_of};
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

/// References, place and household of a record.
pub(super) struct Resolved {
    pub refs: Vec<(RefRole, Uuid)>,
    pub region: RegionId,
    pub household: Option<HouseholdId>,
}

pub(super) async fn resolve(tx: &Tx, entry: &Entry<'_>) -> Result<Resolved> {
    let about = entry.about;
    let mut refs = vec![];
    let mut places = vec![];
    let mut household = None;
    for (link, programme) in served(tx, &about.links).await? {
        if entry.of != SourceType::Plan && !holds_on(&link, about.happened_on) {
            return Err(Error::field("links", ErrorCode::NotEligible, say!("record-link-not-active")));
        }
        refs.extend(ends(&link));
        refs.push((RefRole::Programme, programme));
        places.push(link.region_id);
        household = household.or(link.household_id);
    }
    none_erased(tx, &refs, "links").await?;
    for id in &about.programmes {
        let gid = Gid::parse(id, "programmes", &[SourceType::Programme])?;
        may_name(tx, ProgrammeId(gid.id), "programmes").await?;
        refs.push((RefRole::Programme, gid.id));
    }
    // A plan may name a party that does not exist on its day.
    let day = (entry.of != SourceType::Plan).then_some(about.happened_on);
    refs.extend(helpers(tx, about, day).await?);
    let mut targets = vec![];
    for id in &about.targets {
        let gid = Gid::parse(id, "targets", PartyKind::TARGETS)?;
        let kind = PartyKind::of(gid.of).ok_or_else(|| Error::missing("targets"))?;
        places.push(place_of(tx, gid).await?);
        targets.push((RefRole::target(kind), gid.id));
        if gid.of == SourceType::Household {
            household = household.or(Some(HouseholdId(gid.id)));
        }
    }
    are_there(tx, "targets", &targets, day).await?;
    refs.extend(targets);
    let region = match &about.region {
        Some(id) => {
            let at = RegionId(Gid::parse(id, "region", &[SourceType::Region])?.id);
            let at = place(tx, at, "region").await?;
            are_there(tx, "region", &[(RefRole::TargetRegion, at.0)], day).await?;
            at
        }
        None => *places.first().ok_or_else(nowhere)?,
    };
    refs.extend(own_helper(tx, entry, &refs, region)?);
    Ok(Resolved { refs, region, household })
}

/// The links that an input names, in its order, each with the programme of its rule. Refuses a link outside the act's
/// ledger or scope.
pub async fn served(tx: &Tx, links: &[ID]) -> Result<Vec<(link::Model, Uuid)>> {
    let mut ids: Vec<Uuid> = vec![];
    for id in links {
        let id = Gid::parse(id, "links", &[SourceType::Link])?.id;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let backend = tx.scope().backend();
    let mut rows = link::Entity::within(tx.scope())
        .filter(link::Column::LedgerId.eq(tx.ledger()))
        .filter(one_of(backend, link::Column::Id, ids.iter().copied()))
        .all(tx.db())
        .await?;
    if rows.len() != ids.len() {
        return Err(Error::missing("links"));
    }
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id.0));
    let rules = rules_of(tx, &rows).await?;
    let programme = |row: &link::Model| rules.get(&row.rule_id).map(|rule| rule.programme_id.0);
    rows.into_iter()
        .map(|row| programme(&row).map(|programme| (row, programme)).ok_or_else(|| Error::missing("links")))
        .collect()
}

/// The helpers and participants that an input names. Refuses one that does not exist on the day.
async fn helpers(tx: &Tx, about: &About, day: Option<Date>) -> Result<Vec<(RefRole, Uuid)>> {
    let mut helpers = vec![];
    for id in &about.helpers {
        helpers.push(helper(id, "helpers")?);
    }
    are_there(tx, "helpers", &helpers, day).await?;
    let mut participants = vec![];
    for id in &about.participants {
        participants.push((RefRole::Participant, Gid::parse(id, "participants", &[SourceType::Member])?.id));
    }
    are_there(tx, "participants", &participants, day).await?;
    helpers.extend(participants);
    Ok(helpers)
}

/// Role and id of a helper, from its global id. The row need not exist.
pub fn helper(id: &ID, field: &str) -> Result<(RefRole, Uuid)> {
    let gid = Gid::parse(id, field, PartyKind::HELPERS)?;
    let role = PartyKind::of(gid.of).and_then(RefRole::helper).ok_or_else(|| Error::missing(field))?;
    Ok((role, gid.id))
}

/// The viewer's own seat or committee, as the helper of work for which the input names no link or helper of the
/// viewer's. None if the place lies in the viewer's ledger or area: offices and village teams are no helpers. A need
/// gets none: it must name a seat, committee, link or target of the viewer's.
fn own_helper(
    tx: &Tx,
    entry: &Entry<'_>,
    refs: &[(RefRole, Uuid)],
    region: RegionId,
) -> Result<Option<(RefRole, Uuid)>> {
    let scope = tx.scope();
    if scope.holds_place(tx.ledger(), region) {
        return Ok(None);
    }
    let own = |(_, id): &(RefRole, Uuid)| scope.own().iter().any(|own| own.refs.contains(id));
    if entry.of == SourceType::Need || scope.own().is_empty() {
        return if refs.iter().any(own) { Ok(None) } else { Err(nowhere()) };
    }
    let about = entry.about;
    let named = !about.links.is_empty() || !about.helpers.is_empty();
    if named && refs.iter().any(own) {
        return Ok(None);
    }
    let links = || tx.viewer().links.iter().filter(|link| link.ledger == tx.ledger());
    let linked = links().find(|link| refs.iter().any(|(_, id)| *id == link.target));
    let role = |helper| {
        let is_seat = tx.viewer().seats.contains(&MemberId(helper));
        if is_seat { RefRole::HelperMember } else { RefRole::HelperCommittee }
    };
    Ok(linked.or_else(|| links().next()).map(|link| (role(link.helper), link.helper)))
}

/// Region of a target. A household must be within scope; a region or industry must lie in the viewer's ledger or
/// area, or be the target of one of the viewer's links.
async fn place_of(tx: &Tx, target: Gid) -> Result<RegionId> {
    let missing = || Error::missing("targets");
    let region = match target.of {
        SourceType::Household => return Ok(household(tx, target, "targets").await?.village_id),
        SourceType::Region => RegionId(target.id),
        SourceType::Industry => {
            industry::Entity::whole(&tx.may(Action::ReadReference)?)
                .filter(industry::Column::Id.eq(target.id))
                .one(tx.db())
                .await?
                .ok_or_else(missing)?
                .region_id
        }
        _ => {
            let message = say!("record-target-of-other-kind");
            return Err(Error::field("targets", ErrorCode::Invalid, message));
        }
    };
    if !tx.scope().holds_target(tx.ledger(), target.id) && !tx.scope().holds_place(tx.ledger(), region) {
        return Err(missing());
    }
    place(tx, region, "targets").await
}

/// A household of the act's ledger, within scope. Refuses it if its data were erased.
pub async fn household(tx: &Tx, named: Gid, field: &str) -> Result<household::Model> {
    let row = household::Entity::within(tx.scope())
        .filter(household::Column::LedgerId.eq(tx.ledger()))
        .filter(household::Column::Id.eq(named.id))
        .one(tx.db())
        .await?
        .filter(|row| row.ledger_id == named.ledger)
        .ok_or_else(|| Error::missing(field))?;
    check::not_erased(row.erased_on, field)?;
    Ok(row)
}

/// Refuses a region that is neither the one that keeps the act's ledger nor below it.
pub async fn place(tx: &Tx, id: RegionId, field: &str) -> Result<RegionId> {
    let reading = tx.may(Action::ReadReference)?;
    let keeper = ledger::Entity::whole(&reading).filter(ledger::Column::Id.eq(tx.ledger()));
    let keeper = keeper.one(tx.db()).await?.map(|row| row.region_id);
    let row = region::Entity::whole(&reading).filter(region::Column::Id.eq(id)).one(tx.db()).await?;
    let lies_in = |row: &region::Model| {
        let above = [row.township_id, row.county_id, row.city_id, row.province_id];
        keeper.is_some() && (keeper == Some(row.id) || above.contains(&keeper))
    };
    row.filter(lies_in).map(|row| row.id).ok_or_else(|| Error::missing(field))
}

/// Home region of a seat, committee or organisation, and the code of its kind.
pub async fn seat(
    db: &impl ConnectionTrait,
    reading: &Scope,
    kind: PartyKind,
    id: Uuid,
) -> Result<Option<(RegionId, String)>> {
    let (body, own_kind) = match kind {
        PartyKind::Member => {
            let row = member::Entity::whole(reading).filter(member::Column::Id.eq(id)).one(db).await?;
            let Some(row) = row else { return Ok(None) };
            (row.organisation_id.0, Some(crate::ledger::code(&row.kind)))
        }
        PartyKind::Committee => {
            let row = committee::Entity::whole(reading).filter(committee::Column::Id.eq(id)).one(db).await?;
            let Some(row) = row else { return Ok(None) };
            (row.organisation_id.0, Some(crate::ledger::code(&row.kind)))
        }
        PartyKind::Organisation => (id, None),
        PartyKind::Household | PartyKind::Region | PartyKind::Industry => return Ok(None),
    };
    let body = organisation::Entity::whole(reading).filter(organisation::Column::Id.eq(body)).one(db).await?;
    Ok(body.map(|body| (body.region_id, own_kind.unwrap_or_else(|| crate::ledger::code(&body.kind)))))
}

/// The ledger that is kept for the home region of a seat, committee or organisation.
pub async fn ledger_of_seat(
    db: &impl ConnectionTrait,
    reading: &Scope,
    named: Gid,
    field: &str,
) -> Result<LedgerId> {
    let missing = || Error::missing(field);
    let kind = PartyKind::of(named.of).ok_or_else(missing)?;
    let (region, _) = seat(db, reading, kind, named.id).await?.ok_or_else(missing)?;
    crate::ledger::ledger_for(db, region, field).await
}

pub(super) async fn origin(tx: &Tx, id: Option<&ID>) -> Result<Option<RecordId>> {
    let Some(id) = id else { return Ok(None) };
    let gid = Gid::parse(id, "origin", &SourceType::RECORDS)?;
    let row = record::Entity::within(tx.scope())
        .filter(record::Column::LedgerId.eq(tx.ledger()))
        .filter(record::Column::Id.eq(gid.id))
        .one(tx.db())
        .await?;
    row.map(|row| Some(row.id)).ok_or_else(|| Error::missing("origin"))
}
