//! Roles: what each sees and does, who may give which, and that an ended one bites at once.

use entity::ids::AccountId;
use serde_json::{Value, json};
use tests::{Answer, Client, World, on_all, world::key};
use uuid::Uuid;

const PASSWORD: &str = "Correct-horse-7";

/// Opens an account with one role; its client, and its global id.
async fn open(world: &World, by: &Client, name: &str, grant: Value) -> (Client, String) {
    let id = Uuid::now_v7();
    let mut grant = grant;
    grant["from"] = "2021-01-01".into();
    let input = json!({ "id": id, "name": name, "password": PASSWORD, "grants": [grant] });
    let account = by.done("accountOpen", "account", input).await;
    (world.app.signed_in(AccountId(id)), account)
}

async fn heads(client: &Client) -> Vec<String> {
    let answer = client.post("{ households(first: 50) { nodes { headName } } }", Value::Null).await;
    let mut heads: Vec<String> = answer
        .data()
        .pointer("/households/nodes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|node| node["headName"].as_str().unwrap_or("-").to_owned())
        .collect();
    heads.sort();
    heads
}

async fn titles(client: &Client, list: &str) -> Vec<String> {
    let answer = client
        .post(&format!("{{ {list}(first: 50) {{ nodes {{ title }} }} }}"), Value::Null)
        .await
        .expect_ok();
    let mut titles: Vec<String> = answer
        .at(&format!("/{list}/nodes"))
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["title"].as_str().unwrap().to_owned())
        .collect();
    titles.sort();
    titles
}

async fn field(client: &Client, query: &str, id: &str) -> Answer {
    client.post(query, json!({ "id": id })).await
}

const HOUSEHOLD: &str = "query($id: ID!) { household(id: $id) { headName } }";

#[expect(clippy::needless_pass_by_value, reason = "it is said where it is used")]
fn about(title: &str, rest: Value) -> Value {
    let mut about = json!({ "title": title, "happenedOn": "2022-01-01" });
    about.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    about
}

on_all! {
    /// A village team keeps its village: households in clear, work and needs; nothing of the next village.
    async fn a_team_has_its_village(world: World) {
        let (team, _) = open(&world, &world.office, "team", json!({ "role": "VILLAGE_TEAM", "region": world.villages[1] })).await;
        assert_eq!(heads(&team).await, ["户主2", "户主3"]);
        assert_eq!(field(&team, HOUSEHOLD, &world.households[0]).await.code(), Some("NOT_FOUND"));
        let own = json!({ "kind": "VISIT", "about": about("入户", json!({ "targets": [world.households[2]] })) });
        team.done("activityRecord", "activity", own).await;
        let there = json!({ "kind": "MEETING", "about": about("村会", json!({ "region": world.villages[1] })) });
        team.done("activityRecord", "activity", there).await;
        let need = json!({ "category": "WATER", "about": about("饮水", json!({ "targets": [world.households[3]] })) });
        team.done("needReport", "need", need).await;
        let acts = world.rows("act").await;
        let elsewhere = json!({ "kind": "MEETING", "about": about("邻村", json!({ "region": world.villages[0] })) });
        assert_ne!(team.refused("activityRecord", "activity", elsewhere).await, "OK");
        let theirs = json!({ "kind": "VISIT", "about": about("入户", json!({ "targets": [world.households[0]] })) });
        assert_eq!(team.refused("activityRecord", "activity", theirs).await, "NOT_FOUND");
        assert_eq!(world.rows("act").await, acts);
        let offices = json!({ "kind": "MEETING", "about": about("县会", json!({ "region": world.villages[0] })) });
        world.office.done("activityRecord", "activity", offices).await;
        assert_eq!(titles(&team, "activities").await, ["入户", "村会"]);
        assert_eq!(titles(&team, "needs").await, ["饮水"]);
        let progress = "query($id: ID!) { progress(input: { region: { id: $id }, period: { year: 2022 } }) { groups { nodes { month } } } }";
        assert_eq!(field(&team, progress, &world.county).await.code(), Some("FORBIDDEN"));
    }

    /// A collector keeps the needs of a township, sees whose they are, masked, and no other work.
    async fn a_collector_has_the_needs_of_an_area(world: World) {
        let (collector, _) = open(&world, &world.office, "collector", json!({ "role": "COLLECTOR", "region": world.township })).await;
        let masked = heads(&collector).await;
        assert_eq!(masked.len(), 6);
        assert!(masked.iter().all(|name| !name.contains("户主")), "{masked:?}");
        let need = json!({ "category": "WATER", "about": about("饮水", json!({ "targets": [world.households[0]] })) });
        let need = collector.done("needReport", "need", need).await;
        let meeting = json!({ "kind": "MEETING", "about": about("会", json!({ "region": world.villages[0] })) });
        world.office.done("activityRecord", "activity", meeting.clone()).await;
        assert_eq!(titles(&collector, "activities").await, Vec::<String>::new());
        assert_eq!(titles(&collector, "needs").await, ["饮水"]);
        assert_eq!(collector.refused("activityRecord", "activity", meeting).await, "FORBIDDEN");
        let advance = json!({ "need": need, "step": "MATCH", "on": "2022-01-01", "helper": world.organisation });
        collector.done("needAdvance", "need", advance).await;
        let (elsewhere, _) = open(&world, &world.neighbour, "elsewhere", json!({ "role": "COLLECTOR", "region": world.other_county })).await;
        assert_eq!(titles(&elsewhere, "needs").await, Vec::<String>::new());
        assert_eq!(heads(&elsewhere).await.len(), 1);
    }

    /// A department has the needs that name it, wherever in the county, and nothing else.
    async fn a_department_has_what_it_is_assigned(world: World) {
        let body = json!({ "region": world.county, "name": "水利局", "kind": "DEPARTMENT", "system": "GOVERNMENT" });
        let body = world.office.done("organisationCreate", "organisation", body).await;
        let (department, _) = open(&world, &world.office, "department",
            json!({ "role": "DEPARTMENT", "region": world.county, "organisation": body })).await;
        let report = async |title: &str, household: &str| {
            let need = json!({ "category": "WATER", "about": about(title, json!({ "targets": [household] })) });
            world.office.done("needReport", "need", need).await
        };
        let (ours, theirs) = (report("我局", &world.households[0]).await, report("他局", &world.households[1]).await);
        let advance = |need: &str, action: &str, helper: Value| json!({ "need": need, "step": action, "on": "2022-01-01", "helper": helper });
        world.office.done("needAdvance", "need", advance(&ours, "MATCH", json!(body))).await;
        assert_eq!(titles(&department, "needs").await, ["我局"]);
        department.done("needAdvance", "need", advance(&ours, "START", Value::Null)).await;
        assert_eq!(department.refused("needAdvance", "need", advance(&theirs, "START", Value::Null)).await, "NOT_FOUND");
        let activity = json!({ "kind": "MEETING", "about": about("会", json!({ "region": world.county, "helpers": [body] })) });
        world.office.done("activityRecord", "activity", activity).await;
        assert_eq!(titles(&department, "activities").await, Vec::<String>::new());
        assert_eq!(heads(&department).await, Vec::<String>::new());
        assert_eq!(field(&department, HOUSEHOLD, &world.households[0]).await.code(), Some("FORBIDDEN"));
        let of = "query($id: ID!) { need(id: $id) { household { headName } } }";
        assert_eq!(field(&department, of, &ours).await.expect_ok().at("/need/household"), &Value::Null);
    }

    /// A committee has its industry's links and works for it.
    async fn a_committee_has_its_links(world: World) {
        world.link(0, 0, "2022-01-01").await;
        let link = json!({ "rule": world.rule_industry, "helper": world.committee, "target": world.industry, "from": "2022-01-01" });
        let link = world.office.done("linkCreate", "link", link).await;
        let (clerk, _) = open(&world, &world.office, "clerk",
            json!({ "role": "COMMITTEE", "region": world.county, "committee": world.committee })).await;
        let answer = clerk.post("{ links { nodes { id } } }", Value::Null).await.expect_ok();
        assert_eq!(answer.at("/links/nodes"), &json!([{ "id": link }]));
        let research = json!({ "kind": "RESEARCH", "about": about("调研", json!({ "links": [link] })) });
        clerk.done("activityRecord", "activity", research).await;
        let unnamed = json!({ "kind": "CONSULTATION", "about": about("协商", json!({ "region": world.county })) });
        let unnamed = clerk.done("activityRecord", "activity", unnamed).await;
        let query = "query($id: ID!) { activity(id: $id) { helpers { ... on Committee { id } } } }";
        let helpers = field(&clerk, query, &unnamed).await.expect_ok();
        assert_eq!(helpers.at("/activity/helpers"), &json!([{ "id": world.committee }]));
        assert_eq!(heads(&clerk).await, Vec::<String>::new());
    }

    /// An inspector reads the county, masked, and writes nothing; an application reads progress and no person.
    async fn who_reads_only_writes_nothing(world: World) {
        let (inspector, _) = open(&world, &world.office, "inspector", json!({ "role": "INSPECTOR", "region": world.county })).await;
        let client = world.application(&world.city, &["BULK"]).await.client;
        let (auditor, _) = open(&world, &world.admin, "auditor", json!({ "role": "AUDITOR", "region": world.county })).await;
        let seen = heads(&inspector).await;
        assert!(seen.len() == 6 && seen.iter().all(|name| !name.contains("户主")), "{seen:?}");
        let meeting = json!({ "kind": "MEETING", "about": about("会", json!({ "region": world.county })) });
        for client in [&inspector, &client, &auditor] {
            assert_eq!(client.refused("activityRecord", "activity", meeting.clone()).await, "FORBIDDEN");
        }
        let progress = "query($id: ID!) { progress(input: { region: { id: $id }, period: { year: 2022 } }) { groups { nodes { month } } } }";
        assert_eq!(field(&inspector, progress, &world.county).await.code(), None);
        assert_eq!(field(&client, progress, &world.city).await.code(), None);
        assert_eq!(field(&auditor, progress, &world.county).await.code(), Some("FORBIDDEN"));
        assert_eq!(client.post("{ people { nodes { name } } }", Value::Null).await.code(), Some("FORBIDDEN"));
        let named = client.post("{ members(filter: { nameContains: \"委员\" }) { totalCount } }", Value::Null).await;
        assert_eq!(named.code(), Some("FORBIDDEN"));
        let persons = client.post("{ members { nodes { person { name } } } }", Value::Null).await.expect_ok();
        assert!(persons.at("/members/nodes").as_array().unwrap().iter().all(|seat| seat["person"].is_null()), "{persons}");
        assert_eq!(auditor.post("{ members { totalCount } }", Value::Null).await.code(), Some("FORBIDDEN"));
    }

    /// Nobody gives what is above them, or elsewhere, or to an account that is not theirs.
    async fn nobody_rises(world: World) {
        let grants = world.rows("role_grant").await;
        let try_to = async |by: &Client, grant: Value| {
            let mut grant = grant;
            grant["from"] = "2021-01-01".into();
            let name = format!("rise-{}", key());
            by.refused("accountOpen", "account", json!({ "name": name, "password": PASSWORD, "grants": [grant] })).await
        };
        for grant in [
            json!({ "role": "ADMIN", "region": world.county }),
            json!({ "role": "CITY_OFFICE", "region": world.city }),
            json!({ "role": "COUNTY_OFFICE", "region": world.other_county }),
            json!({ "role": "VILLAGE_TEAM", "region": world.other_village }),
            json!({ "role": "AUDITOR", "region": world.county }),
            json!({ "role": "CLIENT", "region": world.county }),
        ] {
            assert_eq!(try_to(&world.office, grant.clone()).await, "NOT_ELIGIBLE", "{grant}");
        }
        assert_eq!(try_to(&world.office, json!({ "role": "VILLAGE_TEAM", "region": world.township })).await, "INVALID");
        assert_eq!(try_to(&world.office, json!({ "role": "DEPARTMENT", "region": world.county })).await, "REQUIRED");
        assert_eq!(try_to(&world.office, json!({ "role": "COMMITTEE", "region": world.county })).await, "REQUIRED");
        assert_eq!(try_to(&world.members[0].client, json!({ "role": "VILLAGE_TEAM", "region": world.villages[0] })).await, "FORBIDDEN");
        assert_eq!(world.rows("role_grant").await, grants);
        let (_, city) = open(&world, &world.admin, "second-city", json!({ "role": "CITY_OFFICE", "region": world.city })).await;
        let reset = json!({ "account": city, "password": PASSWORD });
        assert_eq!(world.office.refused("passwordReset", "account", reset).await, "NOT_FOUND");
        let (_, team_id) = open(&world, &world.office, "team", json!({ "role": "VILLAGE_TEAM", "region": world.villages[0] })).await;
        let raise = json!({ "account": team_id, "grant": { "role": "CITY_OFFICE", "region": world.city, "from": "2021-01-01" } });
        assert_eq!(world.admin.refused("grantGive", "account", raise).await, "NOT_ELIGIBLE", "its office may know the password");
        assert_eq!(world.city_office.refused("accountUpdate", "account", json!({ "account": city, "isDisabled": true })).await, "NOT_FOUND");
        let stranger = json!({ "name": "邻人", "region": world.other_county });
        let stranger = world.neighbour.done("personRegister", "person", stranger).await;
        let theirs = json!({ "name": "for-a-stranger", "password": PASSWORD, "person": stranger });
        assert_eq!(world.office.refused("accountOpen", "account", theirs).await, "NOT_FOUND");
    }

    /// A role that has ended, and an account that is disabled, bite with the next request.
    async fn what_is_taken_is_gone_at_once(world: World) {
        let (team, id) = open(&world, &world.office, "team", json!({ "role": "VILLAGE_TEAM", "region": world.villages[0] })).await;
        assert_eq!(heads(&team).await.len(), 2);
        let grants = "query($id: ID!) { account(id: $id) { name isDisabled grants { key role to } } }";
        let shown = field(&world.office, grants, &id).await.expect_ok();
        let end = json!({ "account": id, "grant": shown.at("/account/grants/0/key"), "to": "2021-12-31" });
        world.office.done("grantEnd", "account", end.clone()).await;
        assert_eq!(field(&team, HOUSEHOLD, &world.households[0]).await.code(), Some("FORBIDDEN"));
        let give = json!({ "account": id, "grant": { "role": "VILLAGE_TEAM", "region": world.villages[1], "from": "2022-01-01" } });
        world.office.done("grantGive", "account", give).await;
        assert_eq!(heads(&team).await, ["户主2", "户主3"]);
        world.office.done("accountUpdate", "account", json!({ "account": id, "isDisabled": true })).await;
        assert_eq!(field(&team, HOUSEHOLD, &world.households[2]).await.code(), Some("UNAUTHENTICATED"));
        let listed = "{ accounts(filter: { isDisabled: true }) { nodes { name } } }";
        assert_eq!(world.office.post(listed, Value::Null).await.expect_ok().at("/accounts/nodes"), &json!([{ "name": "team" }]));
        assert_eq!(world.neighbour.post(listed, Value::Null).await.expect_ok().at("/accounts/nodes"), &json!([]));
        assert_eq!(world.members[0].client.post(listed, Value::Null).await.code(), Some("FORBIDDEN"));
    }
}
