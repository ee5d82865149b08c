//! Finding by an equal value.

use serde_json::{Value, json};
use tests::{Answer, Client, World, on_both};

use super::{Home, PHONE, identity};

async fn found(by: &Client, filter: Value) -> Answer {
    let query = "query($filter: HouseholdFilter) { households(filter: $filter) { totalCount nodes { id } } }";
    by.post(query, json!({ "filter": filter })).await
}

fn ids(answer: &Answer) -> Vec<&str> {
    let nodes = answer.at("/households/nodes").as_array().unwrap();
    nodes.iter().map(|node| node["id"].as_str().unwrap()).collect()
}

on_both! {
    /// However it is written; of the household itself or of its family.
    async fn the_office_finds_a_household(world: World) {
        let home = Home::on(world).await;
        let office = &home.world.office;
        home.join(&home.world.households[3], &identity(3)).await;
        for filter in [json!({ "phone": PHONE }), json!({ "phone": "+86 139 8765 0001" }), json!({ "phone": "08397201234" }),
            json!({ "identityNumber": identity(0) }), json!({ "identityNumber": format!("{}{}", &identity(0)[..6], &identity(0)[8..17]) }),
            json!({ "identityNumber": identity(0), "phone": PHONE })] {
            let answer = found(office, filter).await.expect_ok();
            assert_eq!((ids(&answer), answer.at("/households/totalCount")), (vec![home.id.as_str()], &json!(1)));
        }
        for nothing in [json!({ "phone": "13987650002" }), json!({ "identityNumber": identity(9) }),
            json!({ "identityNumber": identity(3), "phone": PHONE })] {
            assert_eq!(ids(&found(office, nothing).await.expect_ok()), [""; 0]);
        }
        for wrong in [json!({ "phone": "" }), json!({ "phone": "139****0001" }), json!({ "identityNumber": "510822" })] {
            let answer = found(office, wrong).await;
            assert!(["INVALID", "REQUIRED"].contains(&answer.code().unwrap()), "{answer}");
        }
    }

    /// A helper finds their own household by its phone; an identity number is none of theirs.
    async fn others_find_what_they_are_shown(world: World) {
        let home = Home::on(world).await;
        let world = &home.world;
        let (helper, other) = (&world.members[0].client, &world.members[1].client);
        assert_eq!(ids(&found(helper, json!({ "phone": PHONE })).await.expect_ok()), [home.id.as_str()]);
        assert_eq!(ids(&found(other, json!({ "phone": PHONE })).await.expect_ok()), [""; 0]);
        assert_eq!(ids(&found(&world.neighbour, json!({ "phone": PHONE })).await.expect_ok()), [""; 0]);
        assert_eq!(ids(&found(&world.neighbour, json!({ "identityNumber": identity(0) })).await.expect_ok()), [""; 0]);
    }

    /// Whoever may not see a value is told the same of every value: right, unknown, or none at all.
    async fn a_hidden_value_cannot_be_probed(world: World) {
        let home = Home::on(world).await;
        let world = &home.world;
        for by in [&world.city_office, &world.province_office, &world.admin, &world.members[0].client] {
            let mut told = vec![];
            for value in [identity(0), identity(9), "x".into(), String::new()] {
                told.push(found(by, json!({ "identityNumber": value })).await.text);
            }
            assert!(told.iter().all(|text| *text == told[0] && text.contains("FORBIDDEN")), "{told:?}");
        }
        for by in [&world.city_office, &world.province_office] {
            let (known, unknown) = (found(by, json!({ "phone": PHONE })).await, found(by, json!({ "phone": "1" })).await);
            assert_eq!((known.code(), &known.text), (Some("FORBIDDEN"), &unknown.text));
        }
    }

    /// People are found by the office that keeps them.
    async fn the_office_finds_a_person(world: World) {
        let home = Home::on(world).await;
        let world = &home.world;
        let person = json!({ "name": "张三", "region": world.county, "phone": PHONE, "identityNumber": identity(5) });
        let person = world.office.done("personRegister", "person", person).await;
        let people = async |by: &Client, filter: Value| {
            by.post("query($filter: PersonFilter) { people(filter: $filter) { nodes { id } } }", json!({ "filter": filter })).await
        };
        for filter in [json!({ "phone": PHONE }), json!({ "identityNumber": identity(5) })] {
            let answer = people(&world.office, filter.clone()).await.expect_ok();
            assert_eq!(answer.at("/people/nodes"), &json!([{ "id": person }]));
            assert_eq!(people(&world.neighbour, filter.clone()).await.expect_ok().at("/people/nodes"), &json!([]));
            for by in [&world.city_office, &world.province_office, &world.admin, &world.members[0].client] {
                assert_eq!(people(by, filter.clone()).await.code(), Some("FORBIDDEN"));
            }
        }
        // The head of a household has this number, and is nobody's colleague.
        assert_eq!(people(&world.office, json!({ "identityNumber": identity(0) })).await.expect_ok().at("/people/nodes"), &json!([]));
    }
}
