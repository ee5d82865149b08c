//! Tags and kinds are data: of the common catalogue, or of the programmes that a record counts for.

use serde_json::{Value, json};
use tests::{Answer, Client, World, on_both};

/// A set of the programme with two categories; the key of the first.
async fn set(world: &World, programme: &str, code: &str) -> String {
    let categories = json!([{ "code": "A", "name": "产业助推" }, { "code": "B", "name": "教育助推" }]);
    let set = json!({ "programme": programme, "code": code, "name": "七个助推", "categories": categories });
    let set = world.office.done("categorySetCreate", "categorySet", set).await;
    let query = "query($id: ID!) { node(id: $id) { ... on CategorySet { categories { key } } } }";
    let answer = world.office.post(query, json!({ "id": set })).await.expect_ok();
    answer.text_at("/node/categories/0/key").to_owned()
}

async fn programme(world: &World, code: &str) -> String {
    let input =
        json!({ "code": code, "name": code, "organisation": world.organisation, "from": "2022-01-01" });
    world.office.done("programmeCreate", "programme", input).await
}

async fn ask(client: &Client, query: &str, variables: Value) -> Answer {
    client.post(query, variables).await.expect_ok()
}

on_both! {
    /// What is tagged can be listed and counted by its tag.
    async fn a_record_is_tagged_and_counted_by_its_tag(world: World) {
        let tag = set(&world, &world.programme, "SEVEN").await;
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-05-01");
        let about = json!({ "title": "技术培训", "happenedOn": "2022-04-01", "links": [link], "tags": [tag, tag] });
        let tagged = json!({ "kind": "TRAINING", "about": about });
        let tagged = world.office.done("activityRecord", "activity", tagged).await;
        world.visit(&world.office, &link, "2022-04-02").await;
        let query = "query($tag: UUID) { activities(filter: { tag: $tag }) { nodes { id tags { code name } } } }";
        let listed = json!([{ "id": tagged, "tags": [{ "code": "A", "name": "产业助推" }] }]);
        assert_eq!(ask(&world.office, query, json!({ "tag": tag })).await.at("/activities/nodes"), &listed);
        let define = json!({ "programme": world.programme, "code": "PUSH", "name": "助推", "unit": "次",
            "definition": { "measure": { "of": "ACTIVITY", "tags": [tag] } } });
        world.office.done("indicatorDefine", "indicator", define).await;
        let query = "query($region: ID!) { progress(input: { region: { id: $region }, programme: { code: \"HELP\" },
            period: { year: 2022 }, indicators: [\"PUSH\"] }) { groups { nodes { figures { numerator } } } } }";
        let answer = ask(&world.office, query, json!({ "region": world.county })).await;
        assert_eq!(answer.at("/progress/groups/nodes/0/figures/0/numerator"), 1);
        let report = api::verify::run(&world.app.db).await.unwrap();
        assert_eq!(report.differences, Vec::<String>::new());
    }

    /// A programme's tags and kinds are for what counts for it.
    async fn another_programmes_codes_are_refused(world: World) {
        let other = programme(&world, "OTHER").await;
        let tag = set(&world, &other, "SEVEN").await;
        set(&world, &other, "ACTIVITY_KIND").await;
        let link = world.link(0, 0, "2022-01-01").await;
        let record = |kind: &str, tags: Value, programmes: Value| {
            let about = json!({ "title": "调研", "happenedOn": "2022-01-01", "links": [link], "tags": tags, "programmes": programmes });
            json!({ "kind": kind, "about": about })
        };
        let before = world.rows("record").await;
        for (input, code) in [
            (record("VISIT", json!([tag]), json!([])), "NOT_FOUND"),
            (record("VISIT", json!([uuid::Uuid::nil()]), json!([])), "NOT_FOUND"),
            (record("A", json!([]), json!([])), "INVALID"),
        ] {
            assert_eq!(world.office.refused("activityRecord", "activity", input).await, code);
        }
        assert_eq!(world.rows("record").await, before);
        let good = record("A", json!([tag]), json!([other]));
        world.office.done("activityRecord", "activity", good).await;
    }

    /// Offices share a ledger; each verifies what belongs to its organisation's programmes.
    async fn an_office_verifies_for_its_own_organisation(world: World) {
        let npc = json!({ "region": world.county, "name": "县人大", "kind": "NPC", "system": "NPC" });
        let npc = world.office.done("organisationCreate", "organisation", npc).await;
        let grant = |organisation: &str| {
            json!([{ "role": "COUNTY_OFFICE", "region": world.county, "organisation": organisation, "from": "2021-01-01" }])
        };
        let open = async |name: &str, organisation: &str| {
            let id = uuid::Uuid::now_v7();
            let input = json!({ "id": id, "name": name, "password": "correct horse battery", "grants": grant(organisation) });
            world.admin.done("accountOpen", "account", input).await;
            world.app.signed_in(entity::ids::AccountId(id))
        };
        let (of_cppcc, of_npc) = (open("cppcc", &world.organisation).await, open("npc", &npc).await);
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-05-01");
        let verification = async |record: &str| {
            let query = "query($id: ID!) { activity(id: $id) { verification rejectionReason } }";
            ask(&world.office, query, json!({ "id": record })).await.at("/activity").clone()
        };
        let by_npc = world.visit(&of_npc, &link, "2022-04-01").await;
        assert_eq!(verification(&by_npc).await["verification"], "SUBMITTED");
        assert_eq!(verification(&world.visit(&of_cppcc, &link, "2022-04-02").await).await["verification"], "VERIFIED");
        for (mutation, input) in [
            ("recordVerify", json!({ "record": by_npc })),
            ("recordReject", json!({ "record": by_npc, "reason": "x" })),
        ] {
            assert_eq!(of_npc.refused(mutation, "record", input).await, "FORBIDDEN");
        }
        of_cppcc.done("recordReject", "record", json!({ "record": by_npc, "reason": "无照片" })).await;
        assert_eq!(verification(&by_npc).await, json!({ "verification": "REJECTED", "rejectionReason": "无照片" }));
        let alone = json!({ "kind": "MEETING", "about": { "title": "会议", "happenedOn": "2022-04-01", "region": world.county } });
        let alone = of_npc.done("activityRecord", "activity", alone).await;
        assert_eq!(verification(&alone).await["verification"], "VERIFIED");
    }
}
