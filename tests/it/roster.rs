//! The roster: places, bodies, people and industries are kept by their own office, and listed for everybody.

mod bodies;
mod lists;
mod people;
mod places;
mod refusals;

use std::sync::Arc;

use api::access::Viewer;
use api::account::open_first_admin;
use chrono::Duration;
use entity::ids::{AccountId, GrantId, LedgerId, PersonId, RegionId};
use entity::role_grant::Role;
use entity::values::Date;
use entity::{account, role_grant};
use sea_orm::{ActiveModelTrait, ConnectionTrait, Set, Statement};
use serde_json::{Value, json};
use tests::{Answer, Client, TestApp};
use uuid::Uuid;

/// A province with a city and two counties, all but the city with a ledger and an office.
struct Places {
    app: TestApp,
    admin: Client,
    office: Client,
    neighbour: Client,
    province_office: Client,
    province: String,
    city: String,
    county: String,
    other_county: String,
    township: String,
    village: String,
}

impl Places {
    async fn of(app: TestApp) -> Self {
        let admin = open_first_admin(&app.db, "admin", "a long password").await.unwrap();
        let admin = signed_in(&app, admin);
        let province = json!({ "level": "PROVINCE", "name": "四川省", "validFrom": "2000-01-01" });
        let province = done(&admin, "regionCreate", "region", province).await;
        let city = enter(&admin, "CITY", &province, "广元市").await;
        let county = enter(&admin, "COUNTY", &city, "青川县").await;
        let other_county = enter(&admin, "COUNTY", &city, "剑阁县").await;
        for region in [&province, &county, &other_county] {
            act(&admin, "ledgerOpen", "ledger { number }", json!({ "region": region, "name": "台账" })).await;
        }
        let office = open_account(&app, "office", Some((Role::CountyOffice, key(&county))), None).await;
        let neighbour =
            open_account(&app, "beside", Some((Role::CountyOffice, key(&other_county))), None).await;
        let province_office =
            open_account(&app, "province", Some((Role::ProvinceOffice, key(&province))), None).await;
        let township = enter(&admin, "TOWNSHIP", &county, "乔庄镇").await;
        let village = enter(&admin, "VILLAGE", &township, "张家村").await;
        Self {
            app,
            admin,
            office,
            neighbour,
            province_office,
            province,
            city,
            county,
            other_county,
            township,
            village,
        }
    }

    async fn organisation(&self, name: &str) -> String {
        let input = json!({ "region": self.county, "name": name, "kind": "CPPCC", "system": "CPPCC" });
        done(&self.office, "organisationCreate", "organisation", input).await
    }

    async fn committee(&self, organisation: &str, name: &str) -> String {
        let input = json!({ "organisation": organisation, "name": name, "kind": "SPECIAL_COMMITTEE",
            "from": "2021-01-01" });
        done(&self.office, "committeeCreate", "committee", input).await
    }

    async fn person(&self, name: &str) -> String {
        let input = json!({ "region": self.county, "name": name });
        done(&self.office, "personRegister", "person", input).await
    }

    async fn seat(&self, person: &str, organisation: &str) -> String {
        let input = json!({ "person": person, "organisation": organisation, "kind": "CPPCC_MEMBER",
            "from": "2021-01-01" });
        done(&self.office, "memberAppoint", "member", input).await
    }

    /// One who holds seats and no role.
    async fn member(&self, person: &str) -> Client {
        open_account(&self.app, "member", None, Some(PersonId(key(person).0))).await
    }

    /// The facts of a type that hold, as `step:KIND`, sorted.
    async fn facts(&self, of: &str) -> Vec<String> {
        let sql = format!(
            "SELECT step || ':' || kind FROM fact WHERE source_type = '{of}' AND until_seq = {} ORDER BY 1",
            i64::MAX
        );
        column(&self.app, &sql).await
    }

    /// The act number of the reference tables.
    async fn reference_clock(&self) -> i64 {
        let sql = "SELECT CAST(seq AS text) FROM ledger_clock WHERE ledger_id = 0";
        column(&self.app, sql).await[0].parse().unwrap()
    }

    /// How many rows the tables of the roster and of the door have, and how often the clocks have ticked.
    async fn written(&self) -> Vec<String> {
        let tables = [
            "region",
            "village",
            "region_designation",
            "ledger",
            "organisation",
            "person",
            "committee",
            "committee_member",
            "member",
            "industry",
            "industry_unit",
            "act",
            "fact",
            "feed",
        ];
        let mut written = column(&self.app, "SELECT CAST(SUM(seq) AS text) FROM ledger_clock").await;
        for table in tables {
            written.extend(column(&self.app, &format!("SELECT CAST(COUNT(*) AS text) FROM {table}")).await);
        }
        written
    }
}

/// Runs a mutation under a fresh key.
async fn act(client: &Client, mutation: &str, selection: &str, mut input: Value) -> Answer {
    if input["idempotencyKey"].is_null() {
        input["idempotencyKey"] = Uuid::now_v7().to_string().into();
    }
    let kind = mutation[..1].to_uppercase() + &mutation[1..];
    let query = format!(
        "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ field code }} }} }}"
    );
    client.post(&query, json!({ "input": input })).await
}

/// The id of the object that a mutation answers.
async fn done(client: &Client, mutation: &str, object: &str, input: Value) -> String {
    let answer = act(client, mutation, &format!("{object} {{ id }}"), input).await.expect_ok();
    let id = answer.data().pointer(&format!("/{mutation}/{object}/id")).and_then(Value::as_str);
    id.unwrap_or_else(|| panic!("refused: {answer}")).to_owned()
}

/// What a mutation refuses: `field CODE`, or the code of a top-level error.
async fn refused(client: &Client, mutation: &str, input: Value) -> String {
    let answer = act(client, mutation, "__typename", input).await;
    if let Some(code) = answer.code() {
        return code.to_owned();
    }
    let error = answer.at(&format!("/{mutation}/userErrors/0"));
    format!("{} {}", error["field"].as_str().unwrap_or_default(), error["code"].as_str().unwrap())
}

async fn enter(client: &Client, level: &str, parent: &str, name: &str) -> String {
    let input = json!({ "level": level, "parent": parent, "name": name, "validFrom": "2000-01-01" });
    done(client, "regionCreate", "region", input).await
}

/// The row's own id in a global one.
fn key(id: &str) -> RegionId {
    RegionId(platform::gid::Gid::decode(&id.into()).unwrap().id)
}

#[expect(clippy::disallowed_methods, reason = "accounts are another feature")]
async fn open_account(
    app: &TestApp,
    name: &str,
    grant: Option<(Role, RegionId)>,
    person: Option<PersonId>,
) -> Client {
    let id = AccountId::fresh();
    let account = account::ActiveModel {
        id: Set(id),
        name: Set(name.to_owned()),
        password_hash: Set(String::new()),
        person_id: Set(person),
        disabled: Set(false),
        keeper_id: Set(LedgerId::REFERENCE),
        within_id: Set(None),
    };
    account.insert(&app.db.write).await.unwrap();
    if let Some((role, region)) = grant {
        let grant = role_grant::ActiveModel {
            id: Set(GrantId::fresh()),
            account_id: Set(id),
            role: Set(role),
            region_id: Set(Some(region)),
            organisation_id: Set(None),
            committee_id: Set(None),
            from_on: Set(day("2000-01-01")),
            to_on: Set(None),
        };
        grant.insert(&app.db.write).await.unwrap();
    }
    signed_in(app, id)
}

fn signed_in(app: &TestApp, account: AccountId) -> Client {
    app.client(app.tokens.issue(account, app.clock.now(), Duration::days(1)).unwrap())
}

/// Who stands behind an account, for acts that are not in the schema.
async fn viewer(app: &TestApp, name: &str) -> Arc<Viewer> {
    let account = api::session::account_named(app, name).await.unwrap().unwrap();
    Arc::new(Viewer::load(&app.db, account.id, app.clock.today()).await.unwrap())
}

#[expect(clippy::disallowed_methods, reason = "a test looks behind the scope")]
async fn column(app: &TestApp, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(app.db.backend(), sql);
    let rows = app.db.read.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}
