//! What is due on the phone, and what is not.

use serde_json::{Value, json};
use tests::{World, on_both};

async fn contact(world: &World, link: &str, code: &str) -> Value {
    let query = "query($id: ID!) { node(id: $id) { ... on Link { standing { nextDueOn isOverdue contacts { nextDueOn isOverdue duty { code } } } } } }";
    let answer = world.office.post(query, json!({ "id": link })).await.expect_ok();
    let contacts = answer.at("/node/standing/contacts").as_array().unwrap().clone();
    let found = contacts.into_iter().find(|contact| contact["duty"]["code"] == code);
    found.map(|contact| json!([contact["nextDueOn"], contact["isOverdue"]])).unwrap_or_default()
}

async fn duty(world: &World, code: &str, period: &str, from: &str) {
    let duty = json!({ "programme": world.programme, "code": code, "name": code, "subject": "LINK",
        "indicator": "HOUSEHOLD_VISITS", "target": 1, "period": period, "obligation": "MANDATORY", "from": from });
    world.office.done("dutyRuleCreate", "dutyRule", duty).await;
}

on_both! {
    /// A link that is over owes nothing.
    async fn nothing_is_due_of_a_past_link(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-08-01");
        assert_eq!(contact(&world, &link, "VISIT").await, json!(["2022-06-30", true]));
        world.office.done("linkEnd", "link", json!({ "link": link, "to": "2022-05-31", "reason": "迁出" })).await;
        assert_eq!(contact(&world, &link, "VISIT").await, Value::Null);
    }

    /// A duty is not overdue for the time before it was laid down, nor a link for the time before it was made.
    async fn nothing_is_overdue_from_before(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        duty(&world, "CALL", "QUARTER", "2022-04-01").await;
        world.app.go_to("2022-05-15");
        let late = world.link(0, 1, "2022-05-10").await;
        assert_eq!(contact(&world, &link, "CALL").await, json!(["2022-06-30", false]));
        assert_eq!(contact(&world, &link, "VISIT").await, json!(["2022-03-31", true]));
        assert_eq!(contact(&world, &late, "VISIT").await, json!(["2022-09-30", false]));
    }

    /// What is to be done once is due until it is done, and never again.
    async fn once_is_once(world: World) {
        duty(&world, "WELCOME", "ONCE", "2022-01-01").await;
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-02-01");
        assert_eq!(contact(&world, &link, "WELCOME").await, json!([null, false]));
        world.visit(&world.office, &link, "2022-01-20").await;
        assert_eq!(contact(&world, &link, "WELCOME").await, json!([null, false]));
        assert_eq!(contact(&world, &link, "VISIT").await, json!(["2022-06-30", false]));
    }

    /// A quarter that has not begun is nobody's arrear.
    async fn what_has_not_begun_is_not_owed(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-05-01");
        world.visit(&world.office, &link, "2022-02-01").await;
        let query = "query($region: ID!) { progress(input: { region: { id: $region }, programme: { code: \"HELP\" }, period: { year: 2022 } }) {
            groups { nodes { dutyCompliance { code numerator denominator } } } } }";
        let answer = world.office.post(query, json!({ "region": world.county })).await.expect_ok();
        let told = json!([{ "code": "VISIT", "numerator": 1, "denominator": 2 }]);
        assert_eq!(answer.at("/progress/groups/nodes/0/dutyCompliance"), &told);
    }

    /// What an office has rejected is off the phone.
    async fn a_rejected_need_is_not_open(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        let need = json!({ "category": "WATER", "about": { "title": "饮水", "happenedOn": "2022-01-01", "links": [link] } });
        let need = world.members[0].client.done("needReport", "need", need).await;
        let open = async || {
            let query = "{ viewer { seats { links { household { openNeeds { id } } } } } }";
            let answer = world.members[0].client.post(query, Value::Null).await.expect_ok();
            answer.at("/viewer/seats/0/links/0/household/openNeeds").as_array().unwrap().len()
        };
        assert_eq!(open().await, 1);
        world.office.done("recordReject", "record", json!({ "record": need, "reason": "重复" })).await;
        assert_eq!(open().await, 0);
    }
}
