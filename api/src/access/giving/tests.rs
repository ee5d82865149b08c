//! Compares the answer with a naive reading of the same tables: for every action the rows that it reaches in a small
//! province, and for every datum how plainly it is shown of each family.

use std::collections::BTreeSet;

use sea_orm::Iterable;
use uuid::Uuid;

use super::*;
use crate::access::policy::level;

/// A province of two cities, three counties, a township in each county and two villages in each township. Every
/// province, city and county keeps a ledger, numbered like its region.
const REGIONS: [(u128, RegionLevel, &[u128]); 15] = [
    (1, RegionLevel::Province, &[1]),
    (10, RegionLevel::City, &[1, 10]),
    (20, RegionLevel::City, &[1, 20]),
    (11, RegionLevel::County, &[1, 10, 11]),
    (12, RegionLevel::County, &[1, 10, 12]),
    (21, RegionLevel::County, &[1, 20, 21]),
    (111, RegionLevel::Township, &[1, 10, 11, 111]),
    (121, RegionLevel::Township, &[1, 10, 12, 121]),
    (211, RegionLevel::Township, &[1, 20, 21, 211]),
    (1111, RegionLevel::Village, &[1, 10, 11, 111, 1111]),
    (1112, RegionLevel::Village, &[1, 10, 11, 111, 1112]),
    (1211, RegionLevel::Village, &[1, 10, 12, 121, 1211]),
    (1212, RegionLevel::Village, &[1, 10, 12, 121, 1212]),
    (2111, RegionLevel::Village, &[1, 20, 21, 211, 2111]),
    (2112, RegionLevel::Village, &[1, 20, 21, 211, 2112]),
];

const LEDGERS: [u128; 6] = [1, 10, 20, 11, 12, 21];

/// Sorts of rows: other work, a need, a need assigned to the department's organisation, work under a link of the
/// committee.
const SORTS: [&str; 4] = ["work", "need", "assigned", "linked"];

const BODY: OrganisationId = OrganisationId(Uuid::from_u128(7));
const DEPARTMENT: OrganisationId = OrganisationId(Uuid::from_u128(8));

/// A role at a region, perhaps for one organisation, which becomes a grant or a gift. A committee is kept by the
/// ledger of its region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    role: Role,
    at: u128,
    body: Option<OrganisationId>,
}

fn row(id: u128) -> &'static (u128, RegionLevel, &'static [u128]) {
    REGIONS.iter().find(|row| row.0 == id).unwrap()
}

fn below(id: u128) -> impl Iterator<Item = u128> {
    REGIONS.iter().filter(move |row| row.2.contains(&id)).map(|row| row.0)
}

/// The ledger that is kept for a region: its own, or the nearest above.
fn home(id: u128) -> u128 {
    *row(id).2.iter().rev().find(|above| LEDGERS.contains(above)).unwrap()
}

/// Places of a role's area: the region with its townships and villages; a province or city alone.
fn area(id: u128) -> Vec<u128> {
    if matches!(row(id).1, RegionLevel::Province | RegionLevel::City) {
        vec![id]
    } else {
        below(id).collect()
    }
}

fn region(id: u128) -> RegionId {
    RegionId(Uuid::from_u128(id))
}

fn ledger(id: u128) -> LedgerId {
    LedgerId(i32::try_from(id).unwrap())
}

impl Held {
    fn grant(self) -> Grant {
        let ledgers: Vec<LedgerId> =
            LEDGERS.into_iter().filter(|id| below(self.at).any(|below| below == *id)).map(ledger).collect();
        Grant {
            role: self.role,
            region: Some(region(self.at)),
            organisation: self.body,
            committee: None,
            to: None,
            leaves_none_out: false,
            own_ledger: LEDGERS.contains(&self.at).then(|| ledger(self.at)),
            ledgers,
            area: Some((ledger(home(self.at)), area(self.at).into_iter().map(region).collect())),
        }
    }

    fn gift(self) -> Gift {
        let above = |level| row(self.at).2.iter().copied().find(|id| row(*id).1 == level).map(region);
        let place = Place {
            id: region(self.at),
            chain: [
                above(RegionLevel::Province),
                above(RegionLevel::City),
                above(RegionLevel::County),
                above(RegionLevel::Township),
                Some(region(self.at)),
            ],
            keeper: region(home(self.at)),
            level: row(self.at).1,
        };
        let links = if self.role == Role::Committee { vec![ledger(home(self.at))] } else { vec![] };
        Gift {
            actor: Actor::Granted(self.role),
            place: Some(place),
            organisation: self.body,
            last: Last::Never,
            links,
        }
    }

    /// Rows that an action reaches: ledger, place and sort. Here 0 stands for the reference tables and 99 for their
    /// ledger.
    fn rows(self, action: Action) -> BTreeSet<(u128, u128, &'static str)> {
        let within = |ledger: u128, places: &[u128], sorts: &[&'static str]| -> Vec<_> {
            let rows = places.iter().flat_map(|place| sorts.iter().map(move |sort| (ledger, *place, *sort)));
            rows.collect()
        };
        let everywhere: Vec<u128> = REGIONS.iter().map(|row| row.0).collect();
        let whole = |ledger: u128| within(ledger, &everywhere, &SORTS);
        let kept_below = || LEDGERS.into_iter().filter(|ledger| below(self.at).any(|id| id == *ledger));
        let rows: Vec<_> = match reach(Actor::Granted(self.role), action) {
            Reach::Nowhere => vec![],
            Reach::Everywhere => whole(0),
            Reach::Reference => whole(99),
            Reach::ReferenceAndBelow => kept_below().chain([99]).flat_map(whole).collect(),
            Reach::LedgersBelow | Reach::LedgersBelowOrAll => kept_below().flat_map(whole).collect(),
            Reach::OwnLedger => {
                LEDGERS.into_iter().filter(|ledger| *ledger == self.at).flat_map(whole).collect()
            }
            Reach::OwnArea => within(home(self.at), &area(self.at), &SORTS),
            Reach::NeedsOfArea => within(home(self.at), &area(self.at), &["need", "assigned"]),
            Reach::OwnLinks => within(home(self.at), &everywhere, &["linked"]),
            Reach::Assigned => {
                let below: Vec<u128> = kept_below().collect();
                let ledgers = if below.is_empty() { vec![home(self.at)] } else { below };
                ledgers.into_iter().flat_map(|id| within(id, &everywhere, &["assigned"])).collect()
            }
        };
        rows.into_iter().collect()
    }

    /// How plainly the role is shown a datum of a family in that ledger and village, linked to the committee or not.
    fn sees(self, (ledger, village, is_linked): (u128, u128, bool), datum: Datum, whose: Age) -> Sight {
        let actor = Actor::Granted(self.role);
        let office = self.at == ledger;
        let sort = if is_linked { "linked" } else { "work" };
        let standing = if reach(actor, Action::KeepHousehold) == Reach::OwnLedger && office {
            Standing::Keeper
        } else if (self.role == Role::VillageTeam && home(self.at) == ledger && self.at == village)
            || (self.role == Role::Committee && home(self.at) == ledger && is_linked)
        {
            Standing::Helper
        } else if self.role != Role::Committee
            && self.rows(Action::ReadHousehold).contains(&(ledger, village, sort))
        {
            Standing::Above
        } else {
            Standing::Stranger
        };
        let may_reveal = reach(actor, Action::Reveal) == Reach::OwnLedger && office;
        match sight(standing, datum, whose) {
            Sight::Masked if may_reveal && datum.kept() == Kept::Sealed => Sight::Clear,
            sight => sight,
        }
    }
}

fn all() -> Vec<Held> {
    let mut all = vec![];
    for role in Role::iter() {
        let fits = |row: &&(u128, RegionLevel, &[u128])| level(role).is_none_or(|level| level == row.1);
        for (at, ..) in REGIONS.iter().filter(fits) {
            let bodies =
                if role == Role::Department { vec![Some(DEPARTMENT)] } else { vec![None, Some(BODY)] };
            all.extend(bodies.into_iter().map(|body| Held { role, at: *at, body }));
        }
    }
    all
}

fn may(own: &[Held], given: Held) -> bool {
    given.gift().may_be_given_by(&own.iter().map(|held| held.grant()).collect::<Vec<_>>())
}

/// A gift reaches no row and is shown no datum that its giver does not have.
#[test]
fn no_role_that_is_given_can_what_its_giver_cannot() {
    let families = REGIONS.iter().filter(|row| row.1 == RegionLevel::Village);
    let families: Vec<_> =
        families.flat_map(|row| [false, true].map(|linked| (home(row.0), row.0, linked))).collect();
    let data: Vec<_> = data().collect();
    let read = |held: Held| {
        let rows: Vec<_> = Action::iter().map(|action| (action, held.rows(action))).collect();
        let of = |family| data.iter().map(move |(datum, whose)| held.sees(family, *datum, *whose));
        (held, rows, families.iter().flat_map(|family| of(*family)).collect::<Vec<Sight>>())
    };
    let all: Vec<_> = all().into_iter().map(read).collect();
    let mut allowed = 0;
    for (own, own_rows, own_sights) in all.iter().filter(|(own, ..)| own.role != Role::Admin) {
        for (given, rows, sights) in all.iter().filter(|(given, ..)| may(&[*own], *given)) {
            allowed += 1;
            for ((action, rows), (_, own_rows)) in rows.iter().zip(own_rows) {
                let beyond = rows.difference(own_rows).next();
                assert_eq!(beyond, None, "{own:?} gives {given:?}: {action:?}");
                let verifies = *action == Action::Verify && !rows.is_empty();
                assert!(!verifies || own.body.is_none() || own.body == given.body, "{own:?} gives {given:?}");
            }
            let beyond = sights.iter().zip(own_sights).position(|(least, most)| least > most);
            assert_eq!(beyond, None, "{own:?} gives {given:?}: a datum of a family");
        }
    }
    assert!(allowed > 50, "{allowed}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "it reads as a list")]
fn offices_give_what_is_theirs() {
    use Role::*;
    let held = |role, at| Held { role, at, body: (role == Department).then_some(DEPARTMENT) };
    let gives = |own: Held, given: &[(Role, u128)], may_it: bool| {
        for (role, at) in given {
            assert_eq!(may(&[own], held(*role, *at)), may_it, "{own:?} gives {role:?} at {at}");
        }
    };
    let county = held(CountyOffice, 11);
    let own = [
        (CountyOffice, 11),
        (VillageTeam, 1111),
        (Collector, 111),
        (Collector, 11),
        (Department, 11),
        (Department, 111),
        (Inspector, 11),
        (Inspector, 111),
        (Committee, 11),
    ];
    gives(county, &own, true);
    let others = [
        (CountyOffice, 12),
        (VillageTeam, 1211),
        (Collector, 10),
        (Inspector, 10),
        (CityOffice, 10),
        (Department, 10),
        (Auditor, 11),
        (Admin, 11),
        (Client, 11),
    ];
    gives(county, &others, false);
    gives(held(CityOffice, 10), &[(CityOffice, 10), (Inspector, 10), (Inspector, 11), (Collector, 10)], true);
    let beyond = [
        (CountyOffice, 11),
        (VillageTeam, 1111),
        (Collector, 11),
        (Collector, 1111),
        (Department, 10),
        (Department, 11),
        (Committee, 10),
        (Committee, 11),
        (Inspector, 20),
        (Inspector, 1),
        (CityOffice, 20),
        (ProvinceOffice, 1),
        (Auditor, 10),
        (Admin, 10),
        (Client, 10),
    ];
    gives(held(CityOffice, 10), &beyond, false);
    for given in all() {
        let office = given.role == ProvinceOffice;
        assert_eq!(may(&[held(ProvinceOffice, 1)], given), office, "a province gives {given:?}");
    }
    let admin = Held { role: Admin, at: 10, body: None };
    for given in all() {
        assert_eq!(may(&[admin], given), row(given.at).2.contains(&10), "an administrator gives {given:?}");
    }
}

/// An office of one organisation gives offices of that organisation alone; other roles, such as a village team, it
/// may give.
#[test]
fn an_office_of_a_body_gives_offices_of_that_body() {
    let office = |body| Held { role: Role::CountyOffice, at: 11, body };
    assert!(may(&[office(None)], office(Some(BODY))));
    assert!(may(&[office(Some(BODY))], office(Some(BODY))));
    assert!(!may(&[office(Some(BODY))], office(None)));
    assert!(!may(&[office(Some(BODY))], office(Some(DEPARTMENT))));
    assert!(may(&[office(Some(BODY))], Held { role: Role::VillageTeam, at: 1111, body: None }));
}

/// Roles of one account add up; a role without accounts to keep gives nothing by itself.
#[test]
fn roles_add_up() {
    let held = |role, at| Held { role, at, body: None };
    let (inspector, county) = (held(Role::Inspector, 1), held(Role::CountyOffice, 11));
    assert!(!may(&[inspector], held(Role::Inspector, 11)));
    assert!(!may(&[county], held(Role::Inspector, 12)));
    assert!(!may(&[county, inspector], held(Role::Inspector, 12)), "no account is kept there");
    assert!(may(&[held(Role::ProvinceOffice, 1), inspector], held(Role::Inspector, 12)));
}

/// The holder of seats sees names and phones in clear in every ledger of a link, so the giver must, too.
#[test]
fn seats_are_given_by_who_sees_as_much() {
    let seats = |links: &[u128]| {
        let links = links.iter().map(|id| ledger(*id)).collect();
        Gift { actor: Actor::Member, place: None, organisation: None, last: Last::WithSeats, links }
    };
    let gives =
        |role, at, links: &[u128]| seats(links).may_be_given_by(&[Held { role, at, body: None }.grant()]);
    assert!(gives(Role::CountyOffice, 11, &[11]));
    assert!(!gives(Role::CountyOffice, 11, &[11, 12]), "a link of the county beside");
    assert!(!gives(Role::CityOffice, 10, &[10]));
    assert!(!gives(Role::ProvinceOffice, 1, &[1]));
    assert!(!gives(Role::CityOffice, 10, &[11]));
    assert!(gives(Role::Admin, 10, &[11, 12]));
    assert!(!gives(Role::Admin, 10, &[11, 21]));
}

/// A giver whose role ends gives no role that lasts longer, even if a second role of theirs has no end.
#[test]
fn a_role_is_given_for_as_long_as_it_is_held() {
    let day = |day| Date::from_ymd_opt(2026, 11, day).unwrap();
    let held = |role, to| Grant { to, ..Held { role, at: 11, body: None }.grant() };
    let gives = |grants: &[Grant], last| {
        let gift = Gift { last, ..Held { role: Role::Collector, at: 11, body: None }.gift() };
        gift.may_be_given_by(grants)
    };
    for role in [Role::CountyOffice, Role::Admin] {
        let ending = [held(role, Some(day(20)))];
        assert!(gives(&ending, Last::On(day(20))));
        assert!(!gives(&ending, Last::On(day(21))));
        assert!(!gives(&ending, Last::Never));
        assert!(gives(&[held(role, None)], Last::Never));
    }
    assert!(!gives(&[held(Role::CountyOffice, Some(day(20))), held(Role::Inspector, None)], Last::Never));
}
