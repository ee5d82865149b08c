//! Names that look alike are one name; what shows nothing says nothing; a phone's digits may be of full width.

use serde_json::json;
use tests::{World, on_both, world::key};

use super::told;

on_both! {
    async fn names_that_look_alike_are_one(world: World) {
        let body = |name: &str| json!({ "region": world.county, "name": name, "kind": "ENTERPRISE", "system": "GOVERNMENT" });
        world.office.done("organisationCreate", "organisation", body("Cafe\u{301} 茶\u{200B}厂\u{FEFF}")).await;
        for alike in ["Café 茶厂", " Café\u{3000}茶厂", "\u{202E}Café 茶厂\u{202C}", "Café \u{AD}茶\u{FE0F}厂\u{E0041}"] {
            assert_eq!(told(&world, &world.office, "organisationCreate", body(alike)).await, "ALREADY_EXISTS name", "{alike:?}");
        }
        let query = "query($text: String!) { organisations(filter: { nameContains: $text }) { nodes { name } } }";
        for text in ["Café", "cafe\u{301}", "茶\u{200D}厂", "\u{FEFF}茶厂"] {
            let answer = world.office.post(query, json!({ "text": text })).await.expect_ok();
            assert_eq!(answer.at("/organisations/nodes"), &json!([{ "name": "Café 茶厂" }]), "{text:?}");
        }
    }

    async fn what_shows_nothing_says_nothing(world: World) {
        let blank = "\u{200B}\u{3164}\u{2800}\u{E0020} ";
        for (mutation, input, field) in [
            ("personRegister", json!({ "name": blank, "region": world.county }), "name"),
            ("organisationUpdate", json!({ "organisation": world.organisation, "name": blank }), "name"),
            ("committeeCreate", json!({ "organisation": world.organisation, "name": blank, "kind": "SPECIAL_COMMITTEE", "from": "2022-01-01" }), "name"),
            ("industryUpdate", json!({ "industry": world.industry, "name": blank }), "name"),
            ("householdUpdate", json!({ "household": world.households[0], "headName": blank }), "headName"),
            ("programmeUpdate", json!({ "programme": world.programme, "name": blank }), "name"),
            ("regionUpdate", json!({ "region": world.villages[0], "name": blank }), "name"),
            ("activityRecord", json!({ "kind": "RESEARCH", "about": { "title": blank, "happenedOn": "2022-01-01", "targets": [world.villages[0]] } }), "title"),
        ] {
            assert_eq!(told(&world, &world.office, mutation, input).await, format!("REQUIRED {field}"), "{mutation}");
        }
        let open = json!({ "name": blank, "password": "correct horse battery" });
        assert_eq!(told(&world, &world.admin, "accountOpen", open).await, "REQUIRED name");
    }

    async fn the_same_input_again_gives_the_same(world: World) {
        let input = json!({ "idempotencyKey": key(), "name": " 张\u{200B}伟 ", "region": world.county, "phone": "１３８ １２３４ ５６７８" });
        let first = world.office.done("personRegister", "person", input.clone()).await;
        assert_eq!(world.office.done("personRegister", "person", input).await, first);
        let shown = world.office.post("query($id: ID!) { person(id: $id) { name } }", json!({ "id": first })).await;
        assert_eq!(shown.expect_ok().at("/person/name"), "张伟");
    }

    async fn a_name_to_sign_in_with_is_such_a_name(world: World) {
        let open = |name: &str| json!({ "name": name, "password": "correct horse battery" });
        world.admin.done("accountOpen", "account", open("王\u{200B} 五")).await;
        assert_eq!(told(&world, &world.admin, "accountOpen", open("王 五")).await, "ALREADY_EXISTS name");
        let ask = "mutation($input: SignInInput!) { signIn(input: $input) { token userErrors { code } } }";
        for name in ["王 五", "王\u{200B} 五", " 王\u{3000}五"] {
            let input = json!({ "account": name, "password": "correct horse battery" });
            let answer = world.app.stranger().post(ask, json!({ "input": input })).await;
            assert!(answer.data().pointer("/signIn/token").is_some_and(serde_json::Value::is_string), "{name}: {answer}");
        }
    }

    async fn a_text_at_length_keeps_its_lines(world: World) {
        let input = json!({ "kind": "RESEARCH", "about": { "title": "调研\n一", "happenedOn": "2022-01-01",
            "targets": [world.villages[0]], "detail": "\n一\r\n\r\n二\u{200B}\n" } });
        let id = world.office.done("activityRecord", "activity", input).await;
        let shown = world.office.post("query($id: ID!) { activity(id: $id) { title detail } }", json!({ "id": id })).await.expect_ok();
        assert_eq!(shown.at("/activity"), &json!({ "title": "调研 一", "detail": "一\n\n二" }));
    }
}
