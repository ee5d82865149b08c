//! The forest: regions, households, work and accounts, and who sees what of it by a naive filter.

use std::collections::BTreeSet;

use entity::fact::SourceType;
use entity::ids::AccountId;
use platform::gid::Gid;
use serde_json::{Value, json};
use tests::world::key;
use tests::{Client, TestApp};
use uuid::Uuid;

/// Numbers that a forest grows from.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Villages of each county of each city; the last city lies in another province.
    pub cities: Vec<Vec<usize>>,
    /// Roles of each account, with a number that picks the place.
    pub grants: Vec<Vec<(usize, usize)>>,
    /// Members and households that are linked.
    pub links: Vec<(usize, usize)>,
}

const ROLES: [(&str, Level); 8] = [
    ("COUNTY_OFFICE", Level::County),
    ("CITY_OFFICE", Level::City),
    ("PROVINCE_OFFICE", Level::Province),
    ("VILLAGE_TEAM", Level::Village),
    ("COLLECTOR", Level::Village),
    ("COLLECTOR", Level::County),
    ("INSPECTOR", Level::City),
    ("AUDITOR", Level::County),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Province,
    City,
    County,
    Village,
}

#[derive(Clone, Debug)]
pub struct Region {
    pub id: String,
    level: Level,
    /// Itself and all above it.
    path: Vec<String>,
}

/// A household with its work, at a village.
pub struct House {
    pub id: String,
    village: Region,
    need: String,
    activity: String,
    /// Name, address.
    personal: [String; 2],
    titles: [String; 2],
}

#[derive(Clone)]
pub struct Account {
    pub client: Client,
    pub what: String,
    id: Uuid,
    grants: Vec<(&'static str, Region)>,
    /// Households it is linked to.
    linked: Vec<usize>,
}

struct Seated {
    seat: String,
    person: String,
}

struct County {
    region: Region,
    office: Client,
    rule: String,
    seats: Vec<Seated>,
}

pub struct Forest {
    pub app: TestApp,
    admin: Client,
    regions: Vec<Region>,
    pub houses: Vec<House>,
    pub accounts: Vec<Account>,
}

const PASSWORD: &str = "correct horse battery";

impl Forest {
    pub async fn grown(app: TestApp, shape: &Shape) -> Self {
        // Its questions are made, and larger than any that people ask.
        let much = 1 << 20;
        let app = app.limited(guard::Limits {
            bytes: much,
            tokens: much,
            selections: much,
            aliases: much,
            cost: u64::MAX,
            ..guard::Limits::default()
        });
        let admin = api::account::open_first_admin(&app.db, "admin", PASSWORD).await.unwrap();
        let admin = app.signed_in(admin);
        let mut forest = Self { app, admin, regions: vec![], houses: vec![], accounts: vec![] };
        let mut counties = vec![];
        let provinces =
            [forest.region(Level::Province, None).await, forest.region(Level::Province, None).await];
        for (nth, city) in shape.cities.iter().enumerate() {
            let province = &provinces[usize::from(nth + 1 == shape.cities.len())];
            let above = forest.region(Level::City, Some(province)).await;
            for villages in city {
                let county = forest.region(Level::County, Some(&above)).await;
                let county = forest.county(county).await;
                for _ in 0..*villages {
                    let village = forest.region(Level::Village, Some(&county.region)).await;
                    for _ in 0..2 {
                        forest.house(&county, &village).await;
                    }
                }
                counties.push(county);
            }
        }
        forest.link(&counties, &shape.links).await;
        for grants in &shape.grants {
            let grants = grants.iter().map(|(role, place)| forest.grant(*role, *place)).collect();
            let account = forest.open(grants, None, vec![]).await;
            forest.accounts.push(account);
        }
        forest
    }

    async fn region(&mut self, level: Level, above: Option<&Region>) -> Region {
        let name = format!("地{}", self.regions.len());
        let code = match level {
            Level::Province => "PROVINCE",
            Level::City => "CITY",
            Level::County => "COUNTY",
            Level::Village => "VILLAGE",
        };
        let parent = above.map(|above| &above.id);
        let input = json!({ "level": code, "parent": parent, "name": name, "validFrom": "2000-01-01" });
        let id = self.admin.done("regionCreate", "region", input).await;
        if level != Level::Village {
            let open =
                "mutation($input: LedgerOpenInput!) { ledgerOpen(input: $input) { ledger { number } } }";
            let input = json!({ "idempotencyKey": key(), "region": id, "name": name });
            let opened = self.admin.post(open, json!({ "input": input })).await;
            assert!(opened.at("/ledgerOpen/ledger/number").is_number(), "{opened}");
        }
        let path = above.into_iter().flat_map(|above| above.path.clone()).chain([id.clone()]).collect();
        let region = Region { id, level, path };
        self.regions.push(region.clone());
        region
    }

    async fn county(&self, region: Region) -> County {
        let office = self.open(vec![("COUNTY_OFFICE", region.clone())], None, vec![]).await.client;
        let body = json!({ "region": region.id, "name": "政协", "kind": "CPPCC", "system": "CPPCC" });
        let body = office.done("organisationCreate", "organisation", body).await;
        let code = format!("P{}", self.regions.len());
        let programme = json!({ "code": code, "name": "三联", "organisation": body, "from": "2021-01-01" });
        let programme = office.done("programmeCreate", "programme", programme).await;
        let rule = json!({ "programme": programme, "code": "ALL", "name": "联户", "helperKind": "MEMBER", "helperFilter": [],
            "targetKind": "HOUSEHOLD", "obligation": "MANDATORY", "from": "2021-01-01" });
        let rule = office.done("linkRuleCreate", "linkRule", rule).await;
        let mut seats = vec![];
        for nth in 0..2 {
            let person = json!({ "name": format!("委员{nth}"), "region": region.id });
            let person = office.done("personRegister", "person", person).await;
            let seat = json!({ "person": person, "organisation": body, "kind": "CPPCC_MEMBER", "from": "2021-01-01" });
            seats.push(Seated { seat: office.done("memberAppoint", "member", seat).await, person });
        }
        County { region, office, rule, seats }
    }

    async fn house(&mut self, county: &County, village: &Region) {
        let nth = self.houses.len();
        let canary = |of: &str| format!("{of}雀{nth:03}");
        let personal = [canary("户"), canary("址")];
        let household = json!({ "village": village.id, "headName": personal[0], "registeredOn": "2021-12-01",
            "address": format!("{}号", personal[1]), "designations": [{ "code": "EXITED" }],
            "members": [{ "name": personal[0], "relation": "户主" }] });
        let id = county.office.done("householdRegister", "household", household).await;
        let titles = [canary("访"), canary("求")];
        let about = |title: &str| json!({ "title": title, "happenedOn": "2022-01-01", "targets": [id] });
        let activity = json!({ "kind": "VISIT", "about": about(&titles[0]) });
        let activity = county.office.done("activityRecord", "activity", activity).await;
        let need = json!({ "about": about(&titles[1]), "category": "WATER" });
        let need = county.office.done("needReport", "need", need).await;
        self.houses.push(House { id, village: village.clone(), need, activity, personal, titles });
    }

    /// Members are linked to households of their own county, and each has an account.
    async fn link(&mut self, counties: &[County], links: &[(usize, usize)]) {
        let mut linked: Vec<Vec<Vec<usize>>> = counties.iter().map(|_| vec![vec![], vec![]]).collect();
        for (member, house) in links {
            let (at, member) = (member % counties.len(), member / counties.len() % 2);
            let county = &counties[at];
            let of_county: Vec<usize> =
                (0..self.houses.len()).filter(|house| self.lies(*house, &county.region)).collect();
            let house = of_county[house % of_county.len()];
            // Each member has one household at most, so that there are others in their county.
            if !linked[at][member].is_empty() || linked[at].iter().flatten().any(|known| *known == house) {
                continue;
            }
            let input = json!({ "rule": county.rule, "helper": county.seats[member].seat,
                "target": self.houses[house].id, "from": "2022-01-01" });
            county.office.done("linkCreate", "link", input).await;
            linked[at][member].push(house);
        }
        for (county, linked) in counties.iter().zip(linked) {
            for (seat, linked) in county.seats.iter().zip(linked) {
                let account = self.open(vec![], Some(&seat.person), linked).await;
                self.accounts.push(account);
            }
        }
    }

    fn grant(&self, role: usize, place: usize) -> (&'static str, Region) {
        let (role, level) = ROLES[role % ROLES.len()];
        let fitting: Vec<&Region> = self.regions.iter().filter(|region| region.level == level).collect();
        (role, fitting[place % fitting.len()].clone())
    }

    async fn open(
        &self,
        mut grants: Vec<(&'static str, Region)>,
        person: Option<&str>,
        linked: Vec<usize>,
    ) -> Account {
        let id = Uuid::now_v7();
        grants.dedup_by(|one, other| (one.0, &one.1.id) == (other.0, &other.1.id));
        let given: Vec<Value> = grants
            .iter()
            .map(|(role, region)| json!({ "role": role, "region": region.id, "from": "2021-01-01" }))
            .collect();
        let input = json!({ "id": id, "name": id.simple().to_string(), "password": PASSWORD, "person": person, "grants": given });
        self.admin.done("accountOpen", "account", input).await;
        let places =
            grants.iter().map(|(role, region)| (role, self.regions.iter().position(|r| r.id == region.id)));
        let what = format!("{:?} linked to {linked:?}", places.collect::<Vec<_>>());
        Account { client: self.app.signed_in(AccountId(id)), what, id, grants, linked }
    }

    fn lies(&self, house: usize, region: &Region) -> bool {
        self.houses[house].village.path.contains(&region.id)
    }

    fn has(&self, account: &Account, house: usize, roles: &[&str]) -> bool {
        account.grants.iter().any(|(role, region)| roles.contains(role) && self.lies(house, region))
    }

    fn sees(&self, account: &Account, house: usize, list: &str) -> bool {
        let offices =
            self.has(account, house, &["COUNTY_OFFICE", "CITY_OFFICE", "INSPECTOR", "VILLAGE_TEAM"]);
        let collects = list != "activities" && self.has(account, house, &["COLLECTOR"]);
        offices || collects || account.linked.contains(&house)
    }

    /// What an account finds in a list.
    pub fn visible(&self, account: &Account, list: &str) -> BTreeSet<String> {
        let seen = (0..self.houses.len()).filter(|house| self.sees(account, *house, list));
        seen.map(|house| &self.houses[house])
            .map(|house| match list {
                "households" => house.id.clone(),
                "activities" => house.activity.clone(),
                _ => house.need.clone(),
            })
            .collect()
    }

    /// Canaries that no answer to an account may hold. Names and addresses are whole to those who keep the ledger, work in
    /// the village or help the household.
    pub fn hidden_from(&self, account: &Account) -> Vec<&str> {
        let mut hidden = vec![];
        for (nth, house) in self.houses.iter().enumerate() {
            let in_clear =
                self.has(account, nth, &["COUNTY_OFFICE", "VILLAGE_TEAM"]) || account.linked.contains(&nth);
            if !in_clear {
                hidden.extend(house.personal.iter().map(String::as_str));
            }
            for (list, title) in ["activities", "needs"].into_iter().zip(&house.titles) {
                if !self.sees(account, nth, list) {
                    hidden.push(title.as_str());
                }
            }
        }
        hidden
    }

    /// The same account with a role more; none for a member, whose role is not granted.
    pub async fn with_another_role(&self, account: &Account, nth: usize) -> Option<Account> {
        let (role, region) = self.grant(nth * 5 + 1, nth);
        if account.grants.is_empty() || account.grants.iter().any(|(r, at)| *r == role && at.id == region.id)
        {
            return None;
        }
        let id = Gid::record(SourceType::Account, entity::ids::LedgerId::REFERENCE, account.id).text();
        let grant = json!({ "role": role, "region": region.id, "from": "2021-01-01" });
        self.admin.done("grantGive", "account", json!({ "account": id, "grant": grant })).await;
        let mut wider = account.clone();
        wider.what = format!("{} and {role}", account.what);
        wider.grants.push((role, region));
        Some(wider)
    }

    /// Each city with its office and its counties.
    pub async fn cities(&self) -> Vec<(String, Account, Vec<String>)> {
        let mut cities = vec![];
        for city in self.regions.iter().filter(|region| region.level == Level::City) {
            let office = self.open(vec![("CITY_OFFICE", city.clone())], None, vec![]).await;
            let below = |region: &&Region| region.level == Level::County && region.path.contains(&city.id);
            let counties = self.regions.iter().filter(below).map(|county| county.id.clone()).collect();
            cities.push((city.id.clone(), office, counties));
        }
        cities
    }

    /// Members with a household of theirs, one of the same county that is not, and one that is not there.
    pub fn members_with_an_unlinked_neighbour(&self) -> Vec<(&Account, String, String, String)> {
        let mut found = vec![];
        for account in self.accounts.iter().filter(|account| !account.linked.is_empty()) {
            let own = account.linked[0];
            let ledger = Gid::decode(&self.houses[own].id.clone().into()).unwrap().ledger;
            let there = |house: &usize| {
                let gid = Gid::decode(&self.houses[*house].id.clone().into()).unwrap();
                gid.ledger == ledger && !account.linked.contains(house)
            };
            if let Some(other) = (0..self.houses.len()).find(there) {
                let absent = Gid::record(SourceType::Household, ledger, Uuid::now_v7()).text();
                let [own, other] = [own, other].map(|house| self.houses[house].id.clone());
                found.push((account, own, other, absent));
            }
        }
        assert!(!found.is_empty(), "nobody has a neighbour");
        found
    }

    /// Ids of all that there is.
    pub fn ids(&self) -> Vec<String> {
        let of_houses = self.houses.iter().flat_map(|house| [&house.id, &house.need, &house.activity]);
        self.regions.iter().map(|region| &region.id).chain(of_houses).cloned().collect()
    }

    pub fn region_ids(&self) -> Vec<String> {
        self.regions.iter().map(|region| region.id.clone()).collect()
    }
}
