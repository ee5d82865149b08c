//! The demonstration's places, accounts, bodies, people, households, programmes and links.

use async_graphql::ID;
use entity::fact::SourceType;
use entity::household_income::IncomeSource;
use entity::ids::{AccountId, LedgerId};
use entity::region::RegionLevel;
use entity::role_grant::Role;
use entity::values::{Date, Money, Quantity, RegionCode};
use uuid::Uuid;

use super::data::{ChecklistRow, DutyRuleRow, HouseholdRow, Key, LinkRuleRow, Place, ProgrammeRow, Scenario};
use super::{ADMIN, Actor, Loader, REGIONS};
use crate::access::Action;
use crate::account::{AccountOpen, GrantInput, Opening, open_first_admin};
use crate::committee::{CommitteeCreate, CommitteeMemberAdd};
use crate::household::{DesignationInput, FamilyMemberInput, HouseholdRegister, IncomeInput};
use crate::industry::{IndustryCreate, IndustryUnitAdd};
use crate::link::{LinkCreate, LinkPaper};
use crate::member::{MemberAppoint, PersonRegister};
use crate::organisation::OrganisationCreate;
use crate::personal::Written;
use crate::programme::{
    ChecklistCreate, ChecklistItemInput, DutyRuleCreate, LinkRuleCreate, ProgrammeCreate,
};
use crate::region::{LedgerOpen, RegionDesignate, RegionImport, RegionRow, VillageDescribe};
use crate::session::policy::Policy;
use platform::error::{Error, Result};
use platform::gid::Gid;

/// Idempotency key of the demonstration's first act.
pub(super) const FIRST: &str = "demo:regions";

pub(super) const COUNTY: &str = "510822000000";
const CITY: &str = "510800000000";
const PROVINCE: &str = "510000000000";

pub(super) fn begins() -> Date {
    Date::from_ymd_opt(2021, 12, 1).unwrap_or_default()
}

impl Loader {
    /// Enters places and offices, and queues everything else for its day.
    pub(super) async fn roster(&mut self, scenario: &Scenario) -> Result<()> {
        self.places().await?;
        self.offices(scenario).await?;
        self.bodies(scenario)?;
        self.people(scenario)?;
        self.member_account(scenario).await?;
        self.villages(scenario)?;
        for (nth, row) in scenario.households.iter().enumerate() {
            self.household(nth + 1, row, scenario.households_from)?;
        }
        for programme in &scenario.programmes {
            self.programme(programme)?;
        }
        self.rules(scenario)?;
        let mut plans = self.plans(&scenario.records.household_plans);
        for (key, rule, helper, target, from) in &scenario.links {
            self.link(key, rule, (helper, target), *from, plans.remove(key))?;
        }
        Ok(())
    }

    async fn places(&mut self) -> Result<()> {
        let admin = match crate::session::account_named(&self.app, ADMIN.0).await? {
            Some(admin) => admin.id,
            None => open_first_admin(&self.app.db, ADMIN.0, ADMIN.1).await?,
        };
        self.accounts.insert(Actor::Admin, admin);
        let rows = regions()?;
        let import = RegionImport { idempotency_key: FIRST.to_owned(), rows, valid_from: begins() };
        self.enter(begins(), Actor::Admin, import).await?;
        let reading = self.viewer(Actor::Admin).await?.may(Action::ReadReference)?;
        for (code, id) in crate::region::ids_by_code(&self.app.db.read, &reading).await? {
            self.ids.insert(code, Gid::reference(SourceType::Region, id).into());
        }
        for (by, code, name) in [
            (Actor::Province, PROVINCE, "四川省台账"),
            (Actor::City, CITY, "广元市台账"),
            (Actor::County, COUNTY, "青川县台账"),
        ] {
            let region = self.id(code)?;
            let key = format!("demo:ledger:{code}");
            let open = LedgerOpen { idempotency_key: key, region: region.clone(), name: name.to_owned() };
            self.enter(begins(), Actor::Admin, open).await?;
            let kept = crate::region::key(&region, "region")?;
            let ledger: LedgerId = crate::ledger::ledger_for(&self.app.db.read, kept, "region").await?;
            self.ledgers.insert(by, ledger);
        }
        Ok(())
    }

    async fn offices(&mut self, scenario: &Scenario) -> Result<()> {
        for (name, secret, role, region, _, _) in &scenario.accounts {
            let by = match role {
                Some(Role::CountyOffice) => Actor::County,
                Some(Role::CityOffice) => Actor::City,
                Some(Role::ProvinceOffice) => Actor::Province,
                _ => continue,
            };
            let role = role.unwrap_or(Role::CountyOffice);
            let grant = GrantInput {
                role,
                region: self.id(region)?,
                organisation: None,
                committee: None,
                from: begins(),
                to: None,
            };
            let id = super::fixed_id(name, begins());
            let open = account(name, id, secret, None, vec![grant]).await?;
            self.enter(begins(), Actor::Admin, open).await?;
            self.accounts.insert(by, AccountId(id));
        }
        Ok(())
    }

    fn bodies(&mut self, scenario: &Scenario) -> Result<()> {
        for (key, region, name, kind, system) in &scenario.organisations {
            let by = office_of(region);
            let id = Some(self.reference(SourceType::Organisation, key, begins()));
            let region = self.id(region)?;
            let idempotency_key = format!("demo:{key}");
            let (name, kind, system) = (name.clone(), *kind, *system);
            self.wait(
                begins(),
                by,
                OrganisationCreate { idempotency_key, id, region, name, kind, system, from: None },
            );
        }
        for (key, organisation, name, kind, from) in &scenario.committees {
            let id = Some(self.reference(SourceType::Committee, key, *from));
            let organisation = self.id(organisation)?;
            let idempotency_key = format!("demo:{key}");
            let (name, kind, parent) = (name.clone(), *kind, None);
            let create =
                CommitteeCreate { idempotency_key, id, organisation, parent, name, kind, from: *from };
            self.wait(*from, Actor::County, create);
        }
        for (key, region, name, tier) in &scenario.industries {
            let id = Some(self.reference(SourceType::Industry, key, begins()));
            let region = self.id(region)?;
            let (name, tier, parent) = (name.clone(), *tier, None);
            let idempotency_key = format!("demo:{key}");
            self.wait(
                begins(),
                Actor::County,
                IndustryCreate { idempotency_key, id, region, name, tier, parent, from: None },
            );
        }
        for (industry, kind, name, village, from) in &scenario.industry_units {
            let idempotency_key = format!("demo:unit:{industry}:{}", short(name));
            let (industry, region) = (self.id(industry)?, self.id(village)?);
            let (name, kind) = (name.clone(), *kind);
            let add = IndustryUnitAdd { idempotency_key, industry, kind, name, region, from: *from };
            self.wait(*from, Actor::County, add);
        }
        Ok(())
    }

    fn people(&mut self, scenario: &Scenario) -> Result<()> {
        for (key, name, party, expertise) in &scenario.persons {
            self.person(key, name, *party, expertise.clone(), begins())?;
        }
        for (key, person, organisation, kind, from) in &scenario.members {
            let id = Some(self.reference(SourceType::Member, key, *from));
            let (person, organisation) = (self.id(person)?, self.id(organisation)?);
            let idempotency_key = format!("demo:{key}");
            let appoint = MemberAppoint {
                idempotency_key,
                id,
                person,
                organisation,
                kind: *kind,
                tags: vec![],
                from: *from,
            };
            self.wait(*from, Actor::County, appoint);
        }
        for (committee, person, role, from, _) in &scenario.committee_members {
            self.joins(committee, person, *role, *from)?;
        }
        Ok(())
    }

    pub(super) fn person(
        &mut self,
        key: &str,
        name: &str,
        is_party_member: bool,
        expertise: Option<String>,
        on: Date,
    ) -> Result<()> {
        let id = Some(self.reference(SourceType::Person, key, on));
        let register = PersonRegister {
            idempotency_key: format!("demo:{key}"),
            id,
            name: name.to_owned(),
            is_party_member: Some(is_party_member),
            expertise,
            identity_number: None,
            phone: None,
            region: self.id(COUNTY)?,
        };
        self.wait(on, Actor::County, register);
        Ok(())
    }

    pub(super) fn joins(
        &mut self,
        committee: &str,
        person: &str,
        role: entity::committee_member::CommitteeRole,
        from: Date,
    ) -> Result<()> {
        let idempotency_key = format!("demo:{committee}:{person}");
        let (committee, person) = (self.id(committee)?, self.id(person)?);
        self.wait(from, Actor::County, CommitteeMemberAdd { idempotency_key, committee, person, role, from });
        Ok(())
    }

    fn villages(&mut self, scenario: &Scenario) -> Result<()> {
        for (key, code, population, household_count, difficulty) in &scenario.villages {
            let region = self.id(code)?;
            self.ids.insert(key.clone(), region.clone());
            let describe = VillageDescribe {
                idempotency_key: format!("demo:{key}"),
                region,
                population: Some(*population),
                household_count: Some(*household_count),
                difficulty: difficulty.clone(),
            };
            self.wait(begins(), Actor::County, describe);
        }
        for (code, designation, from) in &scenario.region_designations {
            let designate = RegionDesignate {
                idempotency_key: format!("demo:{code}:{designation}"),
                region: self.id(code)?,
                designation: designation.clone(),
                from: Some(*from),
                to: None,
            };
            self.wait(begins(), Actor::County, designate);
        }
        Ok(())
    }

    fn household(&mut self, nth: usize, row: &HouseholdRow, from: Date) -> Result<()> {
        let (village, number, head, address, housing, water, cover, designations, family, income) = row;
        let key: Key = format!("H-{nth}");
        let id = Some(self.record(SourceType::Household, &key, from));
        let register = HouseholdRegister {
            idempotency_key: format!("demo:{key}"),
            id,
            village: self.id(village)?,
            number: Some(number.clone()),
            head_name: head.clone(),
            address: Some(address.clone()),
            // No mobile number begins with 154.
            phone: Some(Written::new(format!("154{nth:08}"))),
            bank_account: None,
            housing: Some(housing.clone()),
            has_safe_water: Some(*water),
            has_medical_cover: Some(*cover),
            registered_on: from,
            designations: designations
                .iter()
                .map(|(code, from)| DesignationInput { code: code.clone(), from: Some(*from) })
                .collect(),
            members: family.iter().map(family_member).collect(),
            income: income.iter().flat_map(income_of).collect(),
        };
        self.wait(from, Actor::County, register);
        Ok(())
    }

    fn programme(&mut self, row: &ProgrammeRow) -> Result<()> {
        let id = Some(self.reference(SourceType::Programme, &row.code, begins()));
        let by = match row.organisation.as_str() {
            "CPPCC-SC" => Actor::Province,
            "CPPCC-GY" => Actor::City,
            _ => Actor::County,
        };
        let create = ProgrammeCreate {
            idempotency_key: format!("demo:{}", row.code),
            id,
            code: row.code.clone(),
            name: row.name.clone(),
            name_en: Some(row.name_en.clone()),
            organisation: self.id(&row.organisation)?,
            parent: row.parent.as_deref().map(|parent| self.id(parent)).transpose()?,
            from: row.from,
            to: None,
            description: Some(row.description.clone()),
        };
        self.wait(begins(), by, create);
        Ok(())
    }

    fn rules(&mut self, scenario: &Scenario) -> Result<()> {
        let programme = self.id(&self.programme)?;
        for row in &scenario.link_rules {
            self.link_rule(row, programme.clone());
        }
        for row in &scenario.duty_rules {
            self.duty_rule(row, programme.clone());
        }
        for row in &scenario.checklists {
            self.checklist(row, programme.clone());
        }
        Ok(())
    }

    fn link_rule(&mut self, row: &LinkRuleRow, programme: ID) {
        let create = LinkRuleCreate {
            idempotency_key: format!("demo:{}", row.code),
            id: Some(self.reference(SourceType::LinkRule, &row.code, begins())),
            programme,
            code: row.code.clone(),
            name: row.name.clone(),
            group: row.group.clone(),
            helper_kind: row.helper_kind,
            helper_filter: row.helper_filter.clone(),
            target_kind: row.target_kind,
            target_designation: row.target_designation.clone(),
            min_per_helper: row.min_per_helper,
            max_per_helper: row.max_per_helper,
            min_per_target: None,
            max_per_target: None,
            is_plan_required: Some(row.plan_required),
            is_agreement_required: None,
            is_exemption_allowed: Some(row.exemption_allowed),
            obligation: row.obligation,
            from: row.from,
        };
        self.wait(begins(), Actor::County, create);
    }

    fn duty_rule(&mut self, row: &DutyRuleRow, programme: ID) {
        let create = DutyRuleCreate {
            idempotency_key: format!("demo:{}", row.code),
            id: Some(self.reference(SourceType::DutyRule, &row.code, begins())),
            programme,
            code: row.code.clone(),
            name: row.name.clone(),
            subject: row.subject,
            link_rules: row.link_rules.clone(),
            subject_kinds: vec![],
            indicator: Some(row.indicator.clone()),
            target: Quantity::whole(row.target),
            period: row.period,
            due_day: None,
            obligation: row.obligation,
            from: row.from,
        };
        self.wait(begins(), Actor::County, create);
    }

    fn checklist(&mut self, row: &ChecklistRow, programme: ID) {
        let item = |item: &super::data::ItemRow| ChecklistItemInput {
            id: Some(super::fixed_id(&format!("{}/{}", row.code, item.code), begins())),
            code: item.code.clone(),
            name: item.name.clone(),
            target: Quantity::whole(item.target),
        };
        let subject_kinds = match row.subject {
            entity::duty_rule::DutySubject::Organisation => vec!["CPPCC".to_owned()],
            _ => vec![],
        };
        for item in &row.items {
            let code = format!("{}/{}", row.code, item.code);
            self.reference(SourceType::DutyRule, &code, begins());
        }
        let create = ChecklistCreate {
            idempotency_key: format!("demo:{}", row.code),
            id: Some(self.reference(SourceType::Checklist, &row.code, begins())),
            programme,
            code: row.code.clone(),
            name: row.name.clone(),
            subject: row.subject,
            link_rules: row.link_rules.clone(),
            subject_kinds,
            period: row.period,
            obligation: row.obligation,
            from: row.from,
            items: row.items.iter().map(item).collect(),
        };
        self.wait(begins(), Actor::County, create);
    }

    fn link(
        &mut self,
        key: &str,
        rule: &str,
        ends: (&str, &str),
        from: Date,
        plan: Option<LinkPaper>,
    ) -> Result<()> {
        let id = Some(self.record(SourceType::Link, key, from));
        let (rule, helper, target) = (self.id(rule)?, self.id(ends.0)?, self.id(ends.1)?);
        self.helper_of.insert(key.to_owned(), helper.clone());
        let idempotency_key = format!("demo:{key}");
        self.wait(
            from,
            Actor::County,
            LinkCreate {
                idempotency_key,
                id,
                rule,
                helper,
                target,
                from,
                to: None,
                end_reason: None,
                note: None,
                plan,
                agreement: None,
            },
        );
        Ok(())
    }

    /// Queues the account of a member for the day after the person is registered.
    async fn member_account(&mut self, scenario: &Scenario) -> Result<()> {
        for (name, secret, role, _, _, person) in &scenario.accounts {
            if role.is_none() {
                let person = person.as_deref().map(|person| self.id(person)).transpose()?;
                let on = begins().succ_opt().unwrap_or_default();
                let id = super::fixed_id(name, on);
                self.accounts.insert(Actor::Member, AccountId(id));
                let open = account(name, id, secret, person, vec![]).await?;
                self.wait(on, Actor::County, open);
            }
        }
        Ok(())
    }
}

/// An account of the demonstration. Its password is public, so nobody is asked to change it.
async fn account(
    name: &str,
    id: Uuid,
    secret: &str,
    person: Option<ID>,
    grants: Vec<GrantInput>,
) -> Result<Opening> {
    AccountOpen {
        idempotency_key: format!("demo:account:{name}"),
        id: Some(id),
        name: name.to_owned(),
        password: secret.to_owned(),
        person,
        grants,
    }
    .hashed(Policy::Mlps3)
    .await
    .map(Opening::by_operator)
}

/// Office in whose ledger a body of that region lies.
fn office_of(code: &str) -> Actor {
    match code {
        PROVINCE => Actor::Province,
        CITY => Actor::City,
        _ => Actor::County,
    }
}

fn family_member((name, relation, born): &(String, String, i32)) -> FamilyMemberInput {
    FamilyMemberInput {
        name: name.clone(),
        relation: relation.clone(),
        born_on: Date::from_ymd_opt(*born, 7, 1),
        occupation: None,
        schooling: None,
        identity_number: None,
        phone: None,
    }
}

fn income_of((year, wage, business, property, transfer): &(i32, i64, i64, i64, i64)) -> [IncomeInput; 4] {
    [
        (IncomeSource::Wage, wage),
        (IncomeSource::Business, business),
        (IncomeSource::Property, property),
        (IncomeSource::Transfer, transfer),
    ]
    .map(|(source, fen)| IncomeInput { year: *year, source, amount: Money(*fen) })
}

fn short(name: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(name)
}

fn regions() -> Result<Vec<RegionRow>> {
    let mut reader = csv::Reader::from_reader(REGIONS.as_bytes());
    reader
        .deserialize()
        .map(|row| {
            let place: Place = row.map_err(Error::internal)?;
            let level: RegionLevel = serde_json::from_value(place.level.into()).map_err(Error::internal)?;
            let parent = place.parent.filter(|parent| !parent.is_empty());
            Ok(RegionRow { code: RegionCode(place.code), level, parent, name: place.name })
        })
        .collect()
}
