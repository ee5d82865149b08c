//! Sums of the greatest values that are taken: every question is answered, also about places that have none of them.

use serde_json::{Value, json};
use tests::{TestApp, World, on_both};

use super::told;

const PROGRESS: &str = "query($region: ID!, $programme: ID!) { progress(input: { region: { id: $region },
    programme: { id: $programme }, period: { year: 2022 } }) { groups { nodes { figures { code value numerator }
    dutyCompliance { code numerator denominator } } } } }";

async fn progress(world: &World, region: &str) -> Value {
    let asked = json!({ "region": region, "programme": world.programme });
    world.office.post(PROGRESS, asked).await.expect_ok().at("/progress/groups/nodes/0").clone()
}

fn of<'a>(answer: &'a Value, list: &str, code: &str) -> &'a Value {
    answer[list].as_array().unwrap().iter().find(|figure| figure["code"] == code).unwrap()
}

on_both! {
    async fn a_sum_of_the_greatest_values_is_answered(world: World) {
        let measures = [("CASHX", "SUM_AMOUNT", 100), ("MANY", "SUM_QUANTITY", 1)];
        for (code, measure, divisor) in measures {
            let define = json!({ "programme": world.programme, "code": code, "name": code, "unit": "元", "divisor": divisor,
                "definition": { "measure": { "of": "CONTRIBUTION", "kinds": ["CASH"], "measure": measure } } });
            world.office.done("indicatorDefine", "indicator", define).await;
            let duty = json!({ "programme": world.programme, "code": format!("{code}D"), "name": code, "subject": "HOUSEHOLD",
                "indicator": code, "target": 1, "period": "YEAR", "obligation": "GOAL", "from": "2022-01-01" });
            world.office.done("dutyRuleCreate", "dutyRule", duty).await;
        }
        world.link(0, 0, "2022-01-01").await;
        for _ in 0..95 {
            let input = json!({ "kind": "CASH", "amount": 100_000_000_000_000_i64, "quantity": 100_000_000_000_i64,
                "about": { "title": "捐款", "happenedOn": "2022-01-01", "targets": [world.households[0]],
                    "programmes": [world.programme] } });
            world.office.done("contributionRecord", "contribution", input).await;
        }
        for region in [&world.county, &world.villages[0], &world.villages[2]] {
            let answer = progress(&world, region).await;
            let there = if *region == world.villages[2] { 0_i64 } else { 95 };
            assert_eq!(of(&answer, "figures", "CASHX")["numerator"], there * 100_000_000_000_000);
            assert_eq!(of(&answer, "figures", "MANY")["numerator"], there * 100_000_000_000_000);
            for duty in ["CASHXD", "MANYD"] {
                assert_eq!(of(&answer, "dutyCompliance", duty)["numerator"], there.min(1), "{duty}");
            }
        }
    }

    /// Past 64 bits a figure stands still: it is wrong, and told, and takes no other with it.
    async fn a_sum_past_all_numbers_stands_still(app: TestApp) {
        use api::verify;
        use sea_orm::ConnectionTrait;
        let world = World::on(app).await;
        let define = json!({ "programme": world.programme, "code": "CASHX", "name": "款", "unit": "元", "divisor": 100,
            "definition": { "measure": { "of": "CONTRIBUTION", "kinds": ["CASH"], "measure": "SUM_AMOUNT" } } });
        world.office.done("indicatorDefine", "indicator", define).await;
        for kind in ["CASH", "CASH", "GOODS"] {
            let input = json!({ "kind": kind, "amount": 1, "about": { "title": "捐", "happenedOn": "2022-01-01",
                "targets": [world.villages[0]], "programmes": [world.programme] } });
            world.office.done("contributionRecord", "contribution", input).await;
        }
        let sql = format!("UPDATE fact SET amount = {} WHERE source_type = 'contribution' AND kind = 'CASH'", i64::MAX);
        #[expect(clippy::disallowed_methods, reason = "as many records as it takes would take a day")]
        world.app.owner().await.execute_unprepared(&sql).await.unwrap();
        let answer = progress(&world, &world.villages[0]).await;
        assert_eq!(of(&answer, "figures", "CASHX")["numerator"], i64::MAX);
        let report = verify::run(&world.app.db).await;
        assert!(report.is_ok_and(|report| !report.differences.is_empty()), "a recount tells of it");
    }

    /// What would make a month's sum too large for 64 bits is refused; what takes from it is not.
    async fn a_month_past_all_numbers_is_refused(app: TestApp) {
        use sea_orm::ConnectionTrait;
        let world = World::on(app).await;
        let give = |amount: i64| json!({ "kind": "CASH", "amount": amount, "about": { "title": "捐", "happenedOn": "2022-01-01",
            "targets": [world.villages[0]], "programmes": [world.programme] } });
        let first = world.office.done("contributionRecord", "contribution", give(5)).await;
        let sql = format!("UPDATE cell SET amount = {} WHERE source_type = 'contribution'", i64::MAX - 10);
        #[expect(clippy::disallowed_methods, reason = "as many records as it takes would take a day")]
        world.app.owner().await.execute_unprepared(&sql).await.unwrap();
        assert_eq!(told(&world, &world.office, "contributionRecord", give(1)).await, "INVALID -");
        world.office.done("recordAmend", "record", json!({ "record": first, "amount": 4 })).await;
        let amounts = format!("cell WHERE source_type = 'contribution' AND amount = {}", i64::MAX - 11);
        assert!(world.rows(&amounts).await > 0);
    }
}
