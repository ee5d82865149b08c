//! Two counties with their offices, two members of the first with a household each, and a programme with its rules.
#![expect(clippy::disallowed_methods, reason = "a test lays its ground and looks behind the scope")]

use chrono::{DateTime, Duration, Utc};
use entity::definition::Codes;
use entity::duty_rule::{DutyPeriod, DutySubject};
use entity::fact::SourceType;
use entity::fact_ref::{PartyKind, RefRole};
use entity::ids::*;
use entity::link_rule::Obligation;
use entity::region::RegionLevel;
use entity::role_grant::Role;
use entity::values::Date;
use entity::values::{Quantity, RegionCode};
use entity::{
    account, committee, duty_rule, fact, fact_ref, indicator, industry, ledger, ledger_clock, link_rule,
    member, organisation, person, programme, region, role_grant,
};
use platform::gid::Gid;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, Statement,
};
use serde_json::{Value, json};
use tests::{Answer, Client, TestApp};
use uuid::Uuid;

pub const TODAY: &str = "2022-06-01";

/// Ids are global ones.
pub struct House {
    pub app: TestApp,
    pub office: Client,
    pub neighbour: Client,
    pub city_office: Client,
    pub member: Client,
    pub other_member: Client,
    pub seat: String,
    pub other_seat: String,
    pub organisation: String,
    pub committee: String,
    pub county: String,
    pub village: String,
    pub other_village: String,
    pub industry: String,
    pub programme: String,
    pub rule: String,
    /// A rule for organisations that allows no exemptions.
    pub strict_rule: String,
    /// Duties that marks answer.
    pub duty_of_link: String,
    pub duty_of_household: String,
    pub duty_of_member: String,
    pub duty_of_organisation: String,
    /// A duty counted over records.
    pub counted_duty: String,
    /// Households of the first county; the first two are linked to the two members.
    pub households: Vec<String>,
    pub stranger: String,
    pub link: String,
    pub other_link: String,
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn gid(of: SourceType, id: Uuid) -> String {
    Gid::reference(of, id).text()
}

/// The row's own id.
pub fn own_id(id: &str) -> Uuid {
    Gid::decode(&id.into()).unwrap().id
}

async fn put<M, A>(app: &TestApp, row: M)
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait + ActiveModelBehavior + Send,
{
    A::Entity::insert(row.into_active_model()).exec_without_returning(&app.db.write).await.unwrap();
}

struct Place {
    id: RegionId,
    level: RegionLevel,
    above: [Option<RegionId>; 4],
}

async fn region(app: &TestApp, level: RegionLevel, above: Option<&Place>, code: &str) -> Place {
    let id = RegionId::fresh();
    let mut path = above.map_or([None; 4], |above| above.above);
    if let Some(slot) = path.get_mut(level as usize) {
        *slot = Some(id);
    }
    put(
        app,
        region::Model {
            id,
            code: Some(RegionCode(code.to_owned())),
            level,
            name: format!("地区{code}"),
            parent_id: above.map(|above| above.id),
            province_id: path[0],
            city_id: path[1],
            county_id: path[2],
            township_id: path[3],
            valid_from: day("2000-01-01"),
            valid_to: None,
            successor_id: None,
            keeper_id: LedgerId(1),
        },
    )
    .await;
    Place { id, level, above: path }
}

async fn ledger(app: &TestApp, id: i32, place: &Place) {
    assert!(place.level <= RegionLevel::County);
    put(app, ledger::Model { id: LedgerId(id), region_id: place.id, name: format!("台账{id}") }).await;
    let ticked_at = DateTime::<Utc>::UNIX_EPOCH;
    put(app, ledger_clock::Model { ledger_id: LedgerId(id), seq: 0, ticked_at }).await;
}

async fn account(
    app: &TestApp,
    name: &str,
    person: Option<PersonId>,
    grant: Option<(Role, RegionId)>,
) -> Client {
    let id = AccountId::fresh();
    put(
        app,
        account::Model {
            id,
            name: name.to_owned(),
            password_hash: String::new(),
            person_id: person,
            disabled: false,
            keeper_id: LedgerId::REFERENCE,
            within_id: None,
        },
    )
    .await;
    if let Some((role, region_id)) = grant {
        let from_on = day("2021-01-01");
        let (id, account_id) = (GrantId::fresh(), id);
        put(
            app,
            role_grant::Model {
                id,
                account_id,
                role,
                region_id: Some(region_id),
                organisation_id: None,
                committee_id: None,
                from_on,
                to_on: None,
            },
        )
        .await;
    }
    app.client(app.tokens.issue(id, DateTime::UNIX_EPOCH, Duration::days(365 * 200)).unwrap())
}

async fn seat(app: &TestApp, name: &str, organisation_id: OrganisationId) -> (PersonId, MemberId) {
    let (person_id, id) = (PersonId::fresh(), MemberId::fresh());
    let keeper_id = LedgerId(1);
    put(
        app,
        person::Model {
            id: person_id,
            name: name.to_owned(),
            party_member: false,
            expertise: None,
            keeper_id,
            erased_on: None,
        },
    )
    .await;
    let kind = member::MemberKind::CppccMember;
    put(
        app,
        member::Model {
            id,
            person_id,
            organisation_id,
            kind,
            tags: entity::definition::Tags::default(),
            from_on: day("2021-01-01"),
            to_on: None,
            keeper_id,
        },
    )
    .await;
    (person_id, id)
}

async fn rule(app: &TestApp, programme_id: ProgrammeId, code: &str, ends: [PartyKind; 2]) -> LinkRuleId {
    let id = LinkRuleId::fresh();
    put(
        app,
        link_rule::Model {
            id,
            programme_id,
            code: code.to_owned(),
            name: format!("规则{code}"),
            group_code: None,
            helper_kind: ends[0],
            helper_filter: Codes::default(),
            target_kind: ends[1],
            target_designation_id: None,
            min_per_helper: Some(1),
            max_per_helper: Some(2),
            min_per_target: None,
            max_per_target: None,
            plan_required: false,
            agreement_required: false,
            exemption_allowed: ends[0] == PartyKind::Member,
            obligation: Obligation::Mandatory,
            valid_from: day("2022-01-01"),
            valid_to: None,
            version: 0,
            keeper_id: LedgerId(1),
        },
    )
    .await;
    id
}

async fn duty(
    app: &TestApp,
    programme_id: ProgrammeId,
    subject: DutySubject,
    indicator_id: Option<IndicatorId>,
) -> String {
    let id = DutyRuleId::fresh();
    put(
        app,
        duty_rule::Model {
            id,
            programme_id,
            checklist_id: None,
            position: 0,
            code: id.0.to_string(),
            name: "一个岗位".to_owned(),
            subject,
            link_rules: Codes::default(),
            subject_kinds: Codes::default(),
            indicator_id,
            target: Quantity::whole(2),
            period: DutyPeriod::Year,
            due_day: None,
            obligation: Obligation::BestEffort,
            valid_from: day("2022-01-01"),
            valid_to: None,
            version: 0,
            keeper_id: LedgerId(1),
        },
    )
    .await;
    gid(SourceType::DutyRule, id.0)
}

impl House {
    #[expect(clippy::too_many_lines, reason = "a world, laid out in its order")]
    pub async fn on(app: TestApp) -> Self {
        use RegionLevel::{City, County, Province, Township, Village};
        app.clock.set(platform::clock::start_of_day(day(TODAY)) + Duration::hours(10));
        let province = region(&app, Province, None, "510000000000").await;
        let city = region(&app, City, Some(&province), "510800000000").await;
        let county = region(&app, County, Some(&city), "510822000000").await;
        let other = region(&app, County, Some(&city), "510823000000").await;
        let township = region(&app, Township, Some(&county), "510822100000").await;
        let other_township = region(&app, Township, Some(&other), "510823100000").await;
        let village = region(&app, Village, Some(&township), "510822100201").await;
        let other_village = region(&app, Village, Some(&other_township), "510823100201").await;
        ledger(&app, 1, &county).await;
        ledger(&app, 2, &other).await;
        ledger(&app, 3, &city).await;
        let office = account(&app, "office", None, Some((Role::CountyOffice, county.id))).await;
        let neighbour = account(&app, "neighbour", None, Some((Role::CountyOffice, other.id))).await;
        let city_office = account(&app, "city", None, Some((Role::CityOffice, city.id))).await;
        let body = OrganisationId::fresh();
        let keeper_id = LedgerId(1);
        let (kind, system) = (organisation::OrganisationKind::Cppcc, organisation::System::Cppcc);
        let name = "县政协".to_owned();
        put(
            &app,
            organisation::Model {
                id: body,
                region_id: county.id,
                name,
                kind,
                system,
                from_on: None,
                to_on: None,
                keeper_id,
            },
        )
        .await;
        let special = CommitteeId::fresh();
        put(
            &app,
            committee::Model {
                id: special,
                organisation_id: body,
                parent_id: None,
                name: "提案委".to_owned(),
                kind: committee::CommitteeKind::SpecialCommittee,
                from_on: day("2021-01-01"),
                to_on: None,
                keeper_id,
            },
        )
        .await;
        let tea = IndustryId::fresh();
        let name = "茶叶".to_owned();
        put(
            &app,
            industry::Model {
                id: tea,
                region_id: county.id,
                name,
                tier: Some(1),
                parent_id: None,
                from_on: None,
                to_on: None,
                keeper_id,
            },
        )
        .await;
        let (person, first) = seat(&app, "委员甲", body).await;
        let (other_person, second) = seat(&app, "委员乙", body).await;
        let member = account(&app, "member", Some(person), None).await;
        let other_member = account(&app, "other member", Some(other_person), None).await;
        let help = ProgrammeId::fresh();
        put(
            &app,
            programme::Model {
                id: help,
                code: "HELP".to_owned(),
                name: "三联".to_owned(),
                name_en: None,
                organisation_id: body,
                parent_id: None,
                from_on: day("2022-01-01"),
                to_on: None,
                description: None,
                keeper_id,
            },
        )
        .await;
        let rule_id = rule(&app, help, "HOUSEHOLD", [PartyKind::Member, PartyKind::Household]).await;
        let strict = rule(&app, help, "VILLAGE", [PartyKind::Organisation, PartyKind::Region]).await;
        let visits = indicator::Entity::find().filter(indicator::Column::Code.eq("HOUSEHOLD_VISITS"));
        let visits = visits.one(&app.db.read).await.unwrap().unwrap().id;
        let mut house = Self {
            duty_of_link: duty(&app, help, DutySubject::Link, None).await,
            duty_of_household: duty(&app, help, DutySubject::Household, None).await,
            duty_of_member: duty(&app, help, DutySubject::Member, None).await,
            duty_of_organisation: duty(&app, help, DutySubject::Organisation, None).await,
            counted_duty: duty(&app, help, DutySubject::Link, Some(visits)).await,
            office,
            neighbour,
            city_office,
            member,
            other_member,
            seat: gid(SourceType::Member, first.0),
            other_seat: gid(SourceType::Member, second.0),
            organisation: gid(SourceType::Organisation, body.0),
            committee: gid(SourceType::Committee, special.0),
            county: gid(SourceType::Region, county.id.0),
            village: gid(SourceType::Region, village.id.0),
            other_village: gid(SourceType::Region, other_village.id.0),
            industry: gid(SourceType::Industry, tea.0),
            programme: gid(SourceType::Programme, help.0),
            rule: gid(SourceType::LinkRule, rule_id.0),
            strict_rule: gid(SourceType::LinkRule, strict.0),
            households: vec![],
            stranger: String::new(),
            link: String::new(),
            other_link: String::new(),
            app,
        };
        for nth in 0..4 {
            let household = house.household(&house.office, &house.village, nth).await;
            house.households.push(household);
        }
        house.stranger = house.household(&house.neighbour, &house.other_village, 9).await;
        house.link = house.bind(&house.seat, &house.households[0]).await;
        house.other_link = house.bind(&house.other_seat, &house.households[1]).await;
        house
    }

    async fn household(&self, office: &Client, village: &str, nth: usize) -> String {
        let input = json!({ "village": village, "headName": format!("户主{nth}"), "registeredOn": "2021-12-01",
            "designations": [], "members": [] });
        self.done(office, "householdRegister", "household", input).await
    }

    async fn bind(&self, helper: &str, target: &str) -> String {
        let input = json!({ "rule": self.rule, "helper": helper, "target": target, "from": "2022-01-05" });
        self.done(&self.office, "linkCreate", "link", input).await
    }

    /// Runs a mutation on an input, which gets a fresh key unless it has one.
    pub async fn act(&self, by: &Client, mutation: &str, object: &str, mut input: Value) -> Answer {
        if input["idempotencyKey"].is_null() {
            input["idempotencyKey"] = Uuid::now_v7().to_string().into();
        }
        let mut letters = mutation.chars();
        let kind: String = letters.next().unwrap().to_uppercase().chain(letters).collect();
        let selection = if object == "record" { "__typename" } else { "id" };
        let query = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {object} {{ {selection} }} userErrors {{ field code message }} }} }}"
        );
        by.post(&query, json!({ "input": input })).await
    }

    /// The same, of which nothing may go wrong: the id of the object, or its type for a record of any type.
    #[track_caller]
    pub fn done(
        &self,
        by: &Client,
        mutation: &str,
        object: &str,
        input: Value,
    ) -> impl Future<Output = String> {
        let at = std::panic::Location::caller();
        async move {
            let answer = self.act(by, mutation, object, input).await.expect_ok();
            let found = &answer.data()[mutation][object];
            let id = found["id"].as_str().or(found["__typename"].as_str());
            id.unwrap_or_else(|| panic!("{at}: {mutation} was refused: {answer}")).to_owned()
        }
    }

    /// Field and code of a refusal, which has written nothing: `about.title INVALID`; `- FORBIDDEN` at the top level.
    #[track_caller]
    pub fn refused(
        &self,
        by: &Client,
        mutation: &str,
        object: &str,
        input: Value,
    ) -> impl Future<Output = String> {
        let at = std::panic::Location::caller();
        async move {
            let before = self.rows().await;
            let answer = self.act(by, mutation, object, input).await;
            assert_eq!(self.rows().await, before, "{at}: something was written: {answer}");
            let error = &answer.data()[mutation]["userErrors"][0];
            let code = error["code"].as_str().or(answer.code());
            let code = code.unwrap_or_else(|| panic!("{at}: {mutation} was not refused: {answer}"));
            format!("{} {code}", error["field"].as_str().unwrap_or("-"))
        }
    }

    /// How many rows there are of what any act writes.
    async fn rows(&self) -> Vec<i64> {
        let mut counts = vec![];
        for table in
            ["record", "record_ref", "record_step", "project_fund", "fact", "fact_ref", "feed", "act"]
        {
            let count = format!("SELECT COUNT(*) FROM {table}");
            let count = Statement::from_string(self.app.db.backend(), count);
            let row = self.app.db.read.query_one_raw(count).await.unwrap().unwrap();
            counts.push(row.try_get_by_index(0).unwrap());
        }
        counts
    }

    /// What a node shows.
    pub async fn node(&self, by: &Client, id: &str, selection: &str) -> Value {
        let query = format!("query($id: ID!) {{ node(id: $id) {{ {selection} }} }}");
        by.post(&query, json!({ "id": id })).await.expect_ok().at("/node").clone()
    }

    /// The facts that hold of a record, in the order of their steps.
    pub async fn facts(&self, id: &str) -> Vec<fact::Model> {
        fact::Entity::find()
            .filter(fact::Column::SourceId.eq(own_id(id)))
            .filter(fact::Column::UntilSeq.eq(fact::OPEN))
            .order_by_asc(fact::Column::Step)
            .order_by_asc(fact::Column::Amount)
            .all(&self.app.db.read)
            .await
            .unwrap()
    }

    /// What a fact refers to in a role.
    pub async fn referred(&self, fact: &fact::Model, role: RefRole) -> Vec<Uuid> {
        let refs = fact_ref::Entity::find()
            .filter(fact_ref::Column::FactId.eq(fact.id))
            .filter(fact_ref::Column::Role.eq(role))
            .order_by_asc(fact_ref::Column::RefId)
            .all(&self.app.db.read)
            .await
            .unwrap();
        refs.into_iter().map(|row| row.ref_id).collect()
    }

    /// A visit that serves the first link, by its member.
    pub async fn visit(&self) -> String {
        let input = json!({ "kind": "VISIT", "about": self.about(&[("links", json!([self.link]))]) });
        self.done(&self.member, "activityRecord", "activity", input).await
    }

    /// What a record is about, with these fields added.
    #[expect(clippy::unused_self, reason = "reads as one of the house's")]
    pub fn about(&self, fields: &[(&str, Value)]) -> Value {
        let mut about = json!({ "title": "走访", "happenedOn": "2022-03-01" });
        for (name, value) in fields {
            about[*name] = value.clone();
        }
        about
    }
}

/// A global id of the same type and ledger, with another row's own id.
pub fn of_same_type(like: &str, id: Uuid) -> String {
    let named = Gid::decode(&like.into()).unwrap();
    Gid { id, ..named }.text()
}
