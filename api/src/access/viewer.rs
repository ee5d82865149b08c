//! Who asks: the account behind a token, its grants with the ledgers they reach, and its seats with their links.
#![expect(clippy::disallowed_methods, reason = "who asks is read before there is a scope")]

use entity::fact_ref::PartyKind;
use entity::ids::{
    AccountId, HouseholdId, LedgerId, LinkRuleId, MemberId, OrganisationId, PersonId, RecordId, RegionId,
    SessionId,
};
use entity::role_grant::Role;
use entity::values::Date;
use sea_orm::{DbBackend, FromQueryResult, Statement};
use uuid::Uuid;

use super::policy::{Action, Actor, Reach, reach};
use super::scope::Scope;
use crate::db::Db;
use crate::error::{Error, Result};

/// What a token says of the one who shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    pub account: AccountId,
    /// The session it belongs to, with which it dies; an operator's token has none.
    pub session: Option<SessionId>,
    /// What the account's tokens must have; the house itself, which shows no token, has none.
    pub version: Option<i32>,
    /// Whether the password must be changed before anything else.
    pub password_due: bool,
}

impl From<AccountId> for Bearer {
    /// The house itself, acting for an account.
    fn from(account: AccountId) -> Self {
        Self { account, session: None, version: None, password_due: false }
    }
}

/// A role held at a region, with the ledgers of that region and below.
#[derive(Clone, Debug)]
pub struct Grant {
    pub role: Role,
    /// Where it holds; the first administrator's holds everywhere.
    pub region: Option<RegionId>,
    pub organisation: Option<OrganisationId>,
    /// The ledger that the region itself keeps.
    pub own_ledger: Option<LedgerId>,
    pub ledgers: Vec<LedgerId>,
}

/// An active link of one of the viewer's seats.
#[derive(Clone, Debug, FromQueryResult)]
pub struct OwnLink {
    pub member: MemberId,
    pub ledger: LedgerId,
    pub id: RecordId,
    pub rule: LinkRuleId,
    pub target_kind: PartyKind,
    pub target: Uuid,
    pub household: Option<HouseholdId>,
    pub region: RegionId,
}

#[derive(Clone, Debug)]
pub struct Viewer {
    pub account: AccountId,
    pub name: String,
    pub person: Option<PersonId>,
    pub grants: Vec<Grant>,
    pub seats: Vec<MemberId>,
    pub links: Vec<OwnLink>,
    backend: DbBackend,
}

#[derive(FromQueryResult)]
struct AccountRow {
    name: String,
    person_id: Option<PersonId>,
    role: Option<Role>,
    region_id: Option<RegionId>,
    organisation_id: Option<OrganisationId>,
    ledger_id: Option<LedgerId>,
    ledger_region_id: Option<RegionId>,
}

#[derive(FromQueryResult)]
struct SeatRow {
    seat: MemberId,
    ledger: Option<LedgerId>,
    id: Option<RecordId>,
    rule: Option<LinkRuleId>,
    target_kind: Option<PartyKind>,
    target: Option<Uuid>,
    household: Option<HouseholdId>,
    region: Option<RegionId>,
}

const ACCOUNT: &str = "
    SELECT a.name, a.person_id, g.role, g.region_id, g.organisation_id,
           k.id AS ledger_id, k.region_id AS ledger_region_id
    FROM account a
    LEFT JOIN credential c ON c.account_id = a.id
    LEFT JOIN role_grant g ON g.account_id = a.id AND g.from_on <= $2 AND (g.to_on IS NULL OR g.to_on >= $2)
    LEFT JOIN (SELECT l.id, l.region_id, r.township_id, r.county_id, r.city_id, r.province_id
               FROM ledger l JOIN region r ON r.id = l.region_id) k
        ON g.region_id IN (k.region_id, k.township_id, k.county_id, k.city_id, k.province_id)
    WHERE a.id = $1 AND NOT a.disabled AND ($3 IS NULL OR COALESCE(c.version, 0) = $3)
      AND ($4 IS NULL OR EXISTS (
          SELECT 1 FROM session s WHERE s.id = $4 AND s.account_id = a.id AND s.ended_at IS NULL))
    ORDER BY g.id, k.id";

const SEATS: &str = "
    SELECT m.id AS seat, l.ledger_id AS ledger, l.id, l.rule_id AS rule, l.target_kind, l.target_id AS target,
           l.household_id AS household, l.region_id AS region
    FROM member m
    LEFT JOIN link l ON l.helper_id = m.id AND l.from_on <= $2 AND (l.to_on IS NULL OR l.to_on >= $2)
    WHERE m.person_id = $1 AND m.from_on <= $2 AND (m.to_on IS NULL OR m.to_on >= $2)
    ORDER BY m.id, l.from_on, l.id";

impl Viewer {
    /// Reads the viewer of an account in at most two statements; nobody where the account is gone or disabled, or the
    /// token's session has ended.
    pub async fn load(db: &Db, bearer: impl Into<Bearer>, today: Date) -> Result<Self> {
        let (backend, Bearer { account, session, version, .. }) = (db.backend(), bearer.into());
        let values = [account.into(), today.into(), version.into(), session.map(|id| id.0).into()];
        let statement = Statement::from_sql_and_values(backend, ACCOUNT, values);
        let rows = AccountRow::find_by_statement(statement).all(&db.read).await?;
        let first = rows.first().ok_or(Error::Unauthenticated)?;
        let (name, person) = (first.name.clone(), first.person_id);
        let mut viewer =
            Self { account, name, person, grants: grants(rows), seats: vec![], links: vec![], backend };
        if let Some(person) = person {
            let statement = Statement::from_sql_and_values(backend, SEATS, [person.into(), today.into()]);
            viewer.take_seats(SeatRow::find_by_statement(statement).all(&db.read).await?);
        }
        Ok(viewer)
    }

    fn take_seats(&mut self, rows: Vec<SeatRow>) {
        for row in rows {
            if self.seats.last() != Some(&row.seat) {
                self.seats.push(row.seat);
            }
            self.links.extend(row.link());
        }
    }

    /// The scope within which the viewer may do this; FORBIDDEN where no role of theirs allows it anywhere.
    pub fn may(&self, action: Action) -> Result<Scope> {
        let mut scope = Scope::nothing(self.backend);
        for grant in &self.grants {
            match reach(Actor::Granted(grant.role), action) {
                Reach::Everywhere => scope.add_everything(),
                Reach::LedgersBelow => scope.add_ledgers(&grant.ledgers),
                Reach::OwnLedger => scope.add_ledgers(grant.own_ledger.as_slice()),
                Reach::Reference => scope.add_ledgers(&[LedgerId::REFERENCE]),
                Reach::OwnLinks | Reach::Nowhere => {}
            }
        }
        if !self.seats.is_empty() {
            match reach(Actor::Member, action) {
                Reach::Everywhere => scope.add_everything(),
                Reach::OwnLinks => scope.add_own(self.account, &self.seats, &self.links),
                Reach::LedgersBelow | Reach::OwnLedger | Reach::Reference | Reach::Nowhere => {}
            }
        }
        if scope.is_nothing() { Err(Error::Forbidden) } else { Ok(scope) }
    }

    /// Whether the viewer reads the whole ledger: that it is there is no secret to them.
    #[must_use]
    pub fn reads(&self, ledger: LedgerId) -> bool {
        self.may(Action::ReadRecord).is_ok_and(|scope| scope.holds(ledger))
    }

    /// Whether an office of the viewer keeps this ledger: what it enters itself counts as verified.
    #[must_use]
    pub fn keeps(&self, ledger: LedgerId) -> bool {
        self.grants.iter().any(|grant| {
            grant.own_ledger == Some(ledger)
                && reach(Actor::Granted(grant.role), Action::Verify) == Reach::OwnLedger
        })
    }

    /// The organisations for whose programmes the viewer verifies in this ledger; any where nothing is said.
    #[must_use]
    pub fn verifies_for(&self, ledger: LedgerId) -> Option<Vec<OrganisationId>> {
        let offices = self.grants.iter().filter(|grant| {
            grant.own_ledger == Some(ledger)
                && reach(Actor::Granted(grant.role), Action::Verify) == Reach::OwnLedger
        });
        offices.map(|grant| grant.organisation).collect()
    }

    /// Whether names and addresses are shown in clear: to the office that keeps the ledger, and to the helper.
    #[must_use]
    pub fn sees_names(&self, ledger: LedgerId, household: HouseholdId) -> bool {
        self.keeps(ledger)
            || self.links.iter().any(|link| link.ledger == ledger && link.household == Some(household))
    }

    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.backend
    }
}

impl SeatRow {
    fn link(self) -> Option<OwnLink> {
        Some(OwnLink {
            member: self.seat,
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
        let known = grants
            .iter()
            .position(|g| g.role == role && g.region == region && g.organisation == row.organisation_id);
        let at = known.unwrap_or_else(|| {
            let organisation = row.organisation_id;
            grants.push(Grant { role, region, organisation, own_ledger: None, ledgers: vec![] });
            grants.len() - 1
        });
        if let Some(ledger) = row.ledger_id {
            grants[at].ledgers.push(ledger);
            if row.ledger_region_id == region {
                grants[at].own_ledger = Some(ledger);
            }
        }
    }
    grants
}
