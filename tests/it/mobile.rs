//! A phone: one request, and a number of statements that does not grow with the households.

use serde_json::{Value, json};
use tests::{World, on_both};

const MINE: &str = "{ viewer { account seats { member { kind } links {
    household { headName village { name township { name } } members { name relation } openNeeds { title isOverdue } }
    plan { title } rule { code name }
    standing { lastContactOn nextDueOn isOverdue contacts { done duty { code } } checklists { checklist { code } done target } }
} } } }";

async fn statements(world: &World) -> (Value, Vec<String>) {
    let (answer, statements) = world.app.statements(world.members[0].client.post(MINE, Value::Null)).await;
    (answer.expect_ok().data().clone(), statements)
}

on_both! {
    /// What is mine, what is due, what is open; with one household or with four it takes as many statements.
    async fn one_request_shows_what_is_mine(world: World) {
        world.app.go_to("2022-05-10");
        let link = world.link(0, 0, "2022-01-01").await;
        let (alone, with_one) = statements(&world).await;
        assert_eq!(alone.pointer("/viewer/seats/0/links/0/standing/nextDueOn"), Some(&json!("2022-03-31")));
        assert_eq!(alone.pointer("/viewer/seats/0/links/0/standing/isOverdue"), Some(&json!(true)));

        world.visit(&world.members[0].client, &link, "2022-05-09").await;
        for household in [1, 2, 3] {
            world.link(0, household, "2022-04-15").await;
        }
        let about = json!({ "title": "修水管", "happenedOn": "2022-05-01", "links": [link] });
        let need = json!({ "about": about, "category": "WATER", "dueOn": "2022-05-05" });
        world.members[0].client.done("needReport", "need", need).await;
        let plan = json!({ "about": { "title": "养蜂", "happenedOn": "2022-01-05", "links": [link] }, "kind": "HOUSEHOLD_PLAN" });
        world.members[0].client.done("planCreate", "plan", plan).await;
        let (mine, with_four) = statements(&world).await;
        assert_eq!(mine.pointer("/viewer/seats/0/links").and_then(Value::as_array).map(Vec::len), Some(4));
        insta::with_settings!({ snapshot_suffix => "" }, { insta::assert_json_snapshot!("mobile_first_link", mine["viewer"]["seats"][0]["links"][0]) });
        assert_eq!(with_four.len(), with_one.len(), "{with_four:#?}");
        insta::assert_snapshot!("mobile_statements", with_four.len());
    }

    /// A phone that was offline says when it wrote something down; the three times are kept apart.
    async fn three_times_are_kept_apart(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-03-10");
        let about = json!({ "title": "走访", "happenedOn": "2022-03-01", "recordedAt": "2022-03-01T12:00:00Z", "links": [link] });
        let id = world.members[0].client.done("activityRecord", "activity", json!({ "kind": "VISIT", "about": about })).await;
        let read = "query($id: ID!) { activity(id: $id) { happenedOn recordedAt receivedAt verification programmes { code } helpers { ... on Member { id } } targets { ... on Household { id } } } }";
        let answer = world.office.post(read, json!({ "id": id })).await.expect_ok();
        assert_eq!(answer.at("/activity"), &json!({
            "happenedOn": "2022-03-01", "recordedAt": "2022-03-01T12:00:00+00:00", "receivedAt": "2022-03-10T02:00:00+00:00",
            "verification": "SUBMITTED", "programmes": [{ "code": "HELP" }],
            "helpers": [{ "id": world.members[0].seat }], "targets": [{ "id": world.households[0] }],
        }));
    }

    /// What a programme above asks of a link is due on the phone, too, unless the one below asks it in its own way.
    async fn duties_come_from_above(world: World) {
        let above = json!({ "code": "CITY", "name": "市行动", "organisation": world.organisation, "from": "2022-01-01" });
        let above = world.office.done("programmeCreate", "programme", above).await;
        let below = json!({ "code": "BELOW", "name": "县行动", "organisation": world.organisation, "parent": above, "from": "2022-01-01" });
        let below = world.office.done("programmeCreate", "programme", below).await;
        let rule = json!({ "programme": below, "code": "R", "name": "联系", "helperKind": "MEMBER", "targetKind": "HOUSEHOLD",
            "obligation": "MANDATORY", "from": "2022-01-01" });
        let rule = world.office.done("linkRuleCreate", "linkRule", rule).await;
        let duty = |programme: &str, code: &str, target: i32, period: &str| {
            json!({ "programme": programme, "code": code, "name": code, "subject": "LINK", "indicator": "HOUSEHOLD_VISITS",
                "target": target, "period": period, "obligation": "MANDATORY", "from": "2022-01-01" })
        };
        for input in [duty(&above, "VISIT", 1, "QUARTER"), duty(&above, "CALL", 1, "MONTH"), duty(&below, "VISIT", 1, "MONTH")] {
            world.office.done("dutyRuleCreate", "dutyRule", input).await;
        }
        for (input, code) in [(duty(&below, "CALL", 1, "QUARTER"), "INVALID"), (duty(&below, "CALL", 1, "ONCE"), "INVALID")] {
            assert_eq!(world.office.refused("dutyRuleCreate", "dutyRule", input).await, code);
        }
        let link = json!({ "rule": rule, "helper": world.members[0].seat, "target": world.households[0], "from": "2022-01-01" });
        world.office.done("linkCreate", "link", link).await;
        world.app.go_to("2022-01-10");
        let query = "{ viewer { seats { links { standing { contacts { nextDueOn duty { code period } } } } } } }";
        let answer = world.members[0].client.post(query, Value::Null).await.expect_ok();
        assert_eq!(answer.at("/viewer/seats/0/links/0/standing/contacts"), &json!([
            { "nextDueOn": "2022-01-31", "duty": { "code": "VISIT", "period": "MONTH" } },
            { "nextDueOn": "2022-01-31", "duty": { "code": "CALL", "period": "MONTH" } },
        ]));
    }
}
