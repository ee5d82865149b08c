//! Nobody gives more than they have. A viewer may give a role, or an account to the holder of seats, only if the
//! viewer's own roles reach every row and show every datum that the gift would. Both sides are read from the tables
//! `policy::reach` and `class::sight`; there is no order of roles.
//!
//! Places decide, not the ledgers that exist today: a county without a ledger may open one tomorrow.

use entity::ids::{LedgerId, OrganisationId, RegionId};
use entity::region::{self, RegionLevel};
use entity::role_grant::Role;
use entity::values::Date;
use sea_orm::Iterable;

use super::class::{Age, Datum, Kept, Sight, Standing, sight};
use super::policy::{Action, Actor, Reach, reach};
use super::standing::{People, reach_as};
use super::viewer::{Grant, Viewer};

/// A role at a place, or the seats of a person, that an account is to receive.
#[derive(Clone, Debug)]
pub struct Gift {
    pub actor: Actor,
    /// Region at which the role holds; `None` for seats.
    pub place: Option<Place>,
    pub organisation: Option<OrganisationId>,
    /// How long the role or the seats last.
    pub last: Last,
    /// The ledger that keeps the committee or the person: an account that its office opens reads links of this ledger alone.
    pub links: Vec<LedgerId>,
}

/// How long a gift lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    On(Date),
    Never,
    /// As long as the person holds the seats: an account given for seats has no last day.
    WithSeats,
}

/// A region with the regions above it.
#[derive(Clone, Debug)]
pub struct Place {
    id: RegionId,
    /// Its province, city, county and township, then the region itself.
    chain: [Option<RegionId>; 5],
    /// The region that keeps the ledger of its records: its county, or its city or province if it has no county.
    keeper: RegionId,
    level: RegionLevel,
}

impl From<&region::Model> for Place {
    fn from(row: &region::Model) -> Self {
        Self {
            id: row.id,
            chain: [row.province_id, row.city_id, row.county_id, row.township_id, Some(row.id)],
            keeper: row.county_id.or(row.city_id).or(row.province_id).unwrap_or(row.id),
            level: row.level,
        }
    }
}

impl Place {
    fn lies_in(&self, region: RegionId) -> bool {
        self.chain.contains(&Some(region))
    }

    /// Does the region that keeps its ledger lie in `region`?
    fn is_kept_in(&self, region: RegionId) -> bool {
        let above = self.chain.iter().flatten().take_while(|id| **id != self.keeper);
        region == self.keeper || above.into_iter().any(|id| *id == region)
    }

    /// May regions below it keep ledgers of their own?
    const fn has_ledgers_below(&self) -> bool {
        matches!(self.level, RegionLevel::Province | RegionLevel::City)
    }
}

impl Gift {
    /// May the roles give this? An administrator is trusted with every role of the administrator's own region.
    /// Everybody else gives what lies within their own roles, at a place for which they keep accounts.
    #[must_use]
    pub fn may_be_given_by(&self, grants: &[Grant]) -> bool {
        let grants: Vec<&Grant> = grants.iter().filter(|grant| self.ends_with(grant)).collect();
        if grants.iter().any(|grant| self.is_entrusted_to(grant)) {
            return true;
        }
        let operators = [Role::Admin, Role::Auditor, Role::Client].map(Actor::Granted);
        !operators.contains(&self.actor)
            && grants.iter().any(|grant| self.is_around(grant))
            && Action::iter().all(|action| self.acts_within(&grants, action))
            && People::ALL.into_iter().all(|people| self.sees_within(&grants, people))
    }

    /// Does the giver's role last as long?
    fn ends_with(&self, grant: &Grant) -> bool {
        let Some(end) = grant.to else { return true };
        match self.last {
            Last::On(day) => day <= end,
            Last::Never => false,
            Last::WithSeats => true,
        }
    }

    fn is_entrusted_to(&self, grant: &Grant) -> bool {
        grant.role == Role::Admin && self.lies_at(grant)
    }

    /// Does the role keep accounts for the place?
    fn is_around(&self, grant: &Grant) -> bool {
        reach(Actor::Granted(grant.role), Action::KeepAccount) != Reach::Nowhere && self.lies_at(grant)
    }

    /// Do its place and the ledgers of its links lie in the role's region?
    fn lies_at(&self, grant: &Grant) -> bool {
        let Some(region) = grant.region else { return true };
        self.place.as_ref().is_none_or(|place| place.lies_in(region))
            && self.links.iter().all(|ledger| grant.ledgers.contains(ledger))
    }

    /// Does one of the roles reach as far with the action? An office that verifies for one organisation alone reaches
    /// no further than that organisation's programmes.
    fn acts_within(&self, grants: &[&Grant], action: Action) -> bool {
        let given = reach(self.actor, action);
        let same_body = |grant: &Grant| {
            action != Action::Verify
                || grant.organisation.is_none()
                || grant.organisation == self.organisation
        };
        given == Reach::Nowhere
            || grants.iter().any(|grant| {
                same_body(grant) && self.lies_within(given, grant, reach(Actor::Granted(grant.role), action))
            })
    }

    /// Is every datum of these people that the gift shows shown as plainly to one of the roles, at the same place?
    fn sees_within(&self, grants: &[&Grant], people: People) -> bool {
        Standing::NEAR.into_iter().all(|standing| {
            let given = reach_as(self.actor, people, standing);
            given == Reach::Nowhere
                || data().all(|(datum, whose)| {
                    let least = shown(self.actor, standing, datum, whose);
                    least == Sight::Hidden
                        || grants
                            .iter()
                            .any(|grant| self.is_shown(grant, people, given, (datum, whose)) >= least)
                })
        })
    }

    /// The plainest sight that `grant` has of a datum everywhere in `given`.
    fn is_shown(&self, grant: &Grant, people: People, given: Reach, (datum, whose): (Datum, Age)) -> Sight {
        let actor = Actor::Granted(grant.role);
        let there = |standing: &Standing| self.lies_within(given, grant, reach_as(actor, people, *standing));
        let seen = Standing::NEAR.into_iter().filter(there).map(|near| shown(actor, near, datum, whose));
        seen.max().unwrap_or(Sight::Hidden)
    }

    /// Does the reach `given`, at the gift's place, lie within the reach `own` of the role `grant`?
    fn lies_within(&self, given: Reach, grant: &Grant, own: Reach) -> bool {
        use Reach::{
            Assigned, Everywhere, LedgersBelow, NeedsOfArea, Nowhere, OwnArea, OwnLedger, OwnLinks,
            Reference, ReferenceAndBelow,
        };
        let at = |test: &dyn Fn(&Place, RegionId) -> bool| {
            self.place.as_ref().zip(grant.region).is_some_and(|(place, region)| test(place, region))
        };
        match (given, own) {
            (Nowhere, _) | (Everywhere, Everywhere) | (Reference, Reference | ReferenceAndBelow) => true,
            // The ledger of a county lies below its city, and is not the city's own.
            (OwnLedger, OwnLedger) => at(&|place, region| place.id == region),
            (OwnLedger | LedgersBelow, LedgersBelow | ReferenceAndBelow)
            | (ReferenceAndBelow, ReferenceAndBelow) => at(&Place::lies_in),
            // An area lies in one ledger: the county's, also where it is a village.
            (OwnArea | NeedsOfArea, OwnLedger) => at(&|place, region| place.keeper == region),
            // A department's work lies in all ledgers below its region.
            (Assigned, OwnLedger) => {
                at(&|place, region| place.keeper == region && !place.has_ledgers_below())
            }
            (OwnArea | NeedsOfArea | Assigned, LedgersBelow | ReferenceAndBelow) => at(&Place::is_kept_in),
            (OwnArea, OwnArea) | (NeedsOfArea, OwnArea | NeedsOfArea) => {
                at(&|place, region| place.id == region)
            }
            (OwnLinks, OwnLedger) => self.links.iter().all(|ledger| grant.own_ledger == Some(*ledger)),
            (OwnLinks, LedgersBelow | ReferenceAndBelow) => {
                self.links.iter().all(|ledger| grant.ledgers.contains(ledger))
            }
            _ => false,
        }
    }
}

fn data() -> impl Iterator<Item = (Datum, Age)> {
    Datum::iter().flat_map(|datum| Age::ALL.map(|whose| (datum, whose)))
}

/// How plainly a datum can be seen at most: a keeper who may reveal can see sealed values in clear.
fn shown(actor: Actor, standing: Standing, datum: Datum, whose: Age) -> Sight {
    let may_ask = standing == Standing::Keeper
        && datum.kept() == Kept::Sealed
        && reach(actor, Action::Reveal) == Reach::OwnLedger;
    if may_ask { Sight::Clear } else { sight(standing, datum, whose) }
}

impl Viewer {
    /// May the viewer give this role or these seats?
    #[must_use]
    pub fn may_give(&self, gift: &Gift) -> bool {
        gift.may_be_given_by(&self.grants)
    }

    /// The region of which the viewer is an administrator; nothing if of all regions, or of none.
    #[must_use]
    pub fn administered(&self) -> Option<RegionId> {
        let mut own = self.grants.iter().filter(|grant| grant.role == Role::Admin);
        if self.administers_everywhere() { None } else { own.find_map(|grant| grant.region) }
    }

    /// Is the viewer an administrator of the region, or of one above it?
    #[must_use]
    pub fn administers(&self, region: &region::Model) -> bool {
        let place = Place::from(region);
        let is_around = |grant: &Grant| grant.region.is_none_or(|own| place.lies_in(own));
        self.grants.iter().any(|grant| grant.role == Role::Admin && is_around(grant))
    }
}

#[cfg(test)]
mod tests;
