//! The viewer: the account behind a token, its grants with the ledgers they reach, and its seats with their links.
#![expect(clippy::disallowed_methods, reason = "who asks is read before there is a scope")]

use std::num::NonZeroU32;

use entity::application::Scopes;
use entity::fact_ref::PartyKind;
use entity::ids::{
    AccountId, CommitteeId, HouseholdId, LedgerId, LinkRuleId, MemberId, OrganisationId, PersonId, RecordId,
    RegionId, SessionId,
};
use entity::role_grant::Role;
use entity::values::Date;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::policy::{ASSIGNED, Action, Actor, COLLECTED, Reach, reach};
use super::scope::{Area, OwnLink, Scope};
use platform::db::{Bounds, Reads};
use platform::error::{Error, Result};

/// Claims of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    pub account: AccountId,
    /// Session with which the token ends; an operator's token has none.
    pub session: Option<SessionId>,
    /// Version that the account's credential must still have; `None` if the service acts by itself, without a token.
    pub version: Option<i32>,
    /// Whether the password must be changed before anything else.
    pub password_due: bool,
    /// Scopes that an application asked for; `None` in a person's token.
    pub scopes: Option<Scopes>,
}

impl From<AccountId> for Bearer {
    /// The service itself, acting for an account.
    fn from(account: AccountId) -> Self {
        Self { account, session: None, version: None, password_due: false, scopes: None }
    }
}

/// A role held at a region, with the ledgers of that region and below.
#[derive(Clone, Debug)]
pub struct Grant {
    pub role: Role,
    /// Region in which the role holds; `None` means everywhere, as for the first administrator.
    pub region: Option<RegionId>,
    pub organisation: Option<OrganisationId>,
    pub committee: Option<CommitteeId>,
    /// Last day of the role, if it has one.
    pub to: Option<Date>,
    /// The ledger that the region itself keeps.
    pub own_ledger: Option<LedgerId>,
    pub ledgers: Vec<LedgerId>,
    /// Whether `ledgers` are all ledgers that exist.
    pub leaves_none_out: bool,
    /// For a role that holds in an area: the ledger that is kept for the region, and the region with all places
    /// below.
    pub area: Option<(LedgerId, Vec<RegionId>)>,
}

#[derive(Clone, Debug)]
pub struct Viewer {
    pub account: AccountId,
    pub name: String,
    pub person: Option<PersonId>,
    pub grants: Vec<Grant>,
    pub seats: Vec<MemberId>,
    pub links: Vec<OwnLink>,
    /// Helpers with the ledgers in which they have links, also past ones.
    pub linked_in: Vec<(Uuid, LedgerId)>,
    /// Scopes and rate, if the viewer is an application.
    pub application: Option<Application>,
    pub(super) backend: DbBackend,
    pub(super) filters: bool,
}

/// An application as viewer.
#[derive(Clone, Copy, Debug)]
pub struct Application {
    /// Scopes that its token names and its keeper still allows.
    pub scopes: Scopes,
    /// Requests a minute.
    pub rate: NonZeroU32,
}

#[derive(FromQueryResult)]
struct AccountRow {
    name: String,
    person_id: Option<PersonId>,
    scopes: Option<String>,
    rate: Option<i32>,
    role: Option<Role>,
    to_on: Option<Date>,
    region_id: Option<RegionId>,
    organisation_id: Option<OrganisationId>,
    committee_id: Option<CommitteeId>,
    ledger_id: Option<LedgerId>,
    ledger_region_id: Option<RegionId>,
    all_ledgers: i64,
}

#[derive(FromQueryResult)]
struct HelperRow {
    helper: Uuid,
    is_seat: bool,
    ledger: Option<LedgerId>,
    id: Option<RecordId>,
    rule: Option<LinkRuleId>,
    target_kind: Option<PartyKind>,
    target: Option<Uuid>,
    household: Option<HouseholdId>,
    region: Option<RegionId>,
}

#[derive(FromQueryResult)]
struct PlaceRow {
    region: RegionId,
    place: RegionId,
    ledger: Option<LedgerId>,
}

const ACCOUNT: &str = "
    SELECT a.name, a.person_id, p.scopes, p.rate, g.role, g.to_on, g.region_id, g.organisation_id, g.committee_id,
           k.id AS ledger_id, k.region_id AS ledger_region_id, (SELECT COUNT(*) FROM ledger) AS all_ledgers
    FROM account a
    LEFT JOIN credential c ON c.account_id = a.id
    LEFT JOIN application p ON p.account_id = a.id
    LEFT JOIN role_grant g ON g.account_id = a.id AND g.from_on <= $2 AND (g.to_on IS NULL OR g.to_on >= $2)
    LEFT JOIN (SELECT l.id, l.region_id, r.township_id, r.county_id, r.city_id, r.province_id
               FROM ledger l JOIN region r ON r.id = l.region_id) k
        ON g.region_id IN (k.region_id, k.township_id, k.county_id, k.city_id, k.province_id)
        OR (g.id IS NOT NULL AND g.region_id IS NULL)
    WHERE a.id = $1 AND NOT a.disabled AND ($3 IS NULL OR COALESCE(c.version, 0) = $3)
      AND ($4 IS NULL OR EXISTS (
          SELECT 1 FROM session s WHERE s.id = $4 AND s.account_id = a.id AND s.ended_at IS NULL))
    ORDER BY g.id, k.id";

/// The office that set an account's password may have signed in first, so the account opens links of that office's ledger alone, or of
/// the ledgers in the administrator's region. Of links that do not hold today only the ledgers are read.
const HELPERS: &str = "
    WITH opened AS (SELECT l.id FROM account a, ledger l JOIN region r ON r.id = l.region_id
        WHERE a.id = $3 AND (l.id = a.keeper_id OR (a.keeper_id = 0
            AND (a.within_id IS NULL OR a.within_id IN (r.id, r.county_id, r.city_id, r.province_id))))),
    h AS (SELECT m.id, TRUE AS is_seat, 'member' AS kind FROM member m
          WHERE m.person_id = $1 AND m.from_on <= $2 AND (m.to_on IS NULL OR m.to_on >= $2)
          UNION ALL
          SELECT g.committee_id, FALSE, 'committee' FROM role_grant g
          WHERE g.account_id = $3 AND g.role = 'committee' AND g.from_on <= $2 AND (g.to_on IS NULL OR g.to_on >= $2))
    SELECT h.id AS helper, h.is_seat, l.ledger_id AS ledger, l.id, l.rule_id AS rule, l.target_kind,
           l.target_id AS target, l.household_id AS household, l.region_id AS region
    FROM h LEFT JOIN link l ON l.helper_id = h.id AND l.helper_kind = h.kind
        AND l.from_on <= $2 AND (l.to_on IS NULL OR l.to_on >= $2) AND l.ledger_id IN (SELECT id FROM opened)
    UNION ALL
    SELECT DISTINCT h.id, h.is_seat, l.ledger_id, CAST(NULL AS uuid), CAST(NULL AS uuid), CAST(NULL AS text),
           CAST(NULL AS uuid), CAST(NULL AS uuid), CAST(NULL AS uuid)
    FROM h JOIN link l ON l.helper_id = h.id AND l.helper_kind = h.kind AND l.ledger_id IN (SELECT id FROM opened)
        AND (l.from_on > $2 OR l.to_on < $2)
    ORDER BY 1, 4";

const PLACES: &str = "
    WITH g AS (SELECT DISTINCT region_id FROM role_grant
        WHERE account_id = $1 AND role IN ('village_team', 'collector', 'department')
          AND from_on <= $2 AND (to_on IS NULL OR to_on >= $2))
    SELECT p.region, r.id AS place, COALESCE((SELECT l.id FROM ledger l WHERE l.region_id = r.county_id),
        (SELECT l.id FROM ledger l WHERE l.region_id = r.city_id),
        (SELECT l.id FROM ledger l WHERE l.region_id = r.province_id)) AS ledger
    FROM (SELECT g.region_id AS region, g.region_id AS place FROM g
          UNION ALL SELECT g.region_id, b.id FROM g JOIN region b ON b.township_id = g.region_id AND b.level = 'village'
          UNION ALL SELECT g.region_id, b.id FROM g JOIN region b ON b.county_id = g.region_id
              AND b.level IN ('township', 'village')) p
    JOIN region r ON r.id = p.place
    ORDER BY p.region, r.id";

impl Viewer {
    /// Reads the viewer of an account in at most three statements. UNAUTHENTICATED if the account is gone or
    /// disabled, its password has changed, the token's session has ended, or the token is an application's and the
    /// account is not (or the reverse).
    pub async fn load(reads: &impl Reads, bearer: impl Into<Bearer>, today: Date) -> Result<Self> {
        let (db, filters) = (reads.reader(), reads.filters());
        let (backend, Bearer { account, session, version, scopes, .. }) =
            (db.get_database_backend(), bearer.into());
        let read = |sql, values: Vec<Value>| Statement::from_sql_and_values(backend, sql, values);
        let values = vec![account.into(), today.into(), version.into(), session.map(|id| id.0).into()];
        let statement = read(ACCOUNT, values);
        let rows = AccountRow::find_by_statement(statement).all(db).await?;
        let first = rows.first().ok_or(Error::Unauthenticated)?;
        let (name, person, application) = (first.name.clone(), first.person_id, first.application(scopes)?);
        let grants = grants(rows);
        let (seats, links, linked_in) = (vec![], vec![], vec![]);
        let mut viewer =
            Self { account, name, person, grants, seats, links, linked_in, application, backend, filters };
        if person.is_some() || viewer.grants.iter().any(|grant| grant.committee.is_some()) {
            let statement = read(HELPERS, vec![person.into(), today.into(), account.into()]);
            viewer.take_links(HelperRow::find_by_statement(statement).all(db).await?);
        }
        if viewer.grants.iter().any(|grant| holds_in_an_area(grant.role)) {
            let statement = read(PLACES, vec![account.into(), today.into()]);
            viewer.take_places(&PlaceRow::find_by_statement(statement).all(db).await?);
        }
        Ok(viewer)
    }

    fn take_links(&mut self, rows: Vec<HelperRow>) {
        for row in rows {
            let seat = MemberId(row.helper);
            if row.is_seat && self.seats.last() != Some(&seat) {
                self.seats.push(seat);
            }
            self.linked_in.extend(row.ledger.map(|ledger| (row.helper, ledger)));
            self.links.extend(row.link());
        }
    }

    fn take_places(&mut self, rows: &[PlaceRow]) {
        for grant in self.grants.iter_mut().filter(|grant| holds_in_an_area(grant.role)) {
            let of: Vec<&PlaceRow> = rows.iter().filter(|row| Some(row.region) == grant.region).collect();
            let ledger = of.first().and_then(|row| row.ledger);
            grant.area = ledger.map(|ledger| (ledger, of.iter().map(|row| row.place).collect()));
        }
    }

    /// The scope within which the viewer may do `action`; FORBIDDEN if none of the viewer's roles and seats allows
    /// it.
    pub fn may(&self, action: Action) -> Result<Scope> {
        let mut scope = Scope::nothing(self.backend, self.filters);
        for grant in &self.grants {
            self.add(&mut scope, grant, reach(Actor::Granted(grant.role), action));
            if let (Role::Client, Some(application)) = (grant.role, &self.application) {
                for asked in application.scopes.iter() {
                    self.add(&mut scope, grant, reach(Actor::Application(asked), action));
                }
            }
        }
        if !self.seats.is_empty() {
            match reach(Actor::Member, action) {
                Reach::Everywhere => scope.add_everything(),
                Reach::OwnLinks => {
                    let seats: Vec<Uuid> = self.seats.iter().map(|seat| seat.0).collect();
                    self.add_links(&mut scope, &seats);
                }
                Reach::Nowhere
                | Reach::OwnLedger
                | Reach::LedgersBelow
                | Reach::OwnArea
                | Reach::NeedsOfArea
                | Reach::Assigned
                | Reach::Reference
                | Reach::ReferenceAndBelow
                | Reach::LedgersBelowOrAll => {}
            }
        }
        if scope.is_nothing() { Err(Error::Forbidden) } else { Ok(scope) }
    }

    /// The people whom the viewer may know by name: holders of seats and posts, and all whom the viewer's offices keep.
    pub fn may_know_people(&self) -> Result<Scope> {
        let mut scope = self.may(Action::ReadPeople)?;
        if let Ok(kept) = self.may(Action::KeepRoster) {
            scope.add_ledgers(kept.ledgers());
        }
        Ok(scope)
    }

    fn add(&self, scope: &mut Scope, grant: &Grant, reach: Reach) {
        let area = |only| grant.area.clone().map(|(ledger, places)| Area { ledger, places, only });
        match reach {
            Reach::Nowhere => {}
            Reach::Everywhere => scope.add_everything(),
            Reach::OwnLedger => scope.add_ledgers(grant.own_ledger.as_slice()),
            Reach::LedgersBelow => scope.add_ledgers(&grant.ledgers),
            Reach::Reference => scope.add_ledgers(&[LedgerId::REFERENCE]),
            Reach::ReferenceAndBelow => {
                scope.add_ledgers(&[LedgerId::REFERENCE]);
                scope.add_ledgers(&grant.ledgers);
            }
            Reach::LedgersBelowOrAll => {
                if grant.leaves_none_out {
                    scope.add_ledgers(&[LedgerId::REFERENCE]);
                }
                scope.add_ledgers(&grant.ledgers);
            }
            Reach::OwnLinks => self.add_links(scope, grant.committee.map(|committee| committee.0).as_slice()),
            Reach::OwnArea => area(&[]).into_iter().for_each(|area| scope.add_area(area)),
            Reach::NeedsOfArea => area(COLLECTED).into_iter().for_each(|area| scope.add_area(area)),
            Reach::Assigned => {
                let home: Vec<LedgerId> = grant.area.iter().map(|(ledger, _)| *ledger).collect();
                let ledgers = if grant.ledgers.is_empty() { &home } else { &grant.ledgers };
                if let Some(organisation) = grant.organisation {
                    scope.add_assigned(self.account, organisation.0, ledgers, ASSIGNED);
                }
            }
        }
    }

    pub(super) fn add_links(&self, scope: &mut Scope, helpers: &[Uuid]) {
        let links: Vec<OwnLink> =
            self.links.iter().filter(|link| helpers.contains(&link.helper)).cloned().collect();
        if !helpers.is_empty() {
            let linked_in = self.linked_in.iter().filter(|(helper, _)| helpers.contains(helper));
            scope.add_own(self.account, helpers, &links, linked_in.map(|(_, ledger)| *ledger).collect());
        }
    }

    /// Whether the viewer is an administrator of all regions.
    #[must_use]
    pub fn administers_everywhere(&self) -> bool {
        self.grants.iter().any(|grant| grant.role == Role::Admin && grant.region.is_none())
    }

    /// Whether the viewer reads the whole ledger, so that its existence is no secret: a refusal is then FORBIDDEN.
    #[must_use]
    pub fn reads(&self, ledger: LedgerId) -> bool {
        self.may(Action::ReadRecord).is_ok_and(|scope| scope.holds(ledger))
    }

    /// Whether an office of the viewer keeps this ledger; records that such an office enters count as verified.
    #[must_use]
    pub fn keeps(&self, ledger: LedgerId) -> bool {
        self.offices(Action::Verify).any(|grant| grant.own_ledger == Some(ledger))
    }

    /// Organisations for whose programmes the viewer verifies in this ledger; `None` means any.
    #[must_use]
    pub fn verifies_for(&self, ledger: LedgerId) -> Option<Vec<OrganisationId>> {
        let offices = self.offices(Action::Verify).filter(|grant| grant.own_ledger == Some(ledger));
        offices.map(|grant| grant.organisation).collect()
    }

    /// The viewer's roles that allow `action` in the ledger of their own region.
    pub(super) fn offices(&self, action: Action) -> impl Iterator<Item = &Grant> {
        let keeps = move |grant: &&Grant| reach(Actor::Granted(grant.role), action) == Reach::OwnLedger;
        self.grants.iter().filter(keeps)
    }

    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.backend
    }

    /// The viewer's scopes as bounds of row-level security, which enforces them a second time.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        let scope = |action| self.may(action).unwrap_or_else(|_| Scope::nothing(self.backend, self.filters));
        super::bounds::of(self.account, self.person, scope)
    }
}

/// Whether the role can hold in a region smaller than a ledger; `PLACES` reads the places of such roles.
fn holds_in_an_area(role: Role) -> bool {
    let within = |action| {
        let reach = reach(Actor::Granted(role), action);
        matches!(reach, Reach::OwnArea | Reach::NeedsOfArea | Reach::Assigned)
    };
    within(Action::ReadHousehold) || within(Action::ReadRecord)
}

impl AccountRow {
    /// The application of the account; `None` for a person's. A token of the other kind is UNAUTHENTICATED.
    fn application(&self, asked: Option<Scopes>) -> Result<Option<Application>> {
        let rate = self.rate.and_then(|rate| u32::try_from(rate).ok()).and_then(NonZeroU32::new);
        let allowed = self.scopes.as_deref().map(|scopes| Scopes::parse(scopes).unwrap_or_default());
        match (asked, allowed, rate) {
            (None, None, None) => Ok(None),
            (Some(asked), Some(allowed), Some(rate)) => {
                Ok(Some(Application { scopes: asked.and(allowed), rate }))
            }
            _ => Err(Error::Unauthenticated),
        }
    }
}

impl HelperRow {
    fn link(self) -> Option<OwnLink> {
        Some(OwnLink {
            helper: self.helper,
            ledger: self.ledger?,
            id: self.id?,
            rule: self.rule?,
            target_kind: self.target_kind?,
            target: self.target?,
            household: self.household,
            region: self.region?,
        })
    }
}

fn grants(rows: Vec<AccountRow>) -> Vec<Grant> {
    let mut grants: Vec<Grant> = vec![];
    for row in rows {
        let (Some(role), region) = (row.role, row.region_id) else { continue };
        let (organisation, committee) = (row.organisation_id, row.committee_id);
        let same = |g: &Grant| {
            (g.role, g.region, g.organisation, g.committee) == (role, region, organisation, committee)
        };
        let at = grants.iter().position(same).unwrap_or_else(|| {
            let (to, own_ledger, ledgers, area) = (row.to_on, None, vec![], None);
            let leaves_none_out = false;
            grants.push(Grant {
                role,
                region,
                organisation,
                committee,
                to,
                own_ledger,
                ledgers,
                leaves_none_out,
                area,
            });
            grants.len() - 1
        });
        // The same role may be held in several spells; the latest of those that hold today counts.
        grants[at].to = grants[at].to.zip(row.to_on).map(|(one, other)| one.max(other));
        if let Some(ledger) = row.ledger_id {
            if !grants[at].ledgers.contains(&ledger) {
                grants[at].ledgers.push(ledger);
            }
            grants[at].leaves_none_out = i64::try_from(grants[at].ledgers.len()) == Ok(row.all_ledgers);
            if row.ledger_region_id == region {
                grants[at].own_ledger = Some(ledger);
            }
        }
    }
    grants
}
