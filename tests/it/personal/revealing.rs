//! Values in clear, for a reason.

use serde_json::{Value, json};
use tests::{Answer, Client, World, on_both};

use super::{CARD, Home, PHONE, identity};

const REVEAL: &str = "mutation($input: HouseholdRevealInput!) { householdReveal(input: $input) {
    values { owner kind value } userErrors { field code } } }";

fn asked(home: &Home, key: &str, kinds: &[&str]) -> Value {
    json!({ "idempotencyKey": key, "household": home.id, "kinds": kinds, "purpose": "PAYMENT", "reason": "发放临时救助" })
}

async fn reveal(by: &Client, input: &Value) -> Answer {
    by.post(REVEAL, json!({ "input": input })).await
}

on_both! {
    /// Once, with all of the family, and it is written down who asked for what; the values are not.
    async fn values_are_shown_once_and_it_is_written_down(world: World) {
        let home = Home::on(world).await;
        let all = asked(&home, "one", &["IDENTITY_NUMBER", "PHONE", "BANK_ACCOUNT"]);
        let answer = reveal(&home.world.office, &all).await.expect_ok();
        let mut values: Vec<_> = answer.at("/householdReveal/values").as_array().unwrap().iter()
            .map(|value| (value["owner"].clone(), value["value"].as_str().unwrap().to_owned())).collect();
        values.sort_by_key(|(_, value)| value.clone());
        let (house, head) = (json!(home.id), json!(home.head));
        assert_eq!(values, [(head.clone(), "08397201234".into()), (house.clone(), PHONE.into()), (head, identity(0)), (house, CARD.into())]);
        let again = reveal(&home.world.office, &all).await.expect_ok();
        assert_eq!(again.at("/householdReveal"), &json!({ "values": null, "userErrors": [] }));
        let only = json!({ "idempotencyKey": "two", "household": home.id, "member": home.head, "kinds": ["PHONE"],
            "purpose": "CONTACT", "reason": "约时间" });
        let answer = reveal(&home.world.office, &only).await.expect_ok();
        assert_eq!(answer.at("/householdReveal/values"), &json!([{ "owner": home.head, "kind": "PHONE", "value": "08397201234" }]));
        let written: Vec<String> = home.column("SELECT purpose || ' ' || reason || ' ' || owner_type || ' ' || kinds FROM reveal ORDER BY seq").await;
        assert_eq!(written, ["payment 发放临时救助 household BANK_ACCOUNT+IDENTITY_NUMBER+PHONE", "contact 约时间 family_member PHONE"]);
        let acts: Vec<String> = home.column("SELECT action FROM act WHERE action LIKE '%Reveal'").await;
        assert_eq!(acts, ["householdReveal", "householdReveal"]);
    }

    /// A purpose, a reason, and something to show; other input under the same key is refused.
    async fn a_reveal_says_why(world: World) {
        let home = Home::on(world).await;
        let office = &home.world.office;
        let good = asked(&home, "one", &["PHONE"]);
        assert!(reveal(office, &good).await.expect_ok().at("/householdReveal/values").is_array());
        let before = home.world.rows("reveal").await;
        for (field, value, told) in [
            ("reason", json!(" "), json!({ "field": "reason", "code": "REQUIRED" })),
            ("kinds", json!([]), json!({ "field": "kinds", "code": "NOT_FOUND" })),
            ("household", json!(home.world.households[1]), json!({ "field": "kinds", "code": "NOT_FOUND" })),
            ("household", json!(home.world.other_village), json!({ "field": "household", "code": "NOT_FOUND" })),
            ("member", json!(home.wife), json!({ "field": "kinds", "code": "NOT_FOUND" })),
        ] {
            let mut input = asked(&home, &tests::world::key(), &["PHONE"]);
            input[field] = value;
            let answer = reveal(office, &input).await.expect_ok();
            assert_eq!(answer.at("/householdReveal"), &json!({ "values": null, "userErrors": [told] }), "{field}");
        }
        let mut other = good;
        other["reason"] = "别的".into();
        let answer = reveal(office, &other).await.expect_ok();
        assert_eq!(answer.at("/householdReveal/userErrors/0/code"), "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(home.world.rows("reveal").await, before);
    }

    /// The office of the ledger alone.
    async fn nobody_else_may(world: World) {
        let home = Home::on(world).await;
        let world = &home.world;
        for (by, code) in [(&world.city_office, "FORBIDDEN"), (&world.province_office, "FORBIDDEN"), (&world.admin, "FORBIDDEN"),
            (&world.members[0].client, "FORBIDDEN"), (&world.neighbour, "NOT_FOUND"), (&world.app.stranger(), "UNAUTHENTICATED")] {
            let answer = reveal(by, &asked(&home, &tests::world::key(), &["PHONE"])).await;
            assert_eq!((answer.code(), &answer.data()["householdReveal"]), (Some(code), &Value::Null), "{answer}");
        }
        assert_eq!(world.rows("reveal").await, 0);
    }

    /// Fifty times a day in Shanghai, however many ask at once; a repeat is none.
    async fn it_is_limited_per_day(world: World) {
        let home = Home::on(world).await;
        let input = |nth: usize| asked(&home, &format!("key-of-{nth}"), &["PHONE"]);
        let inputs: Vec<Value> = (0..53).map(input).collect();
        let answers = futures::future::join_all(inputs.iter().map(|input| reveal(&home.world.office, input))).await;
        let limited: Vec<&Answer> = answers.iter().filter(|answer| answer.at("/householdReveal/values").is_null()).collect();
        assert_eq!((limited.len(), home.world.rows("reveal").await), (3, 50));
        for answer in limited {
            assert_eq!(answer.at("/householdReveal/userErrors"), &json!([{ "field": null, "code": "LIMIT_EXCEEDED" }]));
        }
        // Midnight in Shanghai is at sixteen hours.
        home.world.app.clock.set("2022-01-01T15:59:59Z".parse().unwrap());
        let answer = reveal(&home.world.office, &input(60)).await;
        assert_eq!(answer.at("/householdReveal/userErrors/0/code"), "LIMIT_EXCEEDED");
        home.world.app.clock.set("2022-01-01T16:00:00Z".parse().unwrap());
        assert!(reveal(&home.world.office, &input(61)).await.at("/householdReveal/values").is_array());
    }

    async fn a_persons_values_are_shown(world: World) {
        let home = Home::on(world).await;
        let person = json!({ "name": "张三", "region": home.world.county, "phone": PHONE });
        let person = home.world.office.done("personRegister", "person", person).await;
        let query = "mutation($input: PersonRevealInput!) { personReveal(input: $input) { values { owner kind value } userErrors { field code } } }";
        let input = json!({ "idempotencyKey": "p", "person": person, "kinds": ["PHONE", "IDENTITY_NUMBER"], "purpose": "CONTACT", "reason": "开会" });
        let refused = home.world.neighbour.post(query, json!({ "input": input })).await;
        assert_eq!(refused.at("/personReveal/userErrors/0"), &json!({ "field": "person", "code": "NOT_FOUND" }));
        assert_eq!(home.world.city_office.post(query, json!({ "input": input })).await.code(), Some("FORBIDDEN"));
        let answer = home.world.office.post(query, json!({ "input": input })).await.expect_ok();
        assert_eq!(answer.at("/personReveal/values"), &json!([{ "owner": person, "kind": "PHONE", "value": PHONE }]));
        let again = home.world.office.post(query, json!({ "input": input })).await.expect_ok();
        assert_eq!(again.at("/personReveal/values"), &Value::Null);
    }
}
