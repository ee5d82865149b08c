//! Spells of one designation, membership or exemption on one party do not meet, in whatever order they are entered.

use serde_json::{Value, json};
use tests::{World, on_both};

use super::told;

on_both! {
    async fn a_region_has_a_designation_once_at_a_time(world: World) {
        let give = |code: &str, from: &str, to: Option<&str>| {
            json!({ "region": world.villages[0], "designation": code, "from": from, "to": to })
        };
        once_at_a_time(&world, "regionDesignate", "region", &give, ["POOR", "HARD"]).await;
        let county = json!({ "region": world.county, "designation": "POOR", "from": "2010-01-01" });
        world.office.done("regionDesignate", "region", county.clone()).await;
        assert_eq!(told(&world, &world.office, "regionDesignate", county).await, "ALREADY_EXISTS designation");
        let define = json!({ "programme": world.programme, "code": "POORV", "name": "贫困村", "unit": "个", "definition": { "measure":
            { "of": "REGION", "step": "DESIGNATED", "kinds": ["POOR"], "measure": "COUNT", "time": "STOCK", "date": "STEP" } } });
        world.office.done("indicatorDefine", "indicator", define).await;
        let ask = "query($region: ID!, $programme: ID!) { progress(input: { region: { id: $region }, programme: { id: $programme },
            period: { span: { from: \"2019-06-01\", to: \"2019-06-30\" } } }) { groups { nodes { figures { code numerator } } } } }";
        let asked = json!({ "region": world.county, "programme": world.programme });
        let answer = world.office.post(ask, asked).await.expect_ok();
        let figures = answer.at("/progress/groups/nodes/0/figures").as_array().unwrap().clone();
        let poor = figures.iter().find(|figure| figure["code"] == "POORV").unwrap();
        assert_eq!(poor["numerator"], 2, "one village and the county: {poor}");
    }

    async fn a_household_has_a_designation_once_at_a_time(world: World) {
        let register = |designations: Value| json!({ "village": world.villages[0], "headName": "王五",
            "registeredOn": "2013-01-01", "designations": designations });
        let twice = json!([{ "code": "POOR" }, { "code": "POOR", "from": "2014-01-01" }]);
        assert_eq!(told(&world, &world.office, "householdRegister", register(twice)).await, "ALREADY_EXISTS designations");
        let home = world.office.done("householdRegister", "household", register(json!([]))).await;
        let give = |code: &str, from: &str, to: Option<&str>| {
            json!({ "household": home, "designation": code, "from": from, "to": to })
        };
        once_at_a_time(&world, "householdDesignate", "household", &give, ["POOR", "DEMONSTRATION"]).await;
        let gone = world.office.done("householdRegister", "household", register(json!([]))).await;
        let leaves = json!({ "household": gone, "leftOn": "2021-12-31" });
        world.office.done("householdUpdate", "household", leaves).await;
        let late = json!({ "household": gone, "designation": "EXITED", "from": "2022-01-01" });
        assert_eq!(told(&world, &world.office, "householdDesignate", late).await, "WRONG_STEP from");
    }

    async fn a_helper_is_excused_once_at_a_time_at_every_door(world: World) {
        world.app.go_to("2022-09-01");
        let grant = |from: &str, until: Option<&str>| json!({ "helper": world.members[0].seat, "rule": world.rule_exited,
            "from": from, "until": until, "reason": "住院" });
        let first = world.office.done("exemptionGrant", "exemption", grant("2022-03-01", Some("2022-03-31"))).await;
        let second = world.office.done("exemptionGrant", "exemption", grant("2022-04-01", Some("2022-04-30"))).await;
        let earlier = json!({ "record": second, "happenedOn": "2022-03-31" });
        assert_eq!(told(&world, &world.office, "recordAmend", earlier).await, "ALREADY_EXISTS record");
        world.office.done("recordReject", "record", json!({ "record": first, "reason": "未批" })).await;
        world.office.done("recordAmend", "record", json!({ "record": second, "happenedOn": "2022-03-31" })).await;
        for (mutation, input) in [
            ("recordVerify", json!({ "record": first })),
            ("recordAmend", json!({ "record": first, "title": "改" })),
        ] {
            assert_eq!(told(&world, &world.office, mutation, input).await, "ALREADY_EXISTS record", "{mutation}");
        }
    }
}

/// Spells in every order: those that meet are refused, those that do not are not; another designation may overlap.
async fn once_at_a_time(
    world: &World,
    mutation: &str,
    object: &str,
    give: &impl Fn(&str, &str, Option<&str>) -> Value,
    codes: [&str; 2],
) {
    let [code, other] = codes;
    world.office.done(mutation, object, give(code, "2014-01-01", Some("2020-12-31"))).await;
    for (from, to) in [
        ("2018-01-01", Some("2022-12-31")),
        ("2019-01-01", None),
        ("2013-06-01", None),
        ("2013-06-01", Some("2014-01-01")),
        ("2020-12-31", Some("2020-12-31")),
        ("2015-01-01", Some("2015-12-31")),
    ] {
        let refused = told(world, &world.office, mutation, give(code, from, to)).await;
        assert_eq!(refused, "ALREADY_EXISTS designation", "{from} {to:?}");
    }
    world.office.done(mutation, object, give(code, "2021-01-01", None)).await;
    // One that came before both, entered last.
    world.office.done(mutation, object, give(code, "2013-06-01", Some("2013-12-31"))).await;
    let refused = told(world, &world.office, mutation, give(code, "2030-01-01", Some("2030-12-31"))).await;
    assert_eq!(refused, "ALREADY_EXISTS designation");
    let mut end = give(code, "", Some("2021-12-31"));
    end["from"] = Value::Null;
    world.office.done(mutation, object, end).await;
    world.office.done(mutation, object, give(code, "2030-01-01", Some("2030-12-31"))).await;
    world.office.done(mutation, object, give(other, "2015-01-01", None)).await;
    let backwards = told(world, &world.office, mutation, give(code, "2025-01-01", Some("2024-12-31"))).await;
    assert_eq!(backwards, "END_BEFORE_START to");
}
