//! A small country: a province with two cities and five counties, each with a ledger, an office and households.

use std::collections::BTreeMap;

use api::account::open_first_admin;
use entity::ids::AccountId;
use serde_json::{Value, json};
use tests::world::key;
use tests::{Client, TestApp};
use uuid::Uuid;

const PASSWORD: &str = "Correct-horse-7";

pub struct Country {
    pub app: TestApp,
    pub admin: Client,
    pub province_office: Client,
    pub city_office: Client,
    /// An application of the second city.
    pub client: Client,
    pub province: String,
    pub cities: Vec<String>,
    pub counties: Vec<County>,
    /// A county of the first city that keeps no ledger.
    pub bare: String,
    /// The province's CPPCC.
    pub body: String,
    /// Code `HELP`, of the province.
    pub programme: String,
}

pub struct County {
    pub region: String,
    pub office: Client,
    pub village: String,
    pub households: Vec<String>,
}

/// How many households each county has.
pub const HOUSEHOLDS: usize = 9;

impl Country {
    pub async fn on(app: TestApp) -> Self {
        let admin = open_first_admin(&app.db, "admin", "correct horse battery").await.unwrap();
        let admin = app.signed_in(admin);
        let province = region(&admin, "PROVINCE", None, true).await;
        let (mut cities, mut counties) = (vec![], vec![]);
        for counted in [3, 2] {
            let city = region(&admin, "CITY", Some(&province), true).await;
            for _ in 0..counted {
                let county = region(&admin, "COUNTY", Some(&city), true).await;
                let office = open(&app, &admin, "COUNTY_OFFICE", &county).await;
                let village = region(&admin, "VILLAGE", Some(&county), false).await;
                let mut households = vec![];
                for nth in 0..HOUSEHOLDS {
                    let household = json!({ "village": village, "headName": format!("户主{nth}"), "registeredOn": "2021-12-01" });
                    households.push(office.done("householdRegister", "household", household).await);
                }
                counties.push(County { region: county, office, village, households });
            }
            cities.push(city);
        }
        let bare = region(&admin, "COUNTY", Some(&cities[0]), false).await;
        let province_office = open(&app, &admin, "PROVINCE_OFFICE", &province).await;
        let city_office = open(&app, &admin, "CITY_OFFICE", &cities[0]).await;
        let client = app.application(&admin, &cities[1], &["BULK"]).await.client;
        let body = json!({ "region": province, "name": "省政协", "kind": "CPPCC", "system": "CPPCC" });
        let body = province_office.done("organisationCreate", "organisation", body).await;
        let programme =
            json!({ "code": "HELP", "name": "双助", "organisation": &body, "from": "2022-01-01" });
        let programme = province_office.done("programmeCreate", "programme", programme).await;
        Self {
            app,
            admin,
            province_office,
            city_office,
            client,
            province,
            cities,
            counties,
            bare,
            body,
            programme,
        }
    }

    /// A visit to a household, of the programme or of none.
    pub async fn visit(&self, county: usize, household: usize, on: &str, of_programme: bool) -> String {
        let County { office, households, .. } = &self.counties[county];
        let mut about = json!({ "title": "走访", "happenedOn": on, "targets": [households[household]] });
        if of_programme {
            about["programmes"] = json!([self.programme]);
        }
        office.done("activityRecord", "activity", json!({ "kind": "VISIT", "about": about })).await
    }

    /// A contribution in cash to a household, or else to the village, of the programme or of none.
    pub async fn give(
        &self,
        county: usize,
        household: Option<usize>,
        on: &str,
        amount: i64,
        of_programme: bool,
    ) -> String {
        let County { office, households, village, .. } = &self.counties[county];
        let target = household.map_or(village, |nth| &households[nth]);
        let mut about = json!({ "title": "捐款", "happenedOn": on, "targets": [target] });
        if of_programme {
            about["programmes"] = json!([self.programme]);
        }
        let input = json!({ "kind": "CASH", "amount": amount, "about": about });
        office.done("contributionRecord", "contribution", input).await
    }

    /// A project with funds for what is named, of the first quarter of 2022.
    pub async fn project(&self, county: usize, targets: &[&String], amount: i64) -> String {
        let funds = json!([{ "source": "COUNTY", "amount": amount, "grantedOn": "2022-02-03" }]);
        let programmes = json!([self.programme]);
        let about = json!({ "title": "项目", "happenedOn": "2022-02-01", "targets": targets, "programmes": programmes });
        let input = json!({ "category": "INDUSTRY", "funds": funds, "about": about });
        self.counties[county].office.done("projectCreate", "project", input).await
    }

    /// Makes an indicator of the catalogue public.
    pub async fn publish(&self, code: &str) {
        let listed = self.admin.post("{ indicators { id code } }", Value::Null).await.expect_ok();
        let rows = listed.at("/indicators").as_array().unwrap().clone();
        let row = rows.iter().find(|row| row["code"] == code).unwrap();
        let publish = json!({ "indicator": row["id"], "isPublic": true });
        self.admin.done("indicatorPublish", "indicator", publish).await;
    }

    /// One figure of each group: its region's id, or the month, with what is told.
    pub async fn told(&self, by: &Client, input: Value) -> BTreeMap<String, Value> {
        let answer = by.post(PROGRESS, json!({ "input": input })).await.expect_ok();
        groups(answer.at("/progress"))
    }

    /// How many patterns are kept.
    pub async fn patterns(&self) -> i64 {
        use sea_orm::{ConnectionTrait, Statement};
        let count = Statement::from_string(self.app.db.backend(), "SELECT COUNT(*) FROM figure_pattern");
        #[expect(clippy::disallowed_methods, reason = "a test looks behind the scope")]
        let row = self.app.db.read.query_one_raw(count).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    pub async fn code(&self, by: &Client, input: Value) -> Option<String> {
        by.post(PROGRESS, json!({ "input": input })).await.code().map(str::to_owned)
    }
}

const PROGRESS: &str =
    "query($input: ProgressInput!) { progress(input: $input) { asOf groups(first: 100) { nodes {
    region { id } month figures { code value numerator denominator withheld asOf } } } } }";

pub fn groups(progress: &Value) -> BTreeMap<String, Value> {
    let nodes = progress["groups"]["nodes"].as_array().unwrap();
    let name = |node: &Value| {
        let at = node["region"]["id"].as_str().or(node["month"].as_str()).unwrap_or("total");
        (at.to_owned(), node["figures"][0].clone())
    };
    nodes.iter().map(name).collect()
}

pub async fn region(admin: &Client, level: &str, parent: Option<&str>, keeps: bool) -> String {
    let input = json!({ "level": level, "parent": parent, "name": key(), "validFrom": "2000-01-01" });
    let id = admin.done("regionCreate", "region", input).await;
    if keeps {
        let open = "mutation($input: LedgerOpenInput!) { ledgerOpen(input: $input) { userErrors { code } } }";
        let input = json!({ "idempotencyKey": key(), "region": id, "name": key() });
        let answer = admin.post(open, json!({ "input": input })).await.expect_ok();
        assert_eq!(answer.at("/ledgerOpen/userErrors"), &json!([]));
    }
    id
}

pub async fn open(app: &TestApp, admin: &Client, role: &str, region: &str) -> Client {
    let id = Uuid::now_v7();
    let grant = json!({ "role": role, "region": region, "from": "2021-01-01" });
    let input = json!({ "id": id, "name": key(), "password": PASSWORD, "grants": [grant] });
    admin.done("accountOpen", "account", input).await;
    app.signed_in(AccountId(id))
}
