//! Two acts of two ledgers that are under way together, of which one is refused where the other came first: never are both
//! done.

use serde_json::{Value, json};
use tests::world::key;
use tests::{Client, World, on_both};

const ROUNDS: usize = 6;

/// Runs both at once. Whether each was done.
async fn at_once(one: (&Client, &str, Value), other: (&Client, &str, Value)) -> (bool, bool) {
    let run = async |(client, act, mut input): (&Client, &str, Value)| {
        input["idempotencyKey"] = key().into();
        let answer = client.act_plainly(act, input).await;
        answer.at(&format!("/{act}/userErrors")).as_array().is_some_and(Vec::is_empty)
    };
    tokio::join!(run(one), run(other))
}

fn code(round: usize, letter: char) -> String {
    format!("T{round}{letter}")
}

on_both! {
    async fn a_rule_ends_or_is_linked_under(world: World) {
        world.app.go_to("2022-09-01");
        let city = &world.city_office;
        let body = json!({ "region": world.city, "name": "市政协机关", "kind": "CPPCC", "system": "CPPCC" });
        let body = city.done("organisationCreate", "organisation", body).await;
        for round in 0..ROUNDS {
            let programme = json!({ "code": code(round, 'P'), "name": "市行动", "organisation": body, "from": "2015-01-01" });
            let programme = city.done("programmeCreate", "programme", programme).await;
            let rule = json!({ "programme": programme, "code": "R", "name": "规则", "helperKind": "MEMBER", "targetKind": "HOUSEHOLD",
                "obligation": "GOAL", "from": "2015-01-01" });
            let rule = city.done("linkRuleCreate", "linkRule", rule).await;
            let link = json!({ "rule": rule, "helper": world.members[0].seat, "target": world.households[round], "from": "2022-01-01" });
            let end = json!({ "rule": rule, "to": "2020-12-31" });
            let both = at_once((&world.office, "linkCreate", link), (city, "linkRuleEnd", end)).await;
            assert!(both == (true, false) || both == (false, true), "round {round}: {both:?}");
        }
    }

    async fn a_programme_ends_or_is_served(world: World) {
        world.app.go_to("2022-09-01");
        let city = &world.city_office;
        let body = json!({ "region": world.city, "name": "市政协机关", "kind": "CPPCC", "system": "CPPCC" });
        let body = city.done("organisationCreate", "organisation", body).await;
        for round in 0..ROUNDS {
            let above = json!({ "code": code(round, 'P'), "name": "市行动", "organisation": body, "from": "2015-01-01" });
            let above = city.done("programmeCreate", "programme", above).await;
            let below = json!({ "code": code(round, 'C'), "name": "县行动", "organisation": world.organisation, "parent": above, "from": "2016-01-01" });
            let end = json!({ "programme": above, "to": "2020-12-31" });
            let both = at_once((&world.office, "programmeCreate", below), (city, "programmeUpdate", end)).await;
            assert!(both == (true, false) || both == (false, true), "round {round}: {both:?}");
        }
    }

    async fn industries_make_no_circle(world: World) {
        for round in 0..ROUNDS {
            let industry = async |office: &Client, county: &str, letter: char| {
                let input = json!({ "region": county, "name": format!("产业{}", code(round, letter)) });
                office.done("industryCreate", "industry", input).await
            };
            let (one, other) = (industry(&world.office, &world.county, 'A').await, industry(&world.neighbour, &world.other_county, 'B').await);
            let both = at_once(
                (&world.office, "industryUpdate", json!({ "industry": one, "parent": other })),
                (&world.neighbour, "industryUpdate", json!({ "industry": other, "parent": one })),
            ).await;
            assert!(both == (true, false) || both == (false, true), "round {round}: {both:?}");
        }
    }

    async fn a_kind_has_one_unit(world: World) {
        world.app.go_to("2022-09-01");
        let city = &world.city_office;
        let body = json!({ "region": world.city, "name": "市政协机关", "kind": "CPPCC", "system": "CPPCC" });
        let body = city.done("organisationCreate", "organisation", body).await;
        let programme = json!({ "code": "UNITS", "name": "市行动", "organisation": body, "from": "2015-01-01" });
        let programme = city.done("programmeCreate", "programme", programme).await;
        let kinds: Vec<Value> = (0..ROUNDS).map(|round| json!({ "code": code(round, 'K'), "name": "渠" })).collect();
        let kinds = json!({ "programme": programme, "code": "OUTCOME_KIND", "name": "成效", "categories": kinds });
        city.done("categorySetCreate", "categorySet", kinds).await;
        for round in 0..ROUNDS {
            let outcome = |village: &str, quantity: i32, unit: &str| json!({ "kind": code(round, 'K'), "quantity": quantity, "unit": unit,
                "about": { "title": "成效", "happenedOn": "2022-03-01", "targets": [village], "programmes": [programme] } });
            at_once(
                (&world.office, "outcomeRecord", outcome(&world.villages[0], 500, "米")),
                (&world.neighbour, "outcomeRecord", outcome(&world.other_village, 1, "公里")),
            ).await;
            let units = world.rows(&format!("(SELECT DISTINCT unit FROM record WHERE kind = '{}') AS units", code(round, 'K'))).await;
            assert_eq!(units, 1, "round {round}");
        }
    }
}
