//! A small world, set up as people would: two counties of one city, their offices, members with seats, households,
//! a committee with its industry, and a programme of three links with its rules.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Deref;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use api::access::Bearer;
use api::account::open_first_admin;
use chrono::{DateTime, Utc};
use entity::application::Scopes;
use entity::ids::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Answer, Client, DbKind, TestApp};

/// The people of a world, and where they are.
pub struct World {
    pub app: TestApp,
    pub admin: Client,
    pub province_office: Client,
    pub city_office: Client,
    /// The office of the first county.
    pub office: Client,
    /// The office of the county beside it.
    pub neighbour: Client,
    /// Members of the first county, each a client with the id of the seat.
    pub members: Vec<Seated>,
    ids: Ids,
}

/// Ids of what there is.
#[derive(Clone, Serialize, Deserialize)]
pub struct Ids {
    /// Accounts by their names.
    accounts: BTreeMap<String, Uuid>,
    seats: Vec<String>,
    pub province: String,
    pub city: String,
    pub county: String,
    pub other_county: String,
    pub township: String,
    /// Three villages of the first county.
    pub villages: Vec<String>,
    pub other_village: String,
    pub organisation: String,
    pub other_organisation: String,
    pub committee: String,
    pub industry: String,
    /// Code `HELP`, with the rules EXITED and DEMO (group ONE_PLUS_ONE), INDUSTRY (at most one) and VILLAGE,
    /// the duty VISIT (one a quarter), and the checklist ONES of two items.
    pub programme: String,
    pub rule_exited: String,
    pub rule_demo: String,
    pub rule_industry: String,
    pub rule_village: String,
    /// Six households: the even ones EXITED, the odd ones DEMONSTRATION.
    pub households: Vec<String>,
    /// A household of the county beside.
    pub stranger: String,
}

impl Deref for World {
    type Target = Ids;

    fn deref(&self) -> &Ids {
        &self.ids
    }
}

/// A world that was set up once, to be copied: what is in its database, and the keys that seal there.
#[derive(Clone, Serialize, Deserialize)]
pub struct Made {
    ids: Ids,
    keys: String,
}

impl Made {
    /// Sets up a world on an empty database, and leaves it to others.
    pub(crate) async fn on(app: TestApp) -> Self {
        let world = World::on(app).await;
        let db = &world.app.db;
        for pool in [&db.read, &db.write, &db.log] {
            pool.close().await;
        }
        let keys = fs::read_to_string(world.app.seal_keys()).unwrap();
        Self { ids: world.ids, keys }
    }

    pub(crate) fn leave_keys(&self, file: &Path) {
        fs::write(file, &self.keys).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// A member with an account.
#[derive(Clone)]
pub struct Seated {
    pub client: Client,
    pub seat: String,
}

/// A third-party application.
pub struct Registered {
    /// One who shows a token of all its scopes, for as long as a test may last.
    pub client: Client,
    /// Its global id.
    pub id: String,
    pub client_id: String,
    pub secret: String,
}

static KEYS: AtomicU64 = AtomicU64::new(0);

/// An idempotency key that nobody has used, nor whoever made the world.
pub fn key() -> String {
    format!("key-{}-{}", std::process::id(), KEYS.fetch_add(1, Ordering::Relaxed))
}

impl Client {
    /// Runs a mutation on an input, which gets a fresh key unless it has one.
    pub async fn act(&self, mutation: &str, object: &str, mut input: Value) -> Answer {
        if input["idempotencyKey"].is_null() {
            input["idempotencyKey"] = key().into();
        }
        let kind = input_type(mutation);
        let selection = if object == "record" { "... on Node { id }" } else { "id" };
        let query = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {object} {{ {selection} }} userErrors {{ field code message }} }} }}"
        );
        self.post(&query, json!({ "input": input })).await
    }

    /// The same, of which only what was refused is asked: its object may be one that the caller does not see.
    pub async fn act_plainly(&self, mutation: &str, mut input: Value) -> Answer {
        if input["idempotencyKey"].is_null() {
            input["idempotencyKey"] = key().into();
        }
        let kind = input_type(mutation);
        let query = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ userErrors {{ field code message }} }} }}"
        );
        self.post(&query, json!({ "input": input })).await
    }

    /// The same as `act`, of which nothing may go wrong: the id of the object.
    pub async fn done(&self, mutation: &str, object: &str, input: Value) -> String {
        let answer = self.act(mutation, object, input).await.expect_ok();
        let id = answer.data().pointer(&format!("/{mutation}/{object}/id")).and_then(Value::as_str);
        id.unwrap_or_else(|| panic!("{mutation} was refused: {answer}")).to_owned()
    }

    /// The code of the first user error of a mutation, or of the first top-level one.
    pub async fn refused(&self, mutation: &str, object: &str, input: Value) -> String {
        let answer = self.act(mutation, object, input).await;
        let code = answer.data().pointer(&format!("/{mutation}/userErrors/0/code")).and_then(Value::as_str);
        code.or_else(|| answer.code())
            .unwrap_or_else(|| panic!("{mutation} was not refused: {answer}"))
            .to_owned()
    }
}

/// `householdRegister` takes a `HouseholdRegister`.
fn input_type(mutation: &str) -> String {
    let mut letters = mutation.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

impl TestApp {
    /// A client whose token stays good for as long as a test may let time pass.
    pub fn signed_in(&self, account: AccountId) -> Client {
        let since = DateTime::<Utc>::UNIX_EPOCH;
        let token = self.tokens.issue(account, since, chrono::Duration::days(365 * 200)).unwrap();
        self.client(token)
    }

    /// Goes to ten in the morning of a day, in Shanghai.
    pub fn go_to(&self, day: &str) {
        let day: entity::values::Date = day.parse().unwrap();
        self.clock.set(platform::clock::start_of_day(day) + chrono::Duration::hours(10));
    }

    /// Registers an application at a region, with so many requests that a test does not run out of them.
    pub async fn application(&self, admin: &Client, region: &str, scopes: &[&str]) -> Registered {
        let id = uuid::Uuid::now_v7();
        let input = json!({ "idempotencyKey": key(), "id": id, "name": key(), "contact": "值班室", "region": region,
            "scopes": scopes, "ratePerMinute": 6000, "from": "2021-01-01" });
        let query = "mutation($input: ApplicationRegisterInput!) { applicationRegister(input: $input) {
            application { id clientId } secret userErrors { code message } } }";
        let answer = admin.post(query, json!({ "input": input })).await.expect_ok();
        let text = |at: &str| answer.text_at(&format!("/applicationRegister/{at}")).to_owned();
        let scopes = scopes.join(" ").to_lowercase();
        let bearer = Bearer { scopes: Scopes::parse(&scopes), ..AccountId(id).into() };
        let (since, long) = (DateTime::<Utc>::UNIX_EPOCH, chrono::Duration::days(365 * 200));
        let client = self.client(self.tokens.issue_to(&bearer, since, long).unwrap());
        Registered {
            client,
            id: text("application/id"),
            client_id: text("application/clientId"),
            secret: text("secret"),
        }
    }

    async fn account(
        &self,
        admin: &Client,
        name: &str,
        grant: Option<(&str, &str)>,
        person: Option<&str>,
    ) -> Uuid {
        let id = Uuid::now_v7();
        let grants: Vec<Value> = grant
            .into_iter()
            .map(|(role, region)| json!({ "role": role, "region": region, "from": "2021-01-01" }))
            .collect();
        let input = json!({ "id": id, "name": name, "password": "correct horse battery", "person": person, "grants": grants });
        admin.done("accountOpen", "account", input).await;
        self.settled(name).await;
        id
    }

    /// As though the owner of an account had signed in for the first time, and chosen the same password again: nobody is
    /// asked to change it.
    #[expect(clippy::disallowed_methods, reason = "a test goes past the first sign-in")]
    pub async fn settled(&self, name: &str) {
        use sea_orm::{ConnectionTrait, Statement};
        let settle = "UPDATE credential SET must_change = FALSE WHERE account_id = (SELECT id FROM account WHERE name = $1)";
        let owner = self.owner().await;
        let settle = Statement::from_sql_and_values(owner.get_database_backend(), settle, [name.into()]);
        owner.execute_raw(settle).await.unwrap();
    }
}

impl World {
    /// A copy of one that was set up once. None where the database cannot be had here.
    pub async fn fresh(kind: DbKind) -> Option<Self> {
        let (app, made) = TestApp::with_world(kind).await?;
        Some(Self::of(app, made.ids))
    }

    /// Sets it up on an empty database, on 2022-01-01.
    pub async fn on(app: TestApp) -> Self {
        let ids = set_up(&app).await;
        Self::of(app, ids)
    }

    fn of(app: TestApp, ids: Ids) -> Self {
        let client = |name: &str| app.signed_in(AccountId(ids.accounts[name]));
        let seats = ids.seats.iter().zip(1..);
        let members =
            seats.map(|(seat, nth)| Seated { client: client(&format!("member{nth}")), seat: seat.clone() });
        Self {
            admin: client("admin"),
            province_office: client("province"),
            city_office: client("city"),
            office: client("county"),
            neighbour: client("neighbour"),
            members: members.collect(),
            app,
            ids,
        }
    }

    /// Links a member to a household from a day; the id of the link.
    pub async fn link(&self, member: usize, household: usize, from: &str) -> String {
        let rule = if household.is_multiple_of(2) { &self.rule_exited } else { &self.rule_demo };
        let input = json!({ "rule": rule, "helper": self.members[member].seat, "target": self.households[household], "from": from });
        self.office.done("linkCreate", "link", input).await
    }

    /// Records a visit that serves a link; the id of the activity.
    pub async fn visit(&self, by: &Client, link: &str, on: &str) -> String {
        by.done("activityRecord", "activity", visit(link, on)).await
    }

    /// Registers an application at a region.
    pub async fn application(&self, region: &str, scopes: &[&str]) -> Registered {
        self.app.application(&self.admin, region, scopes).await
    }

    /// How many rows a table has.
    pub async fn rows(&self, table: &str) -> i64 {
        use sea_orm::{ConnectionTrait, Statement};
        let count = Statement::from_string(self.app.db.backend(), format!("SELECT COUNT(*) FROM {table}"));
        #[expect(clippy::disallowed_methods, reason = "a test looks behind the scope")]
        let row = self.app.db.read.query_one_raw(count).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }
}

/// Sets up a world as its people would.
#[expect(clippy::too_many_lines, reason = "a world has many things")]
async fn set_up(app: &TestApp) -> Ids {
    let admin = open_first_admin(&app.db, "admin", "correct horse battery").await.unwrap();
    let mut accounts = BTreeMap::from([("admin".to_owned(), admin.0)]);
    let admin = app.signed_in(admin);
    let region = async |code: &str, level: &str, parent: Option<&str>, name: &str| {
        let input = json!({ "code": code, "level": level, "parent": parent, "name": name, "validFrom": "2000-01-01" });
        admin.done("regionCreate", "region", input).await
    };
    let province = region("510000000000", "PROVINCE", None, "四川省").await;
    let city = region("510800000000", "CITY", Some(&province), "广元市").await;
    let county = region("510822000000", "COUNTY", Some(&city), "青川县").await;
    let other_county = region("510823000000", "COUNTY", Some(&city), "剑阁县").await;
    for (region, name) in [(&province, "省"), (&city, "市"), (&county, "县"), (&other_county, "邻县")] {
        let open = "mutation($input: LedgerOpenInput!) { ledgerOpen(input: $input) { ledger { number } userErrors { code message } } }";
        let input = json!({ "idempotencyKey": key(), "region": region, "name": format!("{name}台账") });
        let answer = admin.post(open, json!({ "input": input })).await.expect_ok();
        assert!(answer.at("/ledgerOpen/ledger/number").is_number(), "no ledger: {answer}");
    }
    let township = region("510822100000", "TOWNSHIP", Some(&county), "乔庄镇").await;
    let mut villages = vec![];
    for nth in 1..=3 {
        villages.push(
            region(&format!("51082210020{nth}"), "VILLAGE", Some(&township), &format!("{nth}村")).await,
        );
    }
    let other_village = region("510823100201", "VILLAGE", Some(&other_county), "邻村").await;
    let mut open = async |name: &str, grant: Option<(&str, &str)>, person: Option<&str>| {
        let id = app.account(&admin, name, grant, person).await;
        accounts.insert(name.to_owned(), id);
        app.signed_in(AccountId(id))
    };
    open("province", Some(("PROVINCE_OFFICE", &province)), None).await;
    open("city", Some(("CITY_OFFICE", &city)), None).await;
    let office = open("county", Some(("COUNTY_OFFICE", &county)), None).await;
    let neighbour = open("neighbour", Some(("COUNTY_OFFICE", &other_county)), None).await;
    let cppcc = |region: &str, name: &str| json!({ "region": region, "name": name, "kind": "CPPCC", "system": "CPPCC" });
    let organisation = office.done("organisationCreate", "organisation", cppcc(&county, "县政协")).await;
    let other_organisation =
        neighbour.done("organisationCreate", "organisation", cppcc(&other_county, "邻县政协")).await;
    let committee = json!({ "organisation": organisation, "name": "提案委", "kind": "SPECIAL_COMMITTEE", "from": "2021-01-01" });
    let committee = office.done("committeeCreate", "committee", committee).await;
    let industry = office
        .done("industryCreate", "industry", json!({ "region": county, "name": "茶叶", "tier": 1 }))
        .await;
    let mut seats = vec![];
    for nth in 1..=3 {
        let person = json!({ "name": format!("委员{nth}"), "region": county });
        let person = office.done("personRegister", "person", person).await;
        let seat = json!({ "person": person, "organisation": organisation, "kind": "CPPCC_MEMBER", "from": "2021-01-01" });
        let seat = office.done("memberAppoint", "member", seat).await;
        open(&format!("member{nth}"), None, Some(&person)).await;
        seats.push(seat);
    }
    let programme =
        json!({ "code": "HELP", "name": "三联", "organisation": organisation, "from": "2022-01-01" });
    let programme = office.done("programmeCreate", "programme", programme).await;
    let rule = async |code: &str, rest: Value| {
        let mut input = json!({ "programme": programme, "code": code, "name": code, "helperFilter": [],
                "obligation": "MANDATORY", "from": "2022-01-01" });
        input.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        office.done("linkRuleCreate", "linkRule", input).await
    };
    let to_household = |designation: &str| {
        json!({ "helperKind": "MEMBER", "helperFilter": ["CPPCC_MEMBER"], "targetKind": "HOUSEHOLD",
                "targetDesignation": designation, "group": "ONE_PLUS_ONE", "minPerHelper": 1, "maxPerHelper": 2,
                "isExemptionAllowed": true })
    };
    let rule_exited = rule("EXITED", to_household("EXITED")).await;
    let rule_demo = rule("DEMO", to_household("DEMONSTRATION")).await;
    let rule_industry = rule(
        "INDUSTRY",
        json!({ "helperKind": "COMMITTEE", "targetKind": "INDUSTRY",
            "minPerHelper": 1, "maxPerHelper": 1 }),
    )
    .await;
    let rule_village = rule("VILLAGE", json!({ "helperKind": "ORGANISATION", "targetKind": "REGION" })).await;
    let duty = json!({ "programme": programme, "code": "VISIT", "name": "季度走访", "subject": "LINK",
            "linkRules": ["EXITED", "DEMO"], "subjectKinds": [], "indicator": "HOUSEHOLD_VISITS", "target": 1,
            "period": "QUARTER", "obligation": "MANDATORY", "from": "2022-01-01" });
    office.done("dutyRuleCreate", "dutyRule", duty).await;
    let checklist = json!({ "programme": programme, "code": "ONES", "name": "两个一", "subject": "LINK",
            "linkRules": ["EXITED", "DEMO"], "subjectKinds": [], "period": "YEAR", "obligation": "BEST_EFFORT",
            "from": "2022-01-01", "items": [
                { "code": "JOB", "name": "一个岗位", "target": 1 }, { "code": "PROJECT", "name": "两个项目", "target": 2 }] });
    office.done("checklistCreate", "checklist", checklist).await;
    let mut households = vec![];
    for nth in 0..6 {
        let designation = if nth % 2 == 0 { "EXITED" } else { "DEMONSTRATION" };
        households.push(household(&office, &villages[nth / 2], &format!("户主{nth}"), designation).await);
    }
    let stranger = household(&neighbour, &other_village, "邻县户主", "EXITED").await;
    Ids {
        accounts,
        seats,
        province,
        city,
        county,
        other_county,
        township,
        villages,
        other_village,
        organisation,
        other_organisation,
        committee,
        industry,
        programme,
        rule_exited,
        rule_demo,
        rule_industry,
        rule_village,
        households,
        stranger,
    }
}

/// The input of a visit that serves a link.
pub fn visit(link: &str, on: &str) -> Value {
    json!({ "kind": "VISIT", "about": { "title": "走访", "happenedOn": on, "links": [link] } })
}

async fn household(office: &Client, village: &str, head: &str, designation: &str) -> String {
    let input = json!({ "village": village, "headName": head, "registeredOn": "2021-12-01",
        "designations": [{ "code": designation }],
        "members": [{ "name": head, "relation": "户主" }, { "name": "家人", "relation": "配偶" }] });
    office.done("householdRegister", "household", input).await
}
