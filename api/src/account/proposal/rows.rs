//! The proposals that a viewer may answer: open, made by another account of another person, not for the viewer's own
//! person, and with no role or seat that the viewer may not give.

use std::collections::HashMap;

use async_graphql::Context;
use entity::account_proposal::{self, AccountProposalState, Column};
use entity::fact::SourceType;
use entity::ids::{AccountProposalId, CommitteeId, LedgerId, PersonId, RegionId};
use entity::{account_proposal_grant, committee, person, region};
use sea_orm::{QueryFilter, QueryOrder, QuerySelect, Select};

use crate::access::giving::{Last, Place};
use crate::access::policy::Actor;
use crate::access::scope::{Whole, one_of, proposed_grants};
use crate::access::{Action, Gift, Viewer, Within};
use crate::ledger::Subject;
use crate::mutation::Asking;
use platform::db::RequestDb;
use platform::error::Result;

/// A proposal as the subject of an act.
pub(super) const fn subject(id: AccountProposalId) -> Subject {
    Subject { of: SourceType::AccountProposal, id: id.0 }
}

/// Number of open proposals, the newest, that are judged for a list.
const JUDGED: u64 = 500;

pub(super) async fn newest(
    rows: Select<account_proposal::Entity>,
    db: &RequestDb,
) -> Result<Vec<account_proposal::Model>> {
    Ok(rows.order_by_desc(Column::Id).limit(JUDGED).all(db).await?)
}

/// Keeps the proposals that the viewer may answer. The act itself checks links that lie in other ledgers.
pub(super) async fn answerable(
    ctx: &Context<'_>,
    rows: Vec<account_proposal::Model>,
) -> Result<Vec<account_proposal::Model>> {
    let viewer = ctx.viewer()?;
    let mut rows: Vec<_> = rows.into_iter().filter(|row| is_anothers(row, viewer)).collect();
    if !rows.is_empty() {
        let asked = Asked::read(ctx, &rows).await?;
        rows.retain(|row| {
            asked.gifts(row).is_some_and(|gifts| gifts.iter().all(|gift| viewer.may_give(gift)))
        });
    }
    Ok(rows)
}

/// Is the proposal open, made by another account and another person, and not for the viewer's own person?
fn is_anothers(row: &account_proposal::Model, viewer: &Viewer) -> bool {
    let own = |person: Option<PersonId>| person.is_some() && person == viewer.person;
    row.state == AccountProposalState::Open
        && row.proposed_by != viewer.account
        && !own(row.proposer_person_id)
        && !own(row.person_id)
}

/// Rows that the proposals name, with the ledgers that keep the committees and people.
struct Asked {
    grants: Vec<account_proposal_grant::Model>,
    places: HashMap<RegionId, Place>,
    committees: HashMap<CommitteeId, LedgerId>,
    people: HashMap<PersonId, LedgerId>,
}

impl Asked {
    async fn read(ctx: &Context<'_>, rows: &[account_proposal::Model]) -> Result<Self> {
        let (db, reading) = (&ctx.app()?.db, ctx.viewer()?.may(Action::ReadReference)?);
        let backend = reading.backend();
        let grants = proposed_grants(&reading, rows.iter().map(|row| row.id)).all(db).await?;
        let ids = grants.iter().map(|grant| grant.region_id.0);
        let places = region::Entity::whole(&reading).filter(one_of(backend, region::Column::Id, ids));
        let ids = grants.iter().filter_map(|grant| grant.committee_id).map(|id| id.0);
        let committees =
            committee::Entity::whole(&reading).filter(one_of(backend, committee::Column::Id, ids));
        let ids = rows.iter().filter_map(|row| row.person_id).map(|id| id.0);
        let people = person::Entity::within(&ctx.viewer()?.may_know_people()?).filter(one_of(
            backend,
            person::Column::Id,
            ids,
        ));
        Ok(Self {
            grants,
            places: places.all(db).await?.iter().map(|row| (row.id, row.into())).collect(),
            committees: committees.all(db).await?.into_iter().map(|row| (row.id, row.keeper_id)).collect(),
            people: people.all(db).await?.into_iter().map(|row| (row.id, row.keeper_id)).collect(),
        })
    }

    /// The gifts that a confirmation would give; none if the proposal names a row that is gone or may not be read.
    fn gifts(&self, row: &account_proposal::Model) -> Option<Vec<Gift>> {
        let of_person = row.person_id.map(|id| {
            let links = vec![*self.people.get(&id)?];
            Some(Gift { actor: Actor::Member, place: None, organisation: None, last: Last::WithSeats, links })
        });
        let of_roles = self.grants.iter().filter(|grant| grant.proposal_id == row.id).map(|grant| {
            let links = match grant.committee_id {
                Some(id) => vec![*self.committees.get(&id)?],
                None => vec![],
            };
            let place = Some(self.places.get(&grant.region_id)?.clone());
            let (actor, organisation) = (Actor::Granted(grant.role), grant.organisation_id);
            let last = grant.to_on.map_or(Last::Never, Last::On);
            Some(Gift { actor, place, organisation, last, links })
        });
        of_person.into_iter().chain(of_roles).collect()
    }
}
