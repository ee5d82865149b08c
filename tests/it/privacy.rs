//! What leads to a household leads only to one's own: by way of progress, past links, and records about several.

use serde_json::{Value, json};
use tests::{Client, World, on_all};

async fn asked(by: &Client, query: &str, variables: Value) -> Value {
    by.post(query, variables).await.json
}

on_all! {
    /// A province sees no household by name, not even when its account also holds a seat.
    async fn a_seat_opens_no_other_ledger(world: World) {
        world.link(0, 0, "2022-01-01").await;
        let person = "query($id: ID!) { node(id: $id) { ... on Member { person { id } } } }";
        let person = asked(&world.office, person, json!({ "id": world.members[1].seat })).await;
        let id = uuid::Uuid::now_v7();
        let both = json!({ "id": id, "name": "both", "password": "correct horse battery", "person": person["data"]["node"]["person"]["id"],
            "grants": [{ "role": "PROVINCE_OFFICE", "region": world.province, "from": "2021-01-01" }] });
        world.admin.done("accountOpen", "account", both).await;
        let both = world.app.signed_in(entity::ids::AccountId(id));
        world.app.go_to("2022-05-01");
        let query = "query($region: ID!) { progress(input: { region: { id: $region }, programme: { code: \"HELP\" }, period: { quarter: { year: 2022, quarter: 1 } } }) {
            behind(duty: \"VISIT\") { nodes { link { household { number } } } } unlinked(rule: \"ONE_PLUS_ONE\") { nodes { member { id } } } } }";
        let answer = asked(&both, query, json!({ "region": world.province })).await;
        assert_eq!(answer["data"]["progress"], json!({ "behind": null, "unlinked": null }), "{answer:#}");
        assert!(answer["errors"].as_array().unwrap().iter().all(|error| error["extensions"]["code"] == "FORBIDDEN"));
        let office = asked(&world.office, query, json!({ "region": world.county })).await;
        assert_eq!(office["data"]["progress"]["behind"]["nodes"].as_array().map(Vec::len), Some(1), "{office:#}");
    }

    /// A past link is one's own history; the household, its plan and its new helper are no longer.
    async fn a_past_link_leads_nowhere(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        world.link(0, 2, "2022-01-01").await;
        let plan = json!({ "about": { "title": "养蜂", "happenedOn": "2022-01-01", "links": [link] }, "kind": "HOUSEHOLD_PLAN" });
        world.office.done("planCreate", "plan", plan).await;
        let first = &world.members[0].client;
        let query = "query($id: ID!) { node(id: $id) { ... on Link { household { number } target { __typename } plan { title } successor { id } endReason } } }";
        let mine = asked(first, query, json!({ "id": link })).await;
        assert_eq!(mine["data"]["node"]["plan"], json!({ "title": "养蜂" }), "{mine:#}");
        world.app.go_to("2022-06-01");
        let over = json!({ "link": link, "helper": world.members[1].seat, "on": "2022-05-01", "reason": "调离" });
        world.office.done("linkHandOver", "link", over).await;
        let past = asked(first, query, json!({ "id": link })).await;
        let nothing = json!({ "household": null, "target": null, "plan": null, "successor": null, "endReason": "调离" });
        assert_eq!(past["data"]["node"], nothing, "{past:#}");
        for (on, refused) in [("2022-05-02", true), ("2022-04-30", false)] {
            let visit = tests::world::visit(&link, on);
            if refused {
                assert_eq!(first.refused("activityRecord", "activity", visit).await, "NOT_ELIGIBLE");
            } else {
                first.done("activityRecord", "activity", visit).await;
            }
        }
        assert_eq!(world.office.refused("activityRecord", "activity", tests::world::visit(&link, "2021-12-31")).await, "NOT_ELIGIBLE");
    }

    /// Of a record about several households, links and origins, one sees one's own.
    async fn a_record_shows_ones_own_part(world: World) {
        let (mine, other) = (world.link(0, 0, "2022-01-01").await, world.link(1, 2, "2022-01-01").await);
        let origin = world.visit(&world.office, &other, "2022-01-01").await;
        let about = json!({ "title": "联合走访", "happenedOn": "2022-01-01", "links": [mine, other], "origin": origin });
        let both = world.office.done("activityRecord", "activity", json!({ "kind": "VISIT", "about": about })).await;
        let query = "query($id: ID!) { activity(id: $id) { links { id } targets { ... on Household { id } } origin { __typename } } }";
        let shown = asked(&world.members[0].client, query, json!({ "id": both })).await;
        let own = json!({ "links": [{ "id": mine }], "targets": [{ "id": world.households[0] }], "origin": null });
        assert_eq!(shown["data"]["activity"], own, "{shown:#}");
        let shown = asked(&world.office, query, json!({ "id": both })).await;
        assert_eq!(shown["data"]["activity"]["targets"].as_array().map(Vec::len), Some(2));
        assert_eq!(shown["data"]["activity"]["origin"]["__typename"], "Activity");
    }

    /// What a member has entered they see, whomever it names; sent again, it is answered again.
    async fn what_one_entered_is_ones_own(world: World) {
        world.link(0, 0, "2022-01-01").await;
        let about = json!({ "title": "学习", "happenedOn": "2022-01-01", "region": world.villages[0], "helpers": [world.members[1].seat] });
        let study = json!({ "kind": "STUDY", "about": about, "idempotencyKey": "once" });
        let member = &world.members[0].client;
        let id = member.done("activityRecord", "activity", study.clone()).await;
        assert_eq!(member.done("activityRecord", "activity", study).await, id);
        let query = "query($id: ID!) { activity(id: $id) { helpers { ... on Member { id } } } }";
        let shown = asked(member, query, json!({ "id": id })).await;
        let seats: Vec<_> = shown["data"]["activity"]["helpers"].as_array().unwrap().iter().map(|helper| helper["id"].clone()).collect();
        assert!(seats.contains(&json!(world.members[0].seat)) && seats.len() == 2, "{shown:#}");
    }

    /// A holder of a seat or a post is known everywhere. Anybody else is known to the office that keeps them, and to
    /// themselves: by id, in lists, by name, and as somebody whom an act names.
    async fn people_without_a_post_are_known_where_they_are_kept(world: World) {
        let registered = async |name: &str| {
            let person = json!({ "name": name, "region": world.county, "phone": "13900000003" });
            world.office.done("personRegister", "person", person).await
        };
        let (voter, holder) = (registered("群众甲").await, registered("干部乙").await);
        let place = json!({ "committee": world.committee, "person": holder, "role": "MEMBER", "from": "2021-01-01" });
        world.office.done("committeeMemberAdd", "committeeMember", place).await;
        let id = uuid::Uuid::now_v7();
        let account = json!({ "id": id, "name": "voter", "password": "correct horse battery", "person": voter, "grants": [] });
        world.office.done("accountOpen", "account", account).await;
        let own = world.app.signed_in(entity::ids::AccountId(id));
        let query = "query($id: ID!) { person(id: $id) { name } node(id: $id) { ... on Person { name } } people(first: 100, filter: { nameContains: \"群众\" }) { totalCount } }";
        let known = async |client: &Client, id: &str| {
            let answer = asked(client, query, json!({ "id": id })).await;
            answer["data"]["person"]["name"].is_string() && answer["data"]["node"]["name"].is_string()
        };
        let found = async |client: &Client| asked(client, query, json!({ "id": voter })).await["data"]["people"]["totalCount"].clone();
        assert_eq!((known(&world.office, &voter).await, found(&world.office).await), (true, json!(1)));
        assert!(known(&own, &voter).await);
        for stranger in [&world.neighbour, &world.city_office, &world.province_office, &world.admin, &world.members[0].client] {
            assert_eq!((known(stranger, &voter).await, found(stranger).await), (false, json!(0)));
            assert!(known(stranger, &holder).await);
        }
        let seat = json!({ "person": voter, "organisation": world.other_organisation, "kind": "CADRE", "from": "2021-01-01" });
        assert_eq!(world.neighbour.refused("memberAppoint", "member", seat.clone()).await, "NOT_FOUND");
        let seat = json!({ "person": voter, "organisation": world.organisation, "kind": "CADRE", "from": "2021-01-01" });
        world.office.done("memberAppoint", "member", seat).await;
        assert_eq!((known(&world.neighbour, &voter).await, found(&world.neighbour).await), (true, json!(1)));
    }

    /// One field that fails leaves the others as they are.
    async fn a_field_that_fails_is_null_alone(world: World) {
        let answer = asked(&world.office, "{ a: households(after: \"x\") { totalCount } b: viewer { account } }", Value::Null).await;
        assert_eq!(answer["data"], json!({ "a": null, "b": { "account": "county" } }));
        let two = "mutation($a: PersonRegisterInput!, $b: PersonRegisterInput!) { a: personRegister(input: $a) { person { name } } b: personRegister(input: $b) { person { name } } }";
        let person = |key: &str, region: &str| json!({ "idempotencyKey": key, "name": "张三", "region": region });
        let answer = asked(&world.office, two, json!({ "a": person("a", &world.county), "b": person("b", &world.other_county) })).await;
        assert_eq!(answer["data"], json!({ "a": { "person": { "name": "张三" } }, "b": null }));
    }
}
