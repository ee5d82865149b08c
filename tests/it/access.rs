//! Nobody reads or writes what is not theirs; absent and not yours answer the same.

use serde_json::{Value, json};
use tests::world::visit;
use tests::{Client, World, on_all};

const HOUSEHOLD: &str = "query($id: ID!) { household(id: $id) { headName } node(id: $id) { id } }";

/// The codes of both fields, and that nothing came with them.
async fn codes(client: &Client, id: &str) -> Vec<String> {
    let answer = client.post(HOUSEHOLD, json!({ "id": id })).await;
    assert_eq!(answer.data(), &json!({ "household": null, "node": null }));
    answer.errors().iter().map(|error| error["extensions"]["code"].as_str().unwrap().to_owned()).collect()
}

async fn heads(client: &Client) -> Vec<String> {
    let answer =
        client.post("{ households(first: 100) { nodes { headName } } }", Value::Null).await.expect_ok();
    let nodes = answer.at("/households/nodes").as_array().unwrap().clone();
    nodes.iter().map(|node| node["headName"].as_str().unwrap().to_owned()).collect()
}

on_all! {
    /// Each role sees the households that are its own.
    async fn each_role_sees_its_own_households(world: World) {
        world.link(0, 1, "2022-01-01").await;
        assert_eq!(heads(&world.office).await, ["户主0", "户主1", "户主2", "户主3", "户主4", "户主5"]);
        assert_eq!(heads(&world.neighbour).await, ["邻县户主"]);
        assert_eq!(heads(&world.city_office).await, ["户**", "户**", "户**", "户**", "户**", "户**", "邻***"]);
        assert_eq!(heads(&world.members[0].client).await, ["户主1"]);
        assert_eq!(heads(&world.members[1].client).await, [""; 0]);
        for refused in [&world.province_office, &world.admin] {
            let answer = refused.post("{ households { nodes { headName } } }", Value::Null).await;
            assert_eq!(answer.code(), Some("FORBIDDEN"));
        }
        let answer = world.app.stranger().post("{ households { nodes { headName } } }", Value::Null).await;
        assert_eq!(answer.code(), Some("UNAUTHENTICATED"));
    }

    /// What is not yours answers exactly as what is not there.
    async fn absent_and_not_yours_are_alike(world: World) {
        let absent = platform::gid::Gid::record(entity::fact::SourceType::Household, entity::ids::LedgerId(3), uuid::Uuid::now_v7());
        let absent = absent.text();
        for client in [&world.office, &world.members[0].client] {
            assert_eq!(codes(client, &absent).await, codes(client, &world.stranger).await);
            assert_eq!(codes(client, &world.stranger).await, ["NOT_FOUND", "NOT_FOUND"]);
        }
        assert_eq!(codes(&world.province_office, &world.stranger).await, ["FORBIDDEN", "FORBIDDEN"]);
    }

    /// Out of scope, nothing is written, whoever asks.
    async fn nothing_is_written_out_of_scope(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-03-01");
        let tables = ["record", "link", "household", "act", "fact"];
        let mut before = vec![];
        for table in tables {
            before.push(world.rows(table).await);
        }
        let visited = visit(&link, "2022-02-01");
        for (client, code) in [
            (&world.neighbour, "NOT_FOUND"),
            (&world.members[1].client, "FORBIDDEN"),
            (&world.city_office, "FORBIDDEN"),
            (&world.province_office, "FORBIDDEN"),
            (&world.admin, "FORBIDDEN"),
            (&world.app.stranger(), "UNAUTHENTICATED"),
        ] {
            let told = client.refused("activityRecord", "activity", visited.clone()).await;
            assert!(told == code || told == "NOT_FOUND", "{told} instead of {code}");
        }
        let new = json!({ "rule": world.rule_exited, "helper": world.members[1].seat, "target": world.stranger, "from": "2022-01-01" });
        assert_eq!(world.office.refused("linkCreate", "link", new).await, "NOT_FOUND");
        let register = json!({ "village": world.other_village, "headName": "某人", "registeredOn": "2022-01-01" });
        assert_eq!(world.office.refused("householdRegister", "household", register).await, "NOT_FOUND");
        let end = json!({ "link": link, "to": "2022-02-01", "reason": "无" });
        assert_eq!(world.members[0].client.refused("linkEnd", "link", end).await, "FORBIDDEN");
        for (table, rows) in tables.iter().zip(before) {
            assert_eq!(world.rows(table).await, rows, "{table}");
        }
    }

    /// A member loses a household when the link ends, and the next one gets it with its history.
    async fn a_handover_moves_what_is_seen(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-03-01");
        let record = world.visit(&world.members[0].client, &link, "2022-02-01").await;
        let over = json!({ "link": link, "helper": world.members[1].seat, "on": "2022-03-01", "reason": "换届" });
        world.office.done("linkHandOver", "link", over).await;
        assert_eq!(heads(&world.members[0].client).await, [""; 0]);
        assert_eq!(heads(&world.members[1].client).await, ["户主0"]);
        let read = "query($id: ID!) { activity(id: $id) { title } }";
        let answer = world.members[1].client.post(read, json!({ "id": record })).await.expect_ok();
        assert_eq!(answer.at("/activity/title"), "走访");
    }

    /// Progress is for offices, each within its own.
    async fn progress_is_for_offices(world: World) {
        let ask = "query($region: ID!) { progress(input: { region: { id: $region }, period: { year: 2022 } }) { region { name } } }";
        let code = async |client: &Client, region: &str| {
            let answer = client.post(ask, json!({ "region": region })).await;
            answer.code().map(str::to_owned)
        };
        assert_eq!(code(&world.office, &world.county).await, None);
        assert_eq!(code(&world.office, &world.other_county).await.as_deref(), Some("NOT_FOUND"));
        assert_eq!(code(&world.office, &world.city).await.as_deref(), Some("NOT_FOUND"));
        assert_eq!(code(&world.city_office, &world.city).await, None);
        assert_eq!(code(&world.city_office, &world.other_county).await, None);
        assert_eq!(code(&world.members[0].client, &world.county).await.as_deref(), Some("FORBIDDEN"));
        assert_eq!(code(&world.admin, &world.county).await.as_deref(), Some("FORBIDDEN"));
    }

    /// A token that is not good is an error, also for what anybody may ask.
    async fn a_bad_token_is_refused(world: World) {
        let answer = world.app.client("not.a.token").post("{ __typename }", Value::Null).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, Some("UNAUTHENTICATED")));
        let sign_in = "mutation($name: String!, $password: String!) { signIn(input: { account: $name, password: $password }) { token userErrors { code } } }";
        let stranger = world.app.stranger();
        let answer = stranger.post(sign_in, json!({ "name": "county", "password": "correct horse battery" })).await.expect_ok();
        let client = world.app.client(answer.text_at("/signIn/token"));
        let known = client.post("{ viewer { account } }", Value::Null).await.expect_ok();
        assert_eq!(known.at("/viewer/account"), "county");
        for (name, password) in [("county", "wrong horse battery"), ("nobody", "correct horse battery")] {
            let answer = stranger.post(sign_in, json!({ "name": name, "password": password })).await.expect_ok();
            assert_eq!(answer.at("/signIn"), &json!({ "token": null, "userErrors": [{ "code": "BAD_CREDENTIALS" }] }));
        }
        world.app.clock.set("2022-01-01T03:00:00Z".parse().unwrap());
        let late = client.post("{ viewer { account } }", Value::Null).await;
        assert_eq!(late.code(), Some("UNAUTHENTICATED"));
    }

    /// A city works in its own ledger, names places below it, and writes nothing in a county's.
    async fn a_city_keeps_its_own_work(world: World) {
        let tour = |region: &str| json!({ "kind": "INSPECTION_TOUR", "about": { "title": "视察", "happenedOn": "2022-01-01", "region": region } });
        let id = world.city_office.done("activityRecord", "activity", tour(&world.city)).await;
        let shown = world.city_office.post("query($id: ID!) { activity(id: $id) { verification } }", json!({ "id": id })).await;
        assert_eq!(shown.expect_ok().text_at("/activity/verification"), "VERIFIED");
        let acts = world.rows("act").await;
        assert_eq!(world.city_office.refused("activityRecord", "activity", tour(&world.villages[0])).await, "FORBIDDEN");
        assert_eq!(world.office.refused("activityRecord", "activity", tour(&world.city)).await, "NOT_FOUND");
        assert_eq!(world.office.refused("recordReject", "record", json!({ "record": id, "reason": "x" })).await, "NOT_FOUND");
        assert_eq!(world.rows("act").await, acts);
    }

    /// A province does, too, and sees no record of those below.
    async fn a_province_keeps_its_own_work(world: World) {
        let meeting = |region: &str| json!({ "kind": "MEETING", "about": { "title": "会议", "happenedOn": "2022-01-01", "region": region } });
        let own = world.province_office.done("activityRecord", "activity", meeting(&world.province)).await;
        let countys = world.office.done("activityRecord", "activity", meeting(&world.county)).await;
        let shown = "query($id: ID!) { activity(id: $id) { verification } }";
        let seen = world.province_office.post(shown, json!({ "id": own })).await.expect_ok();
        assert_eq!(seen.text_at("/activity/verification"), "VERIFIED");
        assert_eq!(world.province_office.post(shown, json!({ "id": countys })).await.code(), Some("NOT_FOUND"));
        let acts = world.rows("act").await;
        assert_eq!(world.province_office.refused("activityRecord", "activity", meeting(&world.county)).await, "NOT_FOUND");
        let reject = json!({ "record": countys, "reason": "x" });
        assert_eq!(world.province_office.refused("recordReject", "record", reject).await, "NOT_FOUND");
        assert_eq!(world.rows("act").await, acts);
    }
}
