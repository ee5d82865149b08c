//! Standing of a viewer towards the people of a row, and the scope in which the viewer is shown a datum in clear.
//! Rows may be searched by a datum only within that scope.

use entity::household;
use entity::ids::{LedgerId, PersonId};
use entity::role_grant::Role;
use uuid::Uuid;

use super::class::{Datum, Standing};
use super::policy::{Action, Actor, Reach, reach};
use super::scope::OwnLink;
use super::scope::{Area, Scope};
use super::viewer::{Grant, Viewer};
use platform::error::{Error, Result};

/// Groups of people whose data are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum People {
    /// A household and its family.
    Household,
    /// A person of the roster.
    Roster,
}

impl People {
    pub(super) const ALL: [Self; 2] = [Self::Household, Self::Roster];
}

/// Where an actor has this standing. It agrees with `towards_household` and `towards_person`, which find the standing
/// for one row.
pub(super) const fn reach_as(actor: Actor, people: People, standing: Standing) -> Reach {
    match (people, standing) {
        (People::Household, Standing::Keeper) => kept(reach(actor, Action::KeepHousehold)),
        (People::Roster, Standing::Keeper) => kept(reach(actor, Action::Verify)),
        (People::Household, Standing::Helper) => helped(actor),
        (People::Roster, Standing::Helper) if matches!(actor, Actor::Member) => Reach::OwnLinks,
        (People::Household, Standing::Above) => match helped(actor) {
            Reach::Nowhere => reach(actor, Action::ReadHousehold),
            _ => Reach::Nowhere,
        },
        (People::Roster, Standing::Above) => match reach(actor, Action::ReadHousehold) {
            Reach::LedgersBelow => Reach::LedgersBelow,
            _ => Reach::Nowhere,
        },
        (_, Standing::Stranger) | (People::Roster, Standing::Helper) => Reach::Nowhere,
    }
}

/// An office keeps only the people of its own ledger.
const fn kept(reach: Reach) -> Reach {
    if matches!(reach, Reach::OwnLedger) { Reach::OwnLedger } else { Reach::Nowhere }
}

/// Where an actor helps households: a village team all that live in the village, seats and committees those they are
/// linked to.
const fn helped(actor: Actor) -> Reach {
    match actor {
        Actor::Granted(Role::VillageTeam) => Reach::OwnArea,
        Actor::Granted(Role::Committee) | Actor::Member => Reach::OwnLinks,
        _ => Reach::Nowhere,
    }
}

impl Viewer {
    /// The scope in which the viewer is shown a datum of households' people in clear, adults and minors alike;
    /// FORBIDDEN if there is none. A row outside it is not found, filtered, sorted or grouped by the datum: the
    /// answer would tell what the field hides. The service itself masks, so the scope filters even where row-level
    /// security alone chooses the rows.
    pub fn in_clear(&self, datum: Datum) -> Result<Scope> {
        if datum.is_clear(Standing::Above) {
            return self.may(Action::ReadHousehold);
        }
        let mut scope = Scope::nothing(self.backend, true);
        if datum.is_clear(Standing::Keeper) {
            scope.add_ledgers(&self.kept_households());
        }
        if datum.is_clear(Standing::Helper) {
            self.add_links(&mut scope, &self.helpers());
            for (ledger, places) in self.teams().filter_map(|team| team.area.clone()) {
                scope.add_area(Area { ledger, places, only: &[] });
            }
        }
        if scope.is_nothing() { Err(Error::Forbidden) } else { Ok(scope) }
    }

    /// Standing of the viewer towards a household's people. A village team helps every household of its village.
    #[must_use]
    pub fn towards_household(&self, home: &household::Model) -> Standing {
        let (ledger, village) = (home.ledger_id, home.village_id);
        let there = |team: &Grant| {
            team.area.as_ref().is_some_and(|(at, places)| *at == ledger && places.contains(&village))
        };
        let linked = |link: &OwnLink| link.ledger == ledger && link.household == Some(home.id);
        if self.kept_households().contains(&ledger) {
            Standing::Keeper
        } else if self.links.iter().any(linked) || self.teams().any(there) {
            Standing::Helper
        } else if self.may(Action::ReadHousehold).is_ok_and(|scope| scope.holds_place(ledger, village)) {
            Standing::Above
        } else {
            Standing::Stranger
        }
    }

    /// Standing of the viewer towards a person of the roster. Everybody is their own helper.
    #[must_use]
    pub fn towards_person(&self, ledger: LedgerId, person: PersonId) -> Standing {
        if self.keeps(ledger) {
            Standing::Keeper
        } else if self.person == Some(person) {
            Standing::Helper
        } else if self.may(Action::ReadHousehold).is_ok_and(|scope| scope.holds(ledger)) {
            Standing::Above
        } else {
            Standing::Stranger
        }
    }

    /// The ledgers whose households the viewer's offices keep.
    fn kept_households(&self) -> Vec<LedgerId> {
        self.offices(Action::KeepHousehold).filter_map(|grant| grant.own_ledger).collect()
    }

    /// The seats and committees by whose links the viewer helps.
    fn helpers(&self) -> Vec<Uuid> {
        let committees = self.grants.iter().filter(|grant| grant.role == Role::Committee);
        let committees = committees.filter_map(|grant| grant.committee).map(|committee| committee.0);
        self.seats.iter().map(|seat| seat.0).chain(committees).collect()
    }

    fn teams(&self) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(|grant| grant.role == Role::VillageTeam)
    }
}
