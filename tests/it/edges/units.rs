//! No figure adds quantities of different units: a known multiple is converted as it is entered, another unit refused.

use serde_json::{Value, json};
use tests::{World, on_both};

use super::{sentence, told};

fn outcome(world: &World, kind: &str, quantity: &Value, unit: &str) -> Value {
    json!({ "kind": kind, "quantity": quantity, "unit": unit, "about": { "title": "成效", "happenedOn": "2021-08-01",
        "targets": [world.villages[0]], "programmes": [world.programme] } })
}

async fn kept(world: &World, input: Value) -> Value {
    let id = world.office.done("outcomeRecord", "outcome", input).await;
    let query = "query($id: ID!) { outcome(id: $id) { quantity unit } }";
    world.office.post(query, json!({ "id": id })).await.expect_ok().at("/outcome").clone()
}

fn sum(world: &World, code: &str, of: &str, kinds: &[&str]) -> Value {
    json!({ "programme": world.programme, "code": code, "name": code, "unit": "公里", "divisor": 1000,
        "definition": { "measure": { "of": of, "kinds": kinds, "measure": "SUM_QUANTITY" } } })
}

async fn figure(world: &World, code: &str) -> Value {
    let query = "query($region: ID!, $programme: ID!, $code: String!) { progress(input: { region: { id: $region }, indicators: [$code],
        programme: { id: $programme }, period: { month: { year: 2021, month: 8 } } }) { groups { nodes { figures { value unit numerator } } } } }";
    let asked = json!({ "region": world.county, "programme": world.programme, "code": code });
    world.office.post(query, asked).await.expect_ok().at("/progress/groups/nodes/0/figures/0").clone()
}

on_both! {
    async fn a_known_multiple_is_converted(world: World) {
        world.office.done("indicatorDefine", "indicator", sum(&world, "KM", "OUTCOME", &["ROAD"])).await;
        for (quantity, unit, shown) in [
            (json!(500), "m", json!({ "quantity": 0.5, "unit": "公里" })),
            (json!(1500), "米", json!({ "quantity": 1.5, "unit": "公里" })),
            (json!(3), "里", json!({ "quantity": 1.5, "unit": "公里" })),
            (json!(2), "ＫＭ", json!({ "quantity": 2, "unit": "ＫＭ" })),
            (json!(1), "公里", json!({ "quantity": 1, "unit": "公里" })),
        ] {
            assert_eq!(kept(&world, outcome(&world, "ROAD", &quantity, unit)).await, shown, "{quantity} {unit}");
        }
        assert_eq!(figure(&world, "KM").await, json!({ "value": 6.5, "unit": "公里", "numerator": 6500 }));
        assert_eq!(kept(&world, outcome(&world, "PLANTING", &json!(2), "公顷")).await, json!({ "quantity": 30, "unit": "亩" }));
        for (quantity, unit, refusal) in [(json!(0.5), "m", "INVALID quantity"), (json!(1), "亩", "INVALID unit"), (json!(1), "条", "INVALID unit")] {
            let input = outcome(&world, "ROAD", &quantity, unit);
            assert_eq!(told(&world, &world.office, "outcomeRecord", input.clone()).await, refusal, "{quantity} {unit}");
            assert!(sentence(&world.office, "outcomeRecord", input).await.contains("`公里`"));
        }
    }

    /// A kind of a programme's own says its unit, or has that of its first record.
    async fn an_own_kind_has_one_unit(world: World) {
        let set = json!({ "programme": world.programme, "code": "OUTCOME_KIND", "name": "成效", "categories": [
            { "code": "HONEY", "name": "蜂蜜", "unit": "吨" }, { "code": "TREES", "name": "树苗" }] });
        world.office.done("categorySetCreate", "categorySet", set).await;
        assert_eq!(kept(&world, outcome(&world, "HONEY", &json!(250), "公斤")).await, json!({ "quantity": 0.25, "unit": "吨" }));
        assert_eq!(told(&world, &world.office, "outcomeRecord", outcome(&world, "HONEY", &json!(1), "箱")).await, "INVALID unit");
        assert_eq!(kept(&world, outcome(&world, "TREES", &json!(300), "株")).await, json!({ "quantity": 300, "unit": "株" }));
        assert_eq!(kept(&world, outcome(&world, "TREES", &json!(1.2), "万株")).await, json!({ "quantity": 12000, "unit": "株" }));
        assert_eq!(told(&world, &world.office, "outcomeRecord", outcome(&world, "TREES", &json!(1), "亩")).await, "INVALID unit");
        world.office.done("indicatorDefine", "indicator", sum(&world, "TREE", "OUTCOME", &["TREES"])).await;
        assert_eq!(figure(&world, "TREE").await["numerator"], 12_300_000);
    }

    /// A programme below has the same unit for a kind of the same code: its records count above.
    async fn a_kind_has_one_unit_above_and_below(world: World) {
        let below = json!({ "code": "BELOW", "name": "下级行动", "organisation": world.organisation, "parent": world.programme, "from": "2022-01-01" });
        let below = world.office.done("programmeCreate", "programme", below).await;
        let set = |programme: &str, unit: Option<&str>| json!({ "programme": programme, "code": "OUTCOME_KIND", "name": "成效",
            "categories": [{ "code": "CANAL", "name": "渠", "unit": unit }] });
        world.office.done("categorySetCreate", "categorySet", set(&below, Some("米"))).await;
        for unit in [Some("公里"), Some("台"), None] {
            assert_eq!(told(&world, &world.office, "categorySetCreate", set(&world.programme, unit)).await, "INVALID categories.unit");
        }
        world.office.done("categorySetCreate", "categorySet", set(&world.programme, Some("m"))).await;
    }

    /// A record that was not verified when the unit was settled is converted, or refused, when it begins to count.
    async fn a_record_counts_in_the_unit_that_was_settled(world: World) {
        let set = json!({ "programme": world.programme, "code": "OUTCOME_KIND", "name": "成效", "categories": [
            { "code": "CANAL", "name": "渠" }, { "code": "HIVES", "name": "蜂箱" }] });
        world.office.done("categorySetCreate", "categorySet", set).await;
        world.app.go_to("2022-09-01");
        let link = world.link(0, 0, "2022-01-01").await;
        let by_member = |kind: &str, quantity: Value, unit: &str| {
            let mut input = outcome(&world, kind, &quantity, unit);
            input["about"] = json!({ "title": "成效", "happenedOn": "2022-03-01", "links": [link] });
            input
        };
        let submitted = world.members[0].client.done("outcomeRecord", "outcome", by_member("CANAL", json!(500), "米")).await;
        let unfit = world.members[0].client.done("outcomeRecord", "outcome", by_member("HIVES", json!(500), "米")).await;
        world.office.done("outcomeRecord", "outcome", outcome(&world, "CANAL", &json!(1), "公里")).await;
        world.office.done("outcomeRecord", "outcome", outcome(&world, "HIVES", &json!(10), "箱")).await;
        assert_eq!(told(&world, &world.office, "recordVerify", json!({ "record": unfit })).await, "INVALID record");
        world.office.done("recordVerify", "record", json!({ "record": submitted })).await;
        let query = "query($id: ID!) { outcome(id: $id) { quantity unit } }";
        let shown = world.office.post(query, json!({ "id": submitted })).await.expect_ok();
        assert_eq!(shown.at("/outcome"), &json!({ "quantity": 0.5, "unit": "公里" }));
    }

    /// Goods come in tons and in pieces; their quantities are added by no figure.
    async fn what_has_many_units_is_not_summed(world: World) {
        for (quantity, unit) in [(json!(12.5), json!("吨")), (json!(30), json!("台")), (json!(null), json!(null))] {
            let input = json!({ "kind": "GOODS", "quantity": quantity, "unit": unit, "about": { "title": "捐物",
                "happenedOn": "2021-08-01", "targets": [world.villages[0]], "programmes": [world.programme] } });
            world.office.done("contributionRecord", "contribution", input).await;
        }
        let input = json!({ "kind": "TECHNOLOGY", "about": { "title": "技术", "happenedOn": "2021-08-01", "targets": [world.villages[0]] } });
        let id = world.office.done("contributionRecord", "contribution", input).await;
        let shown = world.office.post("query($id: ID!) { contribution(id: $id) { quantity unit } }", json!({ "id": id })).await;
        assert_eq!(shown.expect_ok().at("/contribution"), &json!({ "quantity": 1, "unit": "条" }));
        for (of, kinds) in [("CONTRIBUTION", &["GOODS"][..]), ("CONTRIBUTION", &[]), ("OUTCOME", &["ROAD", "PLANTING"]), ("OUTCOME", &["MEASUREMENT"])] {
            assert_eq!(told(&world, &world.office, "indicatorDefine", sum(&world, "NO", of, kinds)).await, "INVALID definition", "{kinds:?}");
        }
        let mut area = sum(&world, "YES", "OUTCOME", &["PLANTING", "LAND"]);
        area["unit"] = "亩".into();
        world.office.done("indicatorDefine", "indicator", area).await;
    }

    /// What is summed in one unit is told in it, or in another with the divisor that makes it.
    async fn a_sum_is_told_in_its_unit(world: World) {
        let told_in = |unit: &str, divisor: i64| {
            let mut define = sum(&world, &format!("D{divisor}"), "OUTCOME", &["ROAD"]);
            (define["unit"], define["divisor"]) = (unit.into(), divisor.into());
            define
        };
        for (unit, divisor) in [("米", 1000), ("亩", 1000), ("元", 1000), ("公里", 1), ("公里", 7000), ("km", 1)] {
            let define = told_in(unit, divisor);
            assert_eq!(told(&world, &world.office, "indicatorDefine", define).await, "INVALID unit", "{unit} {divisor}");
        }
        world.office.done("indicatorDefine", "indicator", told_in("米", 1)).await;
        let km = world.office.done("indicatorDefine", "indicator", told_in("km", 1000)).await;
        for change in [json!({ "unit": "亩" }), json!({ "divisor": 1 }), json!({ "unit": "台", "divisor": 3 })] {
            let mut update = change;
            update["indicator"] = km.as_str().into();
            assert_eq!(told(&world, &world.office, "indicatorUpdate", update.clone()).await, "INVALID unit", "{update}");
        }
        world.office.done("indicatorUpdate", "indicator", json!({ "indicator": km, "unit": "里", "divisor": 500 })).await;
        let again = json!({ "programme": world.programme, "code": "OUTCOME_KIND", "name": "成效",
            "categories": [{ "code": "ROAD", "name": "路", "unit": "亩" }] });
        assert_eq!(told(&world, &world.office, "categorySetCreate", again).await, "INVALID categories.unit");
    }
}
