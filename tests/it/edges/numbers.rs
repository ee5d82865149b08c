//! Numbers keep their sign and their digits, or are refused: in variables and in literals, at every door.

use serde_json::{Value, json};
use tests::{World, on_both, world::key};

use super::told;

fn about(world: &World) -> Value {
    json!({ "title": "数", "happenedOn": "2022-01-01", "targets": [world.villages[0]], "programmes": [world.programme] })
}

on_both! {
    async fn a_quantity_below_zero_is_refused_at_every_door(world: World) {
        let outcome = json!({ "kind": "ROAD", "quantity": 1, "unit": "公里", "about": about(&world) });
        let outcome = world.office.done("outcomeRecord", "outcome", outcome).await;
        let list = |target: f64| json!({ "programme": world.programme, "code": "L", "name": "L", "subject": "LINK",
            "period": "YEAR", "obligation": "GOAL", "from": "2022-01-01",
            "items": [{ "code": "A", "name": "A", "target": target }] });
        let duty = |target: f64| json!({ "programme": world.programme, "code": "D", "name": "D", "subject": "LINK",
            "target": target, "period": "YEAR", "obligation": "GOAL", "from": "2022-01-01" });
        for wrong in [-0.5, -0.001, -0.999, -1.0, -1.5, 0.0001, 1e12, 1e300, 5e-324] {
            for (mutation, input) in [
                ("outcomeRecord", json!({ "kind": "ROAD", "quantity": wrong, "unit": "公里", "about": about(&world) })),
                ("contributionRecord", json!({ "kind": "GOODS", "quantity": wrong, "about": about(&world) })),
                ("recordAmend", json!({ "record": outcome, "quantity": wrong })),
                ("checklistCreate", list(wrong)),
                ("dutyRuleCreate", duty(wrong)),
            ] {
                assert_eq!(told(&world, &world.office, mutation, input).await, "INVALID -", "{mutation} {wrong}");
            }
        }
        for wrong in ["-0.5", "-0.001", "1e-4", "1e400", "\"1\"", "NaN"] {
            let literal = format!("mutation {{ recordAmend(input: {{ idempotencyKey: \"{}\", record: \"{outcome}\", quantity: {wrong} }})
                {{ userErrors {{ code }} }} }}", key());
            let answer = world.office.post(&literal, json!({})).await;
            assert_eq!(answer.code(), Some("INVALID"), "{wrong}: {answer}");
        }
        let stays = world.office.post("query($id: ID!) { node(id: $id) { ... on Outcome { quantity } } }", json!({ "id": outcome })).await;
        assert_eq!(stays.expect_ok().at("/node/quantity"), 1);
    }

    async fn what_is_taken_is_exact(world: World) {
        for (written, kept) in [("0.001", "0.001"), ("1e-3", "0.001"), ("1e3", "1000"), ("0.1e1", "1"), ("12.500", "12.5"),
            ("-0", "0"), ("-0.0", "0"), ("99999999999.999", "99999999999.999"), ("1e11", "100000000000")] {
            let text = format!("mutation($about: RecordInput!) {{ outcomeRecord(input: {{ idempotencyKey: \"{}\", kind: \"ROAD\",
                quantity: {written}, unit: \"公里\", about: $about }}) {{ outcome {{ quantity }} userErrors {{ message }} }} }}", key());
            let answer = world.office.post(&text, json!({ "about": about(&world) })).await.expect_ok();
            assert_eq!(answer.at("/outcomeRecord/outcome/quantity").to_string(), kept, "{written}: {answer}");
        }
        for (written, kept) in [("100", Some(100)), ("1e3", Some(1000)), ("-0", Some(0)), ("2.0", Some(2)), ("-1", None), ("0.5", None), ("-0.5", None), ("1e15", None)] {
            let text = format!("mutation($about: RecordInput!) {{ contributionRecord(input: {{ idempotencyKey: \"{}\", kind: \"CASH\",
                amount: {written}, about: $about }}) {{ contribution {{ amount }} userErrors {{ message }} }} }}", key());
            let answer = world.office.post(&text, json!({ "about": about(&world) })).await;
            let amount = answer.data().pointer("/contributionRecord/contribution/amount").and_then(Value::as_i64);
            assert_eq!(amount, kept, "{written}: {answer}");
        }
    }
}
